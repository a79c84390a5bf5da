/* pages.h: looks at what a report is made of */
#ifndef PAGES_H
#define PAGES_H

#include "results/sample.h"
#include "unit.h"

/* Skips the test loudly if no chart can be drawn. */
void page_need_gnuplot(void);

/* An entry of the table: a test with an empty folder for its charts, if they can be drawn. */
#define PAGE(function) TEST_BETWEEN(page_begin, function, page_end)
extern char page_folder[UNIT_PATH]; /* that folder */
void page_begin(void);
void page_end(void);

/* Writes the samples to the folder, and makes all charts and the report of them there. */
void page_make(const char *folder, const struct sample *samples, size_t count);

/* The same in page_folder, of fake samples; also of a server whose name is dangerous to commands,
 * pages and JSON. */
void page_make_hostile(void);

/* The text of a file in the folder; the test fails if it is missing. Free it. */
char *page_text(const char *folder, const char *name);
void page_holds(const char *name, const char *text, const char *part);
void page_lacks(const char *name, const char *text, const char *part);

/* A file in page_folder has all of these parts, or none. */
#define PAGE_FILE_HOLDS(name, ...) \
    page_file(name, page_holds, (const char *const[]){__VA_ARGS__, NULL})
#define PAGE_FILE_LACKS(name, ...) \
    page_file(name, page_lacks, (const char *const[]){__VA_ARGS__, NULL})
void page_file(const char *name,
               void (*check)(const char *name, const char *text, const char *part),
               const char *const *parts);

/* HTML or SVG: every element that is opened is closed in order, quotes are closed, there is no bare
 * "<". */
void page_balanced(const char *name, const char *text);

#endif
