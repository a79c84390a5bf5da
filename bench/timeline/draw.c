/* bench/timeline/draw.c: see draw.h */
#include "timeline/draw.h"

#include <string.h>

#include "charts/chart.h"
#include "common/number.h"

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

static const double bar_least = 2; /* pixels: what can be seen */

static const struct {
    const char *folder, *sentence;
} models[] = {{"01_loop", "one client at a time: all others wait"},
              {"02_fork", "a process for each client"},
              {"03_thread", "a thread for each client, in one process"},
              {"04_select", "one thread for all: select, with bit sets"},
              {"05_poll", "one thread for all: poll, with an array"},
              {"06_epoll", "one thread for all: epoll, a list in the kernel"}};

static const struct {
    const char *letter, *colour, *text; /* the class; NULL: the model's colour */
} states[] = {[LANE_GREETING] = {"g", "#b5123e", "waits for the greeting"},
              [LANE_REPLY] = {"r", "#ee8fa3", "waits for a reply"},
              [LANE_RECEIVING] = {"d", "#6cc5a8", "receives"},
              [LANE_THINKING] = {"t", "#e6e6e6", "thinks"},
              [LANE_WORKING] = {"w", NULL, "works"},
              [LANE_ASLEEP] = {"s", "#dfe7ef", "asleep in a call"}};

enum { STATES = sizeof states / sizeof states[0] };

