/* core/turn/turn.c: see turn.h */
#include "turn/turn.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "chat/room.h"
#include "process/stop.h"
#include "sockets/linger.h"
#include "sockets/net.h"
#include "turn/lists.h"

enum { PAUSE = 100 }; /* milliseconds without accepting when descriptors ran out */

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
    turn->accepts_max = 1;
    setup->shared.room = room_new(options->max_clients, options->max_backlog, NULL);
    setup->shared.follows = true;
    if (setup->shared.room == NULL)
        return false;
    turn->console_watchable = watch(STDIN_FILENO, 0, WATCH_READ);
    if (!turn->console_watchable && errno != EPERM)
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
    bool console_reads = !turn->console_watchable && setup->console.open;
    if (console_reads || console_pending(&setup->console) ||
        turn->listed_head != room_head(setup->shared.room)) /* clients_reap has caused a LEAVE */
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
        clients_list_add(&turn->clients, LIST_INPUT, c);
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
    return ++turn->accepts < turn->accepts_max && turn->accept_again == 0;
}

/* A turn accepts one client, and twice as many each time if that was not enough: mostly one waits,
 * and to ask for a second that is not there would cost a system call for each. */
static void accepts_adapt(struct turn *turn)
{
    bool enough = turn->accepts < turn->accepts_max;
    unsigned int twice = 2 * turn->accepts_max;
    turn->accepts_max = enough ? 1 : twice < TURN_ACCEPTS ? twice : TURN_ACCEPTS;
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
    bool ready = turn->console_ready || !turn->console_watchable || console_pending(console);
    if (!ready || !console->open || room_crowded(room))
        return; /* crowded: it is still ready in the next turn */
    turn->console_ready = false;
    console_read(console, room);
    if (!console->open && turn->console_watchable)
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
    (void)room_close(setup->shared.room); /* with one thread it always can */
    clients_stop(&turn->clients);
}

bool turn_end(struct turn *turn)
{
    turn->began = turn->clients.now = clock_now();
    accepts_adapt(turn);
    accept_resume(turn);
    console_serve(turn);
    stop_serve(turn);
    clients_expire(&turn->clients);
    lists_serve(turn);
    clients_reap(&turn->clients);
    return turn->clients.stop_at == 0 || turn->clients.count > 0;
}

void turn_free(struct turn *turn)
{
    room_free(turn->setup.shared.room);
    clients_free(&turn->clients);
    sender_close(&turn->sender);
    stop_close();
    setup_end(&turn->setup);
}
