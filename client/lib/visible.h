/* client/lib/visible.h: how wide a text is that has been made visible (lab_visible in lab.h) */
#ifndef CLIENT_VISIBLE_H
#define CLIENT_VISIBLE_H

#include <stddef.h>

/* The columns that a text takes on a terminal, counted after mbrtowc(3) and wcwidth(3): LC_CTYPE
 * must have been set. */
size_t visible_width(const char *text);

/* The bytes of the longest beginning of a text that fits into so many columns. */
size_t visible_fit(const char *text, size_t columns);

#endif
