/* report.c: see report.h */
#include "report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "charts/chart.h"
#include "report/report_parts.h"

bool report_read(struct report *report, const char *folder, char why[160])
{
    char path[REPORT_PATH], unread[160];
    memset(report, 0, sizeof *report);
    report->folder = folder;
    report->table = experiments;
    report->table_count = experiments_count;
    if (snprintf(path, sizeof path, "%s/samples.csv", folder) >= (int)sizeof path - 80) {
        (void)snprintf(why, 160, "the folder's name is too long");
        return false;
    }
    FILE *csv = fopen(path, "re");
    if (csv == NULL) {
        (void)snprintf(why, 160, "%.90s can't be read: %s", path, strerror(errno));
        return false;
    }
    bool read = sample_read_all(csv, &report->samples, &report->count, why);
    (void)fclose(csv);
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

size_t report_tally(const struct report *report, const char *experiment,
                    size_t states[SAMPLE_STATES])
{
    size_t all = 0;
    memset(states, 0, sizeof *states * SAMPLE_STATES);
    for (size_t i = 0; i < report->count; i++) {
        if (strcmp(report->samples[i].experiment, experiment) != 0)
            continue;
        all++;
        if ((unsigned int)report->samples[i].state < SAMPLE_STATES)
            states[report->samples[i].state]++;
    }
    return all;
}

const struct experiment *report_headline(const struct report *report)
{
    const struct experiment *first = NULL;
    for (size_t i = 0; i < report->table_count; i++) {
        size_t states[SAMPLE_STATES];
        if (report_tally(report, report->table[i].name, states) == 0 || states[SAMPLE_GOOD] == 0)
            continue;
        if (strcmp(report->table[i].name, "idle-crowd") == 0)
            return &report->table[i];
        if (first == NULL)
            first = &report->table[i];
    }
    return first;
}

/* All charts; one that can't be drawn is noted, and the others are drawn. False: the first sentence in why. */
static bool draw_all(struct report *report, char why[160])
{
    char sentence[160];
    size_t states[SAMPLE_STATES];
    bool all = true;
    for (size_t i = 0; i < report->table_count; i++) {
        const struct experiment *experiment = &report->table[i];
        if (report_tally(report, experiment->name, states) == 0)
            continue;
        for (const struct view *view = experiment->views; view->name != NULL; view++) {
            enum chart_end end = chart_draw(report->folder, experiment, view, report->samples,
                                            report->count, sentence);
            if (end != CHART_DRAWN)
                runfile_note(&report->run, "The chart %s is not drawn: %s", view->name, sentence);
            if (end == CHART_FAILED && all)
                (void)snprintf(why, 160, "the chart %.30s: %.110s", view->name, sentence);
            all = all && end != CHART_FAILED;
        }
    }
    return all;
}

/* Writes folder/name by a function; complete or not at all. */
static bool write_file(const struct report *report, const char *name,
                       bool (*write_it)(const struct report *report, FILE *out), char why[160])
{
    char path[REPORT_PATH], fresh[REPORT_PATH];
    (void)snprintf(path, sizeof path, "%s/%s", report->folder, name);
    (void)snprintf(fresh, sizeof fresh, "%s/.%s.new", report->folder, name);
    FILE *out = fopen(fresh, "we");
    bool written = out != NULL && write_it(report, out);
    if (out != NULL && fclose(out) != 0)
        written = false;
    if (written && rename(fresh, path) == 0)
        return true;
    (void)snprintf(why, 160, "%s can't be written: %s", name, strerror(errno));
    (void)unlink(fresh);
    return false;
}

bool report_make(const char *folder, char why[160])
{
    struct report report;
    if (!report_read(&report, folder, why))
        return false;
    char unwritten[160];
    bool drawn = draw_all(&report, why);
    bool written = write_file(&report, "results.json", json_results, unwritten) &&
                   write_file(&report, "report.html", html_page, unwritten);
    if (!written)
        (void)snprintf(why, 160, "%s", unwritten);
    report_free(&report);
    return drawn && written;
}

/* As wide as the terminal, within reason: below 40 columns there is no room for a chart. */
static int columns(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return 100;
    return size.ws_col < 40 ? 40 : size.ws_col < 120 ? size.ws_col : 120;
}

static void print_line(const struct report *report, const struct experiment *experiment)
{
    const struct view *view = report_cost_view(experiment);
    char words[REPORT_WORDS];
    struct grid *grid = grid_make(experiment->name, view->value, report->samples, report->count);
    int column = grid != NULL ? report_column(grid) : -1;
    if (column >= 0) {
        report_words(report, experiment, view, grid, (size_t)column, words);
        (void)printf("%-14s %s\n", experiment->name, words);
    } else if (grid != NULL && grid->rows > 0) {
        (void)printf("%-14s no good sample\n", experiment->name);
    }
    free(grid);
}

bool report_print(const char *folder, char why[160])
{
    struct report report;
    if (!report_read(&report, folder, why))
        return false;
    const struct experiment *headline = report_headline(&report);
    bool printed = true;
    if (headline != NULL) {
        (void)printf("\n%s\n", headline->views[0].title);
        printed = chart_print(folder, headline, &headline->views[0], report.samples, report.count,
                              columns(), why) != CHART_FAILED;
        (void)putchar('\n');
    }
    for (size_t i = 0; i < report.table_count; i++)
        print_line(&report, &report.table[i]);
    if (fflush(stdout) != 0 && printed) {
        (void)snprintf(why, 160, "standard output: %s", strerror(errno));
        printed = false;
    }
    report_free(&report);
    return printed;
}

bool report_all(const char *folder, char why[160])
{
    char second[160];
    bool made = report_make(folder, why);
    return report_print(folder, made ? why : second) && made;
}
