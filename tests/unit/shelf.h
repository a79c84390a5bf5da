/* shelf.h: a library to test with, in a folder that is gone afterwards */
#ifndef UNIT_SHELF_H
#define UNIT_SHELF_H

#include <stdint.h>

#include "files/store.h"
#include "sink.h"
#include "unit.h"

struct shelf {
    char path[UNIT_PATH];
    struct store store;
};

void shelf_begin(struct shelf *shelf);

/* Fails where a temporary file is left. */
void shelf_end(struct shelf *shelf);

/* A download has to end like this; want counts where there is no error. */
void shelf_serves(const struct shelf *shelf, const char *name, int want_error, const char *want);

/* The whole listing, `entries` at a time; and what it has to be, whatever the number. */
void shelf_lists(const struct shelf *shelf, unsigned int entries, struct sink *text);
void shelf_listed(const struct shelf *shelf, const char *want);

/* An upload, and its steps, which all have to go well. */
struct upload *shelf_upload(const struct shelf *shelf, const char *name, uint64_t size);
void shelf_put(struct upload *upload, const char *bytes);
void shelf_finish(struct upload *upload);

/* There is a file of this name, with this in it. */
void shelf_holds(const struct shelf *shelf, const char *name, const char *want);

#endif
