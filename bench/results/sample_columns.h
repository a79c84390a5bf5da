/* bench/results/sample_columns.h: the columns of samples.csv; only sample.c and sample_read.c need it */
#ifndef BENCH_SAMPLE_COLUMNS_H
#define BENCH_SAMPLE_COLUMNS_H

#include "results/sample.h"

enum sample_kind { TEXT, NUMBER, COUNT, SMALL, STATE };

struct sample_column {
    char name[32];
    enum sample_kind kind;
    size_t offset, size; /* in struct sample */
};

/* The i-th; false behind the last. */
bool sample_column(size_t i, struct sample_column *column);

#endif
