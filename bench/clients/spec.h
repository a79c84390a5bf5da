/* bench/clients/spec.h: what the clients of a load are to do, and what came of it */
#ifndef BENCH_SPEC_H
#define BENCH_SPEC_H

#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/histogram.h"

enum load_kind {
    LOAD_PING,     /* N */
    LOAD_SESSION,  /* connect, greeting, N, Q, the server's close; the latency of all that */
    LOAD_DOWNLOAD, /* G name */
    LOAD_UPLOAD,   /* P size name-<connection>: each client has a file of its own */
    LOAD_CHAT,  /* `speakers` of the clients send messages; latency is from send to each delivery */
    LOAD_SUM,   /* H name: the checksum of the file that load_file_make makes */
    LOAD_STORM, /* all connect at once, each once: from the first connect to each greeting. It takes
                   as long as it takes; no warm-up, no rate, no idle clients */
    LOAD_KINDS
};

#define LOAD_PING_FILE "ping-64" /* what LOAD_PING asks nginx for: a file of so many bytes */
enum { LOAD_PING_BYTES = 64 };

/* What one more client, which is not counted, does to the server meanwhile. */
enum load_neighbour {
    NEIGHBOUR_NONE,
    NEIGHBOUR_SILENT,    /* connects and sends nothing */
    NEIGHBOUR_STUCK,     /* asks for a large file, and for more, and never reads */
    NEIGHBOUR_COMPUTING, /* asks for checksums of a large file, more than are made meanwhile */
    NEIGHBOUR_BLOCKED,   /* asks for a file's checksum and leaves; after four times as long again */
};

enum load_place { PLACE_USUAL, PLACE_ONE_PROCESSOR, PLACE_ALL_PROCESSORS };

enum load_error {
    LOAD_REFUSED,     /* connection refused */
    LOAD_RESET,       /* reset by the server */
    LOAD_CLOSED,      /* closed by it, in the middle of something */
    LOAD_TIMEOUT,     /* no reply within the timeout */
    LOAD_BUSY,        /* ERR busy */
    LOAD_WRONG,       /* another reply than the one that is due; the first is kept in `example` */
    LOAD_PORTS,       /* no local port left */
    LOAD_DESCRIPTORS, /* none left here */
    LOAD_OTHER,       /* another error of the system: see `example` */
    LOAD_ERRORS
};
extern const char *const load_error_word[LOAD_ERRORS]; /* "refused", "reset", ... */

struct load_spec {
    const struct load_dialect *dialect; /* what the server speaks; NULL: our protocol */
    const char *host; /* numeric; for 127.0.0.1 the clients use all of 127.0.0.0/8: more ports */
    int port;
    enum load_kind kind;
    enum load_neighbour neighbour;
    unsigned int clients;           /* that work */
    unsigned int idle;              /* connected besides, greeted, and silent */
    bool active_first, active_last; /* connect before or after the idle ones; else evenly among */
    unsigned int threads;           /* 0: one */
    unsigned int pipeline;          /* requests of a client that may be under way; 0: one */
    unsigned int speakers;          /* LOAD_CHAT; 0: one */
    double rate;                    /* requests a second, of all clients; 0: closed loop */
    /* Closed loop, LOAD_CHAT: a speaker sends `pipeline` messages at once, when all have received
     * those before. */
    bool burst;
    /* `begin` and `end` are called while nothing is under way, so reading a server's clocks takes
     * nothing from what is measured, however long it takes. Closed loop: a transfer or a burst once
     * begun is completed, and counts; the time is longer by that. Open loop: what was due in the
     * measured time counts. */
    bool whole;
    double warmup, seconds;
    bool bare; /* LOAD_PING, closed loop, 127.0.0.1: by the bare client (clients.h), `whole` */
    /* Closed loop, `whole`: if fewer than `least` requests are answered in this time, it goes on
     * until they are, for `prolong` seconds at most. */
    unsigned int least;
    double prolong;
    int timeout_ms; /* for each reply; a client that gets none is a LOAD_TIMEOUT, and reconnects */
    /* LOAD_DOWNLOAD, LOAD_SUM, neighbours that ask for a file: its name; LOAD_UPLOAD: how names
     * begin */
    const char *file;
    uint64_t file_bytes;   /* LOAD_DOWNLOAD, LOAD_SUM: its size; LOAD_UPLOAD: how much to send */
    const cpu_set_t *cpus; /* where the threads may run; NULL: anywhere */
    volatile sig_atomic_t *stop; /* becomes a signal's number: end in order, with what there is */

    /* Called when the measured time begins and when it ends, to read the server's clocks. May be
     * NULL. */
    void (*begin)(void *context);
    void (*end)(void *context);
    void *context;

    /* What the caller has to prepare: load_run ignores it. */
    enum load_place place; /* where the server runs */
    double slow_ms;        /* NEIGHBOUR_BLOCKED: how much longer it takes to read the file */
    double part;           /* rate is to be this part of what a closed loop reaches; 0: as given */
};

struct load_result {
    bool started;        /* neighbour and threads are there; else see errors */
    double seconds;      /* of the measured time */
    uint64_t requests;   /* answered correctly in it: pings, sessions, files, messages sent */
    uint64_t deliveries; /* LOAD_CHAT: events received */
    uint64_t bytes;      /* of bodies, in either direction */
    uint64_t sent; /* over the whole life of the load, warm-up included: requests answered (in the
                     * chat room: messages), ... */
    uint64_t received;  /* ... and messages received. For comparing with the counts of the server */
    uint64_t under_way; /* requests that had no reply when the measured time ended ... */
    uint64_t oldest;    /* ... nanoseconds since the first of them was sent */
    uint64_t errors[LOAD_ERRORS]; /* over the whole life */
    char example[160];            /* what was wrong first, printable; "" */
    /* Closed loop: of replies in the measured time. Open loop: of requests that were due in it; one
     * whose client was lost, or that has no reply after another second, is charged with the time
     * until then. LOAD_CHAT: of deliveries. Empty if no reply came in the measured time. */
    struct histogram latency;
    struct histogram uncorrected; /* open loop only, else empty */
    struct histogram lag;         /* open loop: how late the generator itself was to send */
    double own_seconds; /* processor time of the generator's threads in the measured time */
    double own_share; /* of the busiest thread's time: running, or waiting for a processor; what was
                         * stolen from the machine is not its time. Near 1 it is the bottleneck */
    bool bound;       /* load_bound: the generator was the bottleneck: do not trust the sample */
};

/* Sets what a server speaks, by its name ("redis-7.0.15": redis), and what follows from it. */
void load_dialect_choose(struct load_spec *spec, const char *server);
/* Can this server be asked for it? */
bool load_dialect_can(const char *server, enum load_kind kind);

/* The bytes of the file that LOAD_DOWNLOAD expects: byte i is load_file_byte(i). */
unsigned char load_file_byte(uint64_t offset);
/* Bytes of which a checksum is made in a microsecond on this processor; timed once, for 60 ms. */
double load_sum_speed(void);
/* In a library; false: errno. */
bool load_file_make(const char *dir, const char *name, uint64_t bytes);

#endif
