/* tests/faults/sweep_ends.c: a server starts or ends while calls fail; see sweep.h */
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "dialog.h"
#include "host.h"
#include "scenarios.h"
#include "sweep.h"

/* The log has the reason. getaddrinfo(3) has a name of its own for want of memory. */
static bool reason_logged(int error)
{
    return serverproc_logged(host.server, strerror(error)) ||
           (error == ENOMEM && serverproc_logged(host.server, gai_strerror(EAI_MEMORY)));
}

/* It runs, or it prints one sentence, why not, and exits with status 1. */
static void run_start(void)
{
    char sentence[40];
    host_kill();
    host.problem[0] = '\0';
    host.control->spared[0] = 0;
    memset(dialogs, 0, sizeof dialogs);
    WITNESS->name = "nobody";
    host_arm(host.fault.call != CALL_NONE ? &host.fault : NULL, NULL);
    host.server = host_launch();
    bool runs = serverproc_read_startup(host.server, 8000) && host.server->port > 0;
    host_disarm();
    if (runs) {
        struct dialog *client = dialog_open("client");
        dialog_printf(client, "L\n");
        (void)dialog_expect_ok(client);
        request_quit(client);
        if (client->harmed)
            problem("it started, but does not serve: %s", client->line);
        if (!has_problem())
            host_stop();
        return;
    }
    (void)snprintf(sentence, sizeof sentence, "%s-server: ", host.model + 3);
    if (!serverproc_wait(host.server, 8000))
        problem("it neither starts nor ends");
    else if (!WIFEXITED(host.server->status) || WEXITSTATUS(host.server->status) != 1)
        problem("it does not end with status 1 (wait status 0x%x)", (unsigned)host.server->status);
    else if (!serverproc_logged(host.server, sentence))
        problem("it does not say why it does not start");
    else if (host.fault.effect > 0 && !reason_logged(host.fault.effect))
        problem("it logs a reason why it does not start, but the wrong one: %s",
                strerror(host.fault.effect));
    if (!has_problem())
        host_kill();
}

/* SIGTERM with clients: an idle one, a member, one that uploads. */
static void run_stop(void)
{
    host_kill();
    sweep_fresh();
    struct dialog *idle = dialog_open("client");
    if (sweep_many_clients()) {
        struct dialog *member = dialog_open("second");
        dialog_enter(member);
    }
    dialog_printf(idle, "P 10 put\n");
    if (sweep_many_clients())
        (void)dialog_expect_go(idle);
    const unsigned char *bytes = sweep_new("put", 10);
    host_arm(host.fault.call != CALL_NONE ? &host.fault : NULL, NULL);
    serverproc_signal(host.server, SIGTERM);
    if (!sweep_many_clients())
        (void)dialog_expect_go(idle);
    dialog_send(idle, bytes, 10);
    (void)dialog_expect_ok(idle);
    for (int i = 0; i < DIALOGS; i++)
        dialog_expect_end(&dialogs[i]);
    if (!serverproc_wait(host.server, 12000))
        problem("SIGTERM does not end the server");
    host_disarm();
    if (!has_problem() && folder_hidden(host.server->dir, NULL, 0) > 0 &&
        !(host.fault.call == CALL_unlinkat && host_injected() > 0))
        problem("a temporary file is left");
    if (!has_problem())
        host_stop();
}

const struct scenario sweep_ends[SWEEP_ENDS] = {
    {.name = "start", .run = run_start},
    {.name = "stop", .run = run_stop},
};

bool sweep_is_end(const struct scenario *scenario)
{
    return scenario == &sweep_ends[0] || scenario == &sweep_ends[1];
}
