/* client/lib/visible.c: see visible.h */
#include "visible.h"

#include <string.h>
#include <wchar.h>

/* The columns of the character at text, and its length in bytes. What the locale does not know
 * takes a column. */
static size_t width_one(const char *text, size_t *bytes)
{
    wchar_t wide;
    mbstate_t state = {0};
    size_t used = mbrtowc(&wide, text, strlen(text), &state);
    if (used == 0 || used == (size_t)-1 || used == (size_t)-2) {
        *bytes = 1;
        return 1;
    }
    *bytes = used;
    int columns = wcwidth(wide);
    return columns < 0 ? 1 : (size_t)columns;
}

size_t visible_width(const char *text)
{
    size_t columns = 0, bytes;
    for (; *text != '\0'; text += bytes)
        columns += width_one(text, &bytes);
    return columns;
}

size_t visible_fit(const char *text, size_t columns)
{
    size_t at = 0, bytes;
    while (text[at] != '\0') {
        size_t wide = width_one(text + at, &bytes);
        if (wide > columns)
            break;
        columns -= wide;
        at += bytes;
    }
    return at;
}
