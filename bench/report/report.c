/* bench/report/report.c: see report.h */
#include "report/report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "charts/chart.h"
#include "common/fail.h"
#include "common/file.h"
#include "report/report_private.h"

bool report_read(struct report *report, const char *folder, char why[WHY])
{
    char path[REPORT_PATH], unread[WHY];
    memset(report, 0, sizeof *report);
    report->folder = folder;
    if (snprintf(path, sizeof path, "%s/samples.tsv", folder) >= (int)sizeof path - 80)
        return fail(why, "the folder's name is too long");
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return fail(why, "%.300s can't be read: %s", path, strerror(errno));
    bool read = sample_read_all(in, &report->samples, &report->count, why);
    (void)fclose(in);
    if (read && !runfile_read(&report->run, folder, unread)) { /* the figures count without it */
        memset(&report->run, 0, sizeof report->run);
        runfile_note(&report->run, "How these samples came about is not known: %s", unread);
    }
    return read;
}

void report_free(struct report *report)
{
    free(report->samples);
    report->samples = NULL;
}

/* --- which figures there are --- */

size_t report_tally(const struct report *report, const char *experiment,
                    size_t states[SAMPLE_STATES])
{
    size_t all = 0;
    for (size_t i = 0; i < report->count; i++)
        if (strcmp(report->samples[i].experiment, experiment) == 0) {
            all++;
            if (states != NULL)
                states[report->samples[i].state]++;
        }
    return all;
}

bool report_shows(const struct report *report, const struct experiment *experiment,
                  const struct view *view)
{
    bool measured = report_tally(report, experiment->name, NULL) == 0, known = false;
    for (size_t i = 0; i < report->count; i++) {
        const struct sample *sample = &report->samples[i];
        if (strcmp(sample->experiment, experiment->name) != 0)
            continue;
        measured = measured || sample->requests > 0;
        known =
            known || !isnan(view == &experiment->spectrum ? sample->spectrum[0]
                                                          : sample_figure(sample, view->figure));
    }
    return view->name != NULL && (known || !measured);
}

bool report_evidence(const struct report *report, const struct experiment *experiment,
                     const struct view *view, struct evidence *evidence)
{
    *evidence = (struct evidence){
        experiment, view,
        grid_make(experiment->name, view->figure, report->samples, report->count)};
    return evidence->grid != NULL;
}

const struct view *report_cost_view(const struct experiment *experiment)
{
    for (const struct view *view = experiment->views; view->name != NULL; view++)
        if (strstr(view->y_label, "processor time") != NULL)
            return view;
    return experiment->views;
}

/* --- the charts and the page --- */

/* A chart that can't be drawn is noted. False: it should have been; the first sentence in why. */
static bool draw(struct report *report, const struct experiment *experiment,
                 const struct view *view, chart_drawer *drawer, char why[WHY])
{
    char sentence[WHY];
    enum chart_end end =
        drawer(report->folder, experiment, view, report->samples, report->count, sentence);
    if (end != CHART_DRAWN)
        runfile_note(&report->run, "The chart %s is not drawn: %s", view->name, sentence);
    if (end == CHART_FAILED && why[0] == '\0')
        (void)fail(why, "the chart %s: %.400s", view->name, sentence);
    return end != CHART_FAILED;
}

/* All charts, also if one fails. */
static bool draw_all(struct report *report, char why[WHY])
{
    bool all = true;
    why[0] = '\0';
    for (size_t i = 0; i < experiments_count; i++) {
        const struct experiment *experiment = &experiments[i];
        for (const struct view *view = experiment->views; view->name != NULL; view++)
            if (report_shows(report, experiment, view))
                all = draw(report, experiment, view, chart_draw, why) && all;
        if (report_shows(report, experiment, &experiment->spectrum))
            all = draw(report, experiment, &experiment->spectrum, chart_draw_spectrum, why) && all;
    }
    return all;
}

static bool make(struct report *report, char why[WHY])
{
    char path[REPORT_PATH], unwritten[WHY];
    bool drawn = draw_all(report, why);
    (void)snprintf(path, sizeof path, "%s/report.html", report->folder);
    bool written = file_write(path, html_page, report, unwritten) || fail(why, "%s", unwritten);
    return drawn && written;
}

/* The figures at the last x that most servers have. */
static void print_figures(const struct evidence *evidence)
{
    const struct grid *grid = evidence->grid;
    size_t column = finding_column(evidence);
    char text[NUMBER_TEXT];
    (void)printf("  %s; %s: %s\n", evidence->view->y_label, evidence->experiment->x.label,
                 experiment_x(evidence->experiment, grid->x[column], text));
    for (size_t row = 0; row < grid->rows; row++)
        if (grid->cell[row][column].estimate.count > 0) {
            (void)printf("  %s%s ", grid->servers[row],
                         grid->cell[row][column].few > 0 ? " (few requests)" : "");
            report_figure(&grid->cell[row][column].estimate, figure_kind(grid->figure));
        }
    (void)putchar('\n');
}

static bool print(const struct report *report, char why[WHY])
{
    struct evidence evidence;
    char text[FINDING_TEXT];
    (void)putchar('\n');
    if (report_tally(report, "idle-crowd", NULL) > 0) {
        report_answer(report, text);
        (void)printf("%s\n\n", text);
    }
    for (size_t i = 0; i < experiments_count; i++)
        for (const struct view *view = experiments[i].views; view->name != NULL; view++)
            if (report_shows(report, &experiments[i], view) &&
                report_evidence(report, &experiments[i], view, &evidence)) {
                (void)finding_text(&evidence, false, text);
                (void)printf("%s: %s\n", view->name, text);
                print_figures(&evidence);
                free(evidence.grid);
            }
    return fflush(stdout) == 0 || fail(why, "standard output: %s", strerror(errno));
}

bool report_make(const char *folder, bool printed, char why[WHY])
{
    struct report report;
    char second[WHY];
    if (!report_read(&report, folder, why))
        return false;
    bool made = make(&report, why);
    bool ok = (!printed || print(&report, made ? why : second)) && made;
    report_free(&report);
    return ok;
}
