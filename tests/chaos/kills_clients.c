/* tests/chaos/kills_clients.c: see kills_clients.h */
#include "kills_clients.h"

#include "chatter.h"
#include "file_worker.h"
#include "grow.h"
#include "verdict.h"

static const struct serverproc *server;
static struct chatter chatters[CHATTERS];
static struct file_worker workers[WORKERS];
static unsigned int *gone; /* members whose connection has ended */
static size_t n_gone, gone_size;
static unsigned long lost; /* connections */

void clients_begin(const struct serverproc *theirs)
{
    server = theirs;
    for (int i = 0; i < CHATTERS; i++)
        chatters[i].peer.fd = -1;
    for (int i = 0; i < WORKERS; i++)
        workers[i] = (struct file_worker){.peer.fd = -1, .number = (unsigned int)i, .about = 40000};
}

static void note_gone(unsigned int member)
{
    gone = grow(gone, &gone_size, n_gone + 1, sizeof *gone);
    gone[n_gone++] = member;
}

static void chatter_replace(struct chatter *chatter)
{
    if (chatter->ended) {
        chatter->ended = false;
        lost++;
        if (chatter->state != CHATTER_OUT && chatter->state != CHATTER_LEFT)
            note_gone(chatter->member);
    }
    if (chatter->peer.fd < 0)
        chatter_open(chatter, server->port);
    chatter_turn(chatter);
}

static void file_worker_replace(struct file_worker *worker)
{
    if (worker->ended) {
        worker->ended = false;
        lost++;
        file_worker_resolve(worker, server->dir);
    }
    if (worker->peer.fd < 0)
        file_worker_open(worker, server->port);
    file_worker_turn(worker);
}

void clients_turn(void)
{
    peers_turn(10);
    for (int i = 0; i < CHATTERS; i++)
        chatter_replace(&chatters[i]);
    for (int i = 0; i < WORKERS; i++)
        file_worker_replace(&workers[i]);
}

unsigned long clients_lost(void)
{
    return lost;
}

size_t clients_in_room(void)
{
    size_t n = 0;
    for (int i = 0; i < CHATTERS; i++)
        n += chatters[i].peer.fd >= 0 && chatters[i].state == CHATTER_IN;
    return n;
}

void clients_stop(void)
{
    for (int i = 0; i < CHATTERS; i++)
        chatters[i].stops = true;
    for (int i = 0; i < WORKERS; i++)
        workers[i].stops = true;
}

bool clients_are_level(void *argument)
{
    bool level = true;
    (void)argument;
    for (int i = 0; i < CHATTERS; i++) {
        chatter_replace(&chatters[i]);
        level = level && chatters[i].peer.fd >= 0 && chatters[i].greeted &&
                chatter_caught_up(&chatters[i]);
    }
    for (int i = 0; i < WORKERS; i++) {
        file_worker_replace(&workers[i]);
        level = level && workers[i].greeted && !workers[i].busy;
    }
    for (size_t i = 0; i < n_gone && level; i++)
        level = ledger_is_closed(gone[i]);
    return level;
}

void clients_fail_not_level(void)
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

void clients_close(void)
{
    for (int i = 0; i < CHATTERS; i++)
        peer_free(&chatters[i].peer);
    for (int i = 0; i < WORKERS; i++)
        peer_free(&workers[i].peer);
}

bool clients_have_left(void *argument)
{
    (void)argument;
    for (int i = 0; i < CHATTERS; i++)
        if (chatters[i].state != CHATTER_OUT && !ledger_is_closed(chatters[i].member))
            return false;
    return true;
}

size_t clients_check_files(void)
{
    return file_workers_check(workers, WORKERS, server->dir);
}

void clients_transfers(unsigned long *uploads, unsigned long *downloads)
{
    *uploads = *downloads = 0;
    for (int i = 0; i < WORKERS; i++) {
        *uploads += workers[i].uploads;
        *downloads += workers[i].downloads;
    }
}
