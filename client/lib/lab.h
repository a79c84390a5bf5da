/* client/lib/lab.h: a client of the six servers, for anybody to build on
 *
 *     struct lab *lab = lab_new();
 *     if (lab_connect(lab, "127.0.0.1", "9006", 10000) == LAB_OK &&
 *         lab_greet(lab, 10000) == LAB_OK && lab_get(lab, "poem.txt", 0, STDOUT_FILENO) == LAB_OK)
 *         puts("that was it");
 *     else
 *         puts(lab_why(lab));
 *     lab_free(lab);
 *
 * One struct lab is one connection, and belongs to one thread. Calls wait until they are done, but
 * none waits for ever: the whole head of a reply must come within the timeout, whatever else
 * comes meanwhile, and a body must move at least LAB_PROGRESS bytes within each timeout.
 *
 * The server is not trusted. Lengths are checked before anything is allocated, memory is bounded
 * (LAB_LISTING_MAX, LAB_EVENTS_MAX, a line), and only file names that the protocol allows come
 * out of lab_list, so none has a '/' in it. Texts, nicks and names are valid UTF-8 without control
 * characters, since all others break the protocol; but they may still hold what confuses a
 * reader (bidirectional overrides): show them with lab_visible.
 *
 * The protocol: docs/protocol.md. Errors are a status, and a sentence in lab_why.
 */
#ifndef CLIENT_LAB_H
#define CLIENT_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LAB_TIMEOUT_MS = 10000,             /* the usual timeout, milliseconds */
    LAB_PROGRESS = 1024,                /* bytes of a body that must move within a timeout */
    LAB_LISTING_MAX = 64 * 1024 * 1024, /* bytes of the longest listing that is taken */
    LAB_EVENTS_MAX = 4 * 1024 * 1024,   /* bytes of events that are kept while a reply is awaited */
    LAB_NICK = 32 + 1,                  /* room for a nick and a NUL */
    LAB_TEXT = 1024,                    /* room for a text and a NUL */
    LAB_SUM = 64 + 1,                   /* room for a checksum and a NUL */
};

/* What became of a call. From LAB_LOST on the connection has been closed by it: lab_connected
 * says no, and lab_connect can be called again. */
enum lab_status {
    LAB_OK,
    LAB_REFUSED, /* the server sent ERR: see lab_code. It may have closed, too (busy, slow, …) */
    LAB_WAITING, /* lab_greet, lab_next_event: nothing has come in this time */
    LAB_USAGE,   /* no such name, nick or text can be sent: nothing was */
    LAB_LOST,    /* no connection: refused, reset, closed, no such host */
    LAB_TIMEOUT, /* the server was silent too long in the middle of something */
    LAB_BROKEN,  /* it sent what the protocol does not allow */
    LAB_LOCAL,   /* the local file could not be read or written; errno is in lab_errno */
    LAB_CANCELLED, /* see lab_cancel_fd */
};

struct lab;

/* Returns NULL without memory. Not connected yet. */
struct lab *lab_new(void);
void lab_free(struct lab *lab); /* closes; NULL is allowed */

/* Any call that waits ends with LAB_CANCELLED as soon as this descriptor can be read: the reading
 * end of a pipe that a signal handler writes to, say (the self-pipe trick). It is not read from.
 * -1, the default: there is none. */
void lab_cancel_fd(struct lab *lab, int fd);

/* Called while a body moves, after each step: bytes moved so far, out of how many; both count from
 * the beginning of the file, so they begin at the offset. NULL: none. */
typedef void lab_progress(void *context, uint64_t done, uint64_t total);
void lab_on_progress(struct lab *lab, lab_progress *progress, void *context);

/* ---- the connection ---- */

/* Connects to host (a name, an IPv4 or IPv6 address) and port (a number or a service); tries all
 * addresses of a name, one after another. Keeps timeout_ms for all calls to come. It must not be
 * connected. Looking up a name is not under the timeout's control (getaddrinfo(3)). */
enum lab_status lab_connect(struct lab *lab, const char *host, const char *port, int timeout_ms);

/* Waits up to ms for the greeting: LAB_WAITING if it has not come, so call again. A server that
 * serves one client at a time greets when it is our turn, which can be long after the connection
 * was made. LAB_REFUSED is "busy". To be called before anything is asked. */
enum lab_status lab_greet(struct lab *lab, int ms);

bool lab_connected(const struct lab *lab);
const char *lab_model(const struct lab *lab); /* of the greeting: "epoll"; "" before it */

/* Closes without sending Q (that is lab_quit). The struct can connect again. Events that have been
 * received stay for lab_next_event until then. */
void lab_close(struct lab *lab);

/* ---- what went wrong ---- */

/* A sentence about the last call that was not LAB_OK, without a full stop, safe to print. */
const char *lab_why(const struct lab *lab);

/* After LAB_REFUSED: the word of the protocol, "not-found"; else "". */
const char *lab_code(const struct lab *lab);

/* After LAB_LOCAL: of the open, read or write that failed; 0 if the file changed while it was sent,
 * if it is not the one that was begun, or if memory ran out. */
