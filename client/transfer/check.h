/* client/transfer/check.h: is a file the same here and in the library? */
#ifndef CLIENT_CHECK_H
#define CLIENT_CHECK_H

#include "app/app.h"

/* Compares the checksum (SHA-256) of all that is in a file, open to be read, with that of name in
 * the library. label is the local name, in sentences. Prints the result: APP_DONE if both are the
 * same, APP_DIFFERS if not. */
enum app_status check_file(struct app *app, const char *label, int fd, const char *name);

#endif
