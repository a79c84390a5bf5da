/* conformance.h: the table of cases, and what all cases use
 *
 * A case is a function that talks to a server over TCP and checks what comes back. Whatever it
 * leaves open is closed after it, and then every server that still runs is checked: it answers
 * a new client, has no more descriptors than at the start, no zombies, no temporary files; on
 * SIGTERM it ends with status 0, takes its processes with it, and its log holds no complaint of
 * a sanitizer.
 */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

#include "bound.h"
#include "folder.h"
#include "procfs.h"
#include "serverproc.h"
#include "verdict.h"
#include "wire.h"

enum {
    ON_LOOP = 1,
    ON_FORK = 2,
    ON_THREAD = 4,
    ON_SELECT = 8,
    ON_POLL = 16,
    ON_EPOLL = 32,
    ON_OTHER = 64, /* greets with another word */
    ON_ALL = 127,
    ON_TURN = ON_SELECT | ON_POLL | ON_EPOLL, /* one thread for all clients */
    ON_MANY = ON_ALL & ~ON_LOOP               /* the models that serve several clients at once */
};

enum {
    CASE_SHARED = 1,  /* speaks with one client at a time and leaves nothing: shares a server */
    CASE_OURS = 2,    /* wants options, or looks at processes: only the six of this project */
    CASE_OWN = 4,     /* starts its servers itself */
    CASE_SLOW = 8,    /* only with SLOW=1 */
    CASE_INPUT = 16,  /* announces on standard input: wants {console} */
    CASE_SIGNALS = 32 /* ends the server by a signal: wants {signals} */
};

struct conformance_case {
    const char *name;
    unsigned models;
    unsigned flags;
    const char *options;             /* for its server; NULL: none. Wants CASE_OURS */
    struct serverproc_config config; /* what else is not the usual with its server */
    /* One of these. talk is given a client that has been greeted. */
    void (*run)(void);
    void (*talk)(struct wire *wire);
};

/* The tables, one for each topic, by room; each ended by an entry without a name. */
extern const struct conformance_case grammar_cases[], piece_cases[], literal_cases[], http_cases[],
    byte_cases[], name_cases[], ping_cases[];
extern const struct conformance_case greeting_step_cases[], file_step_cases[], line_step_cases[];
extern const struct conformance_case list_cases[], library_cases[], swapped_cases[],
    download_cases[], upload_cases[], uploads_at_once_cases[], storage_cases[], disk_cases[],
    sum_cases[];
extern const struct conformance_case chat_cases[], leaving_cases[], room_cases[], slow_cases[],
    strain_cases[], console_cases[];
extern const struct conformance_case busy_cases[], descriptor_cases[], task_cases[], time_cases[],
    memory_cases[], failure_cases[], greedy_cases[], load_cases[];
extern const struct conformance_case child_cases[], process_cases[], stopped_cases[],
    shutdown_cases[], startup_cases[], hardening_cases[], hygiene_cases[];

struct suite {
    unsigned model;            /* one of ON_... */
    char model_name[32];       /* "epoll" */
    struct serverproc *server; /* of the running case; NULL with CASE_OWN */
    bool slow;
};

extern struct suite suite;

/* Whether the servers are built with a sanitizer: as the suite is, or INSTRUMENTED=1 says so. */
bool suite_instrumented(void);

/* Address and thread sanitizers take memory of their own, as much as they like: cases that look at
 * memory make no sense then, and are skipped. */
void suite_skip_instrumented(void);

/* Why this case is not run, according to the file named by EXCEPT: a text that lasts until the
 * next call; NULL: it is run. A file that can't be read ends the program. */
const char *exceptions_reason(const char *name);

/* Starts a server and learns the model from its greeting; fails the test without one. */
struct serverproc *suite_learn_model(void);

/* Sets the model by the word of a greeting. */
void suite_set_model(const char *word);

/* Whether the model serves several clients at once. */
bool suite_many(void);

/* Connects to suite.server, or to this one, and takes the greeting. */
struct wire *suite_open(void);
struct wire *suite_open_on(const struct serverproc *server);

/* Many of them, and their end. */
void suite_open_many(struct wire **wires, int n);
void suite_close_many(struct wire *const *wires, int n);

/* The same with a small receive buffer, for clients that do not read. */
struct wire *suite_open_narrow(const struct serverproc *server);

