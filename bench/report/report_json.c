/* report_json.c: results.json: medians and intervals, for programs (RFC 8259) */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "report/report_parts.h"

void json_text(FILE *out, const char *text)
{
    (void)fputc('"', out);
    while (*text != '\0') {
        uint32_t code;
        size_t len = utf8_decode(text, strlen(text), &code);
        if (len == 0)
            (void)fputs("\\ufffd", out);
        else if (code < 0x20 || code == 0x7F)
            (void)fprintf(out, "\\u%04x", code);
        else if (code == '"' || code == '\\')
            (void)fprintf(out, "\\%c", (int)code);
        else
            (void)fwrite(text, 1, len, out);
        text += len == 0 ? 1 : len;
    }
    (void)fputc('"', out);
}

static void pair(FILE *out, const char *name, const char *text)
{
    (void)fprintf(out, "\"%s\": ", name);
    json_text(out, text);
    (void)fputs(", ", out);
}

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
    char words[REPORT_WORDS];
    (void)fputs("  \"run\": {", out);
    pair(out, "command", run->command);
    pair(out, "started", run->started);
    pair(out, "ended", run->ended);
    pair(out, "processor", run->machine.processor);
    pair(out, "kernel", run->machine.kernel);
    pair(out, "compiler", run->machine.compiler);
    pair(out, "flags", run->machine.flags);
    pair(out, "commit", run->machine.commit);
    number(out, "steal", run->steal);
    (void)fprintf(out, ", \"rounds\": %u, \"seed\": \"%llu\", ", run->rounds, run->seed);
    report_uploads(report, words);
    (void)fputs("\"uploads\": ", out);
    json_text(out, words);
    (void)fputs("},\n", out);
}

static void write_cell(FILE *out, const struct grid *grid, size_t row, size_t column)
{
    const struct grid_cell *cell = &grid->cell[row][column];
    (void)fputs("{", out);
    number(out, "x", grid->x[column]);
    (void)fprintf(out, ", \"samples\": %zu, \"left_out\": %u", cell->estimate.count,
                  cell->disturbed);
    if (cell->estimate.count > 0) {
        (void)fputs(", ", out);
        number(out, "median", cell->estimate.median);
        (void)fputs(", ", out);
        number(out, "low", cell->estimate.low);
        (void)fputs(", ", out);
        number(out, "high", cell->estimate.high);
        (void)fprintf(out, ", \"sure\": %s", cell->estimate.sure ? "true" : "false");
        if (cell->bound)
            (void)fputs(", \"bound\": true", out);
    } else if (cell->cannot) {
        (void)fputs(", \"cannot\": ", out);
        json_text(out, cell->note);
    }
    if (cell->crashed) {
        (void)fputs(", \"crashed\": ", out);
        json_text(out, cell->note);
    }
    (void)fputs("}", out);
}

static void write_view(const struct report *report, const struct experiment *experiment,
                       const struct view *view, FILE *out)
{
    struct grid *grid = grid_make(experiment->name, view->value, report->samples, report->count);
    (void)fputs("      {", out);
    pair(out, "name", view->name);
    pair(out, "title", view->title);
    pair(out, "y", view->y_label);
    (void)fputs("\"servers\": [", out);
    for (size_t row = 0; grid != NULL && row < grid->rows; row++) {
        (void)fprintf(out, "%s\n        {", row > 0 ? "," : "");
        pair(out, "name", grid->servers[row]);
        (void)fputs("\"points\": [", out);
        for (size_t i = 0; i < grid->columns; i++) {
            (void)fputs(i > 0 ? ",\n          " : "\n          ", out);
            write_cell(out, grid, row, i);
        }
        (void)fputs("]}", out);
    }
    (void)fputs("]}", out);
    free(grid);
}

static void write_experiment(const struct report *report, const struct experiment *experiment,
                             FILE *out)
{
    size_t states[SAMPLE_STATES];
    (void)fputs("    {", out);
    pair(out, "name", experiment->name);
    pair(out, "question", experiment->question);
    pair(out, "lesson", experiment->lesson);
    pair(out, "x", experiment->x_label);
    (void)fprintf(out, "\"rows\": %zu", report_tally(report, experiment->name, states));
    for (int i = 0; i < SAMPLE_STATES; i++)
        (void)fprintf(out, ", \"%s\": %zu", sample_state_word[i], states[i]);
    (void)fputs(", \"views\": [\n", out);
    for (const struct view *view = experiment->views; view->name != NULL; view++) {
        if (view != experiment->views)
            (void)fputs(",\n", out);
        write_view(report, experiment, view, out);
    }
    (void)fputs("\n    ]}", out);
}

bool json_results(const struct report *report, FILE *out)
{
    bool first = true;
    (void)fputs("{\n  \"format\": 1,\n", out);
    write_run(report, out);
    (void)fputs("  \"experiments\": [\n", out);
    for (size_t i = 0; i < report->table_count; i++) {
        size_t states[SAMPLE_STATES];
        if (report_tally(report, report->table[i].name, states) == 0)
            continue;
        if (!first)
            (void)fputs(",\n", out);
        write_experiment(report, &report->table[i], out);
        first = false;
    }
    (void)fputs("\n  ]\n}\n", out);
    return ferror(out) == 0;
}
