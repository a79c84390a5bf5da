/* client/keys.c: see keys.h */
#include "keys.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "utf8.h"

enum { MARK = 6 }; /* bytes */

static const char paste_begins[] = "\033[200~", paste_ends[] = "\033[201~";

/* Do the bytes that are here begin with the mark, or could they once more have come? */
static bool mark_begins(const struct keys *keys, const char *mark, bool *whole)
{
    size_t have = keys->to - keys->from;
    *whole = have >= MARK;
    return memcmp(keys->bytes + keys->from, mark, *whole ? MARK : have) == 0;
}

/* One character of UTF-8; bytes that are none are passed over. */
static bool decode(struct keys *keys, wchar_t *c)
{
    while (keys->from < keys->to) {
        uint32_t code;
        size_t have = keys->to - keys->from;
        size_t used = utf8_decode(keys->bytes + keys->from, have, &code);
        if (used > 0) {
            keys->from += used;
            *c = (wchar_t)code;
            return true;
        }
        unsigned char first = (unsigned char)keys->bytes[keys->from];
        size_t want = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
        for (size_t i = 1; i < have && i < want; i++)
            if (((unsigned char)keys->bytes[keys->from + i] & 0xc0) != 0x80)
                want = i; /* this one belongs to the next character */
        if (have < want)
            return false;
        keys->from++;
    }
    return false;
}

/* Of pasted text: what it says. False: nothing. CR LF is one line end; libedit has the terminal
 * swap the two (INLCR, ICRNL), so it comes as LF CR. */
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
    return *c >= 0x20 && (*c < 0x7f || *c >= 0xa0);
}

bool keys_next(struct keys *keys, wchar_t *c)
{
    while (keys->from < keys->to) {
        bool whole;
        if (mark_begins(keys, keys->pasting ? paste_ends : paste_begins, &whole)) {
            if (!whole)
                return false;
            keys->from += MARK;
            keys->pasting = !keys->pasting;
            keys->line_end = L'\0';
            continue;
        }
        if (!decode(keys, c))
            return false;
        if (!keys->pasting || plain(keys, c))
            return true;
    }
    return false;
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
