/* bench/clients/clients.h: the clients of a load, and what they and a server send each other
 *
 * conn.c     one client's connection: open, send, lose it
 * dialect.c  the requests and replies of our protocol and of others: a table
 * reply.c    are the replies correct?
 * verify.c   the bytes of bodies
 * chat.c     the chat room; redis.c: that of redis
 * bare.c     the bare client, which is none of them
 *
 * When they send is decided in bench/load. A thread owns its clients; no other thread accesses
 * them. What threads share is in struct load and in the first lines of struct worker, and is
 * atomic.
 */
#ifndef BENCH_CLIENTS_H
#define BENCH_CLIENTS_H

#include <assert.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "clients/spec.h"

enum {
    LOAD_CACHE_LINE = 64,
    LOAD_EVENTS = 512,         /* of one wait */
    LOAD_CHUNK = 256 * 1024,   /* bytes of one recv or send */
    LOAD_LINE = 200,           /* bytes of a line that did not come in one piece */
    LOAD_REQUEST = 320,        /* bytes of the longest request, a name of 255 in it */
    LOAD_OPENING = 256,        /* connections of a thread that may be on their way at once */
    LOAD_PER_ADDRESS = 10000,  /* connections from one local address: connect finds a port fast */
    LOAD_PATTERN = 4093,       /* the period of load_file_byte, a prime */
    LOAD_SUM_TEXT = 65,        /* SHA-256 in hexadecimal, and LF */
    LOAD_FIRST_BACKOFF_MS = 10 /* doubled at each failure, up to a second */
};

enum load_phase {
    PHASE_CONNECT, /* clients connect */
    PHASE_RUN,     /* they send requests */
    PHASE_DRAIN,   /* no new requests; replies are awaited */
    PHASE_END,
    PHASES
};

enum client_state {
    CLIENT_AWAY,     /* not connected */
    CLIENT_GREETING, /* waits for HELLO */
    CLIENT_ENTERING, /* has sent C */
    CLIENT_READY,
    CLIENT_LEAVING /* a session that has got its last reply, and waits for the close */
};

enum client_step { STEP_REPLY, STEP_HEADERS, STEP_GO, STEP_BODY, STEP_QUIT };

/* The fields that each request uses are in the first 64 bytes, one cache line: with 5000 clients
 * that decides whether the generator is cheap. */
struct client {
    alignas(LOAD_CACHE_LINE) int fd;
    unsigned char state, step;
    bool idle;              /* is connected, and sends nothing */
    bool writing;           /* EPOLLOUT is asked for */
    unsigned int in_flight; /* requests under way */
    unsigned int first;     /* the oldest of them in stamps, a ring */
    uint64_t since;         /* when it last received, or sent after silence */
    uint64_t body_left;     /* of the reply that is coming */
    uint64_t turn;          /* open loop: how many requests it has taken from the schedule */
    unsigned int line_len;  /* bytes of the line that is coming */
    unsigned int number;    /* in the whole load */
    unsigned int rest_len, rest_at; /* what could not be sent at once */
    char *rest;
    uint64_t body;     /* of the reply that is coming: its size */
    uint64_t out_left; /* of the upload's body */
    uint64_t retry_at;
    unsigned char tries; /* that failed in a row */
    bool tried;          /* has been ready, or has failed, once */
    bool skipping;       /* the rest of a long line */
    unsigned int next;   /* chat: the number of its next message */
    char line[LOAD_LINE];
};
/* An odd number of lines, so that the first ones do not all map to the same few sets of a cache. */
static_assert(sizeof(struct client) % (2 * LOAD_CACHE_LINE) == LOAD_CACHE_LINE, "see above");

struct stamp {
    uint64_t due, sent;
};

/* A message, "<due> <late> <count>" in hexadecimal: when it was due, how much later it was sent,
 * both in nanoseconds (since load.epoch), and its sequence number among those of this speaker. */
enum {
    CHAT_NICK = 20,
    CHAT_TIME = 12, /* digits of due, and of late */
    CHAT_COUNT = 8, /* digits of count */
    CHAT_LATE_AT = CHAT_TIME + 1,
    CHAT_COUNT_AT = CHAT_LATE_AT + CHAT_TIME + 1,
    CHAT_TEXT = CHAT_COUNT_AT + CHAT_COUNT,
    CHAT_REQUEST = 2 + CHAT_TEXT + 1,
    CHAT_EVENT = 6 + CHAT_NICK + 1 + CHAT_TEXT + 1
};

