/* core/blocking/acceptor.c: see acceptor.h */
#include "blocking/acceptor.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "blocking/connection.h"
#include "chat/room.h"
#include "process/stop.h"
#include "sockets/net.h"

enum {
    ACCEPT_PAUSE = 100, /* milliseconds without accepting when descriptors ran out */
    SEND_TICK = 100,    /* milliseconds that a send may block; then the deadline is checked */
    TRY_AGAIN = 10,     /* milliseconds until a line is announced that could not be before */
};

bool acceptor_begin(struct setup *setup, bool only_count)
{
    const struct options *options = &setup->options;
    setup->shared.room = room_new(options->max_clients, options->max_backlog, connection_enter);
    int listener = setup->listener; /* accepted sockets inherit these timeouts */
    bool ok = setup->shared.room != NULL && stop_catch(only_count) &&
              net_set_nonblocking(listener) &&
              net_receive_timeout(listener, setup->timeouts.limit[PHASE_IDLE]) &&
              net_send_timeout(listener, SEND_TICK);
    if (ok)
        setup_announce(setup);
    return ok;
}

bool acceptor_wait(struct setup *setup, int64_t ms)
{
    struct console *console = &setup->console;
    int listener = setup->listener;
    bool pending = listener >= 0 && console_pending(console);
    bool reads = listener >= 0 && !pending;
    if (!console->open) /* the end of its input is "ready" for ever */
        reads = false;
    struct pollfd polled[] = {{.fd = listener, .events = POLLIN},
                              {.fd = reads ? STDIN_FILENO : -1, .events = POLLIN},
                              {.fd = stop_descriptor(), .events = POLLIN}};
    ms = clock_sooner(linger_sweep(&setup->lingering, clock_now()), ms);
    if (pending)
        ms = clock_sooner(ms, TRY_AGAIN);
    int n = poll(polled, 3, (int)ms);
    if (n < 0 || polled[2].revents != 0) /* -1: a signal, whose handler has made it readable */
        stop_clear();
    if (pending || (n > 0 && polled[1].revents != 0))
        console_read(console, setup->shared.room);
    return n > 0 && polled[0].revents != 0 && polled[2].revents == 0;
}

bool acceptor_full(const struct setup *setup)
{
    return setup->clients > setup->options.max_clients;
}

void acceptor_accepted(struct setup *setup, int fd, bool (*start)(int fd))
{
    if (fd >= 0) {
        setup_accepted(setup);
        setup->clients++; /* first: the client may end before start returns */
        if (!start(fd)) {
            setup->clients--;
            setup_refuse(setup, fd, clock_now());
        }
    } else if (setup_exhausted(setup, errno)) {
        clock_pause(ACCEPT_PAUSE);
    }
}

void acceptor_stop(struct setup *setup)
{
    if (setup->listener >= 0)
        close(setup->listener);
    setup->listener = -1;
}

void acceptor_close(struct setup *setup)
{
    acceptor_stop(setup);
    linger_close_all(&setup->lingering);
    stop_close();
}

void acceptor_end(struct setup *setup)
{
    acceptor_stop(setup);
    stop_close();
    room_free(setup->shared.room);
    setup_end(setup);
}
