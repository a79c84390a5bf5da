/* client/terminal/wide.h: between UTF-8, which files and the protocol speak, and the wide characters of libedit
 *
 * Not mbstowcs(3): what is UTF-8 must not depend on somebody's locale.
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

#endif
