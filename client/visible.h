/* client/visible.h: texts of other people, made fit for a terminal
 *
 * Whatever could move the cursor, change colours, or make text read other than it is written comes
 * out as something one can see: control characters and broken UTF-8 as \xHH, a byte each;
 * bidirectional controls, other invisible formatting characters and line separators as <U+202E>
 * (Unicode Standard Annex 9; "Trojan Source", CVE-2021-42574). The joiner U+200D stays as it is
 * between two emoji, which is what families are made with.
 */
#ifndef CLIENT_VISIBLE_H
#define CLIENT_VISIBLE_H

#include <stddef.h>

/* Room for what len bytes can become at the worst, with a NUL. */
#define VISIBLE_SIZE(len) (4 * (size_t)(len) + 1)

/* Writes len bytes as visible text with a NUL; cuts it before size, never inside a character.
 * Returns to. */
const char *visible(char *to, size_t size, const char *bytes, size_t len);

/* The columns that a text takes on a terminal, counted after mbrtowc(3) and wcwidth(3): LC_CTYPE
 * must have been set. */
size_t visible_width(const char *text);

/* The bytes of the longest beginning of a text that fits into so many columns. */
size_t visible_fit(const char *text, size_t columns);

#endif
