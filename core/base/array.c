/* core/base/array.c: see array.h */
#include "base/array.h"

#include <stdlib.h>
#include <string.h>

void *array_reach(void *array, size_t *size, size_t index, size_t width)
{
    size_t most = *size < 64 ? 64 : *size;
    if (index < *size)
        return array;
    while (most <= index)
        most *= 2;
    char *larger = realloc(array, most * width);
    if (larger == NULL)
        return NULL;
    memset(larger + *size * width, 0, (most - *size) * width);
    *size = most;
    return larger;
}
