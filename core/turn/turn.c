/* core/turn/turn.c: see turn.h */
#include "turn/turn.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "chat/room_ring.h"
#include "process/stop.h"
#include "sockets/linger.h"
#include "sockets/net.h"

enum {
    PAUSE = 100,            /* milliseconds without accepting when descriptors ran out */
    SEND_LEAST = 64 * 1024, /* bytes that each client may be sent in a turn */
    CHECK_EVERY = 8,        /* clients served between two looks at the clock */
};

/* Milliseconds from the beginning of turn_end to the end of the time of each list. */
static const int64_t ends[LISTS] = {
    [LIST_INPUT] = 1, [LIST_REPLY] = 3, [LIST_STEP] = 4, [LIST_BULK] = 5};

bool turn_begin(struct turn *turn, clients_watch *watch, turn_accept *accept, turn_receive *receive,
                turn_send *send)
{
    struct setup *setup = &turn->setup;
    const struct options *options = &setup->options;
    turn->accept = accept;
    turn->receive = receive;
    turn->send = send;
    turn->clients.watch = watch;
    turn->clients.timeouts = &setup->timeouts;
    turn->clients.now = clock_now();
    turn->accepts_most = 1;
    setup->shared.room = room_ring_new(options->max_clients, options->max_backlog, NULL);
    setup->shared.follows = true;
    if (setup->shared.room == NULL)
        return false;
    turn->console_watched = watch(STDIN_FILENO, 0, WATCH_READ);
    if (!turn->console_watched && errno != EPERM)
        return false;
    if (!net_set_nonblocking(setup->listener) || !stop_catch(false) ||
        !watch(stop_descriptor(), 0, WATCH_READ) || !watch(setup->listener, 0, WATCH_READ))
        return false;
    sender_open(&turn->sender);
    setup_announce(setup);
    return true;
}

int turn_timeout(struct turn *turn)
{
    struct setup *setup = &turn->setup;
    int64_t least = linger_sweep(&setup->lingering, turn->clients.now);
    bool console_reads = !turn->console_watched && setup->console.open;
    if (console_reads || console_pending(&setup->console) ||
        turn->room_end != room_head(setup->shared.room)) /* clients_reap has caused a LEAVE */
        return 0;
    least = clock_sooner(least, clients_timeout(&turn->clients));
    if (turn->accept_again != 0)
        least = clock_sooner(least, PAUSE);
    return least > INT_MAX ? INT_MAX : (int)least;
}

void turn_wait_failed(void)
{
    if (net_exhausted(errno))
        clock_pause(PAUSE);
}

void turn_ready(struct turn *turn, int fd, bool can_read, bool can_write, bool failed)
{
    struct client *c = clients_find(&turn->clients, fd);
    if (c != NULL) {
        c->can_read = c->can_read || can_read;
        c->can_write = c->can_write || can_write;
        c->failed = c->failed || failed;
        clients_list(&turn->clients, LIST_INPUT, c);
    } else if (fd == turn->setup.listener) {
        turn->clients.now = clock_now(); /* a new client's timeout begins after the wait */
        turn->accept();
    } else if (fd == STDIN_FILENO) {
        turn->console_ready = true;
    }
    /* else it is stop_descriptor: turn_end checks stop_requests in any case */
}

/* ---- accepting ---- */

static void client_open(struct turn *turn, int fd)
{
    struct setup *setup = &turn->setup;
    bool fits = turn->clients.count < setup->options.max_clients;
    setup_accepted(setup);
    if (fits && clients_add(&turn->clients, fd, &setup->shared) != NULL)
        setup_log(setup, fd, "is served");
    else
        setup_refuse(setup, fd, turn->clients.now);
}

/* WHY      when descriptors have run out, stop watching the listener for a moment
 * WITHOUT  the waiting client keeps the listener ready, accept fails again and again, and the
 *          loop runs at 100 % of a processor                         [mutant: core-accept-spin]
 * MAN      accept(2), EMFILE
 */
