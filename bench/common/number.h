/* bench/common/number.h: figures as people read them: 3 digits, and the unit that fits */
#ifndef BENCH_NUMBER_H
#define BENCH_NUMBER_H

enum number_kind { NUMBER_PLAIN, NUMBER_TIME /* µs */, NUMBER_BYTES };
enum { NUMBER_TEXT = 24 };

/* On an axis: "10", "20k", "5 ms", "64 KiB". */
const char *number_axis(enum number_kind kind, double value, char text[NUMBER_TEXT]);

/* In a table: "7.31 µs", "142,000", "8.3 KiB"; a dash for NaN. */
const char *number_table(enum number_kind kind, double value, char text[NUMBER_TEXT]);

/* What was chosen, not measured: all its digits: "1,008", "64 KiB". */
const char *number_exact(enum number_kind kind, double value, char text[NUMBER_TEXT]);

/* Ratios: "1.03", "27", "1,400". */
const char *number_ratio(double value, char text[NUMBER_TEXT]);

#endif
