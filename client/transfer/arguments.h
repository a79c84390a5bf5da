/* client/transfer/arguments.h: the words behind get and put, sorted out: options, and files */
#ifndef CLIENT_WISH_H
#define CLIENT_WISH_H

#include "app/app.h"
#include "app/argv.h"
#include "transfer/transfer.h"

struct wish {
    const char *command; /* as it was typed */
    struct get_how how;
    const char *other;  /* -o */
    struct word *files; /* as many as there are words */
    size_t count;
};

/* letters: the options there are. Options may stand anywhere, "--" ends them, "-" is a file. Says
 * what is wrong. End it, whatever is returned. */
enum app_status wish_read(struct app *app, struct wish *wish, const struct words *words,
                          const char *letters);
void wish_end(struct wish *wish);

/* A sentence about it. */
enum app_status wish_wrong(struct app *app, const struct wish *wish, const char *why);

/* Does it make sense to go on with the next file? */
bool wish_goes_on(enum app_status status);

#endif
