/* client/interactive.h: the program with a person: line editing, and what arrives meanwhile
 *
 * libedit edits the line (its callback interface, editline(3)), one poll(2) waits for the keyboard, the
 * socket and Ctrl-C. What arrives while somebody types is printed above the line, which is then
 * drawn again as it was.
 */
#ifndef CLIENT_TERMINAL_H
#define CLIENT_TERMINAL_H

#include "app/app.h"

/* Greets, connects, and runs what is typed until quit or Ctrl-D. */
enum app_status terminal_run(struct app *app);

#endif
