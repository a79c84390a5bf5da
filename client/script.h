/* client/script.h: the program without a person: commands from arguments, a file or a pipe */
#ifndef CLIENT_SCRIPT_H
#define CLIENT_SCRIPT_H

#include "app/app.h"

/* Runs the lines that come from a descriptor until one fails. */
enum app_status script_lines(struct app *app, int fd);

/* `chat NICK`: enters, sends each line of standard input, prints each event as a plain line on
 * standard output, and leaves at the end of the input. A line that can't be sent is an error, which
 * is printed and counts in the status; the others are sent. */
enum app_status script_chat(struct app *app, const char *nick);

#endif
