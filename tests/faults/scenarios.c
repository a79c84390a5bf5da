/* tests/faults/scenarios.c: what clients do while calls fail
 *
 * The witness is in the chat room all the time (but in 01_loop, which serves one client), and its
 * own connection is never made to fail. What the others get may be ERR, or the end of the
 * connection; the functions of dialog.c see to it that it is nothing else.
 */
#include <netinet/in.h>
#include <poll.h>
#include <sha2.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bound.h"
#include "faults.h"

static void quit(struct dialog *dialog)
{
    dialog_printf(dialog, "Q\n");
    (void)dialog_expect_ok(dialog);
    dialog_expect_end(dialog);
}

static void ping(struct dialog *dialog)
{
    dialog_printf(dialog, "N\n");
    (void)dialog_expect_ok(dialog);
}

static void get(struct dialog *dialog, const char *name, size_t offset)
{
    size_t n;
    const unsigned char *bytes = sweep_file(name, &n);
    if (offset == 0)
        dialog_printf(dialog, "G %s\n", name);
    else
        dialog_printf(dialog, "R %zu %s\n", offset, name);
    (void)dialog_expect_body(dialog, bytes + offset, n - offset);
}

static void sum(struct dialog *dialog, const char *name)
{
    char text[SHA256_DIGEST_STRING_LENGTH + 1];
    size_t n;
    const unsigned char *bytes = sweep_file(name, &n);
    SHA256Data(bytes, n, text);
    memcpy(text + SHA256_DIGEST_STRING_LENGTH - 1, "\n", 2);
    dialog_printf(dialog, "H %s\n", name);
    (void)dialog_expect_body(dialog, text, strlen(text));
}

static void listed(struct dialog *dialog, const char *text, size_t n)
{
    if (sweep_hides_entries())
        (void)dialog_expect_list(dialog, text, n);
    else
        (void)dialog_expect_body(dialog, text, n);
}

static void list(struct dialog *dialog)
{
    size_t n;
    const char *text = sweep_listing(&n);
    dialog_printf(dialog, "L\n");
    listed(dialog, text, n);
}

static void put(struct dialog *dialog, const char *name, size_t n)
{
    const unsigned char *bytes = sweep_new(name, n);
    dialog_printf(dialog, "P %zu %s\n", n, name);
    if (!dialog_expect_go(dialog))
        return;
    dialog_send(dialog, bytes, n);
    bool stored = dialog_expect_ok(dialog);
    if (!dialog->cut)
        sweep_stored(stored);
}

static void run_come(void)
{
    struct dialog *client = dialog_open("client");
    ping(client);
    dialog_close(client);
}

static void run_quit(void)
{
    quit(dialog_open("client"));
}

static void run_list(void)
{
    struct dialog *client = dialog_open("client");
    list(client);
    quit(client);
}

static void run_get(void)
{
    struct dialog *client = dialog_open("client");
    get(client, "small", 0);
    get(client, "none", 0);
    get(client, "small", 1000);
    quit(client);
}

/* Through the pipe of sender.c: what comes after a first part that the socket took whole. */
static void run_big(void)
{
    struct dialog *client = dialog_open("client");
    get(client, "big", 0);
    ping(client);
    quit(client);
}

static void run_sum(void)
{
    struct dialog *client = dialog_open("client");
    sum(client, "small");
    sum(client, "none");
    sum(client, "b");
    ping(client);
    quit(client);
}

static void run_put(void)
{
    struct dialog *client = dialog_open("client");
    put(client, "put", 3000);
    ping(client);
    quit(client);
}

static void run_bulk(void)
{
    struct dialog *client = dialog_open("client");
    put(client, "bulk", 700000);
    quit(client);
}

static void run_new(void)
{
    struct dialog *client = dialog_open("client");
    put(client, "new", 100);
    list(client);
    quit(client);
}

static void run_empty(void)
{
    struct dialog *client = dialog_open("client");
    put(client, "empty", 0);
    quit(client);
}

static void run_refused(void)
{
    struct dialog *client = dialog_open("client");
    dialog_printf(client, "P 999999999 file\n");
    dialog_expect_error(client, "too-large");
    dialog_printf(client, "P 19000000 file\n"); /* more than the quota: found by the quota scan */
    dialog_expect_error(client, "no-space");
    dialog_printf(client, "G nothing\n");
    dialog_expect_error(client, "not-found");
    dialog_printf(client, "R 999999 small\n");
    dialog_expect_error(client, "bad-range");
    dialog_printf(client, "G ../canary\n");
    dialog_expect_error(client, "bad-name");
    dialog_printf(client, "S hello\n");
    dialog_expect_error(client, "not-in-chat");
    dialog_printf(client, "nonsense\n");
    dialog_expect_error(client, "bad-request");
    quit(client);
}

static void run_long(void)
{
    char line[1200];
    struct dialog *client = dialog_open("client");
    memset(line, 'x', sizeof line);
    dialog_send(client, line, sizeof line);
    dialog_expect_error(client, "too-long");
    dialog_expect_end(client);
}

static void run_half(void)
{
    struct dialog *client = dialog_open("client");
    size_t n, file_size;
    const char *text = sweep_listing(&n);
    const unsigned char *file = sweep_file("small", &file_size);
    dialog_printf(client, "N\nL\nG small\n");
    dialog_shut(client);
    (void)dialog_expect_ok(client);
    listed(client, text, n);
    (void)dialog_expect_body(client, file, file_size);
    dialog_expect_end(client);
}

