/* tests/chaos/clients/crowd.c: see crowd.h */
#include "crowd_acts.h"

#include <string.h>
#include <sys/socket.h>

#include "bound.h"
#include "harness.h"
#include "verdict.h"

enum { CROWD_MAX = 512 };

static struct crowd_plan plan;
static int port;
static struct extra extras[CROWD_MAX];
static struct file_worker workers[CROWD_MAX];
static unsigned long worker_leaves_at[CROWD_MAX]; /* of a server that serves one client at a time */
static unsigned int n_extras, n_workers;
static struct crowd_sums sums;

/* ---- what they receive ---- */

static void extra_on_event(struct chaos_peer *peer, enum peer_event event, const char *text,
                           size_t n)
{
    struct extra *extra = (struct extra *)peer;
    switch (event) {
    case PEER_HELLO: extra->greeted = true; break;
    case PEER_ERR:
        sums.errors++;
        sums.refused += strncmp(text, "busy ", 5) == 0;
        break;
    case PEER_EVENT: sums.events++; break;
    case PEER_GO: extra->owed = 20000; break;
    case PEER_END: sums.ended++; break;
    case PEER_WRONG:
        verdict_fail("a client of kind %d received %s", extra->kind, verdict_quoted(text, n));
    case PEER_OK:
    case PEER_BODY:
    case PEER_DONE: break;
    }
}

/* ---- what they do ---- */

static void act(struct extra *extra)
{
    extra_act(extra, &sums);
    extra->steps++;
    if (plan.one_by_one && extra->peer.fd >= 0 && extra->steps > 8)
        peer_printf(&extra->peer, "Q\n");
}

static void extra_open(struct extra *extra)
{
    const int narrow = 4096; /* bytes the kernel may take for a member that does not read */
    extra->greeted = extra->member = false;
    extra->steps = 0;
    extra->owed = 0;
    extra->visit++;
    sums.connections++;
    peer_open(&extra->peer, port, extra_on_event);
    if (extra->kind == KIND_SLOW)
        (void)setsockopt(extra->peer.fd, SOL_SOCKET, SO_RCVBUF, &narrow, sizeof narrow);
}

static void extra_turn(struct extra *extra, long now)
{
    if (now < extra->next)
        return;
    extra->next = now + plan.pace / 2 + (long)random_below((uint32_t)plan.pace + 1);
    if (extra->peer.fd < 0)
        extra_open(extra);
    else if (extra->greeted)
        act(extra);
}

/* Of what was under way when it left it knows nothing: so it begins without files. */
static void file_worker_connect(struct file_worker *worker)
{
    for (int i = 0; i < WORKER_FILES; i++)
        worker->files[i] = (struct stored_file){0};
    worker_leaves_at[worker->number] = worker->uploads + 1 + random_below(8);
    sums.connections++;
    file_worker_open(worker, port);
}

static void file_worker_take_turn(struct file_worker *worker)
{
    if (worker->peer.fd < 0)
        file_worker_connect(worker);
    file_worker_turn(worker);
    if (plan.one_by_one && worker->uploads >= worker_leaves_at[worker->number])
        peer_close(&worker->peer);
}

/* ---- all of them ---- */

/* For peers_await. They do what they do meanwhile. */
static bool standing_are_in(void *argument)
{
    bool in = true;
    (void)argument;
    for (unsigned int i = 0; i < n_extras && extras[i].kind == KIND_STANDING; i++) {
        extra_turn(&extras[i], bound_now());
        in = in && extras[i].member;
    }
    return in;
}

void crowd_begin(const struct crowd_plan *wanted, int server_port)
{
    plan = *wanted;
    port = server_port;
    n_extras = 0;
    for (unsigned int kind = 0; kind < KIND_FILES; kind++)
        for (unsigned int i = 0; i < plan.count[kind]; i++, n_extras++) {
            extras[n_extras].peer.fd = -1;
            extras[n_extras].kind = (enum client_kind)kind;
            extras[n_extras].number = n_extras;
        }
    for (n_workers = 0; n_workers < plan.count[KIND_FILES]; n_workers++)
        workers[n_workers] =
            (struct file_worker){.peer.fd = -1, .number = n_workers, .about = plan.payload};
    verdict_check(peers_await(standing_are_in, NULL), "the first members are not let in");
}

void crowd_run(long ms)
{
    long now = bound_now(), until = now + ms;
    for (; now < until; now = bound_now()) {
        for (unsigned int i = 0; i < n_extras; i++)
            extra_turn(&extras[i], now);
        for (unsigned int i = 0; i < n_workers; i++)
            file_worker_take_turn(&workers[i]);
        peers_turn(5);
        for (unsigned int i = 0; i < n_extras; i++)
            verdict_check(extras[i].kind != KIND_STANDING || extras[i].peer.fd >= 0,
                          "a member that has done nothing wrong has lost its connection");
    }
}

static void leave(struct chaos_peer *peer)
{
    peer->paused = false;
    if (peer->fd >= 0 && random_below(3) == 0)
        peer_printf(peer, "Q\n");
    if (random_below(2) == 0)
        peer_close(peer);
    else
        peer_reset(peer);
}

void crowd_leave(void)
{
    for (unsigned int i = 0; i < n_extras; i++)
        if (extras[i].kind != KIND_STANDING)
            leave(&extras[i].peer);
    for (unsigned int i = 0; i < n_workers; i++)
        leave(&workers[i].peer);
    peers_turn(0);
}

void crowd_end(void)
{
    for (unsigned int i = 0; i < n_extras; i++)
        peer_free(&extras[i].peer);
    for (unsigned int i = 0; i < n_workers; i++)
        peer_free(&workers[i].peer);
}

struct crowd_sums crowd_sums(void)
{
    struct crowd_sums all = sums;
    for (unsigned int i = 0; i < n_workers; i++) {
        all.uploads += workers[i].uploads;
        all.downloads += workers[i].downloads;
    }
    return all;
}
