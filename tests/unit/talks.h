/* talks.h: a corpus of conversations between one client and a server
 *
 * The library holds a.txt ("hello\n"), "b b" ("0123456789"), an empty file named empty and ü.txt
 * ("x"); also a folder, a FIFO, a link and a hidden file. A file may have 1000 bytes, all together
 * 900, and there may be 6 of them. In the chat room is alice, and listens.
 */
#ifndef TALKS_H
#define TALKS_H

#include <stdbool.h>
#include <stddef.h>

struct talk {
    const char *name;
    const char *say; /* what the client sends */
    size_t say_len;
    const char *hear; /* what it gets behind the greeting; without the texts of ERR */
    size_t hear_len;
    const char *alice;  /* the events that alice hears */
    const char *leaves; /* new or changed files: a line "<size> <name>" each, sorted */
    bool closes;        /* the server has closed before the client's end of input */
};

extern const struct talk talks[];
extern const size_t talks_count;

#endif
