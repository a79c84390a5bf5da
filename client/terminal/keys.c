/* client/terminal/keys.c: see keys.h */
#include "terminal/keys.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "terminal/keys_sequence.h"

enum { MARK = 6, ESC = 0x1b }; /* MARK: bytes */

static const char paste_begins[] = "\033[200~", paste_ends[] = "\033[201~";

/* Behind the ESC. Terminals and their modes differ in what they send for Home and End. */
static const struct {
    const char *bytes;
    uint32_t code;
} known[] = {
    {"[A", KEY_UP},      {"[B", KEY_DOWN},          {"[C", KEY_RIGHT},        {"[D", KEY_LEFT},
    {"OA", KEY_UP},      {"OB", KEY_DOWN},          {"OC", KEY_RIGHT},        {"OD", KEY_LEFT},
    {"[H", KEY_HOME},    {"[F", KEY_END},           {"OH", KEY_HOME},         {"OF", KEY_END},
    {"[1~", KEY_HOME},   {"[4~", KEY_END},          {"[7~", KEY_HOME},        {"[8~", KEY_END},
    {"[3~", KEY_DELETE}, {"[1;5C", KEY_WORD_RIGHT}, {"[1;5D", KEY_WORD_LEFT},
};

static const char *front(const struct keys *keys)
{
    return keys->bytes + keys->from;
}

static size_t have(const struct keys *keys)
{
    return keys->to - keys->from;
}

/* One character of UTF-8; bytes that are none are passed over. */
static bool decode(struct keys *keys, uint32_t *c)
{
    while (keys->from < keys->to) {
        size_t used = utf8_decode(front(keys), have(keys), c);
        if (used > 0) {
            keys->from += used;
            return true;
        }
        unsigned char first = (unsigned char)*front(keys);
        size_t want = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
        for (size_t i = 1; i < have(keys) && i < want; i++)
            if (((unsigned char)front(keys)[i] & 0xc0) != 0x80)
                want = i; /* this one belongs to the next character */
        if (have(keys) < want)
            return false;
        keys->from++;
    }
    return false;
}

/* Nobody types these: controls of C1, and the byte order mark at the beginning of a file. */
static bool is_text(uint32_t c)
{
    return (c < 0x80 || c >= 0xa0) && c != 0xfeff;
}

/* ---- what is pasted ---- */

/* False: nothing. CR LF is one line end. */
static bool to_plain(struct keys *keys, uint32_t *c)
{
    bool second = keys->after_cr && *c == '\n';
    keys->after_cr = *c == '\r';
    if (*c == '\r' || *c == '\n') {
        *c = '\n';
        return !second;
    }
    if (*c == '\t')
        *c = ' ';
    return *c >= 0x20 && *c != 0x7f && is_text(*c);
}

static bool paste_next(struct keys *keys, struct key *key)
{
    size_t some = have(keys) < MARK ? have(keys) : MARK;
    if (some > 0 && memcmp(front(keys), paste_ends, some) == 0) {
        keys->pasting = some < MARK; /* the rest of the mark has to come */
        keys->from += keys->pasting ? 0 : MARK;
        return false;
    }
    key->pasted = true;
    return decode(keys, &key->code) && to_plain(keys, &key->code);
}

/* ---- keys ---- */

static bool begins_key(const struct keys *keys)
{
    return have(keys) > 0 && *front(keys) == ESC;
}

/* The eight-bit forms of CSI and the like, as UTF-8 has them: C2 9B is ESC [. */
static void to_seven_bits(struct keys *keys)
{
    char *bytes = keys->bytes + keys->from;
    if (have(keys) < 2 || (unsigned char)bytes[0] != 0xc2)
        return;
    char second = (char)((unsigned char)bytes[1] - 0x40);
    if (second != '\0' && strchr("[OP]X^_", second) != NULL) {
        bytes[0] = ESC;
        bytes[1] = second;
    }
}

/* Drops what belongs to a key or a string that was too long to be kept. */
static void drop(struct keys *keys)
{
    bool ended;
    keys->from += keys->drop == KEYS_DROP_STRING
                      ? sequence_string(front(keys), have(keys), &ended)
                      : sequence_parameters(front(keys), have(keys), &ended);
    if (ended)
        keys->drop = KEYS_KEEP;
}

/* An ESC may stand before it, which somebody has pressed. */
static bool is_paste(const char *bytes, size_t len)
{
    return len >= MARK && memcmp(bytes + len - MARK, paste_begins, MARK) == 0;
}

static bool look_up(const char *bytes, size_t len, uint32_t *code)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].bytes) == len - 1 && memcmp(known[i].bytes, bytes + 1, len - 1) == 0) {
            *code = known[i].code;
            return true;
        }
    return false;
}

/* Takes the sequence that begins here, if all of it is here. Returns whether it is a key. */
static bool sequence_next(struct keys *keys, struct key *key)
{
    enum sequence kind;
    const char *bytes = front(keys);
    size_t len = sequence_length(bytes, have(keys), &kind);
    if (kind == SEQUENCE_STRING) {
        keys->drop = KEYS_DROP_STRING;
    } else if (kind == SEQUENCE_PART && have(keys) >= SEQUENCE_MOST) {
        len = have(keys);
        keys->drop = KEYS_DROP_KEY;
    }
    keys->from += len;
    if (kind == SEQUENCE_WHOLE && is_paste(bytes, len)) {
        keys->pasting = true;
        keys->after_cr = false;
    }
    if (kind == SEQUENCE_SIMPLE) {
        key->code = len == 1 ? ESC : KEY_ALT | (unsigned char)bytes[1];
        return true;
    }
    return kind == SEQUENCE_WHOLE && look_up(bytes, len, &key->code);
}

/* Returns whether there is a key. If neither that nor any progress is made, more bytes are
 * needed. */
static bool step(struct keys *keys, struct key *key)
{
    if (keys->pasting)
        return paste_next(keys, key);
    if (keys->escape) {
        keys->escape = false;
        key->code = ESC;
        return true;
    }
    to_seven_bits(keys);
    if (keys->drop != KEYS_KEEP)
        drop(keys);
    else if (begins_key(keys))
        return sequence_next(keys, key);
    else
        return decode(keys, &key->code) && is_text(key->code);
    return false;
}

bool keys_next(struct keys *keys, struct key *key)
{
    size_t before;
    bool dropped, waits;
    do {
        *key = (struct key){0};
        before = keys->from;
        dropped = keys->drop != KEYS_KEEP;
        if (step(keys, key))
            return true;
        waits = keys->from == before && dropped == (keys->drop != KEYS_KEEP);
    } while (!waits);
    return false;
}

int keys_wait(const struct keys *keys)
{
    bool begun = keys->drop != KEYS_KEEP || (!keys->pasting && begins_key(keys));
    return begun ? KEYS_PAUSE : -1;
}

void keys_pause(struct keys *keys)
{
    keys->drop = KEYS_KEEP;
    if (keys->pasting || !begins_key(keys))
        return;
    keys->escape = have(keys) == 1 || (have(keys) == 2 && front(keys)[1] == ESC);
    keys->from = keys->to;
}

bool keys_read(struct keys *keys, int fd)
{
    memmove(keys->bytes, keys->bytes + keys->from, keys->to - keys->from);
    keys->to -= keys->from;
    keys->from = 0;
    ssize_t got = read(fd, keys->bytes + keys->to, sizeof keys->bytes - keys->to);
    if (got < 0)
        return errno == EINTR || errno == EAGAIN;
    keys->to += (size_t)got;
    return got > 0;
}

void keys_drop(struct keys *keys)
{
    *keys = (struct keys){0};
}
