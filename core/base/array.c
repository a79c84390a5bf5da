/* core/base/array.c: see array.h */
#include "base/array.h"

#include <stdlib.h>
#include <string.h>

void *array_reach(void *array, size_t *size, size_t index, size_t width)
{
    size_t new_size = *size < 64 ? 64 : *size;
    if (index < *size)
        return array;
    while (new_size <= index)
        new_size *= 2;
    char *larger = realloc(array, new_size * width);
    if (larger == NULL)
        return NULL;
    memset(larger + *size * width, 0, (new_size - *size) * width);
    *size = new_size;
    return larger;
}
