/* dialog.h: clients that expect anything the protocol allows, and nothing else
 *
 * dialog.c          connecting, sending, receiving
 * dialog_events.c   the chat room: what it receives, entering and speaking
 * dialog_replies.c  what it expects as a reply
 */
#ifndef FAULTS_DIALOG_H
#define FAULTS_DIALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DIALOGS = 8, DIALOG_BUFFER = 256 * 1024, NICKS = 4 };

struct dialog {
    const char *name;  /* NULL: not in use */
    uint64_t received; /* a bit for each of the last lines, number % 64 */
    size_t from, to;   /* of `in`: received and not yet looked at */
    int fd, port;
    unsigned int entries; /* how often C was answered OK */
    unsigned int news;    /* number of the last announcement received */
    struct {
        unsigned int joins;
        unsigned int last; /* number of the last line received */
        bool in;
        char nick[15];
    } members[NICKS];
    bool open;
    bool harmed; /* it was refused, or closed too early */
    bool cut;    /* it was closed too early */
    bool denied; /* its last C was answered ERR */
    bool strict; /* it knows the names in the room */
    char line[4096 + 1];
    char transcript[1200]; /* what was sent, for people */
    char in[DIALOG_BUFFER];
};

extern struct dialog dialogs[DIALOGS]; /* the first is the witness */
#define WITNESS (&dialogs[0])

struct dialog *dialog_open(const char *name); /* connects and is greeted */
void dialog_close(struct dialog *dialog);
void dialog_reset(struct dialog *dialog); /* closes with RST */
void dialog_shut(struct dialog *dialog);  /* half-closes */

/* All of these do nothing once a dialog is over. */
void dialog_send(struct dialog *dialog, const void *bytes, size_t n);
void dialog_printf(struct dialog *dialog, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool dialog_expect_ok(struct dialog *dialog); /* expects OK 0 */
bool dialog_expect_go(struct dialog *dialog);
bool dialog_expect_body(struct dialog *dialog, const void *bytes, size_t n);
bool dialog_expect_list(struct dialog *dialog, const char *text,
                        size_t n); /* lines may be left out */
bool dialog_expect_either(struct dialog *dialog, const char *one, const char *other); /* bodies */
void dialog_expect_error(struct dialog *dialog, const char *code);
void dialog_expect_end(struct dialog *dialog);  /* expects the end of the connection */
bool dialog_await_event(struct dialog *dialog); /* waits for an event; false: it is over */
bool dialog_readable(struct dialog *dialog);    /* waits a little: has something come? */
void dialog_enter(struct dialog *dialog);       /* C with its name */
unsigned int dialog_say(struct dialog *dialog); /* S with the next number; 0: it was refused */
void dialog_await_line(struct dialog *dialog,
                       unsigned int); /* waits until it has received that line */
size_t dialogs_harmed(void);

/* ---- for dialog*.c ---- */

/* Notes what was sent (">") or received ("<"). */
void dialog_transcript(struct dialog *dialog, const char *what, const char *text, size_t n);

/* The next line, an event or a reply; NULL: the connection has ended. */
const char *dialog_next_line(struct dialog *dialog);

/* Reads more. False: the connection has ended. */
bool dialog_more(struct dialog *dialog);

void dialog_check_event(struct dialog *dialog, const char *line);

void dialog_over(struct dialog *dialog);
void dialog_cut(struct dialog *dialog); /* the connection ended before all had come */
void dialog_wrong(struct dialog *dialog, const char *wanted); /* its last line is not that */

#endif
