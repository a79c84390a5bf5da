/* party.c: see party.h */
#include "party.h"

#include <stdio.h>
#include <string.h>

#include "chat/room.h"
#include "waits.h"

struct party party;

void party_begin(size_t backlog)
{
    party = (struct party){.store = {.dir = -1}};
    budget_init(&party.budget, &party.part, 1024 * 1024);
    party.shared = (struct session_shared){.model = "test",
                                           .store = &party.store,
                                           .room = room_new(VISITORS, backlog, NULL),
                                           .budget = &party.budget,
                                           .follows = true};
    unit_check(party.shared.room != NULL, "out of memory");
    for (size_t i = 0; i < VISITORS; i++) {
        struct visitor *visitor = &party.visitors[i];
        session_init(&visitor->session, &party.shared, &visitor->session);
        sink_take_all(&visitor->received, &visitor->session.out, SIZE_MAX);
        sink_reset(&visitor->received);
    }
}

void party_end(void)
{
    for (size_t i = 0; i < VISITORS; i++) {
        session_free(&party.visitors[i].session);
        sink_free(&party.visitors[i].received);
    }
    unsigned int place = 0;
    unit_check(room_next(party.shared.room, &place) == NULL, "the room is not empty");
    unit_check(party.part.used == 0, "%zu bytes of the budget are not given back",
               (size_t)party.part.used);
    room_free(party.shared.room);
}

void party_news(void)
{
    struct room *room = party.shared.room;
    unsigned int place = 0;
    for (struct session *member; (member = room_next(room, &place)) != NULL;)
        session_check_lag(member);
    room_delivered(room, room_head(room));
}

void visitor_feed(size_t i, const char *lines)
{
    struct session *s = &party.visitors[i].session;
    unit_check(reads(s), "visitor %zu does not want to read %s", i,
               unit_quote(lines, strlen(lines)));
    session_feed(s, lines, strlen(lines));
    party_news();
    while (continues(s)) {
        session_continue(s);
        party_news();
    }
}

void visitor_send(size_t i, size_t len)
{
    struct visitor *visitor = &party.visitors[i];
    size_t sent = sink_take(&visitor->received, &visitor->session.out, len);
    unit_check(sent == len, "%zu of %zu bytes were sent", sent, len);
}

void visitor_flush(size_t i)
{
    struct visitor *visitor = &party.visitors[i];
    do {
        sink_take_all(&visitor->received, &visitor->session.out, 5);
        if (continues(&visitor->session))
            session_continue(&visitor->session);
        party_news();
    } while (!outbox_empty(&visitor->session.out) || continues(&visitor->session));
}

void party_idle(void)
{
    for (size_t i = 0; i < VISITORS; i++) {
        visitor_flush(i);
        sink_reset(&party.visitors[i].received);
    }
}

void visitor_speak(size_t i, const char *lines)
{
    visitor_feed(i, lines);
    visitor_flush(i);
}

void visitor_enter(size_t i)
{
    const char line[] = {'C', ' ', (char)('a' + i), '\n', '\0'};
    visitor_speak(i, line);
}

void party_of_two(size_t backlog)
{
    party_begin(backlog);
    visitor_enter(0);
    visitor_enter(1);
}

void visitor_expect(size_t i, const char *want)
{
    struct sink plain = {0};
    visitor_flush(i);
    struct sink *received = &party.visitors[i].received;
    const char *wrong = sink_strict(received, &plain);
    unit_check(wrong == NULL, "visitor %zu: %s: %s", i, wrong,
               unit_quote(received->bytes, received->len));
    char what[32];
    (void)snprintf(what, sizeof what, "visitor %zu", i);
    unit_same(what, "", 0, want, strlen(want), plain.bytes, plain.len);
    sink_reset(received);
    sink_free(&plain);
}

void visitor_ask(size_t i, const char *lines, const char *want)
{
    visitor_feed(i, lines);
    visitor_expect(i, want);
}
