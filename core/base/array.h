/* core/base/array.h: an array that grows */
#ifndef CORE_ARRAY_H
#define CORE_ARRAY_H

#include <stddef.h>

/* Makes sure that an array of *size elements, each of `width` bytes, has an element `index`: if
 * not, it at least doubles, and the new elements are 0. Returns the array, which may have moved and
 * is to be freed with free(3); or NULL if memory ran out: then the old one is as it was. array may
 * be NULL, with *size 0. */
void *array_reach(void *array, size_t *size, size_t index, size_t width);

#endif
