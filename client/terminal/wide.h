/* client/terminal/wide.h: between UTF-8 and the wide characters in which a line is edited; and how
 * many columns of a terminal a text takes
 *
 * Not mbstowcs(3): what is UTF-8 must not depend on the locale. Columns are those of
 * wcwidth(3), for which LC_CTYPE must have been set.
 */
#ifndef CLIENT_WIDE_H
#define CLIENT_WIDE_H

#include <stddef.h>
#include <wchar.h>

enum { WIDE_BYTES = 4 }; /* of the longest character in UTF-8 */

/* Returns the number of bytes written, 1 to 4. What is no character becomes U+FFFD. */
size_t wide_encode(char bytes[WIDE_BYTES], wchar_t c);

/* To be freed; NULL: no memory. Bytes that are no UTF-8 are left out. */
char *wide_to_utf8(const wchar_t *text, size_t length);
wchar_t *wide_from_utf8(const char *text);

/* The columns that a text takes, which has been made visible (lab_visible in lab.h). */
size_t wide_columns(const char *text);

/* The bytes of the longest beginning of a text that fits into so many columns. */
size_t wide_fit(const char *text, size_t columns);

#endif
