/* client/transfer.h: get and put, with local files
 *
 * A download is written to NAME.part and gets its name when it is whole, by a rename that does not
 * replace (renameat2(2), RENAME_NOREPLACE; link(2) where the file system can't) unless asked to.
 * Both print a summary line on standard error, and where they failed what and why.
 */
#ifndef CLIENT_TRANSFER_H
#define CLIENT_TRANSFER_H

#include <stdbool.h>

#include "app.h"

struct get_how {
    bool replace; /* -f: an existing local file too */
    bool resume;  /* -c: go on with a .part, if there is one */
};

/* Downloads name to the local path; "-" is standard output. What goes to a terminal is made visible,
 * but for line ends and tabs. */
enum app_status transfer_get(struct app *app, const char *name, const char *local,
                             const struct get_how *how);

/* Uploads the local path under name; "-" is standard input, kept in a temporary file first, since its
 * size has to be known. */
enum app_status transfer_put(struct app *app, const char *local, const char *name);

#endif
