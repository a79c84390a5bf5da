/* generate.h: what is played: some clients, and the steps they take one after another
 *
 * A session follows from a seed and a number, and from nothing else. Whether a step can be taken
 * (is the connection open? is there a body to send?) is found out while it is played, from what
 * the server has answered: so a session with steps left out is a session too.
 */
#ifndef ORACLE_GENERATE_H
#define ORACLE_GENERATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { CLIENTS = 3, STEPS = 64 };

enum action {
    ACTION_OPEN,     /* connects, if it is not */
    ACTION_SEND,     /* sends bytes */
    ACTION_BODY,     /* sends at most len bytes of the body that the server waits for */
    ACTION_SHUT,     /* ends its sending side */
    ACTION_CLOSE,    /* closes */
    ACTION_RESET,    /* closes with RST */
    ACTION_ANNOUNCE, /* not a client: a line on the server's console */
};

struct step {
    enum action action;
    unsigned int client;
    bool no_wait;  /* does not wait for what the client is owed: SEND after, the others before it */
    bool together; /* SEND at the same time as the step before or behind it */
    uint64_t cuts; /* SEND, BODY: what decides the pieces it is sent in; 0: all at once */
    size_t at;     /* SEND, ANNOUNCE: where the bytes begin; BODY: the seed of its pattern */
    size_t len;
};

/* What a client does at the end, if it is not in the middle of something; else it shuts down. */
enum ending {
    ENDING_STAY, /* leaves the room, and stays connected for the next session */
    ENDING_QUIT,
    ENDING_SHUT,
};

struct oracle_session {
    uint64_t seed, number;
    unsigned int clients;
    enum ending ending;
    size_t count;
    struct step steps[STEPS];
    char *bytes; /* of all SENDs */
    size_t len, room;
};

/* Makes the session of this seed and number; session_free frees what it holds. */
void session_make(struct oracle_session *session, uint64_t seed, uint64_t number);
void session_free(struct oracle_session *session);

/* Prints the steps for people, but those whose bit is set in dropped. */
void session_print(FILE *out, const struct oracle_session *session, uint64_t dropped);

/* ---- for generate.c, requests.c and pools.c ---- */

/* A sequence of numbers that look random (splitmix64: Steele, Lea, Flood 2014). */
struct rng {
    uint64_t state;
};

uint64_t rng_next(struct rng *rng);
size_t rng_below(struct rng *rng, size_t n); /* 0 to n - 1 */
bool rng_chance(struct rng *rng, unsigned int percent);

/* Appends to the bytes of the session. */
void session_put(struct oracle_session *session, const void *bytes, size_t len);
void session_puts(struct oracle_session *session, const char *text);

/* Append a request line with its end; a name, a size for an upload, a text. */
void request_any(struct oracle_session *session, struct rng *rng);
void request_chat(struct oracle_session *session, struct rng *rng);
void request_enter(struct oracle_session *session, struct rng *rng);
void request_say(struct oracle_session *session, struct rng *rng); /* S or N or W, always whole */
void request_harmless(struct oracle_session *session, struct rng *rng);
void request_put(struct oracle_session *session, struct rng *rng, size_t size);
void request_garbage(struct oracle_session *session, struct rng *rng);
void request_long(struct oracle_session *session, struct rng *rng);
void request_text(struct oracle_session *session, struct rng *rng);
size_t request_size(struct rng *rng);

/* Append a word out of pools.c: any, or one of these. */
enum pool { POOL_NEW_NAMES, POOL_NICKS, POOL_TEXTS, POOL_WRONG_LINES };
void pool_name(struct oracle_session *session, struct rng *rng);
void pool_number(struct oracle_session *session, struct rng *rng);
void pool_nick(struct oracle_session *session, struct rng *rng);
void pool_text(struct oracle_session *session, struct rng *rng);
void pool_word(struct oracle_session *session, struct rng *rng, enum pool pool);

#endif
