/* core/turn/turn.c: see turn.h */
#include "turn/turn.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "chat/room_ring.h"
#include "process/stop.h"
#include "sockets/net.h"

enum {
    ACCEPT_PAUSE = 100,     /* milliseconds without accepting when descriptors ran out */
    SEND_LEAST = 64 * 1024, /* bytes that each client may be sent in a turn */
};

/* Milliseconds from the beginning of a turn to the end of the time of each list. */
static const int64_t ends[LISTS] = {
    [LIST_INPUT] = 1, [LIST_REPLY] = 3, [LIST_STEP] = 4, [LIST_BULK] = 5};

bool turn_begin(struct turn *turn, struct setup *setup, const struct turn_calls *calls)
{
    const struct options *options = &setup->options;
    turn->setup = setup;
    turn->calls = *calls;
    turn->clients.watch = calls->watch;
    turn->clients.patience = patience_of(options);
    turn->clients.now = clock_now();
    setup->shared.room = room_ring_new(options->max_clients, options->max_backlog, NULL);
    setup->shared.follows = true;
    if (setup->shared.room == NULL)
        return false;
    console_init(&turn->console, options->model);
    turn->console_watched = calls->watch(STDIN_FILENO, 0, WATCH_READ);
    if (!turn->console_watched && errno != EPERM)
        return false;
    return net_never_wait(setup->listener) && stop_catch(false) &&
           calls->watch(stop_descriptor(), 0, WATCH_READ) &&
           calls->watch(setup->listener, 0, WATCH_READ);
}

bool turn_goes_on(const struct turn *turn)
{
    return turn->clients.stop_at == 0 || turn->clients.count > 0;
}

int turn_timeout(struct turn *turn)
{
    int timeout = clients_timeout(&turn->clients);
    if (turn->news != room_head(turn->setup->shared.room))
        timeout = 0; /* clients_reap has freed a member: the others are to be sent its LEAVE */
    if (turn->accept_again != 0)
        timeout = (int)clock_sooner(timeout, ACCEPT_PAUSE);
    if ((!turn->console_watched && turn->console.open) || console_pending(&turn->console))
        timeout = 0;
    return timeout;
}

void turn_ready(struct turn *turn, int fd, unsigned int events)
{
    struct client *c = clients_find(&turn->clients, fd);
    if (c != NULL) {
        c->ready |= (unsigned char)(events & (WATCH_READ | WATCH_WRITE));
        c->failed = c->failed || (events & TURN_FAILED) != 0;
        clients_list(&turn->clients, LIST_INPUT, c);
    } else if (fd == turn->setup->listener) {
        turn->clients.now =
            clock_now(); /* of the last turn: its waiting would count as a new client's */
        turn->calls.accept();
    } else if (fd == STDIN_FILENO) {
        turn->console_ready = true;
    }
    /* else it is stop_descriptor: turn_end looks at stop_requests in any case */
}

/* ---- accepting ---- */

void turn_open(struct turn *turn, int fd)
{
    struct setup *setup = turn->setup;
    bool fits = turn->clients.count < setup->options.max_clients;
    setup_accepted(setup);
    if (fits && clients_add(&turn->clients, fd, &setup->shared) != NULL) {
        setup_note(setup, fd, "is served");
    } else {
        setup_note(setup, fd, "is turned away");
        net_refuse(&turn->clients.parting, fd, turn->clients.now);
    }
}

/* WHY      when descriptors have run out, stop watching the listener for a moment
 * WITHOUT  the waiting client keeps the listener ready, accept fails again and again, and the
 *          loop runs at 100 % of a processor                         [mutant: core-accept-spin]
 * MAN      accept(2), EMFILE
 */
void turn_pause_accept(struct turn *turn)
{
    (void)turn->calls.watch(turn->setup->listener, WATCH_READ, 0);
    turn->accept_again = turn->clients.now + ACCEPT_PAUSE;
}

static void accept_resume(struct turn *turn)
{
    if (turn->accept_again == 0 || turn->clients.now < turn->accept_again)
        return;
    bool watched = turn->calls.watch(turn->setup->listener, 0, WATCH_READ); /* needs memory */
    turn->accept_again = watched ? 0 : turn->clients.now + ACCEPT_PAUSE;
}

/* ---- console, and the end ---- */

/* WHY      the end of the console is the end of watching it
 * WITHOUT  end of file is "ready" for ever: with </dev/null the loop runs at 100 % of a processor
 *                                                                    [mutant: core-console-eof]
 */
static void console_serve(struct turn *turn)
{
    struct room *room = turn->setup->shared.room;
    bool ready = turn->console_ready || !turn->console_watched || console_pending(&turn->console);
    if (!ready || !turn->console.open || room_crowded(room))
        return; /* crowded: it is still ready in the next turn */
    turn->console_ready = false;
    console_read(&turn->console, room);
    if (!turn->console.open && turn->console_watched)
        (void)turn->calls.watch(STDIN_FILENO, WATCH_READ, 0);
}

static void stop_serve(struct turn *turn)
{
    struct setup *setup = turn->setup;
    if (stop_requests() == 0 || turn->clients.stop_at != 0)
        return;
    stop_clear();
    if (turn->accept_again == 0)
        (void)turn->calls.watch(setup->listener, WATCH_READ, 0);
    turn->accept_again = 0;
    close(setup->listener);
    setup->listener = -1;
    clients_stop(&turn->clients);
}

