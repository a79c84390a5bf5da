/* outbox_model.h: an outbox, and a model of it
 *
 * A script is a word of letters, one for each thing that is queued or sent. The same script is done
 * to an outbox and to a model of it: a list of pieces, and a log of events in the place of a room.
 */
#ifndef UNIT_OUTBOX_MODEL_H
#define UNIT_OUTBOX_MODEL_H

#include "session/outbox.h"
#include "sink.h"
#include "unit.h"

/* ---- in the place of a room: every event has two bytes ---- */

enum { LOG_MAX = 64 };

struct event_log {
    char log[LOG_MAX];
    size_t len;
    bool overwritten;
};

/* ---- a file that every piece of a file is opened from ---- */

enum { SOURCE_SIZE = 64 };

extern const char source_bytes[SOURCE_SIZE + 1];

void source_open(void);
void source_close(void);

#define SOURCE(function) TEST_BETWEEN(source_open, function, source_close)

/* A descriptor of its own, that the outbox is to close. */
int source_file(void);

/* ---- the model ---- */

enum { ITEMS = 32, BUDGET = 1 << 20 };

struct piece {
    bool file, body;
    size_t left;
    int fd;
    char bytes[LOG_MAX]; /* what is left of it */
};

struct model {
    struct budget_part part;
    struct budget budget;
    const char *script; /* for reports */
    struct outbox out;
    struct event_log events; /* to the outbox a struct room */
    size_t position;         /* read up to there; to the outbox a struct member */
    struct sink want, got;
    struct piece pieces[ITEMS]; /* of the queue, from first on */
    size_t first, count;
};

void model_begin(struct model *m, const char *script);

/* An event, and no two are alike. */
void model_event(struct model *m);

/* How much could be sent now, and checks what outbox_peek returns: the rest of an event, and
 * all events behind it only if nothing else waits; else the queue, and behind it the events. */
size_t model_peek(const struct model *m);

void model_send(struct model *m, size_t len);

/* What must be true after every step. */
void model_check(const struct model *m);

/* A step of a script: what its letter stands for, and model_check. */
void model_step(struct model *m, char letter);

/* The steps of its script, a letter each. */
void model_play(struct model *m);

/* Whatever waits still is dropped. */
void model_free(struct model *m);

/* All is sent: it is what was queued, and nothing is left of it. */
void model_end(struct model *m);

#endif
