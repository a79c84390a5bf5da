/* bench/timeline/draw.c: see draw.h */
#include "timeline/draw.h"

#include <string.h>

#include "charts/chart.h"
#include "common/number.h"
#include "texts/texts.h"

enum { /* pixels */
       WIDTH = 660,
       LEFT = 178, /* names of lanes */
       RIGHT = 86, /* how long a client waited */
       PLOT = WIDTH - LEFT - RIGHT,
       TITLE = 44, /* height of the title */
       ROW = 26,
       BAR = 20,
       GAP = 14, /* between clients and server */
       AXIS = 46,
       LEGEND = 76,
       SWATCH = 18,
       LETTER = 8 /* width in a bar, at most */
};

static const double bar_min = 2; /* pixels: what can be seen */

static const struct {
    const char *folder, *sentence, *first; /* its first process or thread */
} models[] = {{"01_loop", "one client at a time: all others wait", "the process"},
              {"02_fork", "a process for each client", "the parent"},
              {"03_thread", "a thread for each client, in one process", "main thread"},
              {"04_select", "one thread for all: select, with bit sets", "the thread"},
              {"05_poll", "one thread for all: poll, with an array", "the thread"},
              {"06_epoll", "one thread for all: epoll, a list in the kernel", "the thread"}};

static const struct {
    const char *letter, *text; /* the class in timeline.css */
} states[] = {[LANE_GREETING] = {"g", "waits for the greeting"},
              [LANE_REPLY] = {"r", "waits for a reply"},
              [LANE_RECEIVING] = {"d", "receives"},
              [LANE_THINKING] = {"t", "thinks"},
              [LANE_WORKING] = {"w", "works"}, /* in the model's colour */
              [LANE_ASLEEP] = {"s", "asleep in a call"}};

void picture_prepare(struct picture *picture, double seconds)
{
    double min = bar_min * seconds / PLOT;
    for (size_t i = 0; i < picture->server.count; i++) {
        struct lane *lane = &picture->server.lanes[i];
        const char *child = picture->model == 2 ? "child" : "thread";
        if (i == 0)
            (void)snprintf(lane->name, LANE_NAME, "%s", models[picture->model - 1].first);
        else if (i <= SCENE_CLIENTS) /* they begin in the order in which the clients come */
            (void)snprintf(lane->name, LANE_NAME, "%s for %c", child, scene_order[i - 1]);
        else
            (void)snprintf(lane->name, LANE_NAME, "another %s", child);
        lane_coarsen(lane, min);
    }
    for (int i = 0; i < SCENE_CLIENTS; i++)
        lane_coarsen(&picture->clients[i], min);
}

void picture_free(struct picture *picture)
{
    for (int i = 0; i < SCENE_CLIENTS; i++)
        lane_free(&picture->clients[i]);
    trace_free(&picture->server);
}

/* --- one picture ---------------------------------------------------------------------------- */

static int picture_height(const struct picture *picture)
{
    return TITLE + ROW * (SCENE_CLIENTS + (int)picture->server.count) + GAP + AXIS;
}

static double place(double at, double seconds)
{
    return LEFT + PLOT * (at < seconds ? at : seconds) / seconds;
}

/* The text of a bar, or its first word. False: no room. */
static bool draw_label(FILE *out, const struct lane_span *span, double x, double width, int y)
{
    const char *text = span->state == LANE_ASLEEP ? span->call : states[span->state].text;
    size_t max = width > 6 ? (size_t)((width - 6) / LETTER) : 0;
    size_t length = strlen(text) <= max ? strlen(text) : strcspn(text, " ");
    if (span->state == LANE_WORKING || length > max)
        return false;
    (void)fprintf(out, "<text class=\"b%s\" x=\"%.1f\" y=\"%d\">%.*s</text>\n",
                  span->state == LANE_GREETING ? " i" : "", x + width / 2, y + 15, (int)length,
                  text);
    return true;
}

static bool draw_span(FILE *out, const struct lane_span *span, int y, double seconds)
{
    char took[NUMBER_TEXT];
    double x = place(span->from, seconds), width = place(span->to, seconds) - x;
    bool asleep = span->state == LANE_ASLEEP;
    (void)fprintf(out, "<path class=\"%s\" d=\"M%.1f %dh%.1fv%dh-%.1fz\"><title>%s%s, %s</title>",
                  states[span->state].letter, x, y, width, BAR, width,
                  asleep ? "asleep in " : states[span->state].text, asleep ? span->call : "",
                  number_table(NUMBER_TIME, 1e6 * span->took, took));
    (void)fputs("</path>\n", out);
    return draw_label(out, span, x, width, y);
}

/* The call in which it slept longest in all; NULL: it never slept. */
static const char *call_longest(const struct lane *lane)
{
    const char *longest = NULL;
    double max = 0;
    for (size_t i = 0; i < lane->count; i++) {
        double sum = 0;
        for (size_t j = i; j < lane->count && lane->spans[i].state == LANE_ASLEEP; j++)
            sum += strcmp(lane->spans[j].call, lane->spans[i].call) == 0 ? lane->spans[j].took : 0;
        longest = sum > max ? lane->spans[i].call : longest;
        max = sum > max ? sum : max;
    }
    return longest;
}

