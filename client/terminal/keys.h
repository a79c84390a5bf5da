/* client/terminal/keys.h: from the bytes of a terminal to keys
 *
 * UTF-8 is put together whatever the pieces it comes in. So are the sequences that keys, the
 * mouse and the terminal itself send (ECMA-48's CSI and control strings, xterm's ctlseqs; SS3 of
 * the VT100's keypad, the Linux console's ESC [[A, X10's mouse; Alt puts an ESC before a key): one
 * that is known becomes a key, any other is dropped whole. A character that can't belong to a
 * sequence ends it, and is read as what it is: an Enter is never swallowed.
 *
 * What is pasted, if the terminal marks it (xterm's bracketed paste: ESC [200~ ... ESC [201~),
 * is text and no key: its tabs complete nothing, its control characters do nothing, its line ends
 * are characters of the line.
 */
#ifndef CLIENT_KEYS_H
#define CLIENT_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    KEYS_BYTES = 512,
    KEYS_PAUSE = 500 /* milliseconds after which a key is not continued any more */
};

/* Keys that are no characters: beyond Unicode. */
enum {
    KEY_UP = 0x110000,
    KEY_DOWN,
    KEY_RIGHT,
    KEY_LEFT,
    KEY_HOME,
    KEY_END,
    KEY_DELETE,
    KEY_WORD_RIGHT,
    KEY_WORD_LEFT,
    KEY_ALT = 0x200000 /* and an ASCII character */
};

struct key {
    uint32_t code; /* a character (Ctrl-A is 1, Enter is 13 or 10), or one of the above */
    bool pasted;   /* then it is a printable character, or '\n' */
};

enum keys_state {
    KEYS_GROUND, /* between keys */
    KEYS_ESC,    /* after ESC */
    KEYS_CSI,    /* after ESC [ or ESC O */
    KEYS_FIXED,  /* left more bytes belong to it */
    KEYS_STRING, /* a control string, up to its end */
    KEYS_STRING_ESC
};

struct keys {
    char bytes[KEYS_BYTES]; /* read, from .. to not yet looked at */
    size_t from, to;
    enum keys_state state;
    int left;
    bool alt;         /* one more ESC stood before it */
    char sequence[8]; /* after the ESC; of a longer one, which is not known, the beginning */
    size_t length;    /* of it */
    bool escape;      /* ESC was a key by itself, and has not been handed out */
    bool pasting;
    bool after_cr; /* the last that was pasted */
};

/* Takes the next key. False: more bytes are needed. */
bool keys_next(struct keys *keys, struct key *key);

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
