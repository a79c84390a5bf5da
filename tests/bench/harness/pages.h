/* pages.h: looks at what a report is made of */
#ifndef PAGES_H
#define PAGES_H

#include <stdbool.h>

#include "unit.h"

/* A folder with fake samples, all charts and the report; with_hostile: also of a server whose name
 * is dangerous to commands, pages and JSON. */
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
