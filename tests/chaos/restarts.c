/* tests/chaos/restarts.c: kills whole servers in the middle of uploads, and starts them again
 *
 *     ROUNDS=200 SEED=1 restarts 01_loop/loop-server 02_fork/fork-server …
 *
 * Two servers share a folder, and clients store files through both. Again and again one of them is
 * killed (kill -9) and restarted; it is each model's turn in as many rounds, beside another one
 * that lives on. What must hold: what was answered OK is there, whole; an upload that was not
 * answered is there whole or not at all; the next start removes what the dead one has left, and
 * nothing of the living one, whose clients notice nothing.
 *
 * With 02_fork half of the kills hit the parent only. Its children then end in order: some of their
 * uploads are still stored, and the new server, which starts meanwhile, may not touch them.
 */
#include <signal.h>
#include <stdio.h>

#include "bound.h"
#include "file_worker.h"
#include "harness.h"
#include "serverproc.h"
#include "verdict.h"

enum { HERE = 6, THERE = 3, ALL = HERE + THERE, ABOUT = 200000 };

static struct folder folder;
static struct serverproc *victim, *beside;
static struct file_worker workers[ALL]; /* those of the victim first */
static bool frozen;                     /* the victim's clients send nothing */
static struct {
    unsigned long kills, under_way, leftovers;
} sums;

static struct serverproc *server_start(const char *path)
{
    const struct serverproc_config config = {.dir = folder.files};
    harness_server(path, NULL);
    return serverproc_start(&config);
}

static void server_stop(struct serverproc *server)
{
    serverproc_signal(server, SIGTERM);
    serverproc_check_ended(server, BOUND_GENEROUS);
    serverproc_free(server);
}

static void turn(int ms)
{
    peers_turn(ms);
    for (int i = frozen ? HERE : 0; i < ALL; i++)
        file_worker_turn(&workers[i]);
    for (int i = HERE; i < ALL; i++)
        verdict_check(!workers[i].ended, "the server beside has closed a connection");
}

/* Serves until ready returns true. */
static void await(bool (*ready)(void), const char *what)
{
    long until = bound_now() + bound_of(BOUND_GENEROUS);
    while (!ready()) {
        verdict_check(bound_now() < until, "%s", what);
        turn(10);
    }
}

static unsigned long uploads_here(void)
{
    unsigned long n = 0;
    for (int i = 0; i < HERE; i++)
        n += workers[i].uploads;
    return n;
}

static unsigned int trying_here(void)
{
    unsigned int n = 0;
    for (int i = 0; i < HERE; i++)
        n += workers[i].peer.fd >= 0 && workers[i].busy && workers[i].files[workers[i].at].trying;
    return n;
}

/* ---- a round ---- */

static void open_here(void)
{
    for (int i = 0; i < HERE; i++)
        file_worker_open(&workers[i], victim->port);
}

/* Until some more files are stored, and then some more steps of everybody; in the middle of at
 * least one upload. */
static void work(void)
{
    unsigned long wanted = uploads_here() + random_below(20);
    long until = bound_now() + bound_of(BOUND_GENEROUS);
    while (uploads_here() < wanted) {
        verdict_check(bound_now() < until, "the uploads stand still");
        turn(10);
    }
    for (uint32_t turns = random_below(30); turns > 0 || trying_here() == 0; turns -= turns > 0) {
        verdict_check(bound_now() < until, "the uploads stand still");
        turn(turns > 0 ? 0 : 10);
    }
}

static bool here_has_ended(void)
{
    for (int i = 0; i < HERE; i++)
        if (!workers[i].ended)
            return false;
    return true;
}

/* With 01_loop only one of them is served at all. */
static bool there_is_idle(void)
{
    bool greeted = false, busy = false;
    for (int i = HERE; i < ALL; i++) {
        greeted |= workers[i].greeted;
        busy |= workers[i].busy;
    }
    return greeted && !busy;
}

static void there_halts(bool stops)
{
    for (int i = HERE; i < ALL; i++) {
        struct file_worker *worker = &workers[i];
        worker->stops = stops;
        if (!stops && worker->greeted && !worker->busy)
            file_worker_resume(worker);
    }
}

static void kill_victim(void)
{
    bool all = random_below(2) == 0;
    sums.under_way += trying_here();
    sums.kills++;
    kill(all ? -victim->pid : victim->pid, SIGKILL);
    verdict_check(serverproc_wait(victim, BOUND_GENEROUS), "it survives kill -9");
    frozen = true; /* if children survive, their uploads wait */
    there_halts(true);
    await(there_is_idle, "an upload to the server beside stands still");
    int left = folder_hidden(folder.files, NULL, 0);
    sums.leftovers += left > 0 ? (unsigned long)left : 0;
}

static void run_round(const char *path)
{
    open_here();
    work();
    kill_victim();
    struct serverproc *dead = victim;
    victim = server_start(path);
    frozen = false;
    await(here_has_ended, "the server was killed, and keeps its connections");
    verdict_check(serverproc_await_group_gone(dead), "it was killed, and its children live on");
    serverproc_free(dead);
    for (int i = 0; i < HERE; i++)
        file_worker_resolve(&workers[i], folder.files);
    (void)file_workers_check(workers, ALL, folder.files);
    there_halts(false);
}

/* ---- a model's rounds ---- */

static void run_model(const char *path, const char *other, unsigned long rounds)
{
    unsigned long before = uploads_here(), kills = sums.kills, under_way = sums.under_way;
    unsigned long leftovers = sums.leftovers;
    char name[32];
    (void)snprintf(name, sizeof name, "%s", harness_model(other));
    beside = server_start(other);
    victim = server_start(path);
    for (int i = HERE; i < ALL; i++)
        file_worker_open(&workers[i], beside->port);
    for (unsigned long i = 0; i < rounds; i++)
        run_round(path);
    there_halts(true);
    await(there_is_idle, "an upload to the server beside stands still");
    for (int i = 0; i < ALL; i++) {
        peer_close(&workers[i].peer);
        workers[i].stops = false;
    }
    server_stop(victim);
    server_stop(beside);
    (void)file_workers_check(workers, ALL, folder.files);
    printf("%s beside %s: %lu kills, %lu uploads stored, %lu under way when it was killed, %lu "
           "temporary files left by the dead\n",
           harness_model(path), name, sums.kills - kills, uploads_here() - before,
           sums.under_way - under_way, sums.leftovers - leftovers);
}

int main(int argc, char **argv)
{
    unsigned long models = (unsigned long)argc - 1, rounds, uploads = 0, unanswered = 0;
    harness_begin("restarts", argc >= 2, "SERVER...");
    long since = bound_now();
    folder_make(&folder);
    for (int i = 0; i < ALL; i++)
        workers[i] = (struct file_worker){.peer.fd = -1, .number = (unsigned int)i, .about = ABOUT};
    rounds = harness_number("ROUNDS", 200);
    for (unsigned long i = 0; i < models; i++)
        run_model(argv[1 + i], argv[1 + (i + 1) % models],
                  rounds / models + (i < rounds % models ? 1 : 0));
    for (int i = 0; i < ALL; i++) {
        uploads += workers[i].uploads;
        unanswered += workers[i].unanswered;
        peer_free(&workers[i].peer);
    }
    printf(
        "restarts: %lu kills, %lu uploads stored, %lu cut off, %lu leftovers removed by the next "
        "start; no file lost, none incomplete, none left over; %.1f s\n",
        sums.kills, uploads, unanswered, sums.leftovers, (double)(bound_now() - since) / 1000);
    return 0;
}
