/* fuzz_core_oracle.c: is what a client got what docs/protocol.md says about what it sent?
 *
 * Request by request: which reply may come, and is it the next frame. Events may stand between
 * frames, while the client is a member. If something depends on others (is the nick taken, is
 * there such a file), every answer that could be true is right.
 */
#include <string.h>

#include "fuzz_core_frames.h"

/* ---- bodies ---- */

/* Lines that are sorted by the bytes from `key` on; every line ends. */
static void sorted_check(const struct reading *r, bool listing)
{
    const char *at = r->body, *end = at + r->body_len, *last = NULL;
    size_t last_len = 0;
    bool own = false;
    while (at < end) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        fuzz_check(lf != NULL, "a body without a line end");
        const char *key = at;
        while (listing && key < lf && *key >= '0' && *key <= '9')
            key++;
        fuzz_check(!listing || (key > at && *key == ' '), "no entry: %s",
                   fuzz_quote(at, (size_t)(lf - at)));
        key += listing;
        size_t len = (size_t)(lf - key), both = len < last_len ? len : last_len;
        int order = last == NULL ? -1 : memcmp(last, key, both);
        fuzz_check(order < 0 || (order == 0 && last_len < len), "not sorted: %s",
                   fuzz_quote(r->body, r->body_len));
        fuzz_check(len > 0 && fuzz_printable(key, len) && (!listing || *key != '.'), "no name: %s",
                   fuzz_quote(key, len));
        own = own || (len == strlen(r->nick) && memcmp(key, r->nick, len) == 0);
        last = key;
        last_len = len;
        at = lf + 1;
    }
    fuzz_check(listing || own, "'%s' is not among %s", r->nick, fuzz_quote(r->body, r->body_len));
}

/* ---- requests ---- */

/* The server closes behind this: no frame follows, nor an event. */
static void closes(struct reading *r)
{
    r->over = true;
    r->member = false;
}

/* Instead of a reply: nothing, if the connection is gone; or why it will be closed. */
static bool is_last(struct reading *r, enum frame frame)
{
    bool told =
        frame == FRAME_ERR && r->may_be_told && (frame_says(r, "slow") || frame_says(r, "timeout"));
    if (!told && !(frame == FRAME_NONE && r->may_end))
        return false;
    closes(r);
    return true;
}

/* The code of the failure taken last, between spaces. */
static const char *word_of(const struct reading *r, char word[32])
{
    fuzz_check(r->code_len < 30, "a code of %zu bytes", r->code_len);
    word[0] = ' ';
    memcpy(word + 1, r->code, r->code_len);
    memcpy(word + 1 + r->code_len, " ", 2);
    return word;
}

/* One of these codes, or the reply that is due. */
static bool refused(const struct reading *r, enum frame frame, const char *codes)
{
    char word[32];
    if (frame != FRAME_ERR)
        return false;
    if (r->lacks && frame_says(r, "io"))
        return true;
    if (injection.expected && strstr(" io no-space too-large not-found ", word_of(r, word)) != NULL)
        return true;
    fuzz_check(strstr(codes, word_of(r, word)) != NULL, "refused with%s, not one of%s", word,
               codes);
    return true;
}

static void empty_check(const struct reading *r, enum frame frame)
{
    fuzz_check(frame == FRAME_OK && r->body_len == 0, "OK 0 is due");
}

static void enter_check(struct reading *r, enum frame frame, const struct request *request)
{
    if (refused(r, frame, r->member ? " in-chat " : " nick-taken "))
        return;
    fuzz_check(!r->member, "entered twice");
    empty_check(r, frame);
    r->member = true;
    memcpy(r->nick, request->arg, request->arg_len);
    r->nick[request->arg_len] = '\0';
}

/* S, W, X. A member that leaves receives no event behind that reply. */
static void member_check(struct reading *r, enum frame frame, char verb)
{
    if (refused(r, frame, r->member ? "" : " not-in-chat "))
        return;
    fuzz_check(r->member, "%c by a client that is not a member", verb);
    if (verb == 'W') {
        fuzz_check(frame == FRAME_OK, "a list is due");
        sorted_check(r, false);
        return;
    }
    empty_check(r, frame);
    if (verb == 'X') {
        r->member = false;
        r->nick[0] = '\0';
    }
}

