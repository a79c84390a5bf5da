/* fuzz_core.h: the parts of the target for core/
 *
 * fuzz_core.c         plays a script: which client sends what, in which pieces, which clients read
 * fuzz_core_world.c   a library and a room for up to four clients
 * fuzz_core_speaker.c one of the clients, and what must hold of it at every step
 * fuzz_core_oracle.c  is what was answered what docs/protocol.md says?
 * fuzz_core_frames.c  … a frame at a time
 * fuzz_core_injection.c memory that ends, a system call that fails
 * fuzz_core_texts.c   the functions without a state: UTF-8, names, numbers, requests, options
 */
#ifndef FUZZ_CORE_H
#define FUZZ_CORE_H

#include "fuzz.h"
#include "session/session.h"

enum { SPEAKERS = 4 };

/* One client, and what its socket would hold. */
struct fuzz_speaker {
    struct session session;
    bool here;
    bool ending; /* it has closed its sending side */
    bool cut;    /* it has timed out, or is gone: replies may be missing */
    bool slow;   /* it was so at some time: an event that had begun may have been overwritten */
    struct fuzz_text pending; /* sent by the client, from fed on not yet received */
    size_t fed;
    struct fuzz_text out; /* what the client has received */
};

struct world {
    enum fuzz_way way;
    bool lacks;   /* there may be no memory for all bodies */
    bool uploads; /* something new may stand in the library at the end */
    struct fuzz_choices choices;
    struct session_shared shared;
    size_t backlog; /* bytes */
    struct fuzz_speaker speakers[SPEAKERS];
    struct fuzz_text log; /* of all conversations that are over */
};

void world_begin(struct world *world, enum fuzz_way way, struct fuzz_choices choices);
/* All clients have left. Adds to the log what stands in the library, and makes it as it was. */
void world_end(struct world *world);

/* What a server does when the room's log has grown. */
void world_news(struct world *world);

/* Another server starts in the same folder, in which one that died has left a temporary file: that
 * is removed, and what is under way here stays. */
void world_another_starts(const struct world *world);

/* fuzz_core_speaker.c */
void speaker_enter(struct world *world, size_t number);
/* Checks the conversation and adds it to the log. */
void speaker_leave(struct world *world, size_t number);
/* Reads at most max bytes of what waits for it. */
void speaker_take(struct fuzz_speaker *speaker, size_t max);
/* Is it so far behind that an event may be overwritten before it is sent? */
bool speaker_is_slow(const struct session *s);
/* Promises of session.h and outbox.h that hold at every moment. */
void speaker_check(struct world *world, const struct fuzz_speaker *speaker);

/* fuzz_core_injection.c: what fails from now on, as the input chooses; nothing. */
struct injection {
    bool inside;         /* it is core/ that asks */
    bool expected;       /* something may fail */
    size_t memory_until; /* allocations that succeed; SIZE_MAX: all */
    size_t call_until;   /* system calls that succeed before the one that fails; SIZE_MAX: all do */
    int error;
    int full; /* the disk is full for what is written here; -1: for nothing */
};
extern struct injection injection;
void injection_begin(struct fuzz_choices *choices);
void injection_end(void);

/* A call of core/: what it asks the system for may fail. */
#define IN_CORE(call)             \
    do {                          \
        injection.inside = true;  \
        (void)(call);             \
        injection.inside = false; \
    } while (0)

/* fuzz_core_frames.c: what a client has received, cut in two: replies, and events. If events
 * stand between its replies depends on when it reads. */
void frames_split(const struct fuzz_text *out, struct fuzz_text *replies, struct fuzz_text *events);

/* fuzz_core_oracle.c */
void oracle_check(const struct world *world, const struct fuzz_speaker *speaker);

/* fuzz_core_texts.c */
enum proto_code texts_parse(const char *line, size_t len, struct request *request);
bool texts_http(const char *line, size_t len); /* does it end as a request line of HTTP? */
void texts_check(const char *bytes, size_t len);
void options_check(const char *bytes, size_t len);

#endif
