/* pages.h: looks at what a report is made of */
#ifndef PAGES_H
#define PAGES_H

#include <stdbool.h>

#include "unit.h"

/* A name of a server that is dangerous to commands, pages and JSON. */
extern const char page_hostile[];

/* A folder with fake samples, all charts and the report; with_hostile: also of a server with that
 * name. */
void page_make(char folder[UNIT_PATH], double slow, bool with_hostile);

/* Skips the test loudly if no chart can be drawn. */
void page_need_gnuplot(void);

/* The text of a file in the folder; the test fails if it is missing. Free it. */
char *page_text(const char *folder, const char *name);
void page_holds(const char *name, const char *text, const char *part);
void page_lacks(const char *name, const char *text, const char *part);

/* HTML or SVG: every element that is opened is closed in order, quotes are closed, there is no bare
 * "<". */
void page_balanced(const char *name, const char *text);

#endif
