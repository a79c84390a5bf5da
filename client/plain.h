/* client/plain.h: the program on a terminal that can't redraw a line (TERM=dumb), or with
 * "edit off" in ~/.editrc
 *
 * The kernel edits the line, and lines are read whole. What arrives while one is typed is printed
 * where the cursor is.
 */
#ifndef CLIENT_TERMINAL_PLAIN_H
#define CLIENT_TERMINAL_PLAIN_H

#include "app/app.h"

/* Runs what is typed until quit, or the end of the input. */
void terminal_plain(struct app *app);

/* ---- what both kinds have in common (terminal.c) ---- */

const char *terminal_prompt(const struct app *app);

/* Runs what was typed: a line, or several where they were pasted, up to the first that fails. Cuts
 * the text. */
enum app_status terminal_line(struct app *app, char *text);

/* Prints what the server has sent, and where the connection has ended says so. The nick is kept: the
 * next line or command connects, and enters again. */
void terminal_hear(struct app *app);

#endif
