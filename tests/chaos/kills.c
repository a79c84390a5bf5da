/* tests/chaos/kills.c: kills children of 02_fork at random moments, while everybody talks
 *
 *     KILLS=1000 SEED=1 kills KILL_PRELOAD.SO 02_fork/fork-server
 *
 * A room of 30 talks, six more carry files; a killed member is replaced by a new one. What must
 * hold: the others receive every event, once, in one order; one LEAVE for each member that was
 * killed; nobody else loses a connection; files are whole; and in the end there is no zombie, no
 * ghost in the list of members, no process and no temporary file too many.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bound.h"
#include "chatter.h"
#include "file_worker.h"
#include "grow.h"
#include "harness.h"
#include "kill_preload.h"
#include "procfs.h"
#include "serverproc.h"
#include "verdict.h"
#include "victim.h"

enum { CHATTERS = 30, WORKERS = 6, AT_ONCE = 4 };

static struct serverproc *server;
static struct witness witness;
static struct chatter chatters[CHATTERS];
static struct file_worker workers[WORKERS];
static struct victims victims;
static unsigned int *gone; /* members whose connection has ended */
static size_t n_gone, gone_size;
static unsigned long lost; /* connections */
static struct kill_control *control;

/* ---- the server, with the library inside ---- */

static void shared_map(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    verdict_check(file >= 0 && ftruncate(file, sizeof *control) == 0, "can't make %s", path);
    void *page = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    verdict_check(page != MAP_FAILED, "mmap");
    control = page;
    close(file);
}

static void server_begin(const char *library, const char *path)
{
    static struct folder folder;
    char prefix[700], shared[FOLDER_PATH];
    folder_make(&folder);
    (void)snprintf(shared, sizeof shared, "%s/control", folder.root);
    shared_map(shared);
    (void)snprintf(prefix, sizeof prefix, "env LD_PRELOAD=%s KILL_PRELOAD=%s", library, shared);
    harness_server(path, prefix);
    server = serverproc_start(NULL);
    witness_open(&witness, server->port);
    victims_begin(&victims, server->pid);
    control->exempt = victims.exempt;
}

/* ---- clients come, and come again ---- */

static void note_gone(unsigned int member)
{
    gone = grow(gone, &gone_size, n_gone + 1, sizeof *gone);
    gone[n_gone++] = member;
}

static void chatter_replace(struct chatter *chatter, bool again)
{
    if (chatter->ended) {
        chatter->ended = false;
        lost++;
        if (chatter->state != CHATTER_OUT && chatter->state != CHATTER_LEFT)
            note_gone(chatter->member);
    }
    if (chatter->peer.fd < 0 && again)
        chatter_open(chatter, server->port);
    chatter_turn(chatter);
}

static void file_worker_replace(struct file_worker *worker, bool again)
{
    if (worker->ended) {
        worker->ended = false;
        lost++;
        file_worker_resolve(worker, server->dir);
    }
    if (worker->peer.fd < 0 && again)
        file_worker_open(worker, server->port);
    file_worker_turn(worker);
}

static void turn(bool again)
{
    harness_check_interrupt();
    (void)peers_turn(10);
    for (int i = 0; i < CHATTERS; i++)
        chatter_replace(&chatters[i], again);
    for (int i = 0; i < WORKERS; i++)
        file_worker_replace(&workers[i], again);
}

static size_t chatters_in(void)
{
    size_t n = 0;
    for (int i = 0; i < CHATTERS; i++)
        n += chatters[i].peer.fd >= 0 && chatters[i].state == CHATTER_IN;
    return n;
}

/* ---- the kills ---- */

/* Between choosing and killing: a moment that nobody can foresee. */
static void some_time(void)
{
    for (uint32_t turns = random_below(4); turns > 0; turns--)
        (void)peers_turn(0);
}

static unsigned long kills(void)
{
    return victims.kills + control->killed_at_start + control->killed_holders;
}

static void kill_next(unsigned long left)
{
    enum {
        STRIKE_WITHIN = 40000
    }; /* nanoseconds: to publish and to wake 30 listeners takes that */
    uint32_t how = random_below(8);
    if (how == 0) {
        control->kill_at_start = 1; /* the next listener is killed right after fork */
    } else if (how < 4) {
        control->delay = random_below(STRIKE_WITHIN);
        control->kill_holders = 1;
    } else {
        unsigned int n = 1 + (unsigned int)random_below(AT_ONCE);
        (void)victims_kill(&victims, n < left ? n : (unsigned int)left, some_time);
    }
}

static void kill_some(unsigned long wanted)
{
    long moved = bound_now();
    control->kill_at_start = 1;
    while (kills() < wanted) {
        unsigned long before = kills();
        size_t until = ledger_size() + random_below(40);
        while (chatters_in() < CHATTERS * 2 / 3 || ledger_size() < until) {
            turn(true);
            verdict_check(bound_now() - moved < bound_of(BOUND_GENEROUS),
                          "the room stands still: %zu of %d are in, %zu events", chatters_in(),
                          CHATTERS, ledger_size());
        }
        kill_next(wanted - kills());
        if (kills() > before)
            moved = bound_now();
    }
    control->kill_at_start = control->kill_holders = 0;
}

/* ---- what holds afterwards ---- */

