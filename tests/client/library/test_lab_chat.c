/* test_lab_chat.c: the library in the chat room */
#include <stdio.h>
#include <string.h>

#include "labtest.h"

/* Members of one room, a library each. */
struct pair {
    struct lab *amy, *bob;
};

static struct pair pair_open(const struct test_server *server)
{
    struct pair pair = {labtest_open(server->port), labtest_open(server->port)};
    labtest_expect(pair.amy, LAB_OK, lab_enter(pair.amy, "amy"));
    labtest_expect(pair.bob, LAB_OK, lab_enter(pair.bob, "bob"));
    labtest_event(pair.amy, "JOIN bob");
    return pair;
}

static void two(struct test_server *server)
{
    struct pair two = pair_open(server);
    struct lab_names names;
    labtest_expect(two.amy, LAB_OK, lab_say(two.amy, "hello"));
    labtest_event(two.bob, "SAY amy hello");
    labtest_expect(two.bob, LAB_OK, lab_say(two.bob, "你好， amy"));
    labtest_event(two.amy, "SAY bob 你好， amy");
    labtest_quiet(two.amy); /* nobody receives their own messages */
    labtest_quiet(two.bob);
    labtest_expect(two.bob, LAB_OK, lab_who(two.bob, &names));
    unit_check(names.count == 2 && strcmp(names.names[0], "amy") == 0 &&
                   strcmp(names.names[1], "bob") == 0,
               "%zu names", names.count);
    lab_names_free(&names);
    struct lab *third = labtest_open(server->port);
    labtest_refused(third, "nick-taken", lab_enter(third, "bob"));
    labtest_expect(third, LAB_OK, lab_enter(third, "小红"));
    labtest_event(two.amy, "JOIN 小红");
    lab_close(third); /* without a word */
    labtest_event(two.amy, "LEAVE 小红");
    serverproc_announce(server->process, "ten minutes left\n");
    labtest_event(two.amy, "ADMIN ten minutes left");
    labtest_event(two.bob, "JOIN 小红");
    labtest_event(two.bob, "LEAVE 小红");
    labtest_event(two.bob, "ADMIN ten minutes left");
    labtest_expect(two.bob, LAB_OK, lab_leave(two.bob));
    labtest_event(two.amy, "LEAVE bob");
}

/* Events come in the order in which they were sent, also those that were kept meanwhile. */
static void order(struct test_server *server)
{
    enum { LINES = 300 };
    struct pair two = pair_open(server);
    char text[32], want[64];
    for (int i = 0; i < LINES; i++) {
        (void)snprintf(text, sizeof text, "line %d", i);
        labtest_expect(two.bob, LAB_OK, lab_say(two.bob, text));
        if (i % 3 == 0)
            labtest_expect(two.amy, LAB_OK, lab_ping(two.amy));
    }
    for (int i = 0; i < LINES; i++) {
        (void)snprintf(want, sizeof want, "SAY bob line %d", i);
        labtest_event(two.amy, want);
    }
    labtest_quiet(two.amy);
}

/* bob talks whenever amy's transfer has come further. */
struct commentary {
    struct lab *bob;
    int lines;
};

static void speak_on(void *context, uint64_t done, uint64_t total)
{
    struct commentary *commentary = context;
    char text[64];
    (void)total;
    if (commentary->lines >= 100)
        return;
    (void)snprintf(text, sizeof text, "line %d at %llu", commentary->lines,
                   (unsigned long long)done);
    commentary->lines++;
    labtest_expect(commentary->bob, LAB_OK, lab_say(commentary->bob, text));
}

static void heard_all(struct lab *amy, const struct commentary *commentary)
{
    struct lab_event event;
    char want[32];
    unit_check(commentary->lines > 1, "only %d lines were said", commentary->lines);
    for (int i = 0; i < commentary->lines; i++) {
        int n = snprintf(want, sizeof want, "line %d at ", i);
        labtest_expect(amy, LAB_OK, lab_next_event(amy, &event, labtest_long()));
        unit_check(event.kind == LAB_SAID && strncmp(event.text, want, (size_t)n) == 0,
                   "expected %s, heard %s", want, event.text);
    }
    labtest_quiet(amy);
}

