/* bench/charts/chart_frame.c: what is the same in all scripts: sizes, title, names of axes */
#include <string.h>

#include "charts/chart_private.h"

/* Pixels; TITLE: bytes in a line of a title. A phone shows it at three quarters of its size. */
enum { WIDTH = 480, HEIGHT = 430, LINE = 22, TURNED = 50, TITLE = 42 };

/* How much of a title fits in a line. */
static size_t title_line(const char *title)
{
    size_t length = strlen(title);
    if (length > TITLE)
        for (length = TITLE; length > 1 && title[length] != ' ';)
            length--;
    return length;
}

static void write_title(const char *title, FILE *out)
{
    char line[TITLE + 1];
    const char *join = "set title ";
    while (*title != '\0') {
        size_t length = title_line(title);
        (void)snprintf(line, sizeof line, "%.*s", (int)length, title);
        (void)fputs(join, out);
        chart_quote(out, line);
        join = ".\"\\n\".";
        title += length + strspn(title + length, " ");
    }
    (void)fputs(" font 'sans-serif Bold,15'\n", out);
}

/* The same picture twice: for pages, and in twice the size for print. */
static void write_terminal(const struct chart *chart, FILE *out, const char *terminal, int scale)
{
    int height =
        HEIGHT + LINE * (int)chart->notes_count + (chart_tics_are_close(chart) ? TURNED : 0);
    for (const char *at = chart->title; *at != '\0'; at += strspn(at, " ")) {
        at += title_line(at);
        height += LINE;
    }
    (void)fprintf(out, "set terminal %s noenhanced size %d,%d\nset output '%s.%s'\n", terminal,
                  WIDTH * scale, height * scale, chart->view->name, scale == 1 ? "svg" : "png");
}

void chart_write_head(const struct chart *chart, FILE *out)
{
    write_terminal(chart, out, "svg dynamic font 'sans-serif,14' background rgb 'white'", 1);
    (void)fputs("set encoding utf8\nset key bmargin center horizontal samplen 2 width -1\n"
                "set border 3\nset grid ytics lt 1 lw 0.8 lc rgb '#e2e2e2'\nset errorbars 0.5\n",
                out);
    write_title(chart->title, out);
    (void)fputs("set ylabel ", out);
    chart_quote(out, chart->view->y_label);
    (void)fputs(" font 'sans-serif,13'\n", out);
}

void chart_write_end(const struct chart *chart, FILE *out)
{
    write_terminal(chart, out,
                   "pngcairo fontscale 1.5 linewidth 2 pointscale 2 font 'sans-serif,14'", 2);
    (void)fputs("replot\n", out);
}