static void accept_pause(struct turn *turn)
{
    (void)turn->clients.watch(turn->setup.listener, WATCH_READ, 0);
    turn->accept_again = turn->clients.now + PAUSE;
}

static void accept_resume(struct turn *turn)
{
    if (turn->accept_again == 0 || turn->clients.now < turn->accept_again)
        return;
    bool watched = turn->clients.watch(turn->setup.listener, 0, WATCH_READ); /* needs memory */
    turn->accept_again = watched ? 0 : turn->clients.now + PAUSE;
}

bool turn_accepted(struct turn *turn, int fd)
{
    if (fd >= 0)
        client_open(turn, fd);
    else if (setup_exhausted(&turn->setup, errno))
        accept_pause(turn);
    else if (errno != ECONNABORTED && errno != EINTR)
        return false; /* EAGAIN: no connection waits any more */
    return ++turn->accepts < turn->accepts_most && turn->accept_again == 0;
}

/* A turn accepts one client, and twice as many each time if that was not enough: mostly one waits,
 * and to ask for a second that is not there would cost a system call for each. */
static void accepts_adapt(struct turn *turn)
{
    bool enough = turn->accepts < turn->accepts_most;
    unsigned int twice = 2 * turn->accepts_most;
    turn->accepts_most = enough ? 1 : twice < TURN_ACCEPTS ? twice : TURN_ACCEPTS;
    turn->accepts = 0;
}

/* ---- console, and the end ---- */

/* WHY      the end of the console is the end of watching it
 * WITHOUT  end of file stays readable: with </dev/null the loop runs at 100 % of a processor
 *                                                                    [mutant: core-console-eof]
 */
static void console_serve(struct turn *turn)
{
    struct room *room = turn->setup.shared.room;
    struct console *console = &turn->setup.console;
    bool ready = turn->console_ready || !turn->console_watched || console_pending(console);
    if (!ready || !console->open || room_crowded(room))
        return; /* crowded: it is still ready in the next turn */
    turn->console_ready = false;
    console_read(console, room);
    if (!console->open && turn->console_watched)
        (void)turn->clients.watch(STDIN_FILENO, WATCH_READ, 0);
}

static void stop_serve(struct turn *turn)
{
    struct setup *setup = &turn->setup;
    if (stop_requests() == 0 || turn->clients.stop_at != 0)
        return;
    stop_clear();
    if (turn->accept_again == 0)
        (void)turn->clients.watch(setup->listener, WATCH_READ, 0);
    turn->accept_again = 0;
    close(setup->listener);
    setup->listener = -1;
    clients_stop(&turn->clients);
}

/* ---- clients ---- */

static bool can_continue(const struct client *c)
{
    return (session_waits_for(&c->session) & SESSION_CONTINUE) != 0;
}

/* WHY      an error or hang-up is reported whether it was asked for or not
 * WITHOUT  a client that has reset is reported for ever, and the loop runs at 100 % of a
 *          processor                                                 [mutant: core-ignore-hup]
 * MAN      epoll_ctl(2), EPOLLERR, EPOLLHUP
 */
static void client_input(struct turn *turn, struct client *c)
{
    bool readable = c->can_read, failed = c->failed;
    bool replies = false; /* to its input, and nothing else waits for it */
    c->can_read = c->failed = false;
    if (c->closed)
        return;
    if (c->lingering) {
        clients_drain(&turn->clients, c);
    } else if ((readable || failed) && (session_waits_for(&c->session) & SESSION_READ) != 0) {
        replies = c->session.out.head == NULL;
        if (!turn->receive(c))
            clients_close(&turn->clients, c);
    } else if (failed) {
        clients_close(&turn->clients, c);
    }
    bool continues = !c->closed && can_continue(c);
    clients_list(&turn->clients, continues ? LIST_STEP : replies ? LIST_REPLY : LIST_BULK, c);
}

/* A client that can't continue, because the room is crowded, keeps its place before those that have
 * just spoken. */
