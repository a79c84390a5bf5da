/* bench/texts/texts.h: what lab-bench prints as it is, from the files of this folder
 *
 * They are in the program, so it needs no file where it is installed. A $ stands for an argument
 * of html(). */
#ifndef BENCH_TEXTS_H
#define BENCH_TEXTS_H

#include <stdio.h>

/* The report: the page down to its title, with its style; what stands below the answer's table;
 * about the timelines, or that there are none; about coordinated omission, and its end, by whether
 * a client can have waited; a paragraph for each experiment, which begins with its name; how to
 * read it all. */
extern const char text_head[], text_answer[], text_timelines[], text_no_timelines[],
    text_omission[], text_lessons[], text_reading[];

/* Timelines: the style of the drawings, and their legend. */
extern const char text_timeline_style[], text_timeline_legend[];

/* The help of lab-bench, and of its commands. */
extern const char text_help[], text_run_help[], text_load_help[], text_ratio_help[],
    text_timeline_help[];

/* Each $ of the template is replaced by the next argument, a const char *, escaped for HTML; also
 * right between double quotes. Control characters and broken UTF-8 become U+FFFD. */
void html(FILE *out, const char *template, ...);

/* The paragraph that begins with "NAME: ", without that, as it is. */
void html_paragraph(FILE *out, const char *paragraphs, const char *name);

#endif