/* In a lane without a label the call stands behind the last bar. */
static void draw_lane(FILE *out, const struct lane *lane, int y, double seconds)
{
    const char *longest = call_longest(lane);
    bool labelled = false;
    (void)fprintf(out, "<text class=\"n\" x=\"%d\" y=\"%d\">%s</text>\n", LEFT - 8, y + 15,
                  lane->name);
    for (size_t i = 0; i < lane->count; i++)
        labelled = draw_span(out, &lane->spans[i], y, seconds) || labelled;
    if (!labelled && longest != NULL)
        (void)fprintf(out, "<text class=\"q\" x=\"%.1f\" y=\"%d\">asleep in %s</text>\n",
                      place(lane->spans[lane->count - 1].to, seconds) + 6, y + 15, longest);
}

/* Bold if it waited for the greeting: for other clients, not for its own request. */
static void draw_waited(FILE *out, const struct lane *lane, int y)
{
    char text[NUMBER_TEXT];
    const struct lane_span *first = lane->spans;
    bool others = lane->count > 0 && first->state == LANE_GREETING && first->took >= 0.1;
    (void)fprintf(out, "<text class=\"v%s\" x=\"%d\" y=\"%d\">%s</text>\n", others ? " l" : "",
                  WIDTH - 4, y + 15, number_table(NUMBER_TIME, 1e6 * lane_waited(lane), text));
}

/* A line for each half second. */
static void draw_axis(FILE *out, int top, int bottom, double seconds)
{
    for (int i = 0; 0.5 * i <= seconds; i++) {
        double x = place(0.5 * i, seconds);
        (void)fprintf(out, "<path class=\"a\" d=\"M%.1f %dV%d\"/>\n", x, top, bottom);
        (void)fprintf(out, "<text class=\"x\" x=\"%.1f\" y=\"%d\">%g%s</text>\n", x, bottom + 18,
                      0.5 * i, i == 0 ? " s" : "");
    }
}

/* The class of the group decides what colour work has. */
static void draw_picture(FILE *out, const struct picture *picture, double seconds)
{
    int y = TITLE, bottom = picture_height(picture) - AXIS + 4;
    (void)fprintf(out,
                  "<text class=\"h\" x=\"8\" y=\"26\"><tspan class=\"m\">%s</tspan>  %s</text>\n"
                  "<text class=\"v\" x=\"%d\" y=\"26\">waited</text>\n",
                  models[picture->model - 1].folder, models[picture->model - 1].sentence,
                  WIDTH - 4);
    draw_axis(out, y - 6, bottom, seconds);
    for (int i = 0; i < SCENE_CLIENTS; i++, y += ROW) {
        draw_lane(out, &picture->clients[i], y, seconds);
        draw_waited(out, &picture->clients[i], y);
    }
    (void)fprintf(out, "<path class=\"o\" d=\"M8 %dH%d\"/>\n", y + GAP / 2 - 3, WIDTH - 4);
    y += GAP;
    for (size_t i = 0; i < picture->server.count; i++, y += ROW)
        draw_lane(out, &picture->server.lanes[i], y, seconds);
}

/* --- files ---------------------------------------------------------------------------------- */

static void draw_begin(FILE *out, int width, int height)
{
    (void)fprintf(out,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
                  "height=\"%d\" font-family=\"sans-serif\">\n<style>\n%s",
                  width, height, width, height, text_timeline_style);
    for (int i = 1; i <= 6; i++)
        (void)fprintf(out, ".m%d .w,.m%d .m{fill:%s}\n", i, i, chart_colour(i));
    (void)fputs("</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n", out);
}

/* first, last: the models whose colours stand for work. */
static void draw_legend(FILE *out, int top, int first, int last, double seconds)
{
    char at[16], min[16];
    int side = SWATCH / (last - first + 1);
    (void)snprintf(at, sizeof at, "%d", top);
    (void)snprintf(min, sizeof min, "%.0f", 1e3 * bar_min * seconds / PLOT);
    html(out, text_timeline_legend, at, min);
    for (int m = first; m <= last; m++)
        (void)fprintf(out, "<g class=\"m%d\"><path class=\"w\" d=\"M%d %dh%dv16h-%dz\"/></g>\n", m,
                      72 + side * (m - first), top + 24, side, side);
}

/* Of a row, which begins with this picture: that of the taller one. */
static int row_height(const struct picture *first, size_t count)
{
    int height = picture_height(&first[0]), other = count > 1 ? picture_height(&first[1]) : 0;
    return height > other ? height : other;
}

void drawing_print(FILE *out, const void *what)
{
    const struct drawing *drawing = what;
    const struct picture *pictures = drawing->pictures;
    const size_t count = drawing->count;
    const int gutter = 30;
    int total = 0, y = 0;
    for (size_t i = 0; i < count; i += 2)
        total += row_height(&pictures[i], count - i);
    draw_begin(out, count > 1 ? 2 * WIDTH + gutter : WIDTH, total + LEGEND);
    for (size_t i = 0; i < count; i++) {
        bool right = i % 2 == 1;
        (void)fprintf(out, "<g class=\"m%d\" transform=\"translate(%d %d)\">\n", pictures[i].model,
                      right ? WIDTH + gutter : 0, y);
        draw_picture(out, &pictures[i], drawing->seconds);
        (void)fputs("</g>\n", out);
        y += right ? row_height(&pictures[i - 1], 2) : 0;
    }
    draw_legend(out, total, pictures[0].model, pictures[count - 1].model, drawing->seconds);
    (void)fputs("</svg>\n", out);
}
