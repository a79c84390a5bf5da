/* fuzz_client.h: the parts of the target for client/lib
 *
 * fuzz_client.c        calls the library, and checks what it says and leaves
 * fuzz_client_sim.c    what the library takes for the system: a socket, a clock, memory
 * fuzz_client_texts.c  texts that people see
 */
#ifndef FUZZ_CLIENT_H
#define FUZZ_CLIENT_H

#include "fuzz.h"

enum { SIM_SOCKET = 1000 }; /* a number that is no descriptor of this process */

/* A server that has sent all it will ever send, and closed. */
struct sim {
    enum fuzz_way way;
    struct fuzz_choices choices;
    const uint8_t *bytes;
    size_t len, at;
    int64_t now;
    bool open;             /* the socket */
    bool inside;           /* in a call of the library: its memory is looked at */
    size_t memory_most;    /* bytes of one allocation */
    size_t memory_until;   /* allocations that succeed; SIZE_MAX: all */
    unsigned int failures; /* so far */
    bool lost;             /* a send has failed: nobody knows how much of it went */
    struct fuzz_text sent;
};
extern struct sim sim;

void sim_begin(enum fuzz_way way, struct fuzz_choices choices, const uint8_t *bytes, size_t len);
void sim_end(void);

/* fuzz_client_texts.c */
bool text_clean(const char *text); /* printable, nothing invisible */
bool nick_clean(const char *nick);
bool name_clean(const char *name);
void visible_check(struct fuzz_choices *choices, const char *bytes, size_t len);

#endif
