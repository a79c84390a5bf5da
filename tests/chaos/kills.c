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
#include <sys/mman.h>
#include <unistd.h>

#include "bound.h"
#include "chatter.h"
#include "harness.h"
#include "kill_preload.h"
#include "kills_clients.h"
#include "procfs.h"
#include "serverproc.h"
#include "verdict.h"
#include "victim.h"

enum { AT_ONCE = 4 };

static struct serverproc *server;
static struct witness witness;
static struct victims victims;
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

/* ---- the kills ---- */

/* Between choosing and killing: a moment that nobody can foresee. */
static void some_time(void)
{
    for (uint32_t turns = random_below(4); turns > 0; turns--)
        peers_turn(0);
}

static unsigned long kills(void)
{
    return victims.kills + control->killed_at_start + control->killed_holders;
}

static void kill_next(unsigned long left)
{
    enum {
        STRIKE_WITHIN = 40000
    }; /* nanoseconds: to publish and to wake 30 forwarders takes that */
    uint32_t how = random_below(8);
    if (how == 0) {
        control->kill_at_start = 1; /* the next forwarder is killed right after fork */
    } else if (how < 4) {
        control->delay = random_below(STRIKE_WITHIN);
        control->kill_holders = 1;
    } else {
        unsigned int n = 1 + (unsigned int)random_below(AT_ONCE);
        victims_kill(&victims, n < left ? n : (unsigned int)left, some_time);
    }
}

static void kill_some(unsigned long wanted)
{
    long moved = bound_now();
    control->kill_at_start = 1;
    while (kills() < wanted) {
        unsigned long before = kills();
        size_t until = ledger_size() + random_below(40);
        while (clients_in_room() < CHATTERS * 2 / 3 || ledger_size() < until) {
            clients_turn();
            verdict_check(bound_now() - moved < bound_of(BOUND_GENEROUS),
                          "the room stands still: %zu of %d are in, %zu events", clients_in_room(),
                          CHATTERS, ledger_size());
        }
        kill_next(wanted - kills());
        if (kills() > before)
            moved = bound_now();
    }
    control->kill_at_start = control->kill_holders = 0;
}

/* ---- what holds afterwards ---- */

/* A session for every client, a forwarder for every member, the parent; no zombie. */
static bool has_its_processes(void *argument)
{
    struct procfs_process list[256];
    size_t *n = argument, zombies = 0;
    *n = procfs_list(server->pid, list, 256);
    for (size_t i = 0; i < *n; i++)
        zombies += list[i].state == 'Z';
    return zombies == 0 && *n == 1 + 2 + CHATTERS + clients_in_room() + WORKERS;
}

static void check_room(void)
{
    char why[200];
    size_t processes = 0;
    clients_stop();
    if (!peers_await(clients_are_level, NULL))
        clients_fail_not_level();
    verdict_check(peers_await(has_its_processes, &processes),
                  "%zu processes, zombies counted, for %d clients of which %zu are members",
                  processes, 1 + CHATTERS + WORKERS, 1 + clients_in_room());
    verdict_check(witness_agrees(&witness, why, sizeof why), "%s", why);
    unsigned long most =
        victims.sure + victims.likely + control->killed_at_start + control->killed_holders;
    verdict_check(clients_lost() >= victims.sure && clients_lost() <= most,
                  "%lu clients have lost their connection; %lu to %lu should", clients_lost(),
                  victims.sure, most);
}

/* The chatters leave, and the server ends in order. */
static struct ledger_sums check_end(void)
{
    clients_close();
    verdict_check(peers_await(clients_have_left, NULL), "some closed connections got no LEAVE");
    witness.left = true;
    peer_free(&witness.peer);
    struct ledger_sums sums = ledger_check_all();
    serverproc_signal(server, SIGTERM);
    serverproc_check_ended(server, BOUND_GENEROUS);
    return sums;
}

static void print(const struct ledger_sums *sums, size_t files, long ms)
{
    unsigned long uploads, downloads;
    clients_transfers(&uploads, &downloads);
    printf("kills: %lu (%lu sessions and %lu forwarders from outside, %u forwarders at their "
           "start, %u holders of a lock), %lu clients lost\n"
           "       %u locks taken from the dead\n"
           "       %zu members: %zu JOIN, %zu LEAVE, %zu words (%zu unanswered), %llu MB received\n"
           "       %lu uploads, %lu downloads, %zu files, all whole\n"
           "       nothing lost, doubled or out of order; no zombie, no ghost; %.1f s\n",
           kills(), victims.sessions, victims.forwarders, control->killed_at_start,
           control->killed_holders, clients_lost(), control->recovered_locks, sums->members,
           sums->joins, sums->leaves, sums->says, sums->unanswered, peers_received() / 1000000,
           uploads, downloads, files, (double)ms / 1000);
}

int main(int argc, char **argv)
{
    harness_begin("kills", argc == 3, "KILL_PRELOAD.SO SERVER");
    long since = bound_now();
    server_begin(argv[1], argv[2]); /* relative: LD_PRELOAD ends at a blank */
    clients_begin(server);
    kill_some(harness_number("KILLS", 1000));
    check_room();
    struct ledger_sums sums = check_end();
    size_t files = clients_check_files();
    print(&sums, files, bound_now() - since);
    serverproc_free(server);
    return 0;
}