struct load_frame {
    size_t known, len; /* of the bytes the first ones are known */
    char bytes[80];
};

/* What a member of a room of redis receives: a listener, the speaker; entering: a listener, the
 * speaker; and what they send. */
enum { FRAME_EVENT, FRAME_SAID, FRAME_ENTERED, FRAME_PONG, FRAME_SAY, FRAME_ENTER, FRAMES };

struct chat_message {
    unsigned int speaker;
    uint32_t count;
    uint64_t due, late;
};

struct load;

struct worker {
    /* read by other threads */
    _Atomic uint64_t received, sent; /* chat, over the whole life */
    _Atomic uint64_t replied;        /* when the last reply or event came */
    _Atomic uint64_t answered;       /* own.requests */
    atomic_uint untried, ready;
    atomic_uint speaker; /* chat: the number of one that is ready; UINT_MAX: none */
    atomic_uint drained; /* load.phase as it was when nothing was under way any more, or 0 */
    bool started;

    struct load *load;
    pthread_t thread;
    unsigned int index, phase_read; /* load.phase, read last */
    int epoll, wake;                /* an eventfd: the phase has changed */

    unsigned int working, count, senders; /* senders: working ones that follow the schedule */
    unsigned int opening, away, next_open, in_flight;
    struct client *clients; /* the working ones, then the idle ones */
    struct stamp *stamps;   /* `pipeline` of them a client */
    char *buffer;           /* LOAD_CHUNK */

    /* The request and the expected reply, if they are the same for all clients. */
    char *script; /* requests, `pipeline` times */
    uint64_t body;
    unsigned int request_len, head_len;
    char head[48]; /* the first line of the reply */

    uint64_t now, start, from, until, sweep_at; /* nanoseconds */
    double period;                              /* open loop: nanoseconds between two requests */
    double shift;                               /* so that the threads' schedules interleave */
    uint64_t turn;                              /* how many were due */
    unsigned int turn_client;                   /* whose turn is next */
    enum load_phase phase;
    uint64_t begin_cpu, end_cpu, begin_wait, end_wait;
    uint64_t drained_cpu; /* after the end, if requests were still due: see `whole` */

    uint64_t sent_count;         /* chat: messages */
    struct chat_message message; /* `last`, parsed */
    uint32_t *expected;          /* the next number, a row of `speakers` for each member */
    char last[CHAT_EVENT];       /* the message received last: the next member receives the same */
    bool marked;                 /* the first message was sent */

    bool began, ended; /* the measured time */
    bool example_detailed;
    uint64_t example_at;
    struct load_result own;
};

/* The same work in the words of other programs. A request is bytes. A reply is its first line, to
 * the byte; then, in some dialects, headers up to an empty line; then, for some work, the bytes of
 * a file. So redis answers a ping with a line, and nginx with a file of LOAD_PING_BYTES. */
struct load_work {
    const char *verb;           /* for messages; NULL: this work can't be done */
    const char *request, *rest; /* the name of the file, if there is one, stands between them */
    const char *head;           /* the first line of the reply; "OK ": its size and LF follow */
    bool file;                  /* the request names a file, and the reply holds it */
};

struct load_dialect {
    const char *name;
    const char *greeting; /* how the line begins that the server sends first; NULL: it sends none */
    bool headers;         /* between first line and file */
    struct load_work work[LOAD_KINDS];

    const char *say_end;                     /* LOAD_CHAT: behind the text of FRAME_SAY */
    void (*room_prepare)(struct load *load); /* makes the frames; NULL: ours */
    bool (*room_enter)(struct worker *w, struct client *c);
    bool (*room_receive)(struct worker *w, struct client *c, const char *bytes, size_t n);
};

extern const struct load_dialect load_dialects[]; /* ours is the first */