void picture_prepare(struct picture *picture, double seconds)
{
    static const char *const kinds[] = {"the process", "the parent", "main thread",
                                        "the thread",  "the thread", "the thread"};
    double least = bar_least * seconds / PLOT;
    for (size_t i = 0; i < picture->server.count; i++) {
        struct lane *lane = &picture->server.lanes[i];
        const char *child = picture->model == 2 ? "child" : "thread";
        if (i == 0)
            (void)snprintf(lane->name, LANE_NAME, "%s", kinds[picture->model - 1]);
        else if (i <= SCENE_CLIENTS) /* they begin in the order in which the clients come */
            (void)snprintf(lane->name, LANE_NAME, "%s for %c", child, scene_order[i - 1]);
        else
            (void)snprintf(lane->name, LANE_NAME, "another %s", child);
        lane_coarsen(lane, least);
    }
    for (int i = 0; i < SCENE_CLIENTS; i++)
        lane_coarsen(&picture->clients[i], least);
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

static bool fits(const char *text, double width)
{
    return LETTER * (double)strlen(text) + 6 <= width;
}

/* The text of a bar, or its first word. False: no room. */
static bool draw_label(FILE *out, const struct lane_span *span, double x, double width, int y)
{
    const char *text = span->state == LANE_ASLEEP ? span->call : states[span->state].text;
    size_t first = strcspn(text, " ");
    if (span->state == LANE_WORKING || LETTER * (double)first + 6 > width)
        return false;
    (void)fprintf(out, "<text class=\"b%s\" x=\"%.1f\" y=\"%d\">%.*s</text>\n",
                  span->state == LANE_GREETING ? " i" : "", x + width / 2, y + 15,
                  (int)(fits(text, width) ? strlen(text) : first), text);
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
    double most = 0;
    for (size_t i = 0; i < lane->count; i++) {
        double sum = 0;
        for (size_t j = i; j < lane->count && lane->spans[i].state == LANE_ASLEEP; j++)
            sum += strcmp(lane->spans[j].call, lane->spans[i].call) == 0 ? lane->spans[j].took : 0;
        longest = sum > most ? lane->spans[i].call : longest;
        most = sum > most ? sum : most;
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
                  "height=\"%d\" font-family=\"sans-serif\">\n<style>\ntext{font-size:16px}\n"
                  ".h{font-size:19px}.m,.l{font-weight:bold}.n,.v{text-anchor:end}.l{fill:#b5123e}"
                  "\n.b{font-size:14px;text-anchor:middle}.i{fill:#fff}.x{text-anchor:middle;"
                  "fill:#555}\n.a{stroke:#ccc;stroke-dasharray:2 3}.o{stroke:#888}.q{fill:#555;"
                  "font-size:14px}\n",
                  width, height, width, height);
    for (int i = 0; i < STATES; i++) {
        if (states[i].colour != NULL)
            (void)fprintf(out, ".%s{fill:%s}", states[i].letter, states[i].colour);
    }
    for (int i = 1; i <= 6; i++)
        (void)fprintf(out, "\n.m%d .w,.m%d .m{fill:%s}", i, i, chart_colour(i));
    (void)fputs("\n</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n", out);
}

static void draw_swatch(FILE *out, const char *state, double x, int y, double width)
{
    (void)fprintf(out, "<path class=\"%s\" d=\"M%.1f %dh%.1fv16h-%.1fz\"/>\n", state, x, y, width,
                  width);
}

/* Clients in the first line, the server in the second. first, last: the models whose colours stand
 * for work. */
static void draw_legend(FILE *out, int top, int first, int last, double seconds)
{
    static const int widths[STATES] = {196, 156, 100, 0, 80, 0};
    int x = 72, y = top, side = SWATCH / (last - first + 1);
    for (int i = 0; i < STATES; x += widths[i++]) {
        if (i == LANE_WORKING) {
            x = 72;
            y += 24;
        }
        for (int m = first; i == LANE_WORKING && m <= last; m++) {
            (void)fprintf(out, "<g class=\"m%d\">", m);
            draw_swatch(out, states[i].letter, x + side * (m - first), y, side);
            (void)fputs("</g>\n", out);
        }
        if (i != LANE_WORKING)
            draw_swatch(out, states[i].letter, x, y, SWATCH);
        (void)fprintf(out, "<text class=\"q\" x=\"%d\" y=\"%d\">%s</text>\n", x + SWATCH + 5,
                      y + 13, states[i].text);
    }
    (void)fprintf(out,
                  "<text class=\"q\" x=\"8\" y=\"%d\">clients</text>\n"
                  "<text class=\"q\" x=\"8\" y=\"%d\">server</text>\n"
                  "<text class=\"q\" x=\"8\" y=\"%d\">Real traces (strace). What is shorter than "
                  "%.0f ms is drawn so wide.</text>\n",
                  top + 13, top + 37, top + 62, 1e3 * bar_least * seconds / PLOT);
}

void draw_one(FILE *out, const struct picture *picture, double seconds)
{
    int height = picture_height(picture);
    draw_begin(out, WIDTH, height + LEGEND);
    (void)fprintf(out, "<g class=\"m%d\">\n", picture->model);
    draw_picture(out, picture, seconds);
    (void)fputs("</g>\n", out);
    draw_legend(out, height, picture->model, picture->model, seconds);
    (void)fputs("</svg>\n", out);
}

void draw_sheet(FILE *out, const struct picture *pictures, size_t count, double seconds)
{
    const int gutter = 30;
    int heights[16] = {0}, total = 0;
    for (size_t i = 0; i < count; i++) {
        int height = picture_height(&pictures[i]);
        heights[i / 2] = height > heights[i / 2] ? height : heights[i / 2];
    }
    for (size_t row = 0; row < (count + 1) / 2; row++)
        total += heights[row];
    draw_begin(out, 2 * WIDTH + gutter, total + LEGEND);
    for (size_t i = 0, y = 0; i < count; y += i % 2 == 1 ? (size_t)heights[i / 2] : 0, i++) {
        (void)fprintf(out, "<g class=\"m%d\" transform=\"translate(%d %zu)\">\n", pictures[i].model,
                      i % 2 == 1 ? WIDTH + gutter : 0, y);
        draw_picture(out, &pictures[i], seconds);
        (void)fputs("</g>\n", out);
    }
    draw_legend(out, total, 1, 6, seconds);
    (void)fputs("</svg>\n", out);
}
