/* transcripts.h: a corpus of conversations between one client and a server
 *
 * The library holds a.txt ("hello\n"), "b b" ("0123456789"), an empty file named empty and ü.txt
 * ("x"); also a folder, a FIFO, a link and a hidden file. A file may have 1000 bytes, all together
 * 900, and there may be 6 of them. alice is in the chat room.
 */
#ifndef TRANSCRIPTS_H
#define TRANSCRIPTS_H

#include <stdbool.h>
#include <stddef.h>

struct transcript {
    const char *name;
    const char *sent; /* what the client sends */
    size_t sent_len;
    const char *received; /* what it gets behind the greeting; without the texts of ERR */
    size_t received_len;
    const char *alice;  /* the events that alice receives */
    const char *leaves; /* new or changed files: a line "<size> <name>" each, sorted */
    bool closes;        /* the server has closed before the client's end of input */
};

extern const struct transcript transcripts[];
extern const size_t transcripts_count;

#endif
