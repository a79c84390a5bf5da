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
    TTY_RESUMED = 2, /* SIGCONT: modes and screen may have been changed by others */
};

/* Installs handlers of SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT and SIGWINCH, waits until it is
 * in the foreground, remembers the modes, and sets those of the editor: what is typed is neither
 * shown nor cut into lines, Ctrl-C is a signal. What is typed while a command runs stays in the
 * kernel, and is read at the next prompt.
 *
 * Asks terminals that know how to mark what is pasted (xterm's bracketed paste, mode 2004), also
 * while a command runs.
 *
 * Returns false if there is no terminal, or no pipe for the handlers to write to. */
bool tty_begin(void);
void tty_end(void);

/* Is this process in the foreground of the terminal at fd? True also if it is no terminal, or
 * not ours. */
bool tty_in_front(int fd);

/* Before a line is read: stops, as every process does that reads from a terminal in the
 * background (SIGTTIN), until it is brought to the foreground; then sets the modes. Returns false
 * if no shell is there to do that. */
bool tty_take(void);

/* Readable when something has happened; tty_happened empties it. */
int tty_fd(void);
unsigned int tty_happened(void);

void tty_size(int *columns, int *rows);

#endif
