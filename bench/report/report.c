/* bench/report/report.c: see report.h */
#include "report/report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "charts/chart.h"
#include "common/fail.h"
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

/* A chart that can't be drawn is noted. False: the first sentence in why. */
static bool drawn(struct report *report, const struct view *view, enum chart_end end,
                  const char *sentence, char why[WHY])
{
    if (end != CHART_DRAWN)
        runfile_note(&report->run, "The chart %s is not drawn: %s", view->name, sentence);
    if (end == CHART_FAILED && why[0] == '\0')
        (void)fail(why, "the chart %s: %.400s", view->name, sentence);
    return end != CHART_FAILED;
}

/* All charts, also if one fails. */
static bool draw_all(struct report *report, char why[WHY])
{
    char sentence[WHY];
    bool all = true;
    why[0] = '\0';
    for (size_t i = 0; i < experiments_count; i++) {
        const struct experiment *experiment = &experiments[i];
        const struct view spectrum = report_spectrum(experiment);
        if (report_tally(report, experiment->name, NULL) == 0)
            continue;
        for (const struct view *view = experiment->views; view->name != NULL; view++)
            all = drawn(report, view,
                        chart_draw(report->folder, experiment, view, report->samples, report->count,
                                   sentence),
                        sentence, why) &&
                  all;
        if (experiment->spectrum)
            all = drawn(report, &spectrum,
                        chart_draw_spectrum(report->folder, experiment, &spectrum, report->samples,
                                            report->count, sentence),
                        sentence, why) &&
                  all;
    }
    return all;
}

/* folder/report.html: complete or not at all. */
static bool page_write(const struct report *report, char why[WHY])
{
    char path[REPORT_PATH], fresh[REPORT_PATH];
    (void)snprintf(path, sizeof path, "%s/report.html", report->folder);
    (void)snprintf(fresh, sizeof fresh, "%s/.report.html.new", report->folder);
    FILE *out = fopen(fresh, "we");
    bool written = out != NULL && html_page(report, out);
    if (out != NULL && fclose(out) != 0)
        written = false;
    if (written && rename(fresh, path) == 0)
        return true;
    (void)fail(why, "report.html can't be written: %s", strerror(errno));
    (void)unlink(fresh);
    return false;
}

bool report_make(const char *folder, char why[WHY])
{
    struct report report;
    if (!report_read(&report, folder, why))
        return false;
    char unwritten[WHY];
    bool drawn = draw_all(&report, why);
    bool written = page_write(&report, unwritten);
    if (!written)
        (void)fail(why, "%s", unwritten);
    report_free(&report);
    return drawn && written;
}

/* The medians at the last x that most servers have. */
static void print_medians(const struct evidence *evidence)
{
    const struct grid *grid = evidence->grid;
    enum number_kind kind = number_kind_of(evidence->view->y_label);
    size_t column = finding_column(evidence);
    char text[NUMBER_TEXT];
    (void)printf("  %s; %s: %s\n", evidence->view->y_label, evidence->experiment->x_label,
                 experiment_x(evidence->experiment, grid->x[column], text));
    for (size_t row = 0; row < grid->rows; row++)
        if (grid->cell[row][column].estimate.count > 0)
            (void)printf("  %s %s", grid->servers[row],
                         number_table(kind, grid->cell[row][column].estimate.median, text));
    (void)putchar('\n');
}

bool report_print(const char *folder, char why[WHY])
{
    struct report report;
    struct evidence evidence;
    char text[FINDING_TEXT];
    if (!report_read(&report, folder, why))
        return false;
    (void)putchar('\n');
    if (report_tally(&report, "idle-crowd", NULL) > 0) {
        report_answer(&report, text);
        (void)printf("%s\n\n", text);
    }
    for (size_t i = 0; i < experiments_count; i++) {
        const struct view *view = experiments[i].views;
        for (; view->name != NULL && report_tally(&report, experiments[i].name, NULL) > 0; view++)
            if (report_evidence(&report, &experiments[i], view, &evidence)) {
                finding_text(&evidence, text);
                (void)printf("%s: %s\n", view->name, text);
                print_medians(&evidence);
                free(evidence.grid);
            }
    }
    report_free(&report);
    return fflush(stdout) == 0 || fail(why, "standard output: %s", strerror(errno));
}

bool report_all(const char *folder, char why[WHY])
{
    char second[WHY];
    bool made = report_make(folder, why);
    return report_print(folder, made ? why : second) && made;
}
