/* library_folder.h: a temporary library */
#ifndef UNIT_LIBRARY_FOLDER_H
#define UNIT_LIBRARY_FOLDER_H

#include <stdint.h>

#include "files/store.h"
#include "sink.h"
#include "unit.h"

extern struct library {
    char path[UNIT_PATH];
    struct store store;
} library;

void library_begin(void);

/* Fails if a temporary file is left. */
void library_end(void);

/* A test between the two. */
#define LIBRARY(function) TEST_BETWEEN(library_begin, function, library_end)

/* A download has to end like this; want counts if there is no error. */
void library_serves(const char *name, int want_error, const char *want);

/* The whole listing, `entries` at a time; and what it has to be, whatever the number. */
void library_lists(unsigned int entries, struct sink *text);
void library_listed(const char *want);

/* An upload, and its steps, which all have to go well. */
struct upload *library_upload(const char *name, uint64_t size);
void library_put(struct upload *upload, const char *bytes);
void library_finish(struct upload *upload);
void library_store(const char *name, const char *bytes); /* all of them at once */

/* Counts the library, `entries` at a time: 0, or why there is no space for the upload. */
int library_quota(struct upload *upload, unsigned int entries);

/* There is a file of this name, with this in it. */
void library_holds(const char *name, const char *want);

#endif
