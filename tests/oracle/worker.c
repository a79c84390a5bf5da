/* tests/oracle/worker.c: see worker.h */
#include "worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bound.h"
#include "folder.h"
#include "grow.h"
#include "library.h"
#include "play.h"
#include "serverproc.h"
#include "verdict.h"

enum {
    SESSIONS_A_SERVER = 2000, /* then it is stopped, checked, and restarted */
    BOUND_HURRY = 1000,       /* milliseconds without a byte that probably mean "never" */
    PIPE_BYTES = 1 << 20,
};

/* Goes before each record. */
struct play_answer {
    uint64_t len;
    bool played;
    char model[16];
};

/* ---- in the worker ---- */

static struct {
    struct serverproc *server;
    char model[16];
    unsigned int sessions; /* it has played */
} at;

static volatile sig_atomic_t stopping;

/* Without its server every session ends at once; then comes the usual way out. */
static void on_interrupt(int signal)
{
    (void)signal;
    stopping = 1;
    serverproc_kill_all();
}

/* "epoll: listening on …" */
static void learn_model(void)
{
    size_t len = strcspn(at.server->startup, ":");
    (void)snprintf(at.model, sizeof at.model, "%.*s", (int)len, at.server->startup);
}

static void server_start(bool takes_options)
{
    const struct serverproc_config config = {.options = takes_options ? LIBRARY_OPTIONS : ""};
    at.server = serverproc_start(&config);
    at.sessions = 0;
    learn_model();
    library_open(at.server->dir);
}

/* All clients have gone: has it given everything back? */
static void server_settled(struct tape *record)
{
    if (!serverproc_await_descriptors(at.server, 0))
        tape_note(record, ITEM_NOTE, 0, "all clients are gone, and it has descriptors left");
    if (!serverproc_await_no_zombies(at.server))
        tape_note(record, ITEM_NOTE, 0, "the server has zombies");
}

/* Kills what is left of it, which has no more clients. */
static void server_free(struct tape *record)
{
    char line[256];
    if (serverproc_complained(at.server, line, sizeof line))
        tape_note(record, ITEM_NOTE, 0, line);
    library_close();
    serverproc_free(at.server);
    at.server = NULL;
}

/* Stops it in order; what is not in order goes into the record. */
static void server_stop(struct tape *record)
{
    if (at.server == NULL)
        return;
    play_end();
    server_settled(record);
    serverproc_signal(at.server, SIGTERM);
    if (!serverproc_wait(at.server, BOUND_GENEROUS))
        tape_note(record, ITEM_NOTE, 0, "the server does not stop");
    else if (at.server->status != 0)
        tape_note(record, ITEM_NOTE, 0, "the server did not end with status 0");
    else if (!serverproc_await_group_gone(at.server))
        tape_note(record, ITEM_NOTE, 0, "the server has ended, and some of its processes have not");
    server_free(record);
}

static bool play_order(const struct order *order, bool takes_options, struct tape *record)
{
    struct oracle_session session;
    struct tape ignored = {0};
    if (order->fresh)
        server_stop(&ignored);
    if (at.server == NULL)
        server_start(takes_options);
    session_make(&session, order->seed, order->number);
    bool played = session.clients == 1 || strcmp(at.model, "loop") != 0;
    if (played && !play(&session, order->dropped, at.server, at.model,
                        bound_of(order->hurry ? BOUND_HURRY : BOUND_GENEROUS), record)) {
        play_end(); /* it has lost its way */
        server_free(record);
    } else if (++at.sessions >= SESSIONS_A_SERVER || order->fresh) {
        server_stop(record);
    }
    session_free(&session);
    tape_free(&ignored);
    return played;
}

static bool record_send(FILE *records, const struct tape *record, bool played)
{
    struct play_answer answer = {.len = record->len, .played = played};
    memcpy(answer.model, at.model, sizeof answer.model);
    if (fwrite(&answer, sizeof answer, 1, records) != 1)
        return false;
    if (record->len > 0 && fwrite(record->bytes, 1, record->len, records) != record->len)
        return false;
    return fflush(records) == 0;
}

