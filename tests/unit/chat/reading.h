/* reading.h: a member that reads the room's log, and a model of what it is sent
 *
 * A script is a word of letters: which member speaks, and how much is sent. The same script is done
 * to a room and to a model of it: the bytes of all events but the member's own.
 */
#ifndef UNIT_READING_H
#define UNIT_READING_H

#include "ring.h"
#include "sink.h"

enum { BACKLOG = 512, MEMBERS = 5 };

extern struct log_reading {
    const char *script; /* for reports */
    struct room *room;
    struct member *reader, *other; /* "a" and "aa" */
    unsigned int said;
    struct sink want, got; /* of this script; what was sent of it */
} reading;

void reading_begin(void);
void reading_end(void);

/* A test between the two. */
#define READING(function) TEST_BETWEEN(reading_begin, function, reading_end)

/* A script begins: nothing is expected, and nothing was sent yet. */
void reading_script(const char *script);

/* What a letter stands for. */
void reading_letter(char letter);
void reading_letters(const char *letters);

/* The member expects this. */
void reading_event(const char *begin, const char *text);

/* Bytes that it expects, and has not been sent yet. */
size_t reading_left(void);

/* It is sent so many bytes. */
void reading_send(size_t len);

/* What must be true after every step. */
void reading_check(void);

#endif
