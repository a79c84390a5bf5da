/* lab.h: a library to test with, in a folder that is gone afterwards */
#ifndef UNIT_LAB_H
#define UNIT_LAB_H

#include <stdint.h>

#include "sink.h"
#include "store.h"
#include "unit.h"

struct lab {
    char path[UNIT_PATH];
    struct store store;
};

void lab_begin(struct lab *lab);

/* Fails where a temporary file is left. */
void lab_end(struct lab *lab);

/* A download has to end like this; want counts where there is no error. */
void lab_serves(const struct lab *lab, const char *name, int want_error, const char *want);

/* The whole listing, `entries` at a time; and what it has to be, whatever the number. */
void lab_lists(const struct lab *lab, unsigned int entries, struct sink *text);
void lab_listed(const struct lab *lab, const char *want);

/* An upload, and its steps, which all have to go well. */
struct upload *lab_upload(const struct lab *lab, const char *name, uint64_t size);
void lab_put(struct upload *upload, const char *bytes);
void lab_finish(struct upload *upload);

/* There is a file of this name, with this in it. */
void lab_holds(const struct lab *lab, const char *name, const char *want);

#endif
