/* sink.c: see sink.h */
#include "sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protocol/proto.h"
#include "unit.h"

void sink_add(struct sink *sink, const char *bytes, size_t len)
{
    if (sink->len + len > sink->room) {
        size_t room = (sink->len + len) * 2;
        char *more = realloc(sink->bytes, room);
        unit_check(more != NULL, "out of memory");
        sink->bytes = more;
        sink->room = room;
    }
    if (len > 0)
        memcpy(sink->bytes + sink->len, bytes, len);
    sink->len += len;
}

void sink_reset(struct sink *sink)
{
    sink->len = 0;
}

void sink_free(struct sink *sink)
{
    free(sink->bytes);
    *sink = (struct sink){0};
}

static size_t take_file(struct sink *sink, const struct outbox_chunk *chunk, size_t max)
{
    char bytes[4096];
    size_t len = chunk->left < max ? (size_t)chunk->left : max;
    if (len > sizeof bytes)
        len = sizeof bytes;
    ssize_t n = pread(chunk->file, bytes, len, chunk->offset);
    unit_check(n > 0, "pread of a file range: %s", n == 0 ? "at its end" : strerror(errno));
    sink_add(sink, bytes, (size_t)n);
    return (size_t)n;
}

size_t sink_take(struct sink *sink, struct outbox *out, size_t max)
{
    struct outbox_chunk chunk;
    size_t sent = 0;
    outbox_peek(out, &chunk);
    if (chunk.count == 0 && chunk.file >= 0)
        sent = take_file(sink, &chunk, max);
    for (int i = 0; i < chunk.count && sent < max; i++) {
        size_t part = chunk.vec[i].iov_len < max - sent ? chunk.vec[i].iov_len : max - sent;
        sink_add(sink, chunk.vec[i].iov_base, part);
        sent += part;
    }
    outbox_sent(out, sent);
    return sent;
}

void sink_take_all(struct sink *sink, struct outbox *out, size_t max)
{
    while (!outbox_empty(out))
        unit_check(sink_take(sink, out, max) > 0,
                   "an outbox that is not empty has nothing to send");
}

static bool starts(const char *line, size_t len, const char *with)
{
    size_t n = strlen(with);
    return len >= n && memcmp(line, with, n) == 0;
}

static const char *strict_error(const char *line, size_t len, struct sink *plain)
{
    const char *word = line + 4, *space = memchr(word, ' ', len - 4);
    if (space == NULL || space == word || space == line + len - 1)
        return "an ERR without a code and a text";
    bool known = false;
    for (int code = PROTO_OK + 1; code < PROTO_CODES; code++) {
        const char *one = proto_code_word((enum proto_code)code);
        if (strlen(one) == (size_t)(space - word) && memcmp(one, word, strlen(one)) == 0)
            known = true;
    }
    sink_add(plain, line, (size_t)(space - line));
    sink_add(plain, "\n", 1);
    return known ? NULL : "an ERR with a code nobody knows";
}

/* *rest: what stands behind the line; a body is taken from there. */
static const char *strict_line(const char *line, size_t len, size_t *rest, struct sink *plain)
{
    if (starts(line, len, "ERR "))
        return strict_error(line, len, plain);
    uint64_t body = 0;
    bool ok = starts(line, len, "OK ");
    if (ok && !proto_number(line + 3, len - 3, &body))
        return "an OK without a number";
    if (!ok && !starts(line, len, "* ") && !starts(line, len, "HELLO ") &&
        !(len == 2 && starts(line, len, "GO")))
        return "a line that is no frame";
    if (body > *rest)
        return "a body that is shorter than promised";
    *rest = (size_t)body;
    sink_add(plain, line, len + 1 + (size_t)body);
    return NULL;
}

const char *sink_strict(const struct sink *raw, struct sink *plain)
{
    sink_reset(plain);
    for (size_t at = 0; at < raw->len;) {
        const char *line = raw->bytes + at;
        const char *lf = memchr(line, '\n', raw->len - at);
        if (lf == NULL)
            return "a line without its end";
        size_t len = (size_t)(lf - line), rest = raw->len - at - len - 1;
        size_t body = rest;
        const char *wrong = strict_line(line, len, &body, plain);
        if (wrong != NULL)
            return wrong;
        at += len + 1 + (starts(line, len, "OK ") ? body : 0);
    }
    return NULL;
}

/* The next word of that many letters, in their order; false after the last. */
static bool word_next(char *word, size_t len, const char *letters)
{
    for (size_t i = len; i-- > 0;) {
        const char *at = strchr(letters, word[i]);
        if (at[1] != '\0') {
            word[i] = at[1];
            return true;
        }
        word[i] = letters[0];
    }
    return false;
}

void every_word(const char *letters, size_t most, void (*run)(const char *word))
{
    for (size_t len = 1; len <= most; len++) {
        char word[12] = {0};
        memset(word, letters[0], len);
        do
            run(word);
        while (word_next(word, len, letters));
    }
}
