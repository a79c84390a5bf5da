/* client/transfer/spool.h: a temporary file without a name, under $TMPDIR or /tmp */
#ifndef CLIENT_SPOOL_H
#define CLIENT_SPOOL_H

#include "app/app.h"

/* Returns its descriptor; -1: that was not possible, and the reason has been printed. */
int spool_open(struct app *app);

/* Copies all that comes from a descriptor into it; label is what that is called in sentences. */
enum app_status spool_fill(struct app *app, int spool, int from, const char *label);

/* Prints what is in it on standard output, made visible but for line ends and tabs. */
enum app_status spool_show(struct app *app, int spool);

#endif
