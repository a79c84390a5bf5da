#include "conformance.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/instrumented.h"
#include "grow.h"

enum { END_MS = 10000 };

struct suite suite;

bool suite_many(void)
{
    return suite.model != ON_LOOP;
}

void suite_skip_instrumented(void)
{
    if (INSTRUMENTED)
        verdict_skip("a sanitizer's own memory is in the way");
}

void suite_set_model(const char *word)
{
    static const char *const names[] = {"loop", "fork", "thread", "select", "poll", "epoll"};

    suite.model = ON_OTHER;
    for (unsigned m = 0; m < sizeof names / sizeof names[0]; m++)
        if (strcmp(word, names[m]) == 0)
            suite.model = 1u << m;
    snprintf(suite.model_name, sizeof suite.model_name, "%s", word);
}

struct serverproc *suite_learn_model(void)
{
    struct serverproc *server = suite_start(NULL);
    struct wire *wire = serverproc_connect(server, NULL);
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_-0123456789", hello[] = "HELLO 1 ";
    const size_t n = sizeof hello - 1;

    verdict_check(wire_readable(wire, bound_of(BOUND_GENEROUS)),
                  "the server greets its first client, and not the next one; expected: HELLO 1 "
                  "<model>");
    const char *line = wire_line(wire);
    const char *word = line && strncmp(line, hello, n) == 0 ? line + n : "";
    verdict_check(*word && strspn(word, letters) == strlen(word) &&
                      strlen(word) < sizeof suite.model_name,
                  "expected: HELLO 1 <model>, the model a word of small letters\nreceived: %s",
                  line ? verdict_quoted(line, strlen(line)) : "the end of the connection");
    suite_set_model(word);
    return server;
}

/* The greeting that does not come while others are connected is that of a server which serves one
 * client at a time. */
static struct wire *suite_greet(struct wire *wire)
{
    char greeting[64];

    if (!serverproc_ours() && wire_count() > 1)
        verdict_check(wire_readable(wire, bound_of(BOUND_GENEROUS)) || !suite_many(),
                      "a client is not greeted while %zu others are connected: the server greets "
                      "as %s, and serves fewer clients at a time",
                      wire_count() - 1, suite.model_name);
    snprintf(greeting, sizeof greeting, "HELLO 1 %s\n", suite.model_name);
    wire_expect(wire, greeting);
    return wire;
}

struct wire *suite_connect(void)
{
    return serverproc_connect(suite.server, NULL);
}

struct wire *suite_open_on(const struct serverproc *server)
{
    return suite_greet(serverproc_connect(server, NULL));
}

struct wire *suite_open(void)
{
    return suite_open_on(suite.server);
}

void suite_open_many(struct wire **wires, int n)
{
    for (int i = 0; i < n; i++)
        wires[i] = suite_open();
}

void suite_close_many(struct wire *const *wires, int n)
{
    for (int i = 0; i < n; i++)
        wire_close(wires[i]);
}

struct wire *suite_open_narrow(const struct serverproc *server)
{
    const struct wire_options narrow = {.receive_buffer = 4096};

    return suite_greet(serverproc_connect(server, &narrow));
}

struct wire *suite_open_narrowest(const struct serverproc *server)
{
    const struct wire_options narrowest = {.receive_buffer = 4096, .segment = 536};

    return suite_greet(serverproc_connect(server, &narrowest));
}

struct wire *suite_open_when_free(const struct serverproc *server, int ms)
{
    long end = bound_now() + bound_of(ms);

    for (;;) {
        struct wire *wire = serverproc_connect(server, NULL);

        if (!wire_next_is(wire, "ERR busy "))
            return suite_greet(wire);
        verdict_check(bound_now() < end, "a client has gone, and its place is not free");
        wire_close(wire);
        bound_observe(5);
    }
}

struct wire *suite_member(const char *nick, ...)
{
    struct wire *wire = suite_open();
    va_list arguments;

    va_start(arguments, nick);
    char *text = printed(nick, arguments);
    va_end(arguments);
    wire_ask_ok(wire, "C %s\n", text);
    free(text);
    return wire;
}

void suite_enter_when_free(struct wire *wire, const char *nick)
{
    long end = bound_now() + bound_of(5000);

    for (;;) {
        const struct wire_reply *reply;

        wire_printf(wire, "C %s\n", nick);
        reply = wire_reply(wire);
        verdict_check(reply && (reply->ok || strcmp(reply->code, "nick-taken") == 0),
                      "expected OK 0 or ERR nick-taken");
        if (reply->ok)
            return;
        verdict_check(bound_now() < end, "the nick of a member that has left is not free");
        bound_observe(5);
    }
}

void suite_check_nick_freed(long shortest, const char *how)
{
    verdict_check(shortest < bound_of(NICK_FREE_MS),
                  "a nick is taken for another %ld ms at least after %s", shortest, how);
}

void suite_quit(struct wire *wire)
{
    wire_ask(wire, "Q\n", "OK 0\n");
    wire_expect_eof(wire);
}

const char *suite_path(const char *name)
{
    static char path[FOLDER_PATH + 400];

    snprintf(path, sizeof path, "%s/%s", suite.server->dir, name);
    return path;
}

void suite_room(struct wire **members, size_t n)
{
    for (size_t i = 0; i < n; i++)
        members[i] = suite_member("m%02zu", i);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = i + 1; k < n; k++)
            wire_expect_event(members[i], "* JOIN m%02zu", k);
    }
}

void suite_begin_upload(struct wire *wire, const char *name, size_t n)
{
    wire_printf(wire, "P %zu %s\n", n, name);
    wire_expect(wire, "GO\n");
}

