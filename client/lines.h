/* client/lines.h: what typed lines do, and what the server sends between them */
#ifndef CLIENT_LINES_H
#define CLIENT_LINES_H

#include "app/app.h"

const char *lines_prompt(const struct app *app);

/* Prints which server and which model it is. */
void lines_introduce(const struct app *app);

/* Runs what was typed: a line, or several if they were pasted, up to the first that fails. Cuts
 * the text. */
enum app_status lines_run(struct app *app, char *text);

/* Prints what the server has sent, and a sentence if the connection has ended. The nick is kept:
 * the next line or command connects, and enters again. */
void lines_print_events(struct app *app);

#endif
