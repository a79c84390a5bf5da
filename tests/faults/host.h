/* host.h: the server under test, with the library inside that makes its calls fail
 *
 * host.c            starts it, arms it, ends it
 * host_files.c      its library, and what was put there
 * host_processes.c  what it uses: processes, threads, descriptors, time
 * host_settled.c    what has to hold once the clients have gone
 */
#ifndef FAULTS_HOST_H
#define FAULTS_HOST_H

#include "faults.h"
#include "serverproc.h"

enum { NEVER_MS = 8000 }; /* milliseconds without what is waited for */

struct host {
    const char *model; /* "02_fork" */
    struct inject_control *control;
    char template[600];
    struct serverproc *server; /* NULL: to be started */
    int descriptors;           /* open while nothing but the witness is there; likewise */
    int threads, family;       /* threads of the main process; its children and theirs */
    struct fault fault;
    const struct scenario *scenario;
    bool fault_ended; /* the fault that continues has ended because somebody waited */
    bool look;        /* look in this run whether the server spins */
    bool refuse;      /* somebody has to be refused in this run, what is put by ERR */
    char problem[1500];
    struct sweep_totals *totals;
};

extern struct host host;

/* Maps the control page; false: printed why not. */
bool host_begin(const char *library);
void host_end(void);

/* Launches a server that does not run yet: to be waited for. */
struct serverproc *host_launch(void);

/* A server with files in its library, and the witness in its room. */
void host_start(void);

/* Ends it by SIGTERM, and checks how; or kills it. */
void host_stop(void);
void host_kill(void);

/* Nothing is counted and nothing fails; counts from 0, with the fault or (NULL) none. */
void host_disarm(void);
void host_arm(const struct fault *fault, const char *with);

/* Has the fault happened? */
uint32_t host_injected(void);

/* All that has to hold once the clients have gone: the witness continues and has received what it
 * should, a new client gets the right listing, files are old or new, nothing is left. */
void host_check_settled(void);

/* Does the server use a processor, though nobody asks anything of it? */
void host_check_sleep(const char *when);

/* ---- for host*.c ---- */

/* host_files.c: those that the library has from the start; what was put is there, or what was there
 * before, never something else; no temporary file is left. */
void host_write_files(void);
void host_check_files(void);
void host_check_leftovers(void);

/* host_processes.c: notes how many processes, threads and descriptors there are; waits until there
 * are no more of the first two, and of the third if asked to. */
void host_count(void);
void host_check_counts(bool descriptors);

/* host_settled.c: the witness enters the room. */
void host_enter_witness(void);

#endif