/* Returns the bytes of the body that follow the request. */
static size_t put_check(struct reading *r, enum frame frame, uint64_t size, size_t left)
{
    if (refused(r, frame, " too-large no-space io "))
        return 0;
    fuzz_check(frame == FRAME_GO && size <= r->max_upload, "GO or ERR is due");
    if (size > left) /* the rest never came */
        return left;
    frame = frame_take(r);
    if (!is_last(r, frame) && !refused(r, frame, " no-space io "))
        empty_check(r, frame);
    return (size_t)size;
}

static void get_check(const struct reading *r, enum frame frame, const struct request *request)
{
    if (!refused(r, frame, request->verb == 'R' ? " not-found bad-range " : " not-found "))
        fuzz_check(frame == FRAME_OK && r->body_len <= 5000, "a file is due");
}

static void sum_check(const struct reading *r, enum frame frame)
{
    if (refused(r, frame, " not-found "))
        return;
    fuzz_check(frame == FRAME_OK && r->body_len == 65 && r->body[64] == '\n', "a sum is due");
    for (int i = 0; i < 64; i++)
        fuzz_check(memchr("0123456789abcdef", r->body[i], 16) != NULL, "no digit: %s",
                   fuzz_quote(r->body, 65));
}

/* Returns the bytes of the body that follow the request. */
static size_t request_check(struct reading *r, const char *line, size_t len, size_t left)
{
    struct request request;
    enum proto_code code = texts_parse(line, len, &request);
    enum frame frame = frame_take(r);
    if (is_last(r, frame))
        return 0;
    if (code != PROTO_OK) {
        fuzz_check(frame == FRAME_ERR && frame_says(r, proto_code_word(code)),
                   "%s is due for %s, not frame %d before %s", proto_code_word(code),
                   fuzz_quote(line, len), frame, fuzz_quote(r->out, (size_t)(r->end - r->out)));
        if (code == PROTO_BAD_REQUEST && texts_http(line, len)) {
            closes(r);
        }
        return 0;
    }
    switch (request.verb) {
    case 'L':
        if (refused(r, frame, " "))
            break;
        fuzz_check(frame == FRAME_OK, "a listing is due");
        sorted_check(r, true);
        break;
    case 'G':
    case 'R': get_check(r, frame, &request); break;
    case 'P': return put_check(r, frame, request.number, left);
    case 'H': sum_check(r, frame); break;
    case 'C': enter_check(r, frame, &request); break;
    case 'N': empty_check(r, frame); break;
    case 'Q':
        empty_check(r, frame);
        closes(r);
        break;
    default: member_check(r, frame, request.verb);
    }
    return 0;
}

void oracle_check(const struct world *world, const struct fuzz_speaker *speaker)
{
    const char *in = speaker->pending.bytes, *end = in + speaker->fed;
    struct reading r = {.out = speaker->out.bytes,
                        .end = speaker->out.bytes + speaker->out.len,
                        .may_end = speaker->cut,
                        .may_be_told = speaker->cut || world->way == WAY_WILD,
                        .lacks = world->lacks,
                        .max_upload = world->shared.store->max_upload};
    size_t greeting = sizeof "HELLO 1 test\n" - 1;
    if (speaker->out.len < greeting) {
        fuzz_check(speaker->cut, "no greeting");
        return;
    }
    fuzz_check(memcmp(r.out, "HELLO 1 test\n", greeting) == 0, "another greeting");
    r.out += greeting;
    while (in < end && !r.over) {
        size_t left = (size_t)(end - in), reach = left < PROTO_LINE_MAX ? left : PROTO_LINE_MAX;
        const char *lf = memchr(in, '\n', reach);
        if (lf == NULL && reach < PROTO_LINE_MAX)
            break; /* a line that never ended gets no answer */
        if (lf == NULL) {
            enum frame frame = frame_take(&r);
            fuzz_check(is_last(&r, frame) || (frame == FRAME_ERR && frame_says(&r, "too-long")),
                       "too-long is due");
            closes(&r);
            break;
        }
        size_t len = (size_t)(lf - in), cr = len > 0 && lf[-1] == '\r';
        left -= len + 1;
        in = lf + 1 + request_check(&r, in, len - cr, left);
    }
    enum frame frame = frame_take(&r); /* only events are left, or a last word */
    fuzz_check(frame == FRAME_NONE || (!r.over && is_last(&r, frame)), "a reply to nothing: %s",
               fuzz_quote(speaker->out.bytes, speaker->out.len));
}
