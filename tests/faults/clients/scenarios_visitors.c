/* tests/faults/clients/scenarios_visitors.c: clients that come and go while calls fail; see
 * scenarios.h */
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bound.h"
#include "dialog.h"
#include "faults.h"
#include "loopback.h"
#include "scenarios.h"

void run_crowd(void)
{
    struct dialog *visitors[4];
    static const char *const nicks[] = {"client", "second", "third", "fourth"};
    for (int i = 0; i < 4; i++)
        visitors[i] = dialog_open(nicks[i]);
    dialog_enter(visitors[0]);
    dialog_enter(visitors[1]);
    for (int i = 0; i < 4; i++)
        request_ping(visitors[i]);
    dialog_reset(visitors[0]);
    dialog_close(visitors[2]);
    request_quit(visitors[1]);
    request_quit(visitors[3]);
}

/* Gone in the middle of an upload, and as a member. */
void run_vanish(void)
{
    struct dialog *client = dialog_open("client");
    dialog_enter(client);
    dialog_printf(client, "P 5000 vanished\n");
    if (dialog_expect_go(client))
        dialog_printf(client, "not all of it");
    dialog_reset(client);
}

/* The end of input in the middle of an upload. */
void run_cut(void)
{
    struct dialog *client = dialog_open("client");
    dialog_printf(client, "P 5000 vanished\n");
    if (dialog_expect_go(client))
        dialog_printf(client, "not all of it");
    dialog_shut(client);
    dialog_expect_end(client);
}

/* Gone in the middle of a download. */
void run_gone(void)
{
    struct dialog *client = dialog_open("client");
    dialog_printf(client, "G big\nN\n");
    dialog_reset(client);
}

/* ---- tables that have to grow ---- */

/* Tables are made larger for the first time with 64 descriptors, or as many clients. */
enum { FULL = 64, GUESTS = DIALOGS - 1 };

static int fillers[FULL];
static size_t filled;

/* Sends a line, unless it is NULL, and waits for one. */
static bool filler_answered(int fd, const char *line, const char *wanted)
{
    char in[64];
    size_t n = 0;
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    if (line != NULL && send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
        return false;
    while (n < sizeof in - 1 && poll(&polled, 1, (int)bound_of(8000)) == 1)
        if (recv(fd, in + n, 1, 0) != 1 || in[n++] == '\n')
            break;
    in[n] = '\0';
    return strncmp(in, wanted, strlen(wanted)) == 0;
}

void before_grow(void)
{
    for (filled = 0; filled < FULL && sweep_descriptors() < FULL; filled++) {
        fillers[filled] = loopback_connect(sweep_port());
        if (!filler_answered(fillers[filled], NULL, "HELLO 1 "))
            problem("client %zu of those before all others is not greeted", filled);
    }
}

void after_grow(void)
{
    for (size_t i = 0; i < filled; i++) {
        if (!filler_answered(fillers[i], "N\n", "OK 0\n"))
            problem("the table could not grow, and client %zu in it is not served any more", i);
        close(fillers[i]);
    }
}

void run_grow(void)
{
    struct dialog *visitors[GUESTS];
    static const char *const nicks[GUESTS] = {"client", "second", "third",  "fourth",
                                              "fifth",  "sixth",  "seventh"};
    for (int i = 0; i < GUESTS; i++)
        visitors[i] = dialog_open(nicks[i]);
    for (int i = 0; i < GUESTS; i++)
        request_ping(visitors[i]);
    for (int i = 0; i < GUESTS; i++)
        request_quit(visitors[i]);
}
