/* client/keys.h: from the bytes of a terminal to characters
 *
 * UTF-8 is put together whatever the pieces it comes in. What is pasted, where the terminal marks
 * it (xterm's bracketed paste: ESC [200~ … ESC [201~), is text and nothing else: its tabs complete
 * nothing, its control characters do nothing, its line ends are Enter.
 */
#ifndef CLIENT_KEYS_H
#define CLIENT_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

struct keys {
    char bytes[512]; /* read, from .. to not yet looked at */
    size_t from, to;
    bool pasting;
    wchar_t line_end; /* the last that was pasted, with nothing behind it yet */
};

/* Takes the next character. False: more bytes are needed. */
bool keys_next(struct keys *keys, wchar_t *c);

/* Reads what there is from a descriptor, waiting for the first byte. Returns false at its end, and
 * on errors but EINTR and EAGAIN. */
bool keys_read(struct keys *keys, int fd);

/* Forgets all that has been read. */
void keys_drop(struct keys *keys);

#endif
