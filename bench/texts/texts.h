/* bench/texts/texts.h: what lab-bench prints as it is, from the files of this folder
 *
 * They are in the program, so it needs no file where it is installed. A $ stands for an argument
 * of html(). */
#ifndef BENCH_TEXTS_H
#define BENCH_TEXTS_H

/* The report: the page down to its title, with its style; what stands below the answer's table;
 * about the timelines, or that there are none; about coordinated omission; how to read it all. */
extern const char text_head[], text_answer[], text_timelines[], text_no_timelines[],
    text_omission[], text_reading[];

/* lab-bench timeline: the style of its drawings, and its help. */
extern const char text_timeline_style[], text_timeline_help[];

#endif
