/* client/lab_visible.c: texts of other people, made fit for a terminal: see lab.h */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lab.h"
#include "utf8.h"

/* Characters one can't see, or that change how others are read: soft hyphen and fillers, marks and
 * overrides of direction, joiners, line separators, annotations, tags. */
static const struct {
    uint32_t from, to;
} hidden[] = {
    {0x00ad, 0x00ad}, {0x034f, 0x034f},   {0x061c, 0x061c},   {0x115f, 0x1160},
    {0x17b4, 0x17b5}, {0x180e, 0x180e},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f}, {0x3164, 0x3164},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
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

/* The blocks of emoji, and the selector that asks for their colourful form. */
static bool is_emoji(uint32_t code)
{
    return (code >= 0x1f000 && code <= 0x1faff) || (code >= 0x2190 && code <= 0x2bff) ||
           code == 0xfe0f;
}

/* Does the joiner at bytes join two emoji? */
static bool joins(uint32_t before, const char *bytes, size_t len)
{
    uint32_t after;
    return is_emoji(before) && len > 3 && utf8_decode(bytes + 3, len - 3, &after) > 0 &&
           is_emoji(after) && after != 0xfe0f;
}

/* Writes what stands for the character at bytes to out, and its length to *n. Returns how many
 * bytes it was. */
static size_t visible_one(char out[12], size_t *n, const char *bytes, size_t len, uint32_t *before)
{
    uint32_t code;
    size_t used = utf8_decode(bytes, len, &code);
    if (used == 0) {
        *n = (size_t)snprintf(out, 12, "\\x%02x", (unsigned int)(unsigned char)bytes[0]);
        *before = 0;
        return 1;
    }
    bool joiner = code == 0x200d && joins(*before, bytes, len);
    *before = code;
    if (controls(code)) {
        *n = 0;
        for (size_t i = 0; i < used; i++)
            *n += (size_t)snprintf(out + *n, 12 - *n, "\\x%02x",
                                   (unsigned int)(unsigned char)bytes[i]);
    } else if (hides(code) && !joiner) {
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
    uint32_t before = 0;
    while (len > 0) {
        char out[12];
        size_t n;
        size_t used = visible_one(out, &n, bytes, len, &before);
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
