/* bench/ratios/ratio.h: the three parts of ratio: it starts servers, drives them, compares them
 *
 * A function that returns bool says false when something went wrong; fault_text() then says what.
 */
#ifndef BENCH_RATIO_H
#define BENCH_RATIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/scratch.h"
#include "common/signals.h" /* stop_signal: every wait ends, with false */
#include "probe/server.h"

enum work_kind { WORK_PING, WORK_DOWNLOAD, WORK_UPLOAD, WORK_CHAT, WORK_CROWD };

struct work {
    enum work_kind kind;
    int active;     /* connections that work; in the chat room: members, the speaker among them */
    int burst;      /* chat: messages in one send */
    uint64_t size;  /* download, upload: bytes of the file */
    double seconds; /* of one sample; a transfer or a burst once begun is ended */
};

struct place {
    int server_cpu, load_cpu; /* below 0: not pinned */
    char library[SCRATCH_PATH + 8];
    char log[SCRATCH_PATH + 8]; /* what a server writes to standard error */
};

struct sample {
    double server_seconds; /* processor time, user + system, of all its threads and processes */
    double wall_seconds;
    double units; /* pings, bytes or deliveries */
    double steal; /* the worse of the two processors, 0 to 1 */
};

double clock_seconds(void);
bool fault_set(const char *format, ...) __attribute__((format(printf, 1, 2))); /* always false */
const char *fault_text(void);

/* ratio_server.c */
bool ratio_start(struct server *s, const struct place *place);
bool ratio_stop(struct server *s);
/* After a fault: adds to it that the server had ended by then, where it had. */
void ratio_blame(const struct server *s);
/* Adds up the processor time of the process and of its living descendants, in seconds, and counts
 * them. A descendant that ended in between is missing: compare the counts. */
bool ratio_time(const struct server *s, double *seconds, int *processes);

/* ratio_load.c: connects, warms up, measures one sample, and hangs up */
bool load_run(const struct work *work, int idle, const struct server *s, const struct place *place,
              struct sample *sample);
const char *load_file_name(void); /* what download asks for; ratio makes it in the library */

#endif
