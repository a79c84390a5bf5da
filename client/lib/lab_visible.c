/* client/lib/lab_visible.c: texts of other people, made fit for a terminal: see lab.h */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "lab.h"

/* Characters that make a text read other than it is written, or that stand for nothing:
 * embeddings, overrides and isolates of direction, line separators, controls of old formats and
 * annotations, the byte order mark, tags; and blanks, and a hyphen, about whose width terminals
 * do not agree. Not those that writing needs: joiners and their absence, U+200C and U+200D, in
 * Persian, Hindi and emoji; U+200B between words of Khmer; U+200E, U+200F and U+061C in lines of
 * two directions. */
static const struct {
    uint32_t from, to;
} hidden[] = {
    {0x00ad, 0x00ad}, {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x2028, 0x202e},
    {0x2066, 0x206f}, {0x3164, 0x3164},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff9, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe007f},
};

static bool hides(uint32_t code)
{
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
        if (code >= hidden[i].from && code <= hidden[i].to)
            return true;
    return false;
}

static bool controls(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f);
}

static bool is_tag(uint32_t code)
{
    return code >= 0xe0020 && code <= 0xe007f;
}

/* A black flag and the tags after it are the flag of a region, as of Wales. */
static bool in_flag(uint32_t code, bool in_flag_before)
{
    return code == 0x1f3f4 || (in_flag_before && is_tag(code));
}

/* Writes what stands for the character at bytes to out, and its length to *n. Returns how many
 * bytes it was. */
static size_t visible_one(char out[12], size_t *n, const char *bytes, size_t len, bool *flag)
{
    uint32_t code;
    size_t used = utf8_decode(bytes, len, &code);
    if (used == 0) {
        *n = (size_t)snprintf(out, 12, "\\x%02x", (unsigned int)(unsigned char)bytes[0]);
        *flag = false;
        return 1;
    }
    *flag = in_flag(code, *flag);
    if (controls(code)) {
        *n = 0;
        for (size_t i = 0; i < used; i++)
            *n += (size_t)snprintf(out + *n, 12 - *n, "\\x%02x",
                                   (unsigned int)(unsigned char)bytes[i]);
    } else if (hides(code) && !*flag) {
        *n = (size_t)snprintf(out, 12, "<U+%04X>", code);
    } else {
        memcpy(out, bytes, used);
        *n = used;
    }
    return used;
}

const char *lab_visible(char *to, size_t size, const char *bytes, size_t len)
{
    size_t at = 0;
    bool flag = false;
    while (len > 0) {
        char out[12];
        size_t n;
        size_t used = visible_one(out, &n, bytes, len, &flag);
        if (n >= size - at)
            break;
        memcpy(to + at, out, n);
        at += n;
        bytes += used;
        len -= used;
    }
    to[at] = '\0';
    return to;
}
