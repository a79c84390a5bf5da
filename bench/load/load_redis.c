/* bench/load/load_redis.c: the chat room of redis: the speaker does PUBLISH, the others SUBSCRIBE
 *
 * There is one speaker: a connection that has subscribed may not publish. The length of every reply
 * is known, and so are all of its bytes but the text of a message.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "load/load_private.h"

enum { CHANNEL = CHAT_NICK - 6 }; /* the nick without the member's number */

/* The channel of this load. */
static const char *channel(const struct load *load)
{
    return load->prefix + 6; /* after "* SAY " */
}

static bool is_speaker(const struct worker *w, const struct client *c)
{
    return c->number < w->load->speakers;
}

/* text: bytes that follow, and are not known. */
static void __attribute__((format(printf, 3, 4)))
frame_make(struct load_frame *frame, size_t text, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    frame->known = (size_t)vsnprintf(frame->bytes, sizeof frame->bytes, format, values);
    va_end(values);
    frame->len = frame->known + text;
}

void redis_prepare(struct load *load)
{
    const char *name = channel(load);
    struct load_frame *frames = load->frames;
    frame_make(&load->say, CHAT_TEXT + 2, "*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%s\r\n$%d\r\n", CHANNEL,
               name, CHAT_TEXT);
    frame_make(&frames[FRAME_ENTERED], 0, "*3\r\n$9\r\nsubscribe\r\n$%d\r\n%s\r\n:1\r\n", CHANNEL,
               name);
    frame_make(&frames[FRAME_EVENT], CHAT_TEXT + 2, "*3\r\n$7\r\nmessage\r\n$%d\r\n%s\r\n$%d\r\n",
               CHANNEL, name, CHAT_TEXT);
    frame_make(&frames[FRAME_PONG], 0, "+PONG\r\n");
    frame_make(&frames[FRAME_SAID], 0, ":%u\r\n", load->spec->clients - 1);
}

bool redis_enter(struct worker *w, struct client *c)
{
    char request[80];
    int n = is_speaker(w, c)
                ? snprintf(request, sizeof request, "*1\r\n$4\r\nPING\r\n")
                : snprintf(request, sizeof request, "*2\r\n$9\r\nSUBSCRIBE\r\n$%d\r\n%s\r\n",
                           CHANNEL, channel(w->load));
    c->state = CLIENT_ENTERING;
    return client_send(w, c, request, (size_t)n);
}

/* A message as our own servers send it. */
static bool event_take(struct worker *w, struct client *c, const char *text)
{
    char event[CHAT_EVENT];
    memcpy(event, w->load->prefix, w->load->prefix_len);
    memcpy(event + w->load->prefix_len, "000000 ", 7);
    memcpy(event + CHAT_EVENT - CHAT_TEXT - 1, text, CHAT_TEXT);
    event[CHAT_EVENT - 1] = '\n';
    return memcmp(text + CHAT_TEXT, "\r\n", 2) == 0 && chat_take(w, c, event);
}

/* A whole frame, in c->line. */
static bool frame_take(struct worker *w, struct client *c, const struct load_frame *frame)
{
    bool ok = true;
    if (c->state == CLIENT_ENTERING)
        chat_entered(w, c);
    else if (!is_speaker(w, c))
        ok = event_take(w, c, c->line + frame->known);
    else if (c->in_flight > 0)
        client_answered(w, c, 0);
    else
        ok = false;
    return ok || reply_wrong(w, c, c->line, frame->len);
}

bool redis_receive(struct worker *w, struct client *c, const char *bytes, size_t n)
{
    while (n > 0) {
        bool entering = c->state == CLIENT_ENTERING, speaker = is_speaker(w, c);
        const struct load_frame *due =
            &w->load->frames[2 * entering + speaker]; /* see enum load_frames */
        size_t part = due->len - c->line_len < n ? due->len - c->line_len : n;
        memcpy(c->line + c->line_len, bytes, part);
        c->line_len += (unsigned int)part;
        bytes += part;
        n -= part;
        size_t known = c->line_len < due->known ? c->line_len : due->known;
        if (memcmp(c->line, due->bytes, known) != 0)
            return reply_wrong(w, c, c->line, c->line_len);
        if (c->line_len < due->len)
            return true;
        c->line_len = 0;
        if (!frame_take(w, c, due))
            return false;
    }
    return true;
}