int lab_errno(const struct lab *lab);

/* ---- the library ---- */

struct lab_file {
    uint64_t size;
    const char *name;
};

/* Entries with names that the protocol forbids are left out and counted. */
struct lab_listing {
    struct lab_file *files; /* sorted by the bytes of the name */
    size_t count;
    size_t dropped;
    char *text; /* what the names point into */
};

/* Fills listing, to be freed with lab_listing_free, also after a failure (it is empty then). */
enum lab_status lab_list(struct lab *lab, struct lab_listing *listing);
void lab_listing_free(struct lab_listing *listing);

/* Writes the file from byte offset on to the descriptor `to`, which should be a blocking one, at
 * its present position. An offset > 0 resumes. If it is a pipe whose reader has closed, SIGPIPE is
 * raised as by every write(2). */
enum lab_status lab_get(struct lab *lab, const char *name, uint64_t offset, int to);

/* A download whose local file is opened only when the server has agreed to send. */
struct lab_sink {
    /* Called once, when the server has announced the length of the file (total: all of it, not only
     * the rest), and before anything is written. Returns LAB_OK and the descriptor, which stands at
     * byte offset; or LAB_LOCAL with errno set, or LAB_CANCELLED: the call ends with that, and
     * closes the connection, since the body is on its way. The descriptor stays the caller's. */
    enum lab_status (*open)(void *context, uint64_t total, int *to);
    void *context;
    uint64_t offset; /* bytes of the file that are here; more than 0 resumes */
    uint64_t check;  /* so many of them, the last ones, are requested again and compared with what
                      * the descriptor has (pread(2)); LAB_LOCAL if they differ */
};
enum lab_status lab_get_to(struct lab *lab, const char *name, const struct lab_sink *sink);

/* Sends the first size bytes of the regular file open in from, whose position is not used. If the
 * server has no space, it answers so before the body or after it: LAB_REFUSED, "no-space". If it
 * refuses in the middle of the body, the connection has been closed. If the file is written to
 * meanwhile (its size or its time of modification changes): LAB_LOCAL, and nothing is stored. */
enum lab_status lab_put(struct lab *lab, const char *name, int from, uint64_t size);

/* Asks for the SHA-256 of a file: 64 hexadecimal digits in lower case. The server answers when it
 * has read the whole file; so beside the timeout it gets a second for each MiB of size, the bytes
 * that the file has as far as is known (0: not known). */
enum lab_status lab_sum(struct lab *lab, const char *name, uint64_t size, char sum[LAB_SUM]);

/* ---- the chat room ---- */

enum lab_status lab_enter(struct lab *lab, const char *nick);
enum lab_status lab_say(struct lab *lab, const char *text);
enum lab_status lab_leave(struct lab *lab);

struct lab_names {
    char **names; /* sorted by bytes */
    size_t count;
    char *text; /* what the names point into */
};
enum lab_status lab_who(struct lab *lab, struct lab_names *names);
void lab_names_free(struct lab_names *names);

enum lab_event_kind { LAB_JOIN, LAB_LEFT, LAB_SAID, LAB_ADMIN };

struct lab_event {
    enum lab_event_kind kind;
    char nick[LAB_NICK]; /* "" for LAB_ADMIN */
    char text[LAB_TEXT]; /* of LAB_SAID and LAB_ADMIN, else "" */
};

/* The next thing that happened in the room. Events that came while a call waited for its reply
 * have been kept; if there is none, waits up to ms (0: not at all, -1: for ever) and returns
 * LAB_WAITING if none came. LAB_REFUSED: the server sent a last ERR (slow, timeout) and closed.
 * Kinds of events that this version does not know are passed over. */
enum lab_status lab_next_event(struct lab *lab, struct lab_event *event, int ms);

/* Is there one that could be had without waiting for the network? Then poll(2) on lab_fd may report
 * nothing. Also true if the server's last ERR is. */
bool lab_event_ready(const struct lab *lab);

/* To wait for it together with something else (poll for POLLIN); -1 if not connected. */
int lab_fd(const struct lab *lab);

/* ---- texts of other people ---- */

/* Room for what len bytes can become at the worst, with a NUL. */
#define LAB_VISIBLE_SIZE(len) (4 * (size_t)(len) + 1)

/* Writes len bytes with a NUL so that they can be shown on a terminal, and cuts them before size,
 * never inside a character. Returns to.
 *
 * Whatever could move the cursor, change colours, or make text read other than it is written comes
 * out as something one can see: control characters and broken UTF-8 as \xHH, a byte each;
 * bidirectional embeddings, overrides and isolates, line separators and a few more as <U+202E>
 * (Unicode Standard Annex 9; "Trojan Source", CVE-2021-42574). Invisible characters that writing
 * needs stay as they are: joiners and marks of direction. */
const char *lab_visible(char *to, size_t size, const char *bytes, size_t len);

/* ---- the rest ---- */

enum lab_status lab_ping(struct lab *lab);

/* Sends Q, waits for the reply, and closes, also if none comes. */
enum lab_status lab_quit(struct lab *lab);

#endif
