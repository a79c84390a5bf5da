/* names.c: UTF-8, and what may be a name */
#include <string.h>

#include "server.h"

enum { NAME_MOST = 255 };

/* The length of the character at p; 0 if it is not valid UTF-8, or a control character. */
static size_t character(const unsigned char *p)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = *p < 0x80 ? 1 : *p < 0xc0 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf8 ? 4 : 0;
    unsigned code = n == 1 ? *p : *p & (0x7fu >> n);

    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 0x3f);
    }
    if (n == 0 || code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return 0;
    return code < 0x20 || (code >= 0x7f && code < 0xa0) ? 0 : n;
}

bool text_ok(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    for (size_t n; *p; p += n)
        if ((n = character(p)) == 0)
            return false;
    return true;
}

bool name_ok(const char *name)
{
    size_t n = strlen(name);

    return n > 0 && n <= NAME_MOST && name[0] != '.' && name[0] != ' ' && name[n - 1] != ' ' &&
           !strchr(name, '/') && text_ok(name);
}
