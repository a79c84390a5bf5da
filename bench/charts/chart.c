/* chart.c: see chart.h */
#include "charts/chart.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "charts/chart_parts.h"

enum { PATH = 512, GNUPLOT_SECONDS = 60, DUMB_ROWS = 26 };

static const char terminal[] = "terminal"; /* the chart that is printed */

/* The folder for charts, and what is on the chart. */
static enum chart_end chart_begin(struct chart *chart, const char *folder, char charts[PATH],
                                  const struct experiment *experiment, const struct view *view,
                                  const struct sample *samples, size_t count, char why[160])
{
    if (snprintf(charts, PATH, "%s/charts", folder) >= PATH) {
        (void)snprintf(why, 160, "the folder's name is too long");
        return CHART_FAILED;
    }
    if (mkdir(charts, 0777) < 0 && errno != EEXIST) {
        (void)snprintf(why, 160, "the folder for charts can't be made: %s", strerror(errno));
        return CHART_FAILED;
    }
    memset(chart, 0, sizeof *chart);
    chart->experiment = experiment;
    chart->aside = 0.005;
    chart->view = view;
    chart->x_kind = number_kind_of(experiment->x_label);
    chart->y_kind = number_kind_of(view->y_label);
    chart->grid = grid_make(experiment->name, view->value, samples, count);
    if (chart->grid == NULL) {
        (void)snprintf(why, 160, "no memory");
        return CHART_FAILED;
    }
    if (!chart_plan(chart, &chart_wide)) {
        (void)snprintf(why, 160, "no good sample has a figure for %.60s", view->name);
        free(chart->grid);
        return CHART_EMPTY;
    }
    return CHART_DRAWN;
}

/* Opens folder/charts/<view><ending> to write. */
static FILE *file_open(const char *folder, const char *name, const char *ending, char why[160])
{
    char path[PATH];
    int len = snprintf(path, sizeof path, "%s/%s%s", folder, name, ending);
    FILE *file = len > 0 && (size_t)len < sizeof path ? fopen(path, "we") : NULL;
    if (file == NULL)
        (void)snprintf(why, 160, "%.40s%s can't be written: %s", name, ending, strerror(errno));
    return file;
}

static bool file_close(FILE *file, const char *name, char why[160])
{
    bool written = ferror(file) == 0;
    if (fclose(file) == 0 && written)
        return true;
    (void)snprintf(why, 160, "%.60s can't be written: %s", name, strerror(errno));
    return false;
}

/* One layout of it: as SVG, and the wide one as PNG of twice the size, for print. */
static void write_layout(struct chart *chart, FILE *out, const struct chart_layout *layout,
                         const char *data)
{
    (void)chart_plan(chart, layout);
    int width = layout->width, height = chart->height, font = layout->font;
    bool wide = layout == &chart_wide;
    chart_write_page(chart, out);
    for (int turn = 0; turn < (wide ? 2 : 1); turn++) {
        if (turn == 0) /* sizes are in pixels there, in points of 4/3 pixel in the PNG: hence 1.5 */
            (void)fprintf(out,
                          "set terminal svg size %d,%d font 'sans-serif,%d' noenhanced background "
                          "'#ffffff'\nset output '%s%s.svg'\n",
                          width, height, font, chart->view->name, layout->suffix);
        else
            (void)fprintf(
                out,
                "if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) { set terminal pngcairo size "
                "%d,%d font 'sans-serif,%d' fontscale 1.5 linewidth 2 pointscale 2 noenhanced } "
                "else { set terminal png size %d,%d font 'sans-serif,%d' noenhanced }\n"
                "set output '%s.png'\n",
                width * 2, height * 2, font, width, height, font, chart->view->name);
        if (chart->view->bars)
            chart_write_bars(chart, out, data);
        else
            chart_write_lines(chart, out, data);
        (void)fputs("unset output\n", out);
    }
}

static bool write_all(struct chart *chart, const char *folder, char why[160])
{
    const char *name = chart->view->name;
    char data[80];
    FILE *dat = file_open(folder, name, ".dat", why);
    if (dat == NULL)
        return false;
    (void)chart_write_data(chart, dat);
    if (!file_close(dat, name, why))
        return false;
    (void)snprintf(data, sizeof data, "%.64s.dat", name);
    FILE *gp = file_open(folder, name, ".gp", why);
    if (gp == NULL)
        return false;
    (void)fprintf(gp, "# made by lab-bench; to draw it again: gnuplot -d %s.gp\n", name);
    write_layout(chart, gp, &chart_wide, data);
    write_layout(chart, gp, &chart_narrow, data);
    return file_close(gp, name, why);
}

enum chart_end chart_draw(const char *folder, const struct experiment *experiment,
                          const struct view *view, const struct sample *samples, size_t count,
                          char why[160])
{
    struct chart chart;
    char charts[PATH], script[80];
    enum chart_end end = chart_begin(&chart, folder, charts, experiment, view, samples, count, why);
    if (end != CHART_DRAWN)
        return end;
    (void)snprintf(script, sizeof script, "%.64s.gp", view->name);
    bool drawn =
        write_all(&chart, charts, why) && chart_gnuplot(charts, script, GNUPLOT_SECONDS, why);
    free(chart.grid);
    return drawn ? CHART_DRAWN : CHART_FAILED;
}

/* What the letters mean; and what has none. */
static void print_legend(const struct chart *chart)
{
    for (size_t row = 0; row < chart->grid->rows; row++)
        (void)printf("%s%c %s", row > 0 ? "   " : "  ", chart_style(chart->grid, row)->letter,
                     grid_label(chart->grid->servers[row]));
    (void)putchar('\n');
    for (size_t i = 0; i < chart->notes_count; i++)
        (void)printf("  %s\n", chart->notes[i]);
}

static bool write_dumb(struct chart *chart, const char *charts, int columns, char why[160])
{
    FILE *dat = file_open(charts, terminal, ".dat", why);
    if (dat == NULL)
        return false;
    (void)chart_write_data(chart, dat);
    if (!file_close(dat, terminal, why))
        return false;
    FILE *gp = file_open(charts, terminal, ".gp", why);
    if (gp == NULL)
        return false;
    chart->aside = 1.0 / (columns - 20); /* a letter */
    chart_write_dumb(chart, gp, "terminal.dat", columns, DUMB_ROWS);
    return file_close(gp, terminal, why);
}

enum chart_end chart_print(const char *folder, const struct experiment *experiment,
                           const struct view *view, const struct sample *samples, size_t count,
                           int columns, char why[160])
{
    struct chart chart;
    char charts[PATH];
    enum chart_end end = chart_begin(&chart, folder, charts, experiment, view, samples, count, why);
    if (end != CHART_DRAWN)
        return end;
    bool printed = write_dumb(&chart, charts, columns, why) && fflush(stdout) == 0 &&
                   chart_gnuplot(charts, "terminal.gp", GNUPLOT_SECONDS, why);
    if (printed)
        print_legend(&chart);
    free(chart.grid);
    return printed ? CHART_DRAWN : CHART_FAILED;
}
