/* session_fixture.h: a session, with a library and a room that are the same before every run */
#ifndef UNIT_SESSION_FIXTURE_H
#define UNIT_SESSION_FIXTURE_H

#include "session/session.h"
#include "sink.h"
#include "unit.h"

#define SESSION_GREETING "HELLO 1 test\n"

/* The library is the one of transcripts.h; alice is in the room. */
extern struct session_fixture {
    struct budget_part part;
    struct budget budget;
    char path[UNIT_PATH];
    struct store store;
    struct session_shared shared;
    struct session alice;
    struct sink alice_received;
    struct sink changes; /* found by session_fixture_restore */
} fixture;

void session_fixture_begin(void);
void session_fixture_end(void);

/* A test between the two. */
#define SESSION(function) TEST_BETWEEN(session_fixture_begin, function, session_fixture_end)

/* Notes the new and changed files, a line "<size> <name>" each, sorted; then restores the library.
 * Fails if a temporary file is left, after this input. */
void session_fixture_restore(const char *input, size_t len);

/* Alice reads all there is, and forgets it. */
void session_alice_forget(void);

/* Fails unless alice is the only member, after this input. */
void session_alice_is_alone(const char *input, size_t len);

/* One conversation: input is fed to a session, and what it replies is collected. */
struct session_run {
    struct session session;
    const char *input;
    size_t len, at; /* at: fed so far */
    size_t send_max;
    bool lazy; /* sends only when nothing else can be done */
    struct sink sent;
};

void session_run_begin(struct session_run *run, const char *input, size_t len);
void session_run_text(struct session_run *run, const char *input);

/* Feeds all of it at once. */
void session_run_feed(struct session_run *run);

/* Feeds up to byte upto, and continues until nothing is left to do. */
void session_run_to(struct session_run *run, size_t upto);

/* The end of the input; the session must be done then. */
void session_run_end(struct session_run *run);

/* In the middle of it: the session and what it has replied go, and all is as it was before. */
void session_run_drop(struct session_run *run);

/* The end; and what it has replied, without the texts of errors. */
void session_run_replies(struct session_run *run, struct sink *plain);

/* The same; this is all that it has replied. */
void session_run_replied(struct session_run *run, const char *what, const char *want);

#endif
