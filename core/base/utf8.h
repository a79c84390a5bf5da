/* core/base/utf8.h: is this UTF-8, and is it fit to print?
 *
 * UTF-8 as RFC 3629 and table 3-7 of the Unicode Standard define it: the shortest form only,
 * no surrogates (U+D800..U+DFFF), nothing beyond U+10FFFF.
 */
#ifndef CORE_UTF8_H
#define CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes the character that begins at bytes[0] into *code. Returns its length in bytes (1 to 4),
 * or 0 if no valid character begins there; len must be > 0. */
size_t utf8_decode(const char *bytes, size_t len, uint32_t *code);

/* Returns true if all len bytes are valid UTF-8 without control characters (C0: below U+0020, DEL:
 * U+007F, C1: U+0080..U+009F). Empty text is printable. */
bool utf8_printable(const char *bytes, size_t len);

#endif
