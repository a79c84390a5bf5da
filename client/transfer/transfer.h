/* client/transfer/transfer.h: get and put, with local files
 *
 * Nothing local is opened for writing, made, changed or removed before the server has agreed. A
 * download is kept in a hidden folder and gets its name when it is whole (partial.h), by a rename
 * that replaces nothing unless asked to. Both print a summary line on standard error, or what
 * failed and why.
 */
#ifndef CLIENT_TRANSFER_H
#define CLIENT_TRANSFER_H

#include <stdbool.h>

#include "app/app.h"

struct transfer_options {
    bool replace; /* -f: an existing local file too */
    bool resume;  /* -c: continue a partial, if there is one */
    bool check;   /* --check: compare the checksums */
};

/* Downloads name to the local path; "-" is standard output. What goes to a terminal is made
 * visible, but for line ends and tabs. With check, a file gets its name only if it is the one that
 * the library has; a device can't be checked. */
enum app_status transfer_get(struct app *app, const char *name, const char *local,
                             const struct transfer_options *how);

/* Uploads the local path under name; "-" is standard input, kept in a temporary file first, since
 * its size has to be known. Of how only check counts. */
enum app_status transfer_put(struct app *app, const char *local, const char *name,
                             const struct transfer_options *how);

#endif
