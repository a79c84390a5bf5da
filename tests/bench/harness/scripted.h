/* scripted.h: a little server in a thread, that answers by a script: rightly, wrongly, not at all
 *
 * It keeps the protocol to the letter if the script has nothing else: N, L, G, P, H, C, S, Q.
 */
#ifndef SCRIPTED_H
#define SCRIPTED_H

#include <stdatomic.h>
#include <stddef.h>

enum { SCRIPTED_CONNECTIONS = 64 }; /* at once */

enum scripted_then { THEN_GO_ON, THEN_CLOSE, THEN_RESET, THEN_STALLED };

/* What happens to a message in the chat room, once: message number 5 of the first that speaks. */
enum scripted_room { ROOM_FAIR, ROOM_LOSES, ROOM_TWICE, ROOM_SWAPS, ROOM_ECHOES, ROOM_SHOUTS };

struct scripted {
    const char *greeting;    /* NULL: as it should be; "": none */
    const char *reply;       /* to requests, instead of the right one; NULL: the right one */
    size_t reply_len;        /* 0: that of the string */
    unsigned int good;       /* how many of a connection are answered rightly first */
    enum scripted_then then; /* after that reply (or, greeting given, after the greeting) */
    enum scripted_room room;
    unsigned int stall_ms; /* stands still once, after scripted_stall */
    unsigned int late_ms;  /* each reply comes so much later */
    size_t pieces;         /* sends no more than so many bytes at once; 0: all */

    /* what it has seen */
    atomic_uint connections, requests, messages, delivered;
    /* By how many connected before: the first request's letter; a dot: it has not asked. */
    char asked[SCRIPTED_CONNECTIONS + 1];
};

/* Starts it; returns its port. The script is kept by reference until scripted_stop, which must be
 * called before the test ends; it is harmless when there is none. */
int scripted_start(struct scripted *script);
void scripted_stop(void);
void scripted_stall(void);

enum { SCRIPTED_FILE = 50000 }; /* bytes that G sends, as load_file_byte has them */

#endif
