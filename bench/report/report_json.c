/* bench/report/report_json.c: results.json: medians and intervals, for programs (RFC 8259) */
#include <math.h>
#include <stdlib.h>

#include "report/report_private.h"

/* JSON knows neither NaN nor infinity: null. */
static void number(FILE *out, const char *name, double value)
{
    if (isfinite(value))
        (void)fprintf(out, "\"%s\": %.9g", name, value);
    else
        (void)fprintf(out, "\"%s\": null", name);
}

static void write_run(const struct report *report, FILE *out)
{
    const struct runfile *run = &report->run;
    char uploads[REPORT_UPLOADS];
    report_uploads(report, uploads);
    json(out,
         "  \"run\": {\"command\": $, \"started\": $, \"ended\": $, \"processor\": $, "
         "\"kernel\": $, \"compiler\": $, \"flags\": $, \"commit\": $, \"uploads\": $, ",
         run->command, run->started, run->ended, run->machine.processor, run->machine.kernel,
         run->machine.compiler, run->machine.flags, run->machine.commit, uploads);
    number(out, "steal", run->steal);
    (void)fprintf(out, ", \"rounds\": %u, \"seed\": \"%llu\"},\n", run->rounds, run->seed);
}

static void write_cell(FILE *out, double x, const struct grid_cell *cell)
{
    const struct estimate *estimate = &cell->estimate;
    (void)fputs("\n          {", out);
    number(out, "x", x);
    (void)fprintf(out, ", \"samples\": %zu, \"left_out\": %u", estimate->count, cell->disturbed);
    if (estimate->count > 0) {
        (void)fputs(", ", out);
        number(out, "median", estimate->median);
        (void)fputs(", ", out);
        number(out, "low", estimate->low);
        (void)fputs(", ", out);
        number(out, "high", estimate->high);
        (void)fprintf(out, ", \"sure\": %s%s", estimate->sure ? "true" : "false",
                      cell->bound ? ", \"bound\": true" : "");
    } else if (cell->cannot) {
        json(out, ", \"cannot\": $", cell->note);
    }
    if (cell->crashed)
        json(out, ", \"crashed\": $", cell->note);
    (void)fputs("}", out);
}

static void write_view(const struct report *report, const struct experiment *experiment,
                       const struct view *view, FILE *out)
{
    struct grid *grid = report_grid(report, experiment, view);
    json(out, "\n      {\"name\": $, \"title\": $, \"y\": $, \"servers\": [", view->name,
         view->title, view->y_label);
    for (size_t row = 0; grid != NULL && row < grid->rows; row++) {
        json(out,
             row > 0 ? ",\n        {\"name\": $, \"points\": ["
                     : "\n        {\"name\": $, \"points\": [",
             grid->servers[row]);
        for (size_t i = 0; i < grid->columns; i++) {
            (void)fputs(i > 0 ? "," : "", out);
            write_cell(out, grid->x[i], &grid->cell[row][i]);
        }
        (void)fputs("]}", out);
    }
    (void)fputs("]}", out);
    free(grid);
}

bool json_results(const struct report *report, FILE *out)
{
    const char *join = "";
    (void)fputs("{\n  \"format\": 1,\n", out);
    write_run(report, out);
    (void)fputs("  \"experiments\": [\n", out);
    for (size_t i = 0; i < experiments_count; i++) {
        const struct experiment *experiment = &experiments[i];
        size_t states[SAMPLE_STATES], all = report_tally(report, experiment->name, states);
        if (all == 0)
            continue;
        (void)fputs(join, out);
        json(out, "    {\"name\": $, \"question\": $, \"lesson\": $, \"x\": $, ", experiment->name,
             experiment->question, experiment->lesson, experiment->x_label);
        (void)fprintf(out, "\"rows\": %zu", all);
        for (int s = 0; s < SAMPLE_STATES; s++)
            (void)fprintf(out, ", \"%s\": %zu", sample_state_word[s], states[s]);
        (void)fputs(", \"views\": [", out);
        for (const struct view *view = experiment->views; view->name != NULL; view++) {
            (void)fputs(view != experiment->views ? "," : "", out);
            write_view(report, experiment, view, out);
        }
        (void)fputs("\n    ]}", out);
        join = ",\n";
    }
    (void)fputs("\n  ]\n}\n", out);
    return ferror(out) == 0;
}
