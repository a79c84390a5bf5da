/* bench/timeline/lanes.c: see lanes.h */
#include "timeline/lanes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool span_continues(const struct lane_span *last, const struct lane_span *next)
{
    return last->to >= next->from && last->state == next->state &&
           strcmp(last->call, next->call) == 0;
}

void lane_add(struct lane *lane, double from, double to, enum lane_state state, const char *call)
{
    struct lane_span span = {.from = from, .to = to, .took = to - from, .state = state};
    (void)snprintf(span.call, sizeof span.call, "%s", call);
    if (!(to > from))
        return;
    struct lane_span *last = lane->count > 0 ? &lane->spans[lane->count - 1] : NULL;
    if (last != NULL && span_continues(last, &span)) {
        last->to = to;
        last->took += span.took;
        return;
    }
    struct lane_span *spans = realloc(lane->spans, (lane->count + 1) * sizeof *spans);
    lane->failed |= spans == NULL;
    if (spans != NULL) {
        lane->spans = spans;
        spans[lane->count++] = span;
    }
}

void lane_coarsen(struct lane *lane, double min)
{
    size_t kept = 0;
    for (size_t i = 0; i < lane->count; i++) {
        struct lane_span span = lane->spans[i];
        struct lane_span *last = kept > 0 ? &lane->spans[kept - 1] : NULL;
        if (last != NULL && span.from < last->to)
            span.from = last->to;
        if (span.state == LANE_ASLEEP || span.state == LANE_THINKING) {
            if (span.to - span.from >= min)
                lane->spans[kept++] = span;
            else if (last != NULL && span.to > last->to)
                last->to = span.to;
            continue;
        }
        if (last != NULL && span_continues(last, &span)) {
            last->to = span.to > last->to ? span.to : last->to;
            last->took += span.took;
            continue;
        }
        if (span.to - span.from < min)
            span.to = span.from + min;
        lane->spans[kept++] = span;
    }
    lane->count = kept;
}

double lane_waited(const struct lane *lane)
{
    double sum = 0;
    for (size_t i = 0; i < lane->count; i++)
        if (lane->spans[i].state == LANE_GREETING || lane->spans[i].state == LANE_REPLY)
            sum += lane->spans[i].took;
    return sum;
}

void lane_free(struct lane *lane)
{
    free(lane->spans);
    *lane = (struct lane){0};
}
