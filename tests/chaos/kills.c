/* tests/chaos/kills.c: kills children of 02_fork at random moments, while everybody talks
 *
 *     KILLS=1000 SEED=1 kills INSIDE.SO 02_fork/fork-server
 *
 * A room of 30 talks, six more carry files; who is killed is replaced by somebody new. What must
 * hold: the others hear every word, once, in one order; one LEAVE for each member that was killed;
 * nobody else loses a connection; files are whole; and in the end there is no zombie, no ghost in
 * the list of members, no process and no temporary file too many.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bound.h"
#include "guest.h"
#include "inside.h"
#include "porter.h"
#include "procfs.h"
#include "serverproc.h"
#include "stage.h"
#include "verdict.h"
#include "victim.h"

enum { GUESTS = 30, PORTERS = 6, AT_ONCE = 4 };

static struct serverproc *server;
static struct witness witness;
static struct guest guests[GUESTS];
static struct porter porters[PORTERS];
static struct victims victims;
static unsigned int *gone; /* members whose connection has ended */
static size_t n_gone, gone_size;
static unsigned long lost; /* connections */
static struct inside *inside;

/* ---- the server, with the library inside ---- */

static void inside_map(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    verdict_check(file >= 0 && ftruncate(file, sizeof *inside) == 0, "can't make %s", path);
    void *page = mmap(NULL, sizeof *inside, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    verdict_check(page != MAP_FAILED, "mmap");
    inside = page;
    close(file);
}

static void server_begin(const char *library, const char *path)
{
    static struct folder folder;
    char prefix[700], shared[FOLDER_PATH];
    folder_make(&folder);
    (void)snprintf(shared, sizeof shared, "%s/inside", folder.root);
    inside_map(shared);
    (void)snprintf(prefix, sizeof prefix, "env LD_PRELOAD=%s INSIDE=%s", library, shared);
    stage_server(path, prefix);
    server = serverproc_start(NULL);
    witness_open(&witness, server->port);
    victims_begin(&victims, server->pid);
    inside->spared = victims.spared;
}

/* ---- clients come, and come again ---- */

static void note_gone(unsigned int who)
{
    if (n_gone == gone_size) {
        gone_size = 2 * gone_size + 64;
        gone = realloc(gone, gone_size * sizeof *gone);
        if (gone == NULL)
            abort();
    }
    gone[n_gone++] = who;
}

static void guest_replace(struct guest *guest, bool again)
{
    if (guest->ended) {
        guest->ended = false;
        lost++;
        if (guest->state != GUEST_OUT && guest->state != GUEST_LEFT)
            note_gone(guest->who);
    }
    if (guest->peer.fd < 0 && again)
        guest_open(guest, server->port);
    guest_turn(guest);
}

static void porter_replace(struct porter *porter, bool again)
{
    if (porter->ended) {
        porter->ended = false;
        lost++;
        porter_settle(porter, server->dir);
    }
    if (porter->peer.fd < 0 && again)
        porter_open(porter, server->port);
    porter_turn(porter);
}

static void turn(bool again)
{
    stage_go_on();
    (void)peers_turn(10);
    for (int i = 0; i < GUESTS; i++)
        guest_replace(&guests[i], again);
    for (int i = 0; i < PORTERS; i++)
        porter_replace(&porters[i], again);
}

static size_t guests_in(void)
{
    size_t n = 0;
    for (int i = 0; i < GUESTS; i++)
        n += guests[i].peer.fd >= 0 && guests[i].state == GUEST_IN;
    return n;
}

/* ---- the kills ---- */

/* Between choosing and killing: a moment that nobody can foresee. */
static void some_time(void)
{
    for (uint32_t turns = dice(4); turns > 0; turns--)
        (void)peers_turn(0);
}

static unsigned long kills(void)
{
    return victims.kills + inside->stillborn + inside->struck;
}

static void kill_next(unsigned long left)
{
    enum {
        STRIKE_WITHIN = 40000
    }; /* nanoseconds: to publish and to wake 30 listeners takes that */
    uint32_t how = dice(8);
    if (how == 0) {
        inside->newborns = 1; /* the next listener is killed at birth */
    } else if (how < 4) {
        inside->delay = dice(STRIKE_WITHIN);
        inside->holders = 1;
    } else {
        unsigned int n = 1 + (unsigned int)dice(AT_ONCE);
        (void)victims_kill(&victims, n < left ? n : (unsigned int)left, some_time);
    }
}

static void kill_some(unsigned long wanted)
{
    long moved = bound_now();
    inside->newborns = 1;
    while (kills() < wanted) {
        unsigned long before = kills();
        size_t until = ledger_size() + dice(40);
        while (guests_in() < GUESTS * 2 / 3 || ledger_size() < until) {
            turn(true);
            verdict_check(bound_now() - moved < bound_of(BOUND_GENEROUS),
                          "the room stands still: %zu of %d are in, %zu events", guests_in(),
                          GUESTS, ledger_size());
        }
        kill_next(wanted - kills());
        if (kills() > before)
            moved = bound_now();
    }
    inside->newborns = inside->holders = 0;
}

/* ---- what holds afterwards ---- */

/* All who live have come back in, have been answered and have heard all; the dead have left. */
static bool is_level(void *argument)
{
    bool level = true;
    (void)argument;
    for (int i = 0; i < GUESTS; i++) {
        guest_replace(&guests[i], true);
        level = level && guests[i].peer.fd >= 0 && guests[i].greeted && guest_is_level(&guests[i]);
    }
    for (int i = 0; i < PORTERS; i++) {
        porter_replace(&porters[i], true);
        level = level && porters[i].greeted && !porters[i].busy;
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
    return zombies == 0 && *n == 1 + 2 + GUESTS + guests_in() + PORTERS;
}

static void why_not_level(void)
{
    for (int i = 0; i < GUESTS; i++)
        if (!guest_is_level(&guests[i]))
            verdict_fail("m%u, state %d: sent %u, answered %u, heard up to %zu of %zu",
                         guests[i].who, guests[i].state, guests[i].sent, guests[i].answered,
                         guests[i].ear.at, ledger_size());
    for (size_t i = 0; i < n_gone; i++)
        verdict_check(ledger_is_closed(gone[i]), "m%u was killed, and never leaves", gone[i]);
    verdict_fail("not all clients have come back");
}

static void check_room(void)
{
    char why[200];
    size_t processes = 0;
    for (int i = 0; i < GUESTS; i++)
        guests[i].halts = true;
    for (int i = 0; i < PORTERS; i++)
        porters[i].halts = true;
    if (!room_await(is_level, NULL))
        why_not_level();
    verdict_check(room_await(has_its_processes, &processes),
                  "%zu processes, zombies counted, for %d clients of which %zu are members",
                  processes, 1 + GUESTS + PORTERS, 1 + guests_in());
    verdict_check(witness_agrees(&witness, why, sizeof why), "%s", why);
    unsigned long most = victims.sure + victims.likely + inside->stillborn + inside->struck;
    verdict_check(lost >= victims.sure && lost <= most,
                  "%lu clients have lost their connection; %lu to %lu should", lost, victims.sure,
                  most);
}

static bool all_have_left(void *argument)
{
    (void)argument;
    for (int i = 0; i < GUESTS; i++)
        if (guests[i].state != GUEST_OUT && !ledger_is_closed(guests[i].who))
            return false;
    return true;
}

/* The guests leave, and the server ends in order. */
static struct ledger_sums check_end(void)
{
    for (int i = 0; i < GUESTS; i++)
        peer_free(&guests[i].peer);
    for (int i = 0; i < PORTERS; i++)
        peer_free(&porters[i].peer);
    verdict_check(room_await(all_have_left, NULL), "not all who have gone have left");
    witness.left = true;
    peer_free(&witness.peer);
    struct ledger_sums sums = ledger_check_all();
    serverproc_signal(server, SIGTERM);
    verdict_check(serverproc_wait(server, BOUND_GENEROUS) && WIFEXITED(server->status) &&
                      WEXITSTATUS(server->status) == 0,
                  "the server does not end in order (status %d)", server->status);
    verdict_check(serverproc_await_group_gone(server), "it leaves processes behind");
    return sums;
}

static size_t check_files(void)
{
    char torn[300];
    size_t expected = 0;
    for (int i = 0; i < PORTERS; i++)
        expected += porter_check(&porters[i], server->dir);
    size_t files = goods_in_folder(server->dir, torn, sizeof torn);
    verdict_check(torn[0] == '\0', "%s is not whole", torn);
    verdict_check(files == expected, "%zu files, where %zu were stored", files, expected);
    verdict_check(folder_await_clean(server->dir), "a temporary file is left");
    return files;
}

static void print(const struct ledger_sums *sums, size_t files, long ms)
{
    unsigned long uploads = 0, downloads = 0;
    for (int i = 0; i < PORTERS; i++) {
        uploads += porters[i].uploads;
        downloads += porters[i].downloads;
    }
    printf("kills: %lu (%lu sessions and %lu listeners from outside, %u listeners at birth, %u "
           "holders of a lock), %lu clients lost\n"
           "       %u locks taken from the dead\n"
           "       %zu members: %zu JOIN, %zu LEAVE, %zu words (%zu unanswered), %llu MB heard\n"
           "       %lu uploads, %lu downloads, %zu files, all whole\n"
           "       nothing lost, doubled or out of order; no zombie, no ghost; %.1f s\n",
           kills(), victims.sessions, victims.listeners, inside->stillborn, inside->struck, lost,
           inside->orphans, sums->members, sums->joins, sums->leaves, sums->says, sums->unanswered,
           peers_received() / 1000000, uploads, downloads, files, (double)ms / 1000);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fprintf(stderr, "usage: kills INSIDE.SO SERVER (see the source)\n");
        return 2;
    }
    stage_begin("kills");
    dice_begin();
    long since = bound_now();
    server_begin(argv[1], argv[2]); /* relative: LD_PRELOAD ends at a blank */
    for (int i = 0; i < GUESTS; i++)
        guests[i].peer.fd = -1;
    for (int i = 0; i < PORTERS; i++)
        porters[i] = (struct porter){.peer.fd = -1, .number = (unsigned int)i, .about = 40000};
    kill_some(stage_number("KILLS", 1000));
    check_room();
    struct ledger_sums sums = check_end();
    size_t files = check_files();
    print(&sums, files, bound_now() - since);
    serverproc_free(server);
    return 0;
}
