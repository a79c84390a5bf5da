/* tests/faults/clients/scenarios.c: what clients do while calls fail
 *
 * The witness is in the chat room all the time (but in 01_loop, which serves one client), and its
 * own connection is never made to fail. What the others get may be ERR, or the end of the
 * connection; the functions of dialog.h see to it that it is nothing else.
 */
#include <sha2.h>
#include <stdio.h>
#include <string.h>

#include "dialog.h"
#include "faults.h"
#include "scenarios.h"

void request_quit(struct dialog *dialog)
{
    dialog_printf(dialog, "Q\n");
    (void)dialog_expect_ok(dialog);
    dialog_expect_end(dialog);
}

void request_ping(struct dialog *dialog)
{
    dialog_printf(dialog, "N\n");
    (void)dialog_expect_ok(dialog);
}

/* The file from an offset on comes as the body of a reply. */
static void expect_file(struct dialog *dialog, const char *name, size_t offset)
{
    size_t n;
    const unsigned char *bytes = sweep_file(name, &n);
    (void)dialog_expect_body(dialog, bytes + offset, n - offset);
}

void request_get(struct dialog *dialog, const char *name, size_t offset)
{
    if (offset == 0)
        dialog_printf(dialog, "G %s\n", name);
    else
        dialog_printf(dialog, "R %zu %s\n", offset, name);
    expect_file(dialog, name, offset);
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

static void expect_listing(struct dialog *dialog)
{
    size_t n;
    const char *text = sweep_listing(&n);
    if (sweep_hides_entries())
        (void)dialog_expect_list(dialog, text, n);
    else
        (void)dialog_expect_body(dialog, text, n);
}

static void request_list(struct dialog *dialog)
{
    dialog_printf(dialog, "L\n");
    expect_listing(dialog);
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
        request_ping(client);
    else if (line[0] == 'L')
        request_list(client);
    else if (line[0] == 'G')
        request_get(client, line + 2, 0);
    else if (line[0] == 'H')
        sum(client, line + 2);
    else if (line[0] == 'Q')
        request_quit(client);
    else if (sscanf(line + 2, "%zu %15s", &n, name) == 2)
        (line[0] == 'P' ? put : request_get)(client, name, n);
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
    request_quit(client);
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
    dialog_printf(client, "N\nL\nG small\n");
    dialog_shut(client);
    (void)dialog_expect_ok(client);
    expect_listing(client);
    expect_file(client, "small", 0);
    dialog_expect_end(client);
}

/* The client is sent everything, and sends something more before it reads. */
static void run_linger(void)
{
    struct dialog *client = dialog_open("client");
    dialog_printf(client, "G big\nQ\nN\n");
    dialog_printf(client, "N\n");
    expect_file(client, "big", 0);
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
    expect_file(client, "small", 0);
    (void)dialog_expect_ok(client);
    request_quit(client);
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
