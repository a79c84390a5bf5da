/* client/transfer/arguments.h: the arguments of get and put: options and files */
#ifndef CLIENT_ARGUMENTS_H
#define CLIENT_ARGUMENTS_H

#include "app/app.h"
#include "app/argv_split.h"
#include "transfer/transfer.h"

struct arguments {
    const char *command; /* as it was typed */
    struct transfer_options options;
    const char *other; /* -o */
    struct arg *files; /* as many as there are words */
    size_t count;
};

/* letters: the options there are. Options may stand anywhere, "--" ends them, "-" is a file. Prints
 * what is wrong. End it, whatever is returned. */
enum app_status arguments_read(struct app *app, struct arguments *arguments,
                               const struct argv *argv, const char *letters);
void arguments_end(struct arguments *arguments);

/* Prints an error, with the command's name. Returns APP_USAGE. */
enum app_status arguments_error(struct app *app, const struct arguments *arguments,
                                const char *why);

/* Is the next file to be tried after this status of one? */
bool arguments_continue(enum app_status status);

#endif