static _Noreturn void worker_main(FILE *orders, FILE *records, bool takes_options)
{
    struct order order;
    struct tape record = {0};
    while (stopping == 0 && fread(&order, sizeof order, 1, orders) == 1) {
        tape_cut(&record, 0);
        bool played = play_order(&order, takes_options, &record);
        if (stopping != 0 || !record_send(records, &record, played))
            exit(2);
    }
    tape_cut(&record, 0);
    server_stop(&record);
    for (size_t i = 0; i < record.count; i++) {
        fprintf(stderr, "%s, at its end: ", at.model);
        tape_print(stderr, &record, i);
    }
    int status = record.count == 0 ? 0 : 1;
    tape_free(&record);
    exit(status);
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), n = strlen(end);
    return len >= n && strcmp(text + len - n, end) == 0;
}

/* The ends of other workers' pipes: as long as we had them, those would wait for more orders. */
static void close_all_but(int one, int other)
{
    for (int fd = STDERR_FILENO + 1; fd < 256; fd++)
        if (fd != one && fd != other)
            close(fd);
}

/* Becomes the worker. It ends when there are no more orders, or nobody reads its records. */
static _Noreturn void worker_become(struct oracle_worker *worker, FILE *orders, FILE *records)
{
    static char template[512];
    bool takes_options = ends_with(worker->program, "-server"); /* one of the six, or its like */
    close_all_but(fileno(orders), fileno(records));
    serverproc_prepare(on_interrupt);
    verdict_case(NULL, worker->program);
    (void)snprintf(template, sizeof template, "%s -p {port} -d {dir} {options}", worker->program);
    if (!serverproc_template(template))
        exit(2);
    worker_main(orders, records, takes_options);
}

/* ---- in its parent ---- */

static bool pipe_open(FILE **reading, FILE **writing)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES); /* only slower with a smaller one */
    *reading = fdopen(ends[0], "r");
    *writing = fdopen(ends[1], "w");
    return *reading != NULL && *writing != NULL;
}

bool worker_start(struct oracle_worker *worker, const char *program)
{
    FILE *orders, *records;
    *worker = (struct oracle_worker){0};
    (void)snprintf(worker->program, sizeof worker->program, "%s", program);
    if (!pipe_open(&orders, &worker->orders) || !pipe_open(&worker->records, &records))
        return false;
    (void)fflush(NULL);
    worker->pid = fork();
    if (worker->pid == 0)
        worker_become(worker, orders, records);
    (void)fclose(orders);
    (void)fclose(records);
    return worker->pid > 0;
}

bool worker_order(struct oracle_worker *worker, const struct order *order)
{
    return fwrite(order, sizeof *order, 1, worker->orders) == 1 && fflush(worker->orders) == 0;
}

bool worker_answer(struct oracle_worker *worker)
{
    struct play_answer answer;
    struct tape *record = &worker->record;
    if (fread(&answer, sizeof answer, 1, worker->records) != 1)
        return false;
    record->bytes = grow(record->bytes, &record->room, answer.len, 1);
    record->len = answer.len;
    if (answer.len > 0 && fread(record->bytes, 1, answer.len, worker->records) != answer.len)
        return false;
    worker->played = answer.played;
    memcpy(worker->model, answer.model, sizeof worker->model);
    return tape_index(record);
}

bool worker_renew(struct oracle_worker *worker)
{
    struct oracle_worker old = *worker;
    kill(old.pid, SIGTERM);
    (void)fclose(old.orders);
    (void)fclose(old.records);
    if (waitpid(old.pid, NULL, 0) != old.pid || !worker_start(worker, old.program))
        return false;
    worker->record = old.record;
    worker->played = old.played;
    memcpy(worker->model, old.model, sizeof worker->model);
    return true;
}

bool worker_end(struct oracle_worker *worker)
{
    int status = 0;
    (void)fclose(worker->orders);
    while (worker_answer(worker))
        continue;
    (void)fclose(worker->records);
    bool waited = waitpid(worker->pid, &status, 0) == worker->pid;
    tape_free(&worker->record);
    return waited && status == 0;
}
