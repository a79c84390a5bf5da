/* client/transfer/local.h: what is at the place where a download is to go */
#ifndef CLIENT_LOCAL_H
#define CLIENT_LOCAL_H

#include <stdbool.h>

#include "app/app.h"

enum local_kind {
    LOCAL_FILE,   /* nothing, or a regular file that may be replaced */
    LOCAL_STREAM, /* a character device or a FIFO, perhaps through a link: it is written to */
    LOCAL_NOT     /* nothing can go there, and the reason has been printed */
};

/* Only a regular file is ever replaced, and only if replace: not a device, not a socket, not a
 * link, nor the file that a link leads to, which was not named. */
enum local_kind local_look(struct app *app, const char *path, bool replace);

/* Opens a device or a FIFO for writing. Of a FIFO it waits for the reader, but no longer than the
 * timeout. Returns the descriptor; -1 with errno, EINTR after Ctrl-C, ENXIO: nobody reads. */
int local_open_stream(const struct app *app, const char *path);

#endif