void suite_upload(struct wire *wire, const char *name, const void *bytes, size_t n)
{
    suite_begin_upload(wire, name, n);
    wire_send(wire, bytes, n);
    wire_expect_ok(wire);
}

void suite_upload_pattern(struct wire *wire, const char *name, size_t n, unsigned seed)
{
    suite_begin_upload(wire, name, n);
    wire_send_pattern(wire, n, seed);
    wire_expect_ok(wire);
}

void suite_expect_pattern(struct wire *wire, size_t n, unsigned seed)
{
    char head[32];

    snprintf(head, sizeof head, "OK %zu\n", n);
    wire_expect(wire, head);
    wire_expect_pattern(wire, n, seed, 0);
}

void suite_download_pattern(struct wire *wire, const char *name, size_t n, unsigned seed)
{
    wire_printf(wire, "G %s\n", name);
    suite_expect_pattern(wire, n, seed);
}

static int compare_longs(const void *a, const void *b)
{
    long left = *(const long *)a, right = *(const long *)b;

    return left < right ? -1 : left > right;
}

long suite_median(long *numbers, size_t n)
{
    qsort(numbers, n, sizeof numbers[0], compare_longs);
    return numbers[n / 2];
}

const char *suite_some_event(struct wire *wire)
{
    const char *event = wire_event(wire);

    verdict_check(event, "expected an event");
    return event;
}

char *suite_repeated(const char *text, size_t times)
{
    size_t n = strlen(text);
    char *all = malloc(n * times + 1);

    if (!all)
        abort();
    for (size_t i = 0; i < n * times; i++)
        all[i] = text[i % n];
    all[n * times] = '\0';
    return all;
}

void suite_refused_bytes(struct wire *wire, const void *request, size_t n, const char *codes)
{
    wire_send(wire, request, n);
    wire_expect_error(wire, codes);
    wire_ask_ok(wire, "N\n");
}

void suite_refused(struct wire *wire, const char *request, const char *codes)
{
    suite_refused_bytes(wire, request, strlen(request), codes);
}

struct serverproc *suite_start(const char *options)
{
    const struct serverproc_config config = {.options = options};

    return serverproc_start(&config);
}

struct wire *suite_serve(const struct serverproc_config *config)
{
    suite.server = serverproc_start(config);
    return suite_open();
}

void suite_check_sleeps(const char *when)
{
    enum { LOOK = 300, MOST = 40, LOOKS = 3 }; /* it may still be busy with what was before */
    long used = 0;

    /* twice in a row: in one look of its own, the server may just not have been given the processor
     */
    for (int i = 0, asleep = 0; i < LOOKS + asleep; i++) {
        used = serverproc_cpu_during(suite.server, LOOK);
        asleep = used < MOST * bound_scale() ? asleep + 1 : 0;
        if (asleep == 2)
            return;
    }
    verdict_fail("%s, the server uses %ld ms of CPU time in %d ms: it spins", when, used, LOOK);
}

void suite_limit(__rlimit_resource_t resource, rlim_t most)
{
    pid_t pids[17] = {suite.server->pid};
    size_t n = 1 + procfs_children(suite.server->pid, pids + 1, 16);
    struct rlimit limit;

    for (size_t i = 0; i < n && i < 17; i++) {
        bool ok = prlimit(pids[i], resource, NULL, &limit) == 0;
        limit.rlim_cur = most;
        ok = ok && prlimit(pids[i], resource, &limit, NULL) == 0;
        verdict_check(ok || (i > 0 && errno == ESRCH), "prlimit: %s", strerror(errno));
    }
}

/* ---- what holds for every server at the end of every case ---- */

void suite_check_settled(struct serverproc *server)
{
    struct wire *wire = suite_open_when_free(server, BOUND_GENEROUS);
    char name[256] = "";

    wire_ask_ok(wire, "N\n");
    wire_close(wire);
    if (!serverproc_ours())
        return;
    verdict_check(serverproc_await_descriptors(server, 0),
                  "all clients are gone, and the server has %d descriptors open; it had %d",
                  procfs_descriptors(server->pid), server->descriptors);
    verdict_check(serverproc_await_no_zombies(server), "the server has %zu zombies",
                  procfs_zombies(server->pid));
    if (!folder_await_clean(server->dir)) {
        folder_hidden(server->dir, name, sizeof name);
        verdict_fail("a hidden file is left in the library: %s", name);
    }
}

/* Transfers get a few seconds, which BOUND_MS does not cut. */
void suite_check_ended(struct serverproc *server)
{
    serverproc_check_ended(server, serverproc_ours() ? BOUND_GENEROUS : END_MS);
}

void suite_check_second_signal(long ms)
{
    long start = bound_now();

    serverproc_signal(suite.server, SIGTERM);
    verdict_check(serverproc_wait(suite.server, BOUND_GENEROUS), "two signals do not end it");
    verdict_check(bound_now() - start < bound_of(ms), "the second signal took %ld ms",
                  bound_now() - start);
    verdict_check(serverproc_await_group_gone(suite.server), "processes are left");
}

void suite_stop(struct serverproc *server)
{
    serverproc_signal(server, SIGTERM);
    if (serverproc_ours())
        suite_check_ended(server);
    else
        (void)serverproc_wait(server, 2000);
}

void suite_long_listing(void)
{
    char first[512], path[512];

    for (int i = 0; i < SUITE_NAMES; i++) {
        int n = snprintf(path, sizeof path, "%s/", suite.server->dir);
        memset(path + n, 'n', SUITE_NAME_LEN);
        snprintf(path + n + SUITE_NAME_LEN - 8, 9, "%08d", i);
        if (i == 0) {
            snprintf(first, sizeof first, "%s", path);
            folder_write(suite.server->dir, path + n, "", 0);
        } else {
            verdict_check(link(first, path) == 0, "link");
        }
    }
}
