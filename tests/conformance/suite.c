/* suite.c: conformance.h, the model and its clients */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instrumented.h"
#include "conformance.h"
#include "grow.h"

struct suite suite;

bool suite_many(void)
{
    return suite.model != ON_LOOP;
}

bool suite_instrumented(void)
{
    return INSTRUMENTED || getenv("INSTRUMENTED");
}

void suite_skip_instrumented(void)
{
    if (suite_instrumented())
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

void suite_room(struct wire **members, size_t n)
{
    for (size_t i = 0; i < n; i++)
        members[i] = suite_member("m%02zu", i);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = i + 1; k < n; k++)
            wire_expect_event(members[i], "* JOIN m%02zu", k);
    }
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
