#include "grow.h"

#include <stdio.h>
#include <stdlib.h>

void *grow(void *array, size_t *room, size_t want, size_t each)
{
    if (want <= *room)
        return array;
    *room = want + want / 2 + 16;
    array = realloc(array, *room * each);
    if (!array)
        abort();
    return array;
}

char *printed(const char *format, va_list arguments)
{
    char *text = NULL;

    if (vasprintf(&text, format, arguments) < 0)
        abort();
    return text;
}
