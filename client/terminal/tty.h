/* client/terminal/tty.h: the modes of the terminal on standard input, and the signals about it
 *
 * Whatever ends or stops the program, the terminal gets back the modes it had (termios(3)).
 */
#ifndef CLIENT_TTY_H
#define CLIENT_TTY_H

#include <stdbool.h>

/* What has happened since tty_happened was asked. */
enum tty_event {
    TTY_RESIZED = 1, /* SIGWINCH */
    TTY_RESUMED = 2, /* SIGCONT: the modes may be those of somebody else, and so may the screen */
};

/* Installs handlers of SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT and SIGWINCH, waits until it is
 * in the foreground, and remembers the modes. Returns false where there is no terminal, or no
 * pipe for the handlers to write to. */
bool tty_begin(void);
void tty_end(void);

/* Is this process in the foreground of the terminal at fd? True also where it is no terminal, or
 * not ours. */
bool tty_in_front(int fd);

/* Stops, as everybody does who reads from a terminal in the background (SIGTTIN), until somebody
 * brings us to the foreground. Returns false where there is nobody to do that. */
bool tty_await_front(void);

/* From here on libedit sets the modes. */
void tty_edited(void);

/* For while a command runs: Ctrl-C is a signal, but what is typed is neither shown nor cut into
 * lines. It stays in the kernel, and is read as it was typed at the next prompt. */
void tty_quiet(void);

/* Readable when something has happened; tty_happened empties it. */
int tty_fd(void);
unsigned int tty_happened(void);

/* Asks terminals that know how to mark what is pasted (xterm's bracketed paste, mode 2004). On
 * all the time: what is pasted while a command runs is read at the next prompt. */
void tty_mark_pastes(bool on);

void tty_size(int *columns, int *rows);

#endif
