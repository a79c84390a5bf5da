/* tests/faults/host_settled.c: what has to hold once the clients have gone; see host.h */
#include <stdlib.h>
#include <string.h>

#include "bound.h"
#include "dialog.h"
#include "host.h"
#include "scenarios.h"

void host_enter_witness(void)
{
    long end = bound_now() + bound_of(NEVER_MS);
    WITNESS->name = NULL;
    while (!has_problem() && bound_now() < end) { /* its nick may be taken for a moment yet */
        struct dialog *witness = dialog_open("witness");
        if (witness != WITNESS)
            abort();
        host.control->spared[0] = (uint16_t)witness->port;
        dialog_enter(witness);
        witness->strict = true;
        if (witness->open && !witness->harmed)
            return;
        dialog_close(witness);
        WITNESS->name = NULL;
        bound_observe(2);
    }
    problem("the witness can't enter the room: %s", WITNESS->line);
}

/* A client that was refused has not joined. One that was cut off may have been sent OK, unread. */
static void check_joins(void)
{
    for (int i = 1; i < DIALOGS; i++)
        for (int k = 0; k < NICKS; k++)
            if (dialogs[i].name != NULL && strcmp(WITNESS->members[k].nick, dialogs[i].name) == 0 &&
                WITNESS->members[k].joins > dialogs[i].entries + dialogs[i].cut)
                problem("%s entered %u times, and the witness received %u JOIN", dialogs[i].name,
                        dialogs[i].entries, WITNESS->members[k].joins);
    for (int k = 0; k < NICKS; k++)
        WITNESS->members[k].joins = 0;
}

static void check_witness(void)
{
    struct dialog *witness = WITNESS;
    if (witness->harmed && !fault_is_of_memory(&host.fault))
        problem("the witness was harmed by somebody else's fault");
    if (witness->harmed) {
        dialog_close(witness);
        return;
    }
    request_ping(witness);
    for (int i = 0; i < NICKS; i++)
        while (witness->open && witness->members[i].in && !has_problem())
            (void)dialog_await_event(witness);
    dialog_printf(witness, "W\n");
    (void)dialog_expect_body(witness, "witness\n", 8);
    check_joins();
    if (witness->harmed && !fault_is_of_memory(&host.fault))
        problem("the witness was harmed by somebody else's fault");
}

/* It gets the right listing, and the witness receives its message behind all earlier ones. */
static void check_newcomer(void)
{
    size_t n;
    unsigned int spoken = 0;
    struct dialog *newcomer = dialog_open("newcomer");
    const char *text = sweep_listing(&n);
    dialog_printf(newcomer, "L\n");
    (void)dialog_expect_body(newcomer, text, n);
    dialog_enter(newcomer);
    spoken = dialog_say(newcomer);
    request_quit(newcomer);
    if (newcomer->harmed)
        problem("the next client is not served: %s", newcomer->line);
    if (sweep_many_clients())
        dialog_await_line(WITNESS, spoken);
}

static void check_runs(void)
{
    if (serverproc_wait(host.server, 0))
        problem("the server has ended, with wait status 0x%x", (unsigned)host.server->status);
}

void host_check_settled(void)
{
    static unsigned int turn;
    host_disarm();
    for (int i = 1; i < DIALOGS; i++)
        dialog_close(&dialogs[i]);
    check_runs();
    /* 01_loop closes in its next tick, if at all */
    host_check_counts(sweep_many_clients() || turn++ % 50 == 0);
    if (!has_problem())
        check_newcomer();
    if (sweep_many_clients() && !has_problem())
        check_witness();
    if (sweep_many_clients() && WITNESS->harmed && !has_problem())
        host_enter_witness();
    if (has_problem()) {
        check_runs();
        return;
    }
    host_check_files();
    host_check_leftovers();
    check_runs();
}
