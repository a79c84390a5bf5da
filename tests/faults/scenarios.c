/* tests/faults/scenarios.c: what clients do while calls fail
 *
 * The witness is in the chat room all the time (but in 01_loop, which serves one client), and its
 * own connection is never made to fail. What the others get may be ERR, or the end of the
 * connection; the functions of dialog.c see to it that it is nothing else.
 */
#include <poll.h>
#include <sha2.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bound.h"
#include "faults.h"
#include "loopback.h"

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

/* Sends a request; what comes is checked. */
static void request(struct dialog *client, const char *line)
{
    char name[16];
    size_t n;
    if (line[0] == 'N')
        ping(client);
    else if (line[0] == 'L')
        list(client);
    else if (line[0] == 'G')
        get(client, line + 2, 0);
    else if (line[0] == 'H')
        sum(client, line + 2);
    else if (line[0] == 'Q')
        quit(client);
    else if (sscanf(line + 2, "%zu %15s", &n, name) == 2)
        (line[0] == 'P' ? put : get)(client, name, n);
}

void scenario_run(const struct scenario *scenario)
{
    char requests[80], *rest = requests;
    if (scenario->run != NULL) {
        scenario->run();
        return;
    }
    struct dialog *client = dialog_open("client");
    (void)snprintf(requests, sizeof requests, "%s", scenario->requests);
    for (const char *line; (line = strsep(&rest, ",")) != NULL;)
        request(client, line);
    dialog_close(client);
}

static void run_refused(void)
{
    static const char *const wrong[][2] = {
        {"P 999999999 file", "too-large"},
        {"P 19000000 file", "no-space"}, /* more than the quota: found by the quota scan */
        {"G nothing", "not-found"},
        {"R 999999 small", "bad-range"},
        {"G ../canary", "bad-name"},
        {"S hello", "not-in-chat"},
        {"nonsense", "bad-request"}};
    struct dialog *client = dialog_open("client");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        dialog_printf(client, "%s\n", wrong[i][0]);
        dialog_expect_error(client, wrong[i][1]);
    }
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
    for (filled = 0; filled < FULL && sweep_descriptors() < FULL; filled++) {
        fillers[filled] = loopback_connect(sweep_port());
        if (!filler_answered(fillers[filled], NULL, "HELLO 1 "))
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
    {.name = "come", .requests = "N"},
    {.name = "quit", .requests = "Q"},
    {.name = "list", .requests = "L,Q"},
    {.name = "get", .requests = "G small,G none,R 1000 small,Q"},
    /* through the pipe of sender.c: what comes after a first part that the socket took whole */
    {.name = "big", .requests = "G big,N,Q"},
    {.name = "sum", .requests = "H small,H none,H b,N,Q"},
    {.name = "put", .requests = "P 3000 put,N,Q"},
    {.name = "bulk", .requests = "P 700000 bulk,Q"},
    {.name = "new", .requests = "P 100 new,L,Q"},
    {.name = "empty", .requests = "P 0 empty,Q"},
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
    {.name = "exhausted", .requests = "Q", .with = "accept4:1:EMFILE"},
    {.name = "grow",
     .models = "04_select 05_poll 06_epoll",
     .run = run_grow,
     .before = before_grow,
     .after = after_grow,
     .calls = "malloc calloc realloc"},
    {.name = NULL},
};