/* The client is sent everything, and sends something more before it reads. */
static void run_linger(void)
{
    struct dialog *client = dialog_open("client");
    size_t n;
    const unsigned char *bytes = sweep_file("big", &n);
    dialog_printf(client, "G big\nQ\nN\n");
    dialog_printf(client, "N\n");
    (void)dialog_expect_body(client, bytes, n);
    dialog_printf(client, "N\n");
    (void)dialog_expect_ok(client);
    dialog_expect_end(client);
}

static void run_pieces(void)
{
    struct dialog *client = dialog_open("client");
    dialog_printf(client, "N\nN\nW");
    (void)dialog_expect_ok(client);
    (void)dialog_expect_ok(client);
    dialog_printf(client, "\nG sm");
    dialog_expect_error(client, "not-in-chat");
    dialog_printf(client, "all\nN\n");
    size_t n;
    const unsigned char *bytes = sweep_file("small", &n);
    (void)dialog_expect_body(client, bytes, n);
    (void)dialog_expect_ok(client);
    quit(client);
}

/* ---- the chat room ---- */

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

static void run_chat(void)
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
    ping(client);
    dialog_enter(client);
    quit(client);
}

/* A member receives others; the fault can hit its forwarder. */
static void run_hear(void)
{
    struct dialog *client = dialog_open("client");
    dialog_enter(client);
    for (int i = 0; i < 3; i++) {
        unsigned int spoken = dialog_say(WITNESS);
        if (!client->denied)
            dialog_await_line(client, spoken);
    }
    get(client, "small", 0);
    leave(client);
    quit(client);
}

static void run_announce(void)
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
    quit(client);
}

/* ---- comings and goings ---- */

static void run_crowd(void)
{
    struct dialog *visitors[4];
    static const char *const nicks[] = {"client", "second", "third", "fourth"};
    for (int i = 0; i < 4; i++)
        visitors[i] = dialog_open(nicks[i]);
    dialog_enter(visitors[0]);
    dialog_enter(visitors[1]);
    for (int i = 0; i < 4; i++)
        ping(visitors[i]);
    dialog_reset(visitors[0]);
    dialog_close(visitors[2]);
    quit(visitors[1]);
    quit(visitors[3]);
}

/* Gone in the middle of an upload, and as a member. */
static void run_vanish(void)
{
    struct dialog *client = dialog_open("client");
    dialog_enter(client);
    dialog_printf(client, "P 5000 vanished\n");
    if (dialog_expect_go(client))
        dialog_printf(client, "not all of it");
    dialog_reset(client);
}

/* The end of input in the middle of an upload. */
static void run_cut(void)
{
    struct dialog *client = dialog_open("client");
    dialog_printf(client, "P 5000 vanished\n");
    if (dialog_expect_go(client))
        dialog_printf(client, "not all of it");
    dialog_shut(client);
    dialog_expect_end(client);
}

/* Gone in the middle of a download. */
static void run_gone(void)
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
    while (n < sizeof in - 1 && poll(&polled, 1, (int)bound_of(8000)) == 1) {
        if (recv(fd, in + n, 1, 0) != 1 || in[n++] == '\n')
            break;
    }
    in[n] = '\0';
    return strncmp(in, wanted, strlen(wanted)) == 0;
}

static void before_grow(void)
{
    const struct sockaddr_in there = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)sweep_port()),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (filled = 0; filled < FULL && sweep_descriptors() < FULL; filled++) {
        int fd = fillers[filled] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (const struct sockaddr *)&there, sizeof there) != 0 ||
            !filler_answered(fd, NULL, "HELLO 1 "))
            problem("client %zu of those before all others is not greeted", filled);
    }
}

static void after_grow(void)
{
    for (size_t i = 0; i < filled; i++) {
        if (!filler_answered(fillers[i], "N\n", "OK 0\n"))
            problem("the table could not grow, and client %zu in it is not served any more", i);
        close(fillers[i]);
    }
}

static void run_grow(void)
{
    struct dialog *visitors[GUESTS];
    static const char *const nicks[GUESTS] = {"client", "second", "third",  "fourth",
                                              "fifth",  "sixth",  "seventh"};
    for (int i = 0; i < GUESTS; i++)
        visitors[i] = dialog_open(nicks[i]);
    for (int i = 0; i < GUESTS; i++)
        ping(visitors[i]);
    for (int i = 0; i < GUESTS; i++)
        quit(visitors[i]);
}

#define MANY "02_fork 03_thread 04_select 05_poll 06_epoll"

const struct scenario scenarios[] = {
    {.name = "come", .run = run_come},
    {.name = "quit", .run = run_quit},
    {.name = "list", .run = run_list},
    {.name = "get", .run = run_get},
    {.name = "big", .run = run_big},
    {.name = "sum", .run = run_sum},
    {.name = "put", .run = run_put},
    {.name = "bulk", .run = run_bulk},
    {.name = "new", .run = run_new},
    {.name = "empty", .run = run_empty},
    {.name = "refused", .run = run_refused},
    {.name = "long", .run = run_long},
    {.name = "half", .run = run_half},
    {.name = "linger", .run = run_linger},
    {.name = "pieces", .run = run_pieces},
    {.name = "chat", .run = run_chat},
    {.name = "check_event", .models = MANY, .run = run_hear},
    {.name = "announce", .run = run_announce},
    {.name = "crowd", .models = MANY, .run = run_crowd},
    {.name = "vanish", .run = run_vanish},
    {.name = "cut", .run = run_cut},
    {.name = "gone", .run = run_gone},
    {.name = "exhausted", .run = run_quit, .with = "accept4:1:EMFILE"},
    {.name = "grow",
     .models = "04_select 05_poll 06_epoll",
     .run = run_grow,
     .before = before_grow,
     .after = after_grow,
     .calls = "malloc calloc realloc"},
    {.name = NULL},
};
