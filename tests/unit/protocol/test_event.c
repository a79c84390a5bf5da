/* test_event.c: events of the chat room, as they are sent */
#include "unit.h"

#include <string.h>

#include "protocol/event.h"

static void test_events(void)
{
    static const struct {
        enum event_kind kind;
        const char *want;
    } cases[] = {{EVENT_JOIN, "* JOIN bob\n"},
                 {EVENT_LEAVE, "* LEAVE bob\n"},
                 {EVENT_SAY, "* SAY bob  two words \n"},
                 {EVENT_ADMIN, "* ADMIN  two words \n"}};
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        char line[PROTO_EVENT_MAX];
        size_t len = event_format(line, cases[i].kind, "bob", " two words ", 11);
        unit_same("an event", "", 0, cases[i].want, strlen(cases[i].want), line, len);
    }
}

static void test_longest_event(void)
{
    char line[PROTO_EVENT_MAX + 1], nick[PROTO_NICK_MAX + 1] = {0}, text[PROTO_TEXT_MAX];
    memset(nick, 'n', PROTO_NICK_MAX);
    memset(text, 't', sizeof text);
    line[PROTO_EVENT_MAX] = '#';
    size_t len = event_format(line, EVENT_SAY, nick, text, sizeof text);
    unit_check(len == PROTO_EVENT_MAX && line[PROTO_EVENT_MAX] == '#' && line[len - 1] == '\n',
               "expected %d bytes, received %zu", PROTO_EVENT_MAX, len);
}

static const struct CMUnitTest tests[] = {
    TEST(test_events),
    TEST(test_longest_event),
};
UNIT_MAIN("event", tests)
