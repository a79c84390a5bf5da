/* client/terminal/keys.h: from the bytes of a terminal to characters
 *
 * UTF-8 is put together whatever the pieces it comes in. So are the sequences that keys, the
 * mouse and the terminal itself send (ECMA-48's CSI and control strings, xterm's ctlseqs): one
 * that somebody has bound passes whole, any other is dropped whole.
 *
 * What is pasted, where the terminal marks it (xterm's bracketed paste: ESC [200~ … ESC [201~),
 * is text and nothing else, and no key: its tabs complete nothing, its control characters do
 * nothing, its line ends are characters of the line.
 */
#ifndef CLIENT_KEYS_H
#define CLIENT_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

enum {
    KEYS_BYTES = 512,
    KEYS_PASTED = 0x80,   /* for keys_next: not a character; no terminal can send it */
    KEYS_PAUSE = 500,     /* milliseconds after which a key is not continued any more */
    KEYS_PAUSE_SHORT = 50 /* where ESC is a key by itself: a vi(1) mode */
};

struct keys {
    char bytes[KEYS_BYTES]; /* read, from .. to not yet looked at */
    size_t from, to;
    size_t passing; /* bytes of a known key that are still to be handed out */
    bool escape;    /* ESC is a key by itself */
    bool pasting;
    wchar_t line_end; /* the last that was pasted, with nothing behind it yet */
    enum { KEYS_KEEP, KEYS_DROP_KEY, KEYS_DROP_STRING } drop; /* up to its end */
    struct {
        wchar_t text[KEYS_BYTES];
        size_t from, to;
        int offered;
    } pasted;
    /* Has somebody bound this key? len is 3 or more. */
    bool (*is_bound)(void *context, const char *key, size_t len);
    void *context;
};

/* Takes the next character. False: more bytes are needed. KEYS_PASTED: there is text for
 * keys_paste. It is offered twice, since the first may end a key that was begun; then it comes
 * character by character, with spaces for its line ends, for whoever reads text and knows no
 * KEYS_PASTED. */
bool keys_next(struct keys *keys, wchar_t *c);

/* Takes what was pasted; its line ends are '\n'. The text is valid until the next call of
 * keys_next. */
const wchar_t *keys_paste(struct keys *keys, size_t *len);

/* Milliseconds to wait for the rest of a key that has begun; -1: none has. When nothing has come
 * for so long, keys_pause: an ESC was a key by itself, and anything longer is dropped. */
int keys_wait(const struct keys *keys);
void keys_pause(struct keys *keys);

/* Reads what there is from a descriptor, waiting for the first byte. Returns false at its end, and
 * on errors but EINTR and EAGAIN. */
bool keys_read(struct keys *keys, int fd);

/* Forgets all that has been read. */
void keys_drop(struct keys *keys);

#endif
