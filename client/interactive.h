/* client/interactive.h: the program with a person: line editing, and what arrives meanwhile
 *
 * editor.h reads a line at the prompt; what arrives meanwhile is printed above it. plain.h is for
 * terminals that can't redraw a line.
 */
#ifndef CLIENT_INTERACTIVE_H
#define CLIENT_INTERACTIVE_H

#include "app/app.h"

/* Greets, connects, and runs what is typed until quit or Ctrl-D. */
enum app_status interactive_run(struct app *app);

#endif
