/* client/terminal/keys_sequence.h: the length of a sequence that begins with ESC
 *
 * CSI and control strings as ECMA-48 has them, SS3 as in VT100's keypad, and three that are
 * otherwise: the Linux console's ESC [[A, the mouse of X10 (ESC [M and three bytes), and Alt, which
 * puts one more ESC before a key.
 */
#ifndef CLIENT_KEYS_SEQUENCE_H
#define CLIENT_KEYS_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>

enum sequence {
    SEQUENCE_PART,   /* more bytes are needed: length 0 */
    SEQUENCE_SIMPLE, /* ESC, or ESC and one character: Alt and a key */
    SEQUENCE_WHOLE,
    SEQUENCE_BROKEN, /* what follows it can't belong to it */
    SEQUENCE_STRING  /* the beginning of a string, whose end is to be found */
};

enum { SEQUENCE_MOST = 64 }; /* bytes of the longest that is no string */

/* Of what begins at bytes with ESC; len is 1 or more. */
size_t sequence_length(const char *bytes, size_t len, enum sequence *kind);

/* For the rest of what was too long, or a string: returns how many of the bytes belong to it. Not
 * ended: more may come, and one ESC at the end of a string is left for then. A control character
 * other than the usual ends it, too, and is left: Enter was pressed, and there is no
 * string. */
size_t sequence_parameters(const char *bytes, size_t len, bool *ended);
size_t sequence_string(const char *bytes, size_t len, bool *ended);

#endif