struct load {
    const struct load_spec *spec;
    const struct load_dialect *dialect;
    struct sockaddr_storage to;
    socklen_t to_len;
    bool spread; /* over 127.0.0.0/8 */
    unsigned int threads, pipeline, speakers, run;
    unsigned int window; /* a client may send if it has fewer requests under way */
    uint64_t timeout;    /* nanoseconds */
    struct worker *workers;
    atomic_uint phase; /* and PHASES times how many there have been: none is taken for another */
    _Atomic uint64_t start, from, until;
    atomic_uint marker;   /* chat: the speaker that sends the first message; UINT_MAX: none yet */
    uint64_t enough;      /* so many requests in the measured time; 0 while it has not begun */
    uint64_t undelivered; /* chat: events that had not come by the deadline */
    atomic_bool lost;     /* a client was lost: events can't be counted exactly any more */
    uint64_t epoch;       /* when it began */
    char prefix[32]; /* chat: how all SAY events of this load begin, up to the speaker's number */
    size_t prefix_len;
    struct load_frame frames[FRAMES]; /* chat; ours needs FRAME_SAY only */
    int neighbour;                    /* its connection */
    pthread_t visitor;                /* the thread of one that comes and goes ... */
    bool visits;                      /* ... runs */
    char sum[LOAD_SUM_TEXT + 1];      /* LOAD_SUM: the body of each reply */
};

/* clock.c */
uint64_t load_now(void);
uint64_t load_processor_time(void); /* of this thread, in nanoseconds */

enum { BARE_CLIENTS = 1000 }; /* at most */
/* bare.c: for spec->bare. False: see errno; calls spec->begin and end as load_run does */
bool bare_run(const struct load_spec *spec, struct load_result *result);

/* conn.c */
void client_open(struct worker *w, struct client *c);
void client_lose(struct worker *w, struct client *c, enum load_error error, const char *what);
void client_close(struct worker *w, struct client *c); /* no error */
void client_reset(struct worker *w, struct client *c); /* the same by RST */
void client_tried(struct worker *w, struct client *c, bool ready);
bool client_send(struct worker *w, struct client *c, const char *bytes, size_t n);
bool client_offer(struct worker *w, struct client *c);  /* an upload: P */
bool client_upload(struct worker *w, struct client *c); /* some of the body */
bool client_writable(struct worker *w, struct client *c);
enum load_error load_error_of(int error);
void load_example(struct worker *w, enum load_error error, const char *what, const char *bytes,
                  size_t n);

/* reply.c: false: the client was lost, or must not be read from any more */
bool client_greeted(struct worker *w, struct client *c, const char **bytes, size_t *n);
bool client_begin(struct worker *w, struct client *c); /* it is connected and greeted */
bool reply_receive(struct worker *w, struct client *c, const char *bytes, size_t n);
bool reply_wrong(struct worker *w, struct client *c, const char *bytes, size_t n);
/* A line, whose beginning may have come before, with its LF. *bytes and *n lose what was consumed.
 * NULL: it has not ended yet, or (c->fd < 0) was too long. */
const char *reply_line(struct worker *w, struct client *c, const char **bytes, size_t *n,
                       size_t *len);
/* The line has begun: can it still become the one that is due, or an ERR? */
bool reply_pending(struct worker *w, struct client *c, const char *due);
void client_answered(struct worker *w, struct client *c, uint64_t body);

/* verify.c */
void verify_prepare(void);
extern unsigned char load_pattern[]; /* LOAD_CHUNK and a period more */
bool verify_file(const char *bytes, size_t n, uint64_t offset);
void verify_sum(uint64_t bytes, char text[LOAD_SUM_TEXT + 1]); /* of a file of so many bytes */

/* chat.c */
void chat_prepare(struct load *load);
bool chat_enter(struct worker *w, struct client *c);
void chat_entered(struct worker *w, struct client *c);
/* Sends `count` messages in one call. */
bool chat_send(struct worker *w, struct client *c, unsigned int count, uint64_t due, uint64_t sent);
bool chat_receive(struct worker *w, struct client *c, const char *bytes, size_t n);
bool chat_take(struct worker *w, struct client *c, const char *event); /* of CHAT_EVENT bytes */
bool chat_held(const struct worker *w); /* are listeners too far behind to send more? */
void chat_count(const struct load *load, uint64_t *sent, uint64_t *received); /* by all threads */

/* redis.c */
void redis_prepare(struct load *load);
bool redis_enter(struct worker *w, struct client *c);
bool redis_receive(struct worker *w, struct client *c, const char *bytes, size_t n);

#endif
