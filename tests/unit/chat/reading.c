/* reading.c: see reading.h */
#include "reading.h"

#include <stdio.h>
#include <string.h>

struct log_reading reading;

void reading_begin(void)
{
    reading = (struct log_reading){.script = "", .room = ring_new(MEMBERS, BACKLOG, NULL)};
    reading.other = ring_enter(reading.room, "aa");
    reading.reader = ring_enter(reading.room, "a");
}

void reading_end(void)
{
    room_free(reading.room);
    sink_free(&reading.want);
    sink_free(&reading.got);
}

void reading_event(const char *begin, const char *text)
{
    sink_add(&reading.want, begin, strlen(begin));
    sink_add(&reading.want, text, strlen(text));
    sink_add(&reading.want, "\n", 1);
}

/* ---- the model ---- */

size_t reading_left(void)
{
    return reading.want.len - reading.got.len;
}

static bool in_event(void)
{
    return reading.got.len > 0 && reading.got.bytes[reading.got.len - 1] != '\n';
}

/* Up to the end of the event that has begun. */
static size_t rest(void)
{
    const char *at = reading.want.bytes + reading.got.len, *lf = memchr(at, '\n', reading_left());
    return (size_t)(lf + 1 - at);
}

static size_t peek_sum(bool only_rest, int most)
{
    struct iovec vec[16];
    size_t sum = 0;
    int count = room_peek(reading.room, reading.reader, only_rest, vec, most);
    unit_check(count >= 0 && count <= most, "%s: %d pieces", reading.script, count);
    for (int i = 0; i < count; i++) {
        size_t len = vec[i].iov_len, at = reading.got.len + sum;
        unit_check(len > 0 && at + len <= reading.want.len &&
                       memcmp(vec[i].iov_base, reading.want.bytes + at, len) == 0,
                   "%s: piece %d of %d at byte %zu: %s, expected %s", reading.script, i, count, at,
                   unit_quote(vec[i].iov_base, len),
                   unit_quote(reading.want.bytes + at, reading.want.len - at));
        sum += len;
    }
    return sum;
}

void reading_check(void)
{
    char bytes[PROTO_EVENT_MAX];
    unit_check(room_in_event(reading.reader) == in_event(),
               "%s: %zu bytes were sent, in an event: %d", reading.script, reading.got.len,
               room_in_event(reading.reader));
    unit_check((room_unread(reading.room, reading.reader) == 0) == (reading_left() == 0),
               "%s: %zu bytes are left, and %zu are not read", reading.script, reading_left(),
               room_unread(reading.room, reading.reader));
    unit_check(peek_sum(false, 16) == reading_left(), "%s: not all can be sent", reading.script);
    unit_check((peek_sum(false, 1) > 0) == (reading_left() > 0), "%s: no first piece",
               reading.script);
    size_t len = room_event_rest(reading.room, reading.reader, bytes);
    unit_check(len == (in_event() ? rest() : 0), "%s: %zu bytes of an event are left",
               reading.script, len);
    if (in_event())
        unit_check(peek_sum(true, 16) == len &&
                       memcmp(bytes, reading.want.bytes + reading.got.len, len) == 0,
                   "%s: the rest of the event: %s", reading.script, unit_quote(bytes, len));
}

void reading_send(size_t len)
{
    if (len == 0)
        return;
    sink_add(&reading.got, reading.want.bytes + reading.got.len, len);
    room_sent(reading.room, reading.reader, len);
}

void reading_letter(char letter)
{
    char text[32];
    int n = snprintf(text, sizeof text, "a %u", reading.said++);
    switch (letter) {
    case 'o': room_say(reading.room, reading.reader, text, (size_t)n); break;
    case 'x':
        room_say(reading.room, reading.other, text, (size_t)n);
        reading_event("* SAY aa ", text);
        break;
    case 'A':
        room_announce(reading.room, text, (size_t)n);
        reading_event("* ADMIN ", text);
        break;
    case 'j': {
        struct member *visitor = ring_enter(reading.room, "ab");
        ring_leave(reading.room, visitor);
        reading_event("* JOIN ab\n* LEAVE ", "ab");
        break;
    }
    case '1': reading_send(reading_left() > 0 ? 1 : 0); break;
    case '-': reading_send(reading_left() > 0 ? reading_left() - 1 : 0); break;
    default: reading_send(reading_left()); break; /* '!' */
    }
}

void reading_letters(const char *letters)
{
    for (; *letters != '\0'; letters++)
        reading_letter(*letters);
}

void reading_script(const char *script)
{
    reading.script = script;
    reading.said = 0;
    sink_reset(&reading.want);
    sink_reset(&reading.got);
}
