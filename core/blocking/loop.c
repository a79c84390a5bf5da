/* core/blocking/loop.c: see loop.h */
#include "blocking/loop.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "chat/room.h"
#include "process/stop.h"
#include "sockets/net.h"

bool loop_begin(struct loop *loop)
{
    struct setup *setup = &loop->setup;
    setup->timeouts.limit[PHASE_CHAT] = setup->timeouts.limit[PHASE_IDLE]; /* others wait */
    setup->shared.room = room_new(1, setup->options.max_backlog, NULL);
    setup->shared.follows = true;
    if (setup->shared.room == NULL || !net_receive_timeout(setup->listener, LOOP_TICK) ||
        !net_send_timeout(setup->listener, LOOP_TICK) || !stop_catch(false))
        return false;
    sender_open(&loop->sender);
    setup_announce(setup);
    return true;
}

bool loop_running(const struct loop *loop)
{
    return loop->stop_at == 0;
}

/* WHY      no call blocks for longer than a tick; between two calls the server checks, without
 *          waiting, whether there is a signal or a line of the console
 * WITHOUT  an announcement stays unread until the client sends something
 *                                                                    [mutant: 01-deaf-console]
 * MAN      socket(7), SO_RCVTIMEO
 */
static void check_server(struct loop *loop, int64_t now)
{
    struct room *room = loop->setup.shared.room;
    if (stop_requests() > 0 && loop->stop_at == 0)
        loop->stop_at = now + STOP_GRACE;
    room_delivered(room, room_head(room)); /* its only member could be sent all of it */
    if (now - loop->console_read_at < LOOP_TICK / 2)
        return;
    loop->console_read_at = now;
    console_read(&loop->setup.console, room);
    (void)linger_sweep(&loop->setup.lingering, now);
}

bool loop_accepted(struct loop *loop, int fd)
{
    int error = errno;         /* of accept: check_server has errors of its own */
    loop->console_read_at = 0; /* now: what is announced before this client came is not for it */
    check_server(loop, clock_now());
    if (fd >= 0)
        setup_accepted(&loop->setup);
    else if (setup_exhausted(&loop->setup, error))
        clock_pause(LOOP_TICK);
    return fd >= 0;
}

void loop_client_begin(struct loop *loop, struct client *client, int fd)
{
    *client = (struct client){.fd = fd, .call_at = clock_now()};
    session_init(&client->session, &loop->setup.shared, client);
    deadline_start(&client->deadline, &loop->setup.timeouts, &client->session, client->call_at);
    setup_log(&loop->setup, fd, "is served");
}

/* The server stops: a client between requests is answered what it has sent until now; a transfer
 * under way continues.
 *
 * WHY      the session is told that the input has ended; the socket is not shut down for reading
 * WITHOUT  the kernel answers whatever the client is still sending with a reset, which can destroy
 *          the last reply                                            [mutant: 01-stop-resets]
 * MAN      shutdown(2)
 */
static void stop_client(struct client *client)
{
    if (session_can_end(&client->session) && !net_ready(client->fd, POLLIN))
        session_feed(&client->session, "", 0);
}

/* The deadline is compared with the time before the last call: a request that arrived in time is in
 * time, though the server may have been slow. */
static bool in_time(struct loop *loop, struct client *client, int64_t before, int64_t now)
{
    deadline_update(&client->deadline, &client->session, client->progress, now);
    client->progress = 0;
    if (loop->stop_at != 0) {
        stop_client(client);
        return now < loop->stop_at;
    }
    if (deadline_left(&client->deadline, &loop->setup.timeouts, before) != 0)
        return true;
    if (!outbox_empty(&client->session.out))
        return false;
    session_fail(&client->session, PROTO_TIMEOUT);
    return true;
}

bool loop_check(struct loop *loop, struct client *client)
{
    int64_t before = client->call_at, now = clock_now();
    client->call_at = now;
    bool ok = in_time(loop, client, before, now); /* first: an announcement is no act of a member */
    check_server(loop, now);
    session_check_lag(&client->session);
    return ok;
}

void loop_client_end(struct loop *loop, struct client *client)
{
    bool stopping = loop->stop_at != 0;
    int64_t since = deadline_linger_since(&client->deadline, stopping, clock_now());
    /* loop_end waits for it; elsewhere whatever is still open at the end of the grace is closed */
    if (stopping && since > loop->stop_at - LINGER_TIME)
        since = loop->stop_at - LINGER_TIME;
    session_free(&client->session);
    linger_add(&loop->setup.lingering, client->fd, since);
}

void loop_end(struct loop *loop)
{
    room_free(loop->setup.shared.room);
    sender_close(&loop->sender);
    stop_close();
    setup_end(&loop->setup);
}
