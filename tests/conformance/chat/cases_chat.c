/* The chat room: entering, speaking, and who receives what. */
#include "conformance.h"

/* One member alone: true for every model. */
static void alone(struct wire *wire)
{
    suite_refused(wire, "S hi\n", "not-in-chat");
    suite_refused(wire, "W\n", "not-in-chat");
    suite_refused(wire, "X\n", "not-in-chat");
    wire_ask(wire, "C anna\nW\nS hello\nN\nL\n", "OK 0\nOK 5\nanna\nOK 0\nOK 0\nOK 0\n");
    suite_refused(wire, "C anna\n", "in-chat nick-taken");
    suite_refused(wire, "C berta\n", "in-chat");
    wire_ask_ok(wire, "X\n");
    suite_refused(wire, "X\n", "not-in-chat");
    wire_ask(wire, "C berta\nW\nX\nC anna\nW\nQ\n",
             "OK 0\nOK 6\nberta\nOK 0\nOK 0\nOK 5\nanna\nOK 0\n");
    wire_expect_eof(wire);
}

/* Files and chat are one connection: a member uses the library as before. */
static void library_as_member(void)
{
    struct wire *wire = suite_member("anna");

    suite_upload_pattern(wire, "file", 100000, 1);
    suite_download_pattern(wire, "file", 100000, 1);
    wire_ask(wire, "S done\nW\n", "OK 0\nOK 5\nanna\n");
}

static void events(void)
{
    struct wire *anna = suite_member("anna"), *berta = suite_member("berta"), *carla;

    wire_expect(anna, "* JOIN berta\n");
    wire_ask(anna, "S hello\n", "OK 0\n");
    wire_expect(berta, "* SAY anna hello\n");
    wire_ask(berta, "S and hello to you\n", "OK 0\n");
    wire_expect(anna, "* SAY berta and hello to you\n");
    carla = suite_member("carla");
    wire_expect(anna, "* JOIN carla\n");
    wire_expect(berta, "* JOIN carla\n");
    wire_ask(carla, "S * SAY anna I am carla\n", "OK 0\n");
    wire_expect(anna, "* SAY carla * SAY anna I am carla\n");
    wire_expect(berta, "* SAY carla * SAY anna I am carla\n");
    wire_ask(berta, "X\n", "OK 0\n");
    wire_expect(anna, "* LEAVE berta\n");
    wire_expect(carla, "* LEAVE berta\n");
    wire_ask(anna, "S is berta gone?\n", "OK 0\n");
    wire_expect(carla, "* SAY anna is berta gone?\n");
    wire_expect_quiet(berta); /* she has received nothing since */
    wire_expect_quiet(anna);
    wire_expect_quiet(carla);
}

/* A speaker never receives its own messages: checked up to a marker that comes later. */
static void no_event_for_the_speaker(void)
{
    struct wire *anna = suite_member("anna"), *berta = suite_member("berta");

    wire_expect_event(anna, "* JOIN berta");
    for (int i = 0; i < 20; i++)
        wire_ask_ok(anna, "S mine %d\n", i);
    wire_ask_ok(berta, "S marker\n");
    wire_expect_event(anna, "* SAY berta marker");
}

static void no_events_from_before_joining(void)
{
    struct wire *anna = suite_member("anna"), *berta, *carla;

    for (int i = 0; i < 50; i++)
        wire_printf(anna, "S early %d\n", i);
    wire_expect_oks(anna, 50);
    berta = suite_member("berta");
    carla = suite_member("carla");
    wire_expect_event(berta, "* JOIN carla");
    wire_ask_ok(anna, "S late\n");
    wire_expect_event(berta, "* SAY anna late");
    wire_expect_event(carla, "* SAY anna late");
    wire_ask_ok(berta, "X\n");
    wire_ask_ok(anna, "S missed\n");
    wire_ask_ok(berta, "C berta\n");
    wire_ask_ok(anna, "S again\n");
    wire_expect_event(berta, "* SAY anna again");
}

static void not_in_the_room(void)
{
    struct wire *stranger = suite_open(), *anna = suite_member("anna"),
                *berta = suite_member("berta");

    wire_ask_ok(anna, "S for members\n");
    wire_expect_event(berta, "* SAY anna for members");
    wire_expect_quiet(stranger);
    suite_refused(stranger, "S me too\n", "not-in-chat");
}

static void nick_taken(void)
{
    struct wire *anna = suite_member("anna"), *other = suite_open();

    suite_refused(other, "C anna\n", "nick-taken");
    wire_ask_ok(other, "C Anna\n"); /* nicks are bytes */
    wire_expect_event(anna, "* JOIN Anna");
    wire_ask_ok(other, "X\n");
    wire_expect_event(anna, "* LEAVE Anna");
    suite_refused(other, "C anna\n", "nick-taken");
    wire_ask_ok(anna, "X\n");
    wire_ask_ok(other, "C anna\n");
    wire_expect_quiet(anna);
}

static void who_sorted(void)
{
    static const char *const nicks[] = {"b", "a",  "B", "aa",       "~",
                                        "_", "10", "9", "\xc3\xa4", "\xe4\xbd\xa0\xe5\xa5\xbd"};
    static const char sorted[] = "10\n9\nB\n_\na\naa\nb\n~\n\xc3\xa4\n\xe4\xbd\xa0\xe5\xa5\xbd\n";
    enum { N = sizeof nicks / sizeof nicks[0] };
    struct wire *wires[N];

    for (size_t i = 0; i < N; i++)
        wires[i] = suite_member("%s", nicks[i]);
    for (size_t i = 0; i < N; i++)
        wire_ask_text(wires[i], "W\n", sorted);
}

static void chinese(void)
{
    struct wire *a = suite_member("\xe5\xbc\xa0\xe4\xbc\x9f"), *b = suite_member("\xe6\x9d\x8e");

    wire_expect_event(a, "* JOIN \xe6\x9d\x8e");
    wire_ask_ok(
        b, "S \xe4\xbd\xa0\xe5\xa5\xbd\xef\xbc\x8c\xe4\xb8\x96\xe7\x95\x8c \xf0\x9f\x90\xa7\n");
    wire_expect_event(a, "* SAY \xe6\x9d\x8e \xe4\xbd\xa0\xe5\xa5\xbd\xef\xbc\x8c\xe4\xb8\x96"
                         "\xe7\x95\x8c \xf0\x9f\x90\xa7");
    wire_ask_text(a, "W\n", "\xe5\xbc\xa0\xe4\xbc\x9f\n\xe6\x9d\x8e\n");
    wire_close(b);
    wire_expect_event(a, "* LEAVE \xe6\x9d\x8e");
}

const struct conformance_case chat_cases[] = {
    {"chat_alone", ON_ALL, .talk = alone},
    {"chat_library_as_member", ON_ALL, .run = library_as_member},
    {"chat_events", ON_MANY, .run = events},
    {"chat_no_event_for_the_speaker", ON_MANY, .run = no_event_for_the_speaker},
    {"chat_no_events_from_before_joining", ON_MANY, .run = no_events_from_before_joining},
    {"chat_not_in_the_room", ON_MANY, .run = not_in_the_room},
    {"chat_nick_taken", ON_MANY, .run = nick_taken},
    {"chat_who_sorted", ON_MANY, .run = who_sorted},
    {"chat_chinese", ON_MANY, .run = chinese},
    {.name = NULL},
};
