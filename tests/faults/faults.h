/* faults.h: the fault sweep: every call of every kind fails once, and from then on
 *
 * A scenario is what some clients do (list, put, chat, …). It is run once to count the calls the
 * server makes meanwhile, then once for each of these calls and each errno it can fail with. While
 * the call fails its client may be refused or lose its connection; nobody else may notice, and
 * afterwards everything has to be as it was. See sweep.c for the list of what is checked.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inject.h"

struct fault {
    enum inject_call call;
    uint32_t nth;
    int effect;
    bool on; /* from the nth call on; else only that one */
};

/* ---- effects.c: what can fail how ---- */

const char *call_name(enum inject_call call);
enum inject_call call_by_name(const char *name);

/* "EMFILE", "SHORT": the effects of a call in a model, separated by spaces. */
const char *call_effects(enum inject_call call, const char *model);
int effect_by_name(const char *name); /* 0: there is none */
const char *effect_name(int effect);

/* How many calls in a row can fail so at most: nobody is interrupted for ever. */
uint32_t effect_times(int effect);

/* Must no client notice? */
bool fault_is_invisible(const struct fault *fault);

bool fault_is_of_memory(const struct fault *fault);

/* ---- talk.c: clients that expect anything the protocol allows, and nothing else ---- */

enum { TALKS = 8, TALK_BUFFER = 256 * 1024, NICKS = 4 };

struct talk {
    const char *name; /* NULL: not in use */
    uint64_t heard;   /* a bit for each of the last lines, number % 64 */
    size_t from, to;  /* of `in`: received and not yet looked at */
    int fd, port;
    unsigned int entries; /* how often C was answered OK */
    unsigned int news;    /* number of the last announcement heard */
    struct {
        unsigned int joins;
        unsigned int last; /* number of the last line heard */
        bool in;
        char nick[15];
    } ears[NICKS];
    bool open;
    bool harmed; /* it was refused, or closed too early */
    bool cut;    /* it was closed too early */
    bool denied; /* its last C was answered ERR */
    bool strict; /* it knows who is in the room */
    char line[4096 + 1];
    char trail[1200]; /* what was said, for people */
    char in[TALK_BUFFER];
};

extern struct talk talks[TALKS]; /* the first is the witness */
#define WITNESS (&talks[0])

struct talk *talk_open(const char *name); /* connects and is greeted */
void talk_close(struct talk *talk);
void talk_reset(struct talk *talk); /* closes with RST */
void talk_shut(struct talk *talk);  /* half-closes */

/* All of these do nothing once a talk is over. */
void talk_send(struct talk *talk, const void *bytes, size_t n);
void talk_say(struct talk *talk, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool talk_ok(struct talk *talk); /* expects OK 0 */
bool talk_go(struct talk *talk);
bool talk_body(struct talk *talk, const void *bytes, size_t n);
bool talk_list(struct talk *talk, const char *text, size_t n);           /* lines may be left out */
bool talk_either(struct talk *talk, const char *one, const char *other); /* bodies */
void talk_error(struct talk *talk, const char *code);
void talk_over(struct talk *talk);               /* expects the end of the connection */
bool talk_event(struct talk *talk);              /* waits for an event; false: it is over */
bool talk_ready(struct talk *talk);              /* waits a little: has something come? */
void talk_enter(struct talk *talk);              /* C with its name */
unsigned int talk_speak(struct talk *talk);      /* S with the next number; 0: it was refused */
void talk_hear(struct talk *talk, unsigned int); /* waits until it has heard that line */
size_t talks_harmed(void);

/* ---- sweep.c: the server, a fault, and what holds afterwards ---- */

struct scenario {
    const char *name;
    const char *models; /* NULL: all */
    void (*run)(void);
    const char *with; /* a second fault that is there already: "accept4:1:EMFILE" */

    /* For what happens only once to a server; NULL elsewhere. With before, each run has a new one.
     * Both run while no call fails. */
    void (*before)(void), (*after)(void);
    const char *calls; /* the only ones that fail, separated by spaces; NULL: all */
};

extern const struct scenario scenarios[]; /* name NULL ends it */

/* Says what is wrong; the first sentence counts. */
void trouble(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool in_trouble(void);

/* Somebody has waited for a while: a fault that goes on and on ends here. */
void sweep_let_go(void);

int sweep_port(void);
int sweep_descriptors(void); /* how many the server has open; -1: it is gone */
const char *sweep_model(void);
bool sweep_short_of_memory(void); /* anybody who wants some may be closed, the witness too */
bool sweep_crowded(void);         /* does the model serve several clients at once? */
void sweep_console(const char *line);
bool sweep_console_gone(void);          /* the fault was its end */
bool sweep_hides_entries(void);         /* the fault was that an entry can't be looked at */
const char *sweep_listing(size_t *len); /* of the folder as it is */
const unsigned char *sweep_new(const char *name, size_t n); /* bytes to put there */
void sweep_stored(bool stored); /* the server has said that it is, or that it is not */
const unsigned char *sweep_file(const char *name, size_t *n);

/* What a sweep of one model has seen; in memory shared with the program that started it. */
struct tally {
    const char *model;
    unsigned long faults, failing, missed, violations, runs, spins, calls, places, planned;
    double seconds;
};

/* sample 0: all there are. only: NULL, or "CALL:N:EFFECT once|on SCENARIO". Returns whether there
 * was no violation. */
bool sweep_model_all(struct tally *tally, const char *library, unsigned int sample,
                     unsigned int seed, const char *only);

#endif
