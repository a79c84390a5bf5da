/* grow.h: memory for a test, which needs no way out when there is none */
#ifndef SUPPORT_GROW_H
#define SUPPORT_GROW_H

#include <stdarg.h>
#include <stddef.h>

/* An array with space for want elements of so many bytes each: this one, or a larger copy of it.
 * room is how many it has space for. Aborts if there is no memory. Free it. */
void *grow(void *array, size_t *room, size_t want, size_t each);

/* What vprintf prints, in new memory. Aborts if there is none. Free it. */
char *printed(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

#endif
