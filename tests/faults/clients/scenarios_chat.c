/* tests/faults/clients/scenarios_chat.c: the chat room, while calls fail; see scenarios.h */
#include <stdio.h>

#include "dialog.h"
#include "faults.h"
#include "scenarios.h"

static void request_names(struct dialog *dialog)
{
    const char *all = sweep_many_clients() ? "client\nwitness\n" : "client\n";
    bool alone = !sweep_many_clients() || sweep_short_of_memory();
    dialog_printf(dialog, "W\n");
    if (dialog->denied)
        dialog_expect_error(dialog, "not-in-chat");
    else
        (void)dialog_expect_either(dialog, all, alone ? "client\n" : all);
}

static void leave(struct dialog *dialog)
{
    dialog_printf(dialog, "X\n");
    if (dialog->denied)
        dialog_expect_error(dialog, "not-in-chat");
    else
        (void)dialog_expect_ok(dialog);
}

void run_chat(void)
{
    struct dialog *client = dialog_open("client");
    unsigned int spoken;
    dialog_enter(client);
    for (int i = 0; i < 3; i++) {
        spoken = dialog_say(client);
        if (sweep_many_clients())
            dialog_await_line(WITNESS, spoken);
    }
    request_names(client);
    leave(client);
    request_ping(client);
    dialog_enter(client);
    request_quit(client);
}

/* A member receives others; the fault can hit its forwarder. */
void run_hear(void)
{
    struct dialog *client = dialog_open("client");
    dialog_enter(client);
    for (int i = 0; i < 3; i++) {
        unsigned int spoken = dialog_say(WITNESS);
        if (!client->denied)
            dialog_await_line(client, spoken);
    }
    request_get(client, "small", 0);
    leave(client);
    request_quit(client);
}

void run_announce(void)
{
    static unsigned int number;
    struct dialog *client = dialog_open("client");
    struct dialog *listener = sweep_many_clients() ? WITNESS : client;
    char line[40];
    dialog_enter(client);
    if (listener->open && !listener->denied) {
        (void)snprintf(line, sizeof line, "news %u\n", ++number);
        sweep_console(line);
        for (int i = 0; listener->news < number && !sweep_console_gone() && !has_problem(); i++) {
            if (i >= 4)
                sweep_end_fault();
            if (i < 400 && !dialog_readable(listener))
                continue;
            if (!dialog_await_event(listener))
                break;
        }
    }
    leave(client);
    request_quit(client);
}
