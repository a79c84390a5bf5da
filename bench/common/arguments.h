/* bench/common/arguments.h: the words of a command line */
#ifndef BENCH_ARGUMENTS_H
#define BENCH_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

/* A number, with K, M or G (1024, its square, its cube) behind it; *end is where it ends, and text
 * if there is none. */
double argument_parse(const char *text, char **end);

/* A whole word; false: it is no number, or out of the range. */
bool argument_number(const char *text, double min, double max, double *number);

/* Which of count words it is; -1: none. */
int argument_word(const char *text, const char *const words[], int count);

/* "lab-bench" and the words as a shell takes them; before getopt changes their order. */
void arguments_print(char *text, size_t size, int argc, char **argv);

#endif
