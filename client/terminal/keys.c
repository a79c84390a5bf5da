/* client/terminal/keys.c: see keys.h */
#include "terminal/keys.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "terminal/keys_sequence.h"

enum { MARK = 6 }; /* bytes */

static const char paste_begins[] = "\033[200~", paste_ends[] = "\033[201~";

static const char *front(const struct keys *keys)
{
    return keys->bytes + keys->from;
}

static size_t have(const struct keys *keys)
{
    return keys->to - keys->from;
}

/* One character of UTF-8; bytes that are none are passed over. */
static bool decode(struct keys *keys, wchar_t *c)
{
    while (keys->from < keys->to) {
        uint32_t code;
        size_t used = utf8_decode(front(keys), have(keys), &code);
        if (used > 0) {
            keys->from += used;
            *c = (wchar_t)code;
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
static bool is_text(wchar_t c)
{
    return (c < 0x80 || c >= 0xa0) && c != 0xfeff;
}

/* ---- what is pasted ---- */

/* False: nothing. CR LF is one line end; libedit has the terminal swap the two (INLCR, ICRNL), so
 * it comes as LF CR. */
static bool plain(struct keys *keys, wchar_t *c)
{
    if (*c == L'\r' || *c == L'\n') {
        bool second = keys->line_end != L'\0' && keys->line_end != *c;
        keys->line_end = second ? L'\0' : *c;
        *c = L'\n';
        return !second;
    }
    keys->line_end = L'\0';
    if (*c == L'\t')
        *c = L' ';
    return *c >= 0x20 && *c != 0x7f && is_text(*c);
}

/* Takes all of it that is here, up to the mark at its end. */
static void gather(struct keys *keys)
{
    wchar_t c;
    keys->pasted.from = keys->pasted.to = 0;
    keys->pasted.offered = 0;
    while (keys->from < keys->to) {
        size_t some = have(keys) < MARK ? have(keys) : MARK;
        if (memcmp(front(keys), paste_ends, some) == 0) {
            keys->pasting = some < MARK;
            keys->from += keys->pasting ? 0 : MARK;
            return; /* or the rest of the mark has to come first */
        }
        if (!decode(keys, &c))
            return;
        if (plain(keys, &c))
            keys->pasted.text[keys->pasted.to++] = c;
    }
}

const wchar_t *keys_paste(struct keys *keys, size_t *len)
{
    const wchar_t *text = keys->pasted.text + keys->pasted.from;
    *len = keys->pasted.to - keys->pasted.from;
    keys->pasted.from = keys->pasted.to;
    return text;
}

static void offer(struct keys *keys, wchar_t *c)
{
    if (keys->pasted.offered++ < 2) {
        *c = KEYS_PASTED;
        return;
    }
    *c = keys->pasted.text[keys->pasted.from++];
    if (*c == L'\n')
        *c = L' ';
}

/* ---- keys ---- */

static bool begins_key(const struct keys *keys)
{
    return have(keys) > 0 && *front(keys) == '\033';
}

/* The eight-bit forms of CSI and the like, as UTF-8 has them: C2 9B is ESC [. */
static void to_seven_bits(struct keys *keys)
{
    char *bytes = keys->bytes + keys->from;
    if (have(keys) < 2 || (unsigned char)bytes[0] != 0xc2)
        return;
    char second = (char)((unsigned char)bytes[1] - 0x40);
    if (second != '\0' && strchr("[OP]X^_", second) != NULL) {
        bytes[0] = '\033';
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
static bool is_paste(const char *key, size_t len)
{
    return len >= MARK && memcmp(key + len - MARK, paste_begins, MARK) == 0;
}

/* Decides on the key that begins here; what is not for anybody is taken off. */
static void see_key(struct keys *keys)
{
    enum sequence kind;
    size_t len = sequence_length(front(keys), have(keys), &kind);
    if (kind == SEQUENCE_STRING) {
        if (keys->escape && have(keys) == 2)
            return; /* two keys of vi(1) look the same */
        keys->drop = KEYS_DROP_STRING;
    } else if (kind == SEQUENCE_PART && have(keys) >= SEQUENCE_MOST) {
        len = have(keys);
        keys->drop = KEYS_DROP_KEY;
    } else if (kind == SEQUENCE_WHOLE && is_paste(front(keys), len)) {
        keys->pasting = true;
        keys->line_end = L'\0';
    } else if (kind == SEQUENCE_SIMPLE ||
               (kind == SEQUENCE_WHOLE && keys->is_bound(keys->context, front(keys), len))) {
        keys->passing = len;
        return;
    }
    keys->from += len;
}

/* Returns whether there is a character. Where neither that nor any progress is made, more bytes are
 * needed. */
static bool step(struct keys *keys, wchar_t *c)
{
    if (keys->pasted.from < keys->pasted.to) {
        offer(keys, c);
        return true;
    }
    if (keys->passing > 0) {
        keys->passing--;
        *c = (wchar_t)(unsigned char)keys->bytes[keys->from++];
        return true;
    }
    if (keys->pasting) {
        gather(keys);
        return false;
    }
    to_seven_bits(keys);
    if (keys->drop != KEYS_KEEP)
        drop(keys);
    else if (begins_key(keys))
        see_key(keys);
    else
        return decode(keys, c) && is_text(*c);
    return false;
}

bool keys_next(struct keys *keys, wchar_t *c)
{
    size_t before;
    bool dropped, waited;
    do {
        before = keys->from;
        dropped = keys->drop != KEYS_KEEP;
        if (step(keys, c))
            return true;
        waited = keys->from == before && keys->passing == 0 && dropped == (keys->drop != KEYS_KEEP);
    } while (!waited);
    return false;
}

int keys_wait(const struct keys *keys)
{
    bool begun = keys->drop != KEYS_KEEP || (!keys->pasting && begins_key(keys));
    return !begun ? -1 : keys->escape ? KEYS_PAUSE_SHORT : KEYS_PAUSE;
}

void keys_pause(struct keys *keys)
{
    keys->drop = KEYS_KEEP;
    if (keys->pasting || !begins_key(keys))
        return;
    bool alone = have(keys) == 1 || (have(keys) == 2 && front(keys)[1] == '\033');
    if (alone || keys->escape)
        keys->passing = have(keys);
    else
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
    keys->from = keys->to = keys->passing = 0;
    keys->pasting = false;
    keys->line_end = L'\0';
    keys->drop = KEYS_KEEP;
    keys->pasted.from = keys->pasted.to = 0;
}
