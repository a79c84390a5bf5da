/* client/part.h: a local file while it comes: NAME.part, and NAME once it is whole */
#ifndef CLIENT_PART_H
#define CLIENT_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "app.h"

struct part {
    char *path, *final; /* "x.part", "x" */
    int fd;             /* stands at the end of what is there */
    uint64_t size;      /* bytes that were there when it was opened and are kept */
};

/* Opens it, and locks it against others who download to it (flock(2)). What is there is kept where it
 * is to be resumed, and dropped otherwise; either is said. Never follows a link. */
enum app_status part_open(struct app *app, struct part *part, const char *local, bool resume);

/* It is whole: gives it its name, which must be free unless it may replace. Ends the struct. */
enum app_status part_finish(struct app *app, struct part *part, bool replace);

/* It is not. Keeps what there is, and says so; removes it where there is nothing. Ends the struct. */
void part_keep(struct app *app, struct part *part);

#endif
