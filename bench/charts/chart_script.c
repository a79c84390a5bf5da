/* bench/charts/chart_script.c: a chart as gnuplot's data and commands */
#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "charts/chart_private.h"

/* Lightness differs as well as hue: Okabe and Ito's palette in an order that keeps select and poll,
 * fork and thread apart in grey too. */
static const struct style six[] = {
    {"#000000", 5, 4},   {"#D55E00", 9, 8},   {"#E69F00", 11, 10},
    {"#CC79A7", 13, 12}, {"#56B4E9", 15, 14}, {"#0072B2", 7, 6},
};
static const struct style others[] = {
    {"#009E73", 7, 6}, {"#8C6D00", 5, 4}, {"#7A3B69", 9, 8}, {"#4D4D4D", 11, 10}};
static const struct style baseline = {"#8A8A8A", 2, 4};
static const struct style redis = {"#8A8A8A", 5, 4}, nginx = {"#505050", 9, 8};
enum { BOTH_STATES = 3 }; /* a star, which no server has */

const char *chart_colour(int model)
{
    return six[model - 1].colour;
}

const struct style *chart_style(const struct grid *grid, size_t row)
{
    const char *server = grid->servers[row];
    int model = grid_model(server), minimal = grid_minimal(server);
    size_t before = 0;
    if (model != 0 || minimal > 0)
        return model < 0 ? &baseline : &six[(model > 0 ? model : minimal) - 1];
    if (server_kind_of(server) == SERVER_PEER)
        return strncmp(server, "nginx", 5) == 0 ? &nginx : &redis;
    for (size_t i = 0; i < row; i++)
        before += grid_model(grid->servers[i]) == 0;
    return &others[before % (sizeof others / sizeof others[0])];
}

void chart_quote(FILE *out, const char *text)
{
    (void)fputc('\'', out);
    while (*text != '\0') {
        uint32_t code;
        size_t length = utf8_decode(text, strlen(text), &code);
        if (length == 0 || !utf8_printable(text, length))
            (void)fputc('?', out);
        else if (*text == '\'' || *text == '`')
            (void)fputs("''", out);
        else
            (void)fwrite(text, 1, length, out);
        text += length > 0 ? length : 1;
    }
    (void)fputc('\'', out);
}

/* --- data ---------------------------------------------------------------------------------- */

/* The column's place on the x axis: a decimal logarithm, with 0 one decade below the least; words
 * at 0, 1, 2. */
static double place_of(const struct chart *chart, size_t column)
{
    const double *x = chart->grid->x;
    if (chart->experiment->x.words != NULL)
        return x[column];
    if (x[column] > 0)
        return log10(x[column]);
    bool next = column + 1 < chart->grid->columns && x[column + 1] > 0;
    return next ? log10(x[column + 1]) - 1 : 0;
}

static double axis_length(const struct chart *chart)
{
    double length = place_of(chart, chart->grid->columns - 1) - place_of(chart, 0);
    return length > 0 ? length : 1;
}

/* May there be a line between two points? Between points that are far apart (five times) it would
 * show what nobody has measured; and what the generator bounds belongs to no line. */
static bool close_by(const struct chart *chart, size_t row, size_t from, size_t to)
{
    const struct grid *grid = chart->grid;
    return grid->x[from] > 0 && grid->x[to] <= 5 * grid->x[from] && !grid->cell[row][from].bound &&
           !grid->cell[row][to].bound;
}

static void write_point(const struct chart *chart, size_t row, size_t column, FILE *out)
{
    const struct grid *grid = chart->grid;
    const struct grid_cell *cell = &grid->cell[row][column];
    const struct estimate *e = &cell->estimate;
    /* servers are moved apart at each x, so that whiskers do not cover each other */
    double rows = (double)grid->rows, numbers = 0.006 * axis_length(chart); /* words are 1 apart */
    double step = chart->experiment->x.words != NULL ? 0.8 / rows : numbers;
    double aside = step * ((double)row - (rows - 1) / 2);
    (void)fprintf(out, "%.10g %.10g %.10g %.10g %.10g %zu %d", place_of(chart, column) + aside,
                  grid->x[column], e->median, e->low, e->high, e->count, cell->bound);
    for (int i = 0; i < 2; i++)
        (void)fprintf(out, " %.10g",
                      cell->humps[i].count > 0 ? cell->humps[i].median : (double)NAN);
    (void)fputc('\n', out);
}

/* Two points make no line: three do. An empty line ends it. */
static void write_row(const struct chart *chart, size_t row, FILE *out)
{
    size_t drawn[GRID_POINTS], count = 0;
    for (size_t i = 0; i < chart->grid->columns; i++)
        if (chart_drawn(chart, row, i))
            drawn[count++] = i;
    bool before = false;
    for (size_t i = 0; i < count; i++) {
        bool after = i + 1 < count && close_by(chart, row, drawn[i], drawn[i + 1]);
        bool third = i + 2 < count && close_by(chart, row, drawn[i + 1], drawn[i + 2]);
        write_point(chart, row, drawn[i], out);
        before = after && (before || third);
        if (!before && i + 1 < count)
            (void)fputc('\n', out);
    }
}

void chart_write_data(FILE *out, const void *what)
{
    const struct chart *chart = what;
    const struct grid *grid = chart->grid;
    for (size_t row = 0; row < grid->rows; row++) {
        if (!chart_row_drawn(chart, row))
            continue;
        (void)fputs("# server ", out);
        chart_quote(out, grid->servers[row]);
        (void)fputs("\n# place x median low high samples bounded states\n", out);
        write_row(chart, row, out);
        (void)fputs("\n\n", out);
    }
}

/* --- script -------------------------------------------------------------------------------- */