static void while_transferring(struct test_server *server)
{
    enum { SIZE = 40000000 };
    struct pair two = pair_open(server);
    struct commentary commentary = {.bob = two.bob};
    int file = labtest_file(SIZE, 5), to = labtest_file(0, 0);
    lab_on_progress(two.amy, speak_on, &commentary);
    labtest_expect(two.amy, LAB_OK, lab_put(two.amy, "file", file, SIZE));
    heard_all(two.amy, &commentary);
    commentary.lines = 0;
    labtest_expect(two.amy, LAB_OK, lab_get(two.amy, "file", 0, to));
    heard_all(two.amy, &commentary);
    unit_check(labtest_file_holds(to, SIZE, 5), "the file is not the same");
}

static void ready(struct test_server *server)
{
    struct pair two = pair_open(server);
    unit_check(!lab_event_ready(two.amy), "there is nothing to hear");
    labtest_expect(two.bob, LAB_OK, lab_say(two.bob, "one"));
    labtest_expect(two.bob, LAB_OK, lab_say(two.bob, "two"));
    labtest_event(two.amy, "SAY bob one");
    server_kill(server);
    struct lab_event event;
    while (lab_event_ready(two.amy))
        labtest_expect(two.amy, LAB_OK, lab_next_event(two.amy, &event, 0));
    enum lab_status status;
    while ((status = lab_next_event(two.amy, &event, labtest_long())) == LAB_OK)
        unit_check(strcmp(event.text, "two") == 0 || event.kind == LAB_LEFT, "heard %s",
                   event.text);
    labtest_expect(two.amy, LAB_LOST, status);
}

static void longest(struct test_server *server)
{
    char nick[33], text[1021 + 1], longer[1022 + 1], want[1100];
    struct lab *amy = labtest_open(server->port), *bob = labtest_open(server->port);
    memset(nick, 'n', sizeof nick - 1);
    memset(text, 't', sizeof text - 1);
    memset(longer, 't', sizeof longer - 1);
    nick[sizeof nick - 1] = text[sizeof text - 1] = longer[sizeof longer - 1] = '\0';
    labtest_expect(amy, LAB_OK, lab_enter(amy, nick));
    labtest_expect(bob, LAB_OK, lab_enter(bob, "bob"));
    labtest_expect(amy, LAB_USAGE, lab_say(amy, longer));
    labtest_expect(amy, LAB_OK, lab_say(amy, text));
    (void)snprintf(want, sizeof want, "SAY %s %s", nick, text);
    labtest_event(bob, want);
}

/* A text that is not allowed is not sent. */
static void usage(void)
{
    static const char *const names[] = {"",     ".x",     "a/b",  " a",      "a ",
                                        "a\nb", "a\033b", "\xff", "\xc2\x9b"};
    static const char *const nicks[] = {
        "",       "a b",  "admin",    "ADMIN",
        "管理员", "a\tb", "\xc0\x80", "123456789012345678901234567890123"};
    static const char *const texts[] = {"", "a\nb", "a\033[2J", "\xff", "\xed\xa0\x80"};
    struct hostile *server = hostile_start(HOSTILE_SCRIPT(HOSTILE_ASKED, HOSTILE_SEND("OK 0\n")));
    struct lab *lab = labtest_open(server->port);
    int file = labtest_file(1, 1);
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        labtest_expect(lab, LAB_USAGE, lab_get(lab, names[i], i, file));
        labtest_expect(lab, LAB_USAGE, lab_put(lab, names[i], file, 1));
    }
    for (size_t i = 0; i < UNIT_COUNT(nicks); i++)
        labtest_expect(lab, LAB_USAGE, lab_enter(lab, nicks[i]));
    for (size_t i = 0; i < UNIT_COUNT(texts); i++)
        labtest_expect(lab, LAB_USAGE, lab_say(lab, texts[i]));
    labtest_expect(lab, LAB_OK, lab_ping(lab));
    unit_check(strcmp(hostile_received(server), "N\n") == 0, "it was sent: %s",
               unit_quote(hostile_received(server), strlen(hostile_received(server))));
}

static const struct CMUnitTest table[] = {
    LAB_EACH_BUT_LOOP(two, NULL),
    LAB_EACH_BUT_LOOP(order, NULL),
    LAB_EACH_BUT_LOOP(while_transferring, NULL),
    LAB_EACH_BUT_LOOP(ready, NULL),
    LAB_EACH_BUT_LOOP(longest, NULL),
    LAB(usage),
};
UNIT_MAIN("lab_chat", table)
