/* fuzz_core_frames.c: see fuzz_core_frames.h */
#include "fuzz_core_frames.h"

#include <inttypes.h>
#include <string.h>

bool frame_says(const struct reading *r, const char *word)
{
    return r->code_len == strlen(word) && memcmp(r->code, word, r->code_len) == 0;
}

static bool begins(const char *line, size_t len, const char *with)
{
    size_t n = strlen(with);
    return len >= n && memcmp(line, with, n) == 0;
}

/* A nick is valid if texts_parse accepts it; it can't be the client's own. */
static bool nick_ok(const struct reading *r, const char *nick, size_t len)
{
    char line[2 + PROTO_NICK_MAX] = "C ";
    struct request request;
    if (len == 0 || len > PROTO_NICK_MAX)
        return false;
    memcpy(line + 2, nick, len);
    bool own = len == strlen(r->nick) && memcmp(nick, r->nick, len) == 0;
    return !own && texts_parse(line, len + 2, &request) == PROTO_OK;
}

static bool text_ok(const char *text, size_t len)
{
    return len > 0 && len <= PROTO_TEXT_MAX && fuzz_printable(text, len);
}

static void event_check(const struct reading *r, const char *line, size_t len)
{
    const char *space = len > 6 ? memchr(line + 6, ' ', len - 6) : NULL;
    bool ok = false;
    if (begins(line, len, "* JOIN "))
        ok = nick_ok(r, line + 7, len - 7);
    else if (begins(line, len, "* LEAVE "))
        ok = nick_ok(r, line + 8, len - 8);
    else if (begins(line, len, "* ADMIN "))
        ok = text_ok(line + 8, len - 8);
    else if (begins(line, len, "* SAY ") && space != NULL)
        ok = nick_ok(r, line + 6, (size_t)(space - line) - 6) &&
             text_ok(space + 1, (size_t)(line + len - space) - 1);
    fuzz_check(ok, "no event: %s", fuzz_quote(line, len));
    fuzz_check(r->member, "an event for a client that is not a member: %s", fuzz_quote(line, len));
}

static enum frame error_take(struct reading *r, const char *line, size_t len)
{
    const char *space = memchr(line + 4, ' ', len - 4);
    fuzz_check(space != NULL && space + 1 < line + len && fuzz_printable(line, len),
               "no failure: %s", fuzz_quote(line, len));
    r->code = line + 4;
    r->code_len = (size_t)(space - r->code);
    bool known = false;
    for (int code = PROTO_OK + 1; code < PROTO_CODES; code++)
        known = known || frame_says(r, proto_code_word((enum proto_code)code));
    fuzz_check(known, "no code: %s", fuzz_quote(line, len));
    return FRAME_ERR;
}

/* "OK <n>", and its body. FRAME_NONE: it was not all received. */
static enum frame success_take(struct reading *r, const char *line, size_t len)
{
    bool digits = len > 3 && len <= 3 + 19 && (line[3] != '0' || len == 4);
    r->body_len = 0;
    for (size_t i = 3; i < len; i++) {
        digits = digits && line[i] >= '0' && line[i] <= '9';
        r->body_len = r->body_len * 10 + (uint64_t)(line[i] - '0');
    }
    fuzz_check(digits, "no success: %s", fuzz_quote(line, len));
    uint64_t left = (uint64_t)(r->end - r->out);
    fuzz_check(r->body_len <= left || r->may_end, "%" PRIu64 " of %" PRIu64 " bytes of a body",
               left, r->body_len);
    r->body = r->out;
    r->out += r->body_len < left ? r->body_len : left;
    return r->body_len <= left ? FRAME_OK : FRAME_NONE;
}

enum frame frame_take(struct reading *r)
{
    while (r->out < r->end) {
        const char *line = r->out, *lf = memchr(line, '\n', (size_t)(r->end - line));
        fuzz_check(lf != NULL || r->may_end, "a line without its end: %s",
                   fuzz_quote(line, (size_t)(r->end - line)));
        r->out = lf != NULL ? lf + 1 : r->end;
        if (lf == NULL)
            return FRAME_NONE;
        size_t len = (size_t)(lf - line);
        if (begins(line, len, "OK "))
            return success_take(r, line, len);
        if (begins(line, len, "ERR "))
            return error_take(r, line, len);
        if (len == 2 && begins(line, len, "GO"))
            return FRAME_GO;
        event_check(r, line, len);
    }
    return FRAME_NONE;
}

void frames_split(const struct fuzz_text *out, struct fuzz_text *replies, struct fuzz_text *events)
{
    const char *at = out->bytes, *end = at + out->len;
    while (at < end) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        size_t left = (size_t)(end - at), len = lf == NULL ? left : (size_t)(lf + 1 - at), body = 0;
        for (const char *p = at + 3; begins(at, len, "OK ") && p < at + len && *p != '\n'; p++)
            body = body * 10 + (size_t)(*p - '0');
        if (body > 0)
            len = body < left - len ? len + body : left;
        fuzz_text_add(begins(at, len, "* ") ? events : replies, at, len);
        at += len;
    }
}