/* And with small segments: the server's kernel then takes some 100 KB for such a client, and not 4
 * MB as it does with the segments of loopback. What does not fit waits in the server. */
struct wire *suite_open_narrowest(const struct serverproc *server);

/* The place of a client that has gone may be taken for a moment yet: tries for ms milliseconds
 * until it gets one. */
struct wire *suite_open_when_free(const struct serverproc *server, int ms);

/* Connects and waits for nothing. */
struct wire *suite_connect(void);

/* A new client that has entered the room. */
struct wire *suite_member(const char *nick, ...) __attribute__((format(printf, 1, 2)));

/* Enters as soon as the nick is free, which comes within a few seconds. */
void suite_enter_when_free(struct wire *wire, const char *nick);

/* The nick of a member that is lost is free within a second. A machine may have no time for the
 * server just then: the shortest of several attempts counts, since who is late is late each time.
 */
enum { NICK_FREE_MS = 1000, NICK_ATTEMPTS = 3 };
void suite_check_nick_freed(long shortest, const char *how);

/* n members m00, m01, ...; each has seen those after it enter. */
void suite_room(struct wire **members, size_t n);

/* Sends Q; the client receives its reply, nothing else, and the end. */
void suite_quit(struct wire *wire);

/* Sends requests and the end of input; the client receives these replies, nothing else, and the
 * end. Closes. */
void suite_half_close(struct wire *wire, const char *requests, const char *replies);

/* The path of a name in the library of suite.server; overwritten by the next call. */
const char *suite_path(const char *name);

/* Moves a file that lies beside the library of suite.server into it, over what has that name. */
void suite_move_in(const char *beside, const char *name);

/* A file of the library of suite.server, whose path is stored in first; or, much faster, one more
 * name of the file that `first` names. */
void suite_add_name(const char *name, const char *content, char *first, size_t size, bool again);

/* Asks for an upload of n bytes, and is told to go on. */
void suite_begin_upload(struct wire *wire, const char *name, size_t n);

/* Uploads, and checks every step. */
void suite_upload(struct wire *wire, const char *name, const void *bytes, size_t n);
void suite_upload_pattern(struct wire *wire, const char *name, size_t n, unsigned seed);

/* Fills the library of suite.server with names whose listing is that long. */
enum { SUITE_NAMES = 3000, SUITE_NAME_LEN = 240 };
enum { SUITE_LISTING_KB = SUITE_NAMES * (SUITE_NAME_LEN + 3) / 1024 };
void suite_long_listing(void);

/* OK n and the whole pattern come next; the same, and G name is sent before. */
void suite_expect_pattern(struct wire *wire, size_t n, unsigned seed);
void suite_download_pattern(struct wire *wire, const char *name, size_t n, unsigned seed);

/* The median of n numbers, which are sorted. */
long suite_median(long *numbers, size_t n);

/* The next event, whatever it is. */
const char *suite_some_event(struct wire *wire);

/* A text many times over, in new memory; free it. */
char *suite_repeated(const char *text, size_t times);

/* The request is answered by ERR with this code, and the connection is usable after it. */
void suite_refused(struct wire *wire, const char *request, const char *codes);
void suite_refused_bytes(struct wire *wire, const void *request, size_t n, const char *codes);

/* Each of these requests, up to a NULL. */
void suite_refused_all(struct wire *wire, const char *const *requests, const char *codes);

/* Starts another server with these options (NULL: none). */
struct serverproc *suite_start(const char *options);

/* Starts suite.server like this, and connects to it. */
struct wire *suite_serve(const struct serverproc_config *config);

/* suite.server has nothing to do, and sleeps: it uses next to no CPU time. One that spins uses as
 * much as it gets, which may be little on a busy machine. */
void suite_check_sleeps(const char *when);

/* Sets a soft limit of suite.server, and of its processes with clients, to so much. */
void suite_limit(__rlimit_resource_t resource, rlim_t most);

/* All that is checked of a server at the end of a case, up to but without stopping it; the
 * stopping, by SIGTERM. Both are done for servers that a case leaves running. */
void suite_check_settled(struct serverproc *server);
void suite_stop(struct serverproc *server);

/* A second SIGTERM ends suite.server within ms milliseconds (stretched), and all its processes. */
void suite_check_second_signal(long ms);

/* A server that was sent a signal ends with status 0 and leaves no process. */
void suite_check_ended(struct serverproc *server);

#endif
