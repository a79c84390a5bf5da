/* core/base/utf8.c: see utf8.h */
#include "base/utf8.h"

/* A lead byte determines how many continuation bytes follow, and narrows the range of the first of
 * them: that range alone keeps out overlong forms, surrogates and what lies beyond U+10FFFF. */
struct lead {
    unsigned char from, to;  /* lead bytes this row is for */
    unsigned char low, high; /* range of the byte after it */
    unsigned char length;
    unsigned char mask; /* the lead byte's own bits */
};

static const struct lead leads[] = {
    {0x00, 0x7f, 0x00, 0x00, 1, 0x7f}, {0xc2, 0xdf, 0x80, 0xbf, 2, 0x1f},
    {0xe0, 0xe0, 0xa0, 0xbf, 3, 0x0f}, {0xe1, 0xec, 0x80, 0xbf, 3, 0x0f},
    {0xed, 0xed, 0x80, 0x9f, 3, 0x0f}, {0xee, 0xef, 0x80, 0xbf, 3, 0x0f},
    {0xf0, 0xf0, 0x90, 0xbf, 4, 0x07}, {0xf1, 0xf3, 0x80, 0xbf, 4, 0x07},
    {0xf4, 0xf4, 0x80, 0x8f, 4, 0x07},
};

static const struct lead *lead_find(unsigned char byte)
{
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++)
        if (byte >= leads[i].from && byte <= leads[i].to)
            return &leads[i];
    return NULL;
}

size_t utf8_decode(const char *bytes, size_t len, uint32_t *code)
{
    const unsigned char *p = (const unsigned char *)bytes;
    const struct lead *lead = lead_find(p[0]);
    if (lead == NULL || lead->length > len)
        return 0;
    if (lead->length > 1 && (p[1] < lead->low || p[1] > lead->high))
        return 0;
    uint32_t value = p[0] & lead->mask;
    for (size_t i = 1; i < lead->length; i++) {
        if (p[i] < 0x80 || p[i] > 0xbf)
            return 0;
        value = value << 6 | (p[i] & 0x3f);
    }
    *code = value;
    return lead->length;
}

bool utf8_printable(const char *bytes, size_t len)
{
    while (len > 0) {
        uint32_t code;
        size_t used = utf8_decode(bytes, len, &code);
        if (used == 0 || code < 0x20 || (code >= 0x7f && code <= 0x9f))
            return false;
        bytes += used;
        len -= used;
    }
    return true;
}
