/* bench/clients/redis.c: the chat room of redis: the speaker does PUBLISH, the others SUBSCRIBE
 *
 * There is one speaker: a connection that has subscribed may not publish. The length of every reply
 * is known, and so are all of its bytes but the text of a message.
 */
#include <stdio.h>
#include <string.h>

#include "clients/clients.h"

static const struct {
    const char *before, *behind; /* the channel is between them; then a text, if its length is */
} parts[FRAMES] = {
    [FRAME_EVENT] = {"*3\r\n$7\r\nmessage\r\n", "$34\r\n"},
    [FRAME_ENTERED] = {"*3\r\n$9\r\nsubscribe\r\n", ":1\r\n"},
    [FRAME_SAY] = {"*3\r\n$7\r\nPUBLISH\r\n", "$34\r\n"},
    [FRAME_ENTER] = {"*2\r\n$9\r\nSUBSCRIBE\r\n", ""},
};
static_assert(CHAT_TEXT == 34, "see above");

/* The channel of this load is the nick without the member's number. */
void redis_prepare(struct load *load)
{
    char channel[48];
    (void)snprintf(channel, sizeof channel, "$%d\r\n%.*s\r\n", CHAT_NICK - 6, CHAT_NICK - 6,
                   load->prefix + 6); /* after "* SAY " */
    for (int i = 0; i < FRAMES; i++) {
        struct load_frame *frame = &load->frames[i];
        if (parts[i].before == NULL)
            continue;
        frame->known = (size_t)snprintf(frame->bytes, sizeof frame->bytes, "%s%s%s",
                                        parts[i].before, channel, parts[i].behind);
        frame->len = frame->known + (parts[i].behind[0] == '$' ? CHAT_TEXT + 2 : 0);
    }
    struct load_frame *said = &load->frames[FRAME_SAID];
    said->known = said->len =
        (size_t)snprintf(said->bytes, sizeof said->bytes, ":%u\r\n", load->spec->clients - 1);
    load->frames[FRAME_PONG] = (struct load_frame){7, 7, "+PONG\r\n"};
}

bool redis_enter(struct worker *w, struct client *c)
{
    const struct load_frame *enter = &w->load->frames[FRAME_ENTER];
    const char *ping = w->load->dialect->work[LOAD_PING].request;
    c->state = CLIENT_ENTERING;
    return c->number < w->load->speakers ? client_send(w, c, ping, strlen(ping))
                                         : client_send(w, c, enter->bytes, enter->len);
}

/* A message as our own servers send it. */
static bool event_take(struct worker *w, struct client *c, const char *text)
{
    char event[CHAT_EVENT];
    memcpy(event, w->load->prefix, w->load->prefix_len);
    memcpy(event + w->load->prefix_len, "000000 ", sizeof "000000 "); /* the only speaker */
    memcpy(event + CHAT_EVENT - CHAT_TEXT - 1, text, CHAT_TEXT);
    event[CHAT_EVENT - 1] = '\n';
    return memcmp(text + CHAT_TEXT, "\r\n", 2) == 0 && chat_take(w, c, event);
}

bool redis_receive(struct worker *w, struct client *c, const char *bytes, size_t n)
{
    while (n > 0) {
        bool entering = c->state == CLIENT_ENTERING, speaker = c->number < w->load->speakers;
        const struct load_frame *due = &w->load->frames[2 * entering + speaker]; /* FRAME_… */
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
        if (entering)
            chat_entered(w, c);
        else if (speaker && c->in_flight > 0)
            client_answered(w, c, 0);
        else if (speaker || !event_take(w, c, c->line + due->known))
            return reply_wrong(w, c, c->line, due->len);
    }
    return true;
}
