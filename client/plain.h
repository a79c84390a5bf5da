/* client/plain.h: the program on a terminal that can't redraw a line (TERM=dumb)
 *
 * The kernel edits the line, and lines are read whole. What arrives while one is typed is printed
 * where the cursor is.
 */
#ifndef CLIENT_PLAIN_H
#define CLIENT_PLAIN_H

#include "app/app.h"

/* Runs what is typed until quit, or the end of the input. */
void plain_run(struct app *app);

#endif