/* ---- clients ---- */

/* WHY      an error or hang-up is reported whether it was asked for or not
 * WITHOUT  a client that has reset is reported for ever, and the loop runs at 100 % of a
 *          processor                                                 [mutant: core-ignore-hup]
 * MAN      epoll_ctl(2), EPOLLERR, EPOLLHUP
 */
static void client_input(struct turn *turn, struct client *c)
{
    bool readable = (c->ready & WATCH_READ) != 0, failed = c->failed;
    bool replies = false; /* to its input, and nothing else waits for it */
    c->ready &= (unsigned char)~WATCH_READ;
    c->failed = false;
    if (c->closed)
        return;
    if (c->lingering) {
        clients_drain(&turn->clients, c);
    } else if ((readable || failed) && session_wants_read(&c->session)) {
        replies = c->session.out.head == NULL;
        turn->calls.receive(c);
    } else if (failed) {
        clients_close(&turn->clients, c);
    }
    bool goes_on = !c->closed && session_runnable(&c->session);
    clients_list(&turn->clients, goes_on ? LIST_STEP : replies ? LIST_REPLY : LIST_BULK, c);
}

/* One that can't go on, since the room is crowded, keeps its place before those that have just
 * spoken. */
static void client_step(struct turn *turn, struct client *c)
{
    uint32_t requests = c->session.requests;
    if (!c->closed && session_runnable(&c->session)) {
        session_run(&c->session);
        if (session_runnable(&c->session) && c->session.requests == requests)
            clients_list(&turn->clients, LIST_STEP, c);
    }
    clients_list(&turn->clients, LIST_BULK, c);
}

/* All share what can be sent in a turn, so that a short reply does not wait behind long ones. */
static size_t send_most(const struct turn *turn)
{
    const struct client_list *lists = turn->clients.lists;
    size_t share = TURN_SEND_MAX / (lists[LIST_REPLY].count + lists[LIST_BULK].count + 1);
    return share > SEND_LEAST ? share : SEND_LEAST;
}

/* A socket that did not take all is not tried again before the kernel reports it as writable. */
static void client_output(struct turn *turn, struct client *c)
{
    bool full = (c->watched & WATCH_WRITE) != 0 && (c->ready & WATCH_WRITE) == 0;
    c->ready &= (unsigned char)~WATCH_WRITE;
    if (c->closed)
        return;
    if (!c->lingering && !full)
        turn->calls.send(c, send_most(turn));
    clients_settle(&turn->clients, c);
}

/* Serves a list up to its present end, or until its time is over.
 *
 * WHY      a turn has its time, and what is left is the first of the next
 * WITHOUT  500 clients that list a large library make all others wait for half a second
 *                                                               [mutant: core-turn-without-end]
 */
static void list_serve(struct turn *turn, int list,
                       void (*step)(struct turn *turn, struct client *client))
{
    const struct client *last = turn->clients.lists[list].last;
    bool each = list == LIST_STEP || list == LIST_BULK; /* their steps are long: look each time */
    int64_t until = turn->clients.now + ends[list];
    struct client *c;
    unsigned int served = 0;
    while ((c = clients_next(&turn->clients, list)) != NULL) {
        step(turn, c);
        if (list == LIST_BULK && c == turn->round) {
            room_delivered(turn->setup->shared.room, turn->round_head);
            turn->round = NULL;
        }
        if (c == last || ((each || ++served % 16 == 0) && clock_now() > until))
            break;
    }
}

/* If the room's log has grown, all members have output. A round begins with each list of them: once
 * its last one is served, every member had its chance to be sent the log up to round_head, and the
 * room can take more (room_crowded). */
static void news_spread(struct turn *turn)
{
    struct room *room = turn->setup->shared.room;
    unsigned int place = 0;
    struct client *member;
    if (turn->news != room_head(room)) {
        turn->news = room_head(room);
        while ((member = room_next(room, &place)) != NULL) {
            session_news(&member->session);
            clients_list(&turn->clients, LIST_BULK, member);
        }
    }
    if (turn->round == NULL) {
        turn->round = turn->clients.lists[LIST_BULK].last;
        turn->round_head = turn->news;
        if (turn->round == NULL)
            room_delivered(room, turn->round_head);
    }
}

/* WHY      what a turn adds to a client's output is sent at its end: however many lines a member is
 *          told, that is one system call
 * WITHOUT  a busy chat room costs a system call for each line and member
 *                                                                    [mutant: core-send-each]
 */
void turn_end(struct turn *turn)
{
    turn->clients.now = clock_now();
    accept_resume(turn);
    console_serve(turn);
    stop_serve(turn);
    clients_expire(&turn->clients);
    list_serve(turn, LIST_INPUT, client_input);
    list_serve(turn, LIST_REPLY, client_output);
    list_serve(turn, LIST_STEP, client_step);
    news_spread(turn);
    list_serve(turn, LIST_BULK, client_output);
    clients_reap(&turn->clients);
}

void turn_free(struct turn *turn)
{
    room_ring_free(turn->setup->shared.room);
    clients_free(&turn->clients);
    stop_close();
}