/* All that live have come back in, have been answered and have received all; the dead have left. */
static bool is_level(void *argument)
{
    bool level = true;
    (void)argument;
    for (int i = 0; i < CHATTERS; i++) {
        chatter_replace(&chatters[i], true);
        level = level && chatters[i].peer.fd >= 0 && chatters[i].greeted &&
                chatter_caught_up(&chatters[i]);
    }
    for (int i = 0; i < WORKERS; i++) {
        file_worker_replace(&workers[i], true);
        level = level && workers[i].greeted && !workers[i].busy;
    }
    for (size_t i = 0; i < n_gone && level; i++)
        level = ledger_is_closed(gone[i]);
    return level;
}

/* A session for every client, a listener for every member, the parent; no zombie. */
static bool has_its_processes(void *argument)
{
    struct procfs_process list[256];
    size_t *n = argument, zombies = 0;
    *n = procfs_list(server->pid, list, 256);
    for (size_t i = 0; i < *n; i++)
        zombies += list[i].state == 'Z';
    return zombies == 0 && *n == 1 + 2 + CHATTERS + chatters_in() + WORKERS;
}

static void why_not_level(void)
{
    for (int i = 0; i < CHATTERS; i++)
        if (!chatter_caught_up(&chatters[i]))
            verdict_fail("m%u, state %d: sent %u, answered %u, received up to %zu of %zu",
                         chatters[i].member, chatters[i].state, chatters[i].sent,
                         chatters[i].answered, chatters[i].cursor.at, ledger_size());
    for (size_t i = 0; i < n_gone; i++)
        verdict_check(ledger_is_closed(gone[i]), "m%u was killed, and never leaves", gone[i]);
    verdict_fail("not all clients have come back");
}

static void check_room(void)
{
    char why[200];
    size_t processes = 0;
    for (int i = 0; i < CHATTERS; i++)
        chatters[i].stops = true;
    for (int i = 0; i < WORKERS; i++)
        workers[i].stops = true;
    if (!peers_await(is_level, NULL))
        why_not_level();
    verdict_check(peers_await(has_its_processes, &processes),
                  "%zu processes, zombies counted, for %d clients of which %zu are members",
                  processes, 1 + CHATTERS + WORKERS, 1 + chatters_in());
    verdict_check(witness_agrees(&witness, why, sizeof why), "%s", why);
    unsigned long most =
        victims.sure + victims.likely + control->killed_at_start + control->killed_holders;
    verdict_check(lost >= victims.sure && lost <= most,
                  "%lu clients have lost their connection; %lu to %lu should", lost, victims.sure,
                  most);
}

static bool all_have_left(void *argument)
{
    (void)argument;
    for (int i = 0; i < CHATTERS; i++)
        if (chatters[i].state != CHATTER_OUT && !ledger_is_closed(chatters[i].member))
            return false;
    return true;
}

/* The chatters leave, and the server ends in order. */
static struct ledger_sums check_end(void)
{
    for (int i = 0; i < CHATTERS; i++)
        peer_free(&chatters[i].peer);
    for (int i = 0; i < WORKERS; i++)
        peer_free(&workers[i].peer);
    verdict_check(peers_await(all_have_left, NULL), "some closed connections got no LEAVE");
    witness.left = true;
    peer_free(&witness.peer);
    struct ledger_sums sums = ledger_check_all();
    serverproc_signal(server, SIGTERM);
    serverproc_check_ended(server, BOUND_GENEROUS);
    return sums;
}

static size_t check_files(void)
{
    size_t expected = 0;
    for (int i = 0; i < WORKERS; i++)
        expected += file_worker_check(&workers[i], server->dir);
    size_t files = payload_check_folder(server->dir);
    verdict_check(files == expected, "%zu files, but %zu were stored", files, expected);
    return files;
}

static void print(const struct ledger_sums *sums, size_t files, long ms)
{
    unsigned long uploads = 0, downloads = 0;
    for (int i = 0; i < WORKERS; i++) {
        uploads += workers[i].uploads;
        downloads += workers[i].downloads;
    }
    printf(
        "kills: %lu (%lu sessions and %lu listeners from outside, %u listeners at their start, %u "
        "holders of a lock), %lu clients lost\n"
        "       %u locks taken from the dead\n"
        "       %zu members: %zu JOIN, %zu LEAVE, %zu words (%zu unanswered), %llu MB received\n"
        "       %lu uploads, %lu downloads, %zu files, all whole\n"
        "       nothing lost, doubled or out of order; no zombie, no ghost; %.1f s\n",
        kills(), victims.sessions, victims.listeners, control->killed_at_start,
        control->killed_holders, lost, control->recovered_locks, sums->members, sums->joins,
        sums->leaves, sums->says, sums->unanswered, peers_received() / 1000000, uploads, downloads,
        files, (double)ms / 1000);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fprintf(stderr, "usage: kills KILL_PRELOAD.SO SERVER (see the source)\n");
        return 2;
    }
    harness_begin("kills");
    random_begin();
    long since = bound_now();
    server_begin(argv[1], argv[2]); /* relative: LD_PRELOAD ends at a blank */
    for (int i = 0; i < CHATTERS; i++)
        chatters[i].peer.fd = -1;
    for (int i = 0; i < WORKERS; i++)
        workers[i] = (struct file_worker){.peer.fd = -1, .number = (unsigned int)i, .about = 40000};
    kill_some(harness_number("KILLS", 1000));
    check_room();
    struct ledger_sums sums = check_end();
    size_t files = check_files();
    print(&sums, files, bound_now() - since);
    serverproc_free(server);
    return 0;
}
