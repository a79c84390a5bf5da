/* client/terminal/keys.c: see keys.h */
#include "terminal/keys.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"

enum { BEL = 0x07, CAN = 0x18, SUB = 0x1a, ESC = 0x1b };

static const char paste_begins[] = "[200~", paste_ends[] = "\033[201~";
enum { MARK = sizeof paste_ends - 1 };

/* After the ESC. Terminals and their modes differ in what they send for Home and End. */
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

static bool within(char c, unsigned char from, unsigned char to)
{
    return (unsigned char)c >= from && (unsigned char)c <= to;
}

/* The eight-bit forms of CSI and the like, as UTF-8 has them: C2 9B is ESC [. */
static bool from_eight_bits(struct keys *keys)
{
    char *bytes = keys->bytes + keys->from;
    if (have(keys) < 2 || (unsigned char)bytes[0] != 0xc2)
        return false;
    char second = (char)((unsigned char)bytes[1] - 0x40);
    if (second == '\0' || strchr("[OP]X^_", second) == NULL)
        return false;
    bytes[1] = second;
    return true;
}

static bool ground(struct keys *keys, struct key *key)
{
    if (keys->escape) {
        keys->escape = false;
        key->code = ESC;
        return true;
    }
    if (have(keys) == 0 || (*front(keys) != ESC && !from_eight_bits(keys)))
        return decode(keys, &key->code) && is_text(key->code);
    keys->from++;
    keys->state = KEYS_ESC;
    keys->alt = false;
    keys->length = 0;
    return false;
}

static void collect(struct keys *keys, char c)
{
    if (keys->length < sizeof keys->sequence)
        keys->sequence[keys->length++] = c;
}

static bool is_sequence(const struct keys *keys, const char *bytes)
{
    return strlen(bytes) == keys->length && memcmp(bytes, keys->sequence, keys->length) == 0;
}

/* What the sequence is, all of which has come. Returns whether it is a key. */
static bool sequence_end(struct keys *keys, struct key *key)
{
    keys->state = KEYS_GROUND;
    if (is_sequence(keys, paste_begins)) {
        keys->pasting = true;
        keys->after_cr = false;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0] && !keys->alt; i++)
        if (is_sequence(keys, known[i].bytes)) {
            key->code = known[i].code;
            return true;
        }
    return false;
}

static bool after_esc(struct keys *keys, struct key *key, char c)
{
    if (c == ESC) {
        keys->alt = true;
        return false;
    }
    keys->state = KEYS_GROUND;
    if (c == '[' || c == 'O') {
        keys->state = KEYS_CSI;
        collect(keys, c);
        return false;
    }
    if (c != '\0' && strchr("P]X^_", c) != NULL) { /* DCS, OSC, SOS, PM, APC */
        keys->state = KEYS_STRING;
        keys->alt = false;
        return false;
    }
    bool alone = keys->alt || within(c, 0x80, 0xff);
    keys->from -= alone;
    key->code = alone ? ESC : KEY_ALT | (unsigned char)c;
    return true;
}

static bool in_csi(struct keys *keys, struct key *key, char c)
{
    bool first = keys->length == 1 && keys->sequence[0] == '[';
    if (first && (c == '[' || c == 'M')) {
        keys->state = KEYS_FIXED;
        keys->left = c == '[' ? 1 : 3;
        return false;
    }
    if (within(c, 0x20, 0x7e))
        collect(keys, c);
    else
        keys->from--;
    if (within(c, 0x20, 0x3f))
        return false;
    keys->state = KEYS_GROUND;
    return within(c, 0x40, 0x7e) && sequence_end(keys, key);
}

/* Returns whether there is a key. */
static bool take_byte(struct keys *keys, struct key *key)
{
    char c = keys->bytes[keys->from++];
    bool control = within(c, 0x00, 0x1f);
    switch (keys->state) {
    case KEYS_ESC: return after_esc(keys, key, c);
    case KEYS_CSI: return in_csi(keys, key, c);
    case KEYS_FIXED:
        keys->from -= control;
        if (control || --keys->left == 0)
            keys->state = KEYS_GROUND;
        break;
    case KEYS_STRING:
        if (control)
            keys->state = c == ESC ? KEYS_STRING_ESC : KEYS_GROUND;
        if (control && c != ESC && c != BEL && c != CAN && c != SUB)
            keys->from--;
        break;
    case KEYS_STRING_ESC: /* its end, or a key */
        keys->state = c == '\\' ? KEYS_GROUND : KEYS_ESC;
        keys->from -= c != '\\';
        break;
    case KEYS_GROUND: break;
    }
    return false;
}

bool keys_next(struct keys *keys, struct key *key)
{
    for (;;) {
        size_t from = keys->from;
        enum keys_state state = keys->state;
        bool found;
        *key = (struct key){0};
        if (keys->pasting)
            found = paste_next(keys, key);
        else if (keys->state == KEYS_GROUND)
            found = ground(keys, key);
        else
            found = from < keys->to && take_byte(keys, key);
        if (found || (keys->from == from && keys->state == state))
            return found;
    }
}

int keys_wait(const struct keys *keys)
{
    return keys->state == KEYS_GROUND ? -1 : KEYS_PAUSE;
}

void keys_pause(struct keys *keys)
{
    keys->escape = keys->state == KEYS_ESC || keys->state == KEYS_STRING_ESC;
    keys->state = KEYS_GROUND;
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