static void client_step(struct turn *turn, struct client *c)
{
    uint32_t requests = c->session.requests;
    if (!c->closed && can_continue(c)) {
        session_continue(&c->session);
        if (can_continue(c) && c->session.requests == requests)
            clients_list(&turn->clients, LIST_STEP, c);
    }
    clients_list(&turn->clients, LIST_BULK, c);
}

/* All clients share what can be sent in a turn: a short reply does not wait behind long ones. */
static size_t send_share(const struct turn *turn)
{
    const struct client_list *lists = turn->clients.lists;
    size_t share = TURN_SEND_MAX / (lists[LIST_REPLY].count + lists[LIST_BULK].count + 1);
    return share > SEND_LEAST ? share : SEND_LEAST;
}

/* If a socket did not take all, nothing is sent before the kernel reports it as writable. */
static void client_output(struct turn *turn, struct client *c)
{
    bool full = (c->watched & WATCH_WRITE) != 0 && !c->can_write;
    c->can_write = false;
    if (c->closed)
        return;
    if (!c->lingering && !full && !turn->send(c, send_share(turn)))
        clients_close(&turn->clients, c);
    clients_update_interest(&turn->clients, c);
}

/* Serves a list up to its present end, or until its time is over.
 *
 * WHY      a turn has its time; clients that are left are the first of the next
 * WITHOUT  500 clients that list a large library make all others wait for half a second
 *                                                               [mutant: core-turn-without-end]
 */
static void list_serve(struct turn *turn, int list,
                       void (*step)(struct turn *turn, struct client *client))
{
    const struct client *last = turn->clients.lists[list].last;
    bool each = list == LIST_STEP || list == LIST_BULK; /* their steps are long: after each */
    int64_t until = turn->clients.now + ends[list];
    struct client *c;
    unsigned int served = 0;
    while ((c = clients_next(&turn->clients, list)) != NULL) {
        step(turn, c);
        if (list == LIST_BULK && c == turn->round) {
            room_delivered(turn->setup.shared.room, turn->round_head);
            turn->round = NULL;
        }
        if (c == last || ((each || ++served % CHECK_EVERY == 0) && clock_now() > until))
            break;
    }
}

/* If the room's log has grown, all members have output. A round begins with each list of them: once
 * its last one is served, every member had its chance to be sent the log up to round_head, and the
 * room can take more (room_crowded). */
static void members_update(struct turn *turn)
{
    struct room *room = turn->setup.shared.room;
    unsigned int place = 0;
    struct client *member;
    if (turn->room_end != room_head(room)) {
        turn->room_end = room_head(room);
        while ((member = room_next(room, &place)) != NULL) {
            session_check_lag(&member->session);
            clients_list(&turn->clients, LIST_BULK, member);
        }
    }
    if (turn->round == NULL) {
        turn->round = turn->clients.lists[LIST_BULK].last;
        turn->round_head = turn->room_end;
        if (turn->round == NULL)
            room_delivered(room, turn->round_head);
    }
}

/* WHY      what a turn adds to a client's output is sent at its end: however many events a member
 *          gets, that is one system call
 * WITHOUT  a busy chat room costs a system call for each line and member
 *                                                                    [mutant: core-send-each]
 */
bool turn_end(struct turn *turn)
{
    turn->clients.now = clock_now();
    accepts_adapt(turn);
    accept_resume(turn);
    console_serve(turn);
    stop_serve(turn);
    clients_expire(&turn->clients);
    list_serve(turn, LIST_INPUT, client_input);
    list_serve(turn, LIST_REPLY, client_output);
    list_serve(turn, LIST_STEP, client_step);
    members_update(turn);
    list_serve(turn, LIST_BULK, client_output);
    clients_reap(&turn->clients);
    return turn->clients.stop_at == 0 || turn->clients.count > 0;
}

void turn_free(struct turn *turn)
{
    room_ring_free(turn->setup.shared.room);
    clients_free(&turn->clients);
    sender_close(&turn->sender);
    stop_close();
    setup_end(&turn->setup);
}