bool chart_tics_are_close(const struct chart *chart)
{
    const double plot = chart->experiment->x.words != NULL ? 280 : 360, letter = 9; /* pixels */
    char text[NUMBER_TEXT];
    bool close = false;
    for (size_t i = 1; i < chart->grid->columns; i++) {
        double gap = plot * (place_of(chart, i) - place_of(chart, i - 1)) / axis_length(chart);
        const char *name = experiment_x(chart->experiment, chart->grid->x[i], text);
        close = close || gap < letter * (double)strlen(name);
    }
    return close;
}

static void write_tics_x(const struct chart *chart, FILE *out)
{
    const struct grid *grid = chart->grid;
    double margin = chart->experiment->x.words != NULL ? 0.6 : axis_length(chart) * 0.06;
    char text[NUMBER_TEXT];
    (void)fprintf(out, "set xrange [%.6g:%.6g]\nset xtics nomirror out%s (",
                  place_of(chart, 0) - margin, place_of(chart, grid->columns - 1) + margin,
                  chart_tics_are_close(chart) ? " rotate" : "");
    for (size_t i = 0; i < grid->columns; i++) {
        (void)fputs(i > 0 ? ", " : "", out);
        chart_quote(out, experiment_x(chart->experiment, grid->x[i], text));
        (void)fprintf(out, " %.6g", place_of(chart, i));
    }
    (void)fputs(")\n", out);
    if (chart->experiment->x.words == NULL && grid->x[0] <= 0 && grid->columns > 1)
        (void)fprintf(out, "set label '//' at %.6g, graph 0 center\n", place_of(chart, 1) - 0.5);
}

/* The tics of a logarithmic axis: 1, 2, 5, 10, …; for bytes 1, 4, 16, … */
static double tic(bool bytes, int i)
{
    static const double factors[] = {1, 2, 5};
    return bytes ? pow(4, i) : factors[(i % 3 + 3) % 3] * pow(10, floor(i / 3.0));
}

void chart_write_tics_y(const struct chart *chart, FILE *out)
{
    enum { FIRST = -36, LAST = 48, MANY = 9 };
    enum number_kind kind = figure_kind(chart->view->figure);
    bool bytes = kind == NUMBER_BYTES;
    int count = 0;
    char text[NUMBER_TEXT];
    for (int i = FIRST; i <= LAST; i++)
        count += tic(bytes, i) >= chart->low && tic(bytes, i) <= chart->high;
    (void)fprintf(out, "set logscale y\nset yrange [%.6g:%.6g]\nset ytics nomirror scale 0 (",
                  chart->low, chart->high);
    const char *join = "";
    for (int i = FIRST; i <= LAST; i += count > MANY ? 3 : 1) {
        double value = tic(bytes, i);
        if (value < chart->low || value > chart->high)
            continue;
        (void)fprintf(out, "%s'%s' %.6g", join, number_axis(kind, value, text), value);
        join = ", ";
    }
    (void)fputs(")\n", out);
}

/* The axis' name, and below it a line for each note. */
static void write_label_x(const struct chart *chart, FILE *out)
{
    (void)fputs("set xlabel ", out);
    chart_quote(out, chart->experiment->x.label);
    for (size_t i = 0; i < chart->notes_count; i++) {
        (void)fputs(".\"\\n\".", out);
        chart_quote(out, chart->notes[i]);
    }
    (void)fputs(".\"\\n \"\n", out); /* an empty line above the key */
}

/* Points and whiskers; those that are bounded by the generator, hollow; and the medians of both
 * states, if there are two. */
static void write_points(const struct chart *chart, size_t row, int index, FILE *out)
{
    const char *server = chart->grid->servers[row];
    const struct style *style = chart_style(chart->grid, row);
    (void)fprintf(out, "using 1:($7 == 0 ? $3 : NaN):4:5 with %s lw 2 pt %d %slc rgb '%s' title ",
                  chart->experiment->x.words != NULL ? "yerrorbars" : "yerrorlines", style->point,
                  server_kind_of(server) == SERVER_PEER ? "dt 2 " : "", style->colour);
    chart_quote(out, grid_label(server));
    (void)fprintf(out,
                  ", '' index %d using 1:($7 == 1 ? $3 : NaN):4:5 with yerrorbars lw 2 pt %d "
                  "lc rgb '%s' notitle",
                  index, style->hollow, style->colour);
    for (int i = 8; i <= 9; i++)
        (void)fprintf(out, ", '' index %d using 1:%d with points pt %d ps 0.6 lc rgb '%s' notitle",
                      index, i, BOTH_STATES, style->colour);
}

/* A minimal form is a thin line in the colour of its model, which is in the key. */
static void write_plot(const struct chart *chart, FILE *out)
{
    const struct grid *grid = chart->grid;
    int index = 0;
    for (size_t row = 0; row < grid->rows; row++) {
        if (!chart_row_drawn(chart, row))
            continue;
        (void)fprintf(out, "%s'%s.dat' index %d ", index > 0 ? ", \\\n     " : "plot ",
                      chart->view->name, index);
        if (grid_minimal(grid->servers[row]) > 0)
            (void)fprintf(out, "using 1:3 with linespoints lw 0.7 pt 7 ps 0.3 lc rgb '%s' notitle",
                          chart_style(grid, row)->colour);
        else
            write_points(chart, row, index, out);
        index++;
    }
    (void)fputc('\n', out);
}

void chart_write_script(FILE *out, const void *what)
{
    const struct chart *chart = what;
    chart_write_head(chart, out);
    write_label_x(chart, out);
    write_tics_x(chart, out);
    chart_write_tics_y(chart, out);
    write_plot(chart, out);
    chart_write_end(chart, out);
}
