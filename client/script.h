/* client/script.h: the program without a person: commands from arguments, a file or a pipe */
#ifndef CLIENT_SCRIPT_H
#define CLIENT_SCRIPT_H

#include <stdio.h>

#include "app.h"

/* Runs the lines of a file until one fails. */
enum app_status script_file(struct app *app, FILE *lines);

/* `chat NICK`: enters, says each line of standard input, prints each event as a plain line on
 * standard output, and leaves at the end of the input. */
enum app_status script_chat(struct app *app, const char *nick);

#endif
