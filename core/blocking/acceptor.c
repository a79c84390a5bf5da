/* core/blocking/acceptor.c: see acceptor.h */
#include "blocking/acceptor.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "process/stop.h"

enum {
    ACCEPT_PAUSE = 100, /* milliseconds without accepting when descriptors ran out */
    SEND_TICK = 100,    /* milliseconds that a send may block; then look at the clock */
    TRY_AGAIN = 100,    /* milliseconds until a line is announced that could not be before */
};

bool acceptor_begin(struct acceptor *acceptor, struct setup *setup, bool only_count,
                    room_forward *forward)
{
    const struct options *options = &setup->options;
    acceptor->setup = setup;
    acceptor->patience = patience_of(options);
    console_init(&acceptor->console, options->model);
    setup->shared.room = room_ring_new(options->max_clients, options->max_backlog, forward);
    int listener = setup->listener; /* accepted sockets inherit these timeouts */
    return setup->shared.room != NULL && stop_catch(only_count) && net_never_wait(listener) &&
           net_receive_timeout(listener, acceptor->patience.limit[PHASE_IDLE]) &&
           net_send_timeout(listener, SEND_TICK);
}

bool acceptor_wait(struct acceptor *acceptor, int64_t ms)
{
    struct console *console = &acceptor->console;
    int listener = acceptor->setup->listener;
    bool pending = listener >= 0 && console_pending(console);
    bool reads = listener >= 0 && !pending;
    if (!console->open) /* the end of its input is "ready" for ever */
        reads = false;
    struct pollfd polled[] = {{.fd = listener, .events = POLLIN},
                              {.fd = reads ? STDIN_FILENO : -1, .events = POLLIN},
                              {.fd = stop_descriptor(), .events = POLLIN}};
    ms = clock_sooner(net_parting_sweep(&acceptor->parting, clock_now()), ms);
    if (pending)
        ms = clock_sooner(ms, TRY_AGAIN);
    int n = poll(polled, 3, (int)ms);
    if (n > 0 && polled[2].revents != 0)
        stop_clear();
    if (pending || (n > 0 && polled[1].revents != 0))
        console_read(console, acceptor->setup->shared.room);
    return n > 0 && polled[0].revents != 0;
}

bool acceptor_has_client(struct acceptor *acceptor, int fd)
{
    if (fd >= 0)
        setup_accepted(acceptor->setup);
    else if (setup_exhausted(acceptor->setup, errno))
        clock_pause(ACCEPT_PAUSE);
    return fd >= 0;
}

void acceptor_refuse(struct acceptor *acceptor, int fd)
{
    setup_note(acceptor->setup, fd, "is turned away");
    net_refuse(&acceptor->parting, fd, clock_now());
}

void acceptor_stop(struct acceptor *acceptor)
{
    if (acceptor->setup->listener >= 0)
        close(acceptor->setup->listener);
    acceptor->setup->listener = -1;
}

void acceptor_close(struct acceptor *acceptor)
{
    acceptor_stop(acceptor);
    net_parting_close(&acceptor->parting);
    stop_close();
}

void acceptor_end(struct acceptor *acceptor)
{
    acceptor_close(acceptor);
    room_ring_free(acceptor->setup->shared.room);
    setup_end(acceptor->setup);
}
