/* test_timeline.c: traces of strace as lanes, and lanes as a drawing */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "timeline/draw.h"
#include "unit.h"

/* All spans have a length, and none begins before the one before it has ended. */
static void lane_check(const struct lane *lane)
{
    unit_check(!lane->failed, "no memory");
    for (size_t i = 0; i < lane->count; i++) {
        const struct lane_span *span = &lane->spans[i];
        unit_check(span->to > span->from, "%s: a span without a length at %.6f s", lane->name,
                   span->from);
        unit_check(i == 0 || span->from >= span[-1].to, "%s: two spans overlap at %.6f s",
                   lane->name, span->from);
    }
}

static bool trace_try(struct trace *trace, const char *text, double began, double end,
                      char why[WHY])
{
    char copy[4096];
    (void)snprintf(copy, sizeof copy, "%s", text);
    FILE *file = fmemopen(copy, strlen(copy), "r");
    unit_check(file != NULL, "fmemopen");
    bool ok = trace_read(trace, file, began, end, why);
    (void)fclose(file);
    return ok;
}

static struct trace trace_of(const char *text, double began, double end)
{
    char why[WHY] = "";
    struct trace trace;
    unit_check(trace_try(&trace, text, began, end, why), "%s", why);
    for (size_t i = 0; i < trace.count; i++)
        lane_check(&trace.lanes[i]);
    return trace;
}

/* The span, in milliseconds. */
static void span_is(const struct lane *lane, size_t i, int from, int to, enum lane_state state,
                    const char *call)
{
    unit_check(i < lane->count, "there are %zu spans", lane->count);
    const struct lane_span *span = &lane->spans[i];
    int begin = (int)(1e3 * span->from + 0.5), end = (int)(1e3 * span->to + 0.5);
    unit_check(begin == from && end == to && span->state == state && strcmp(span->call, call) == 0,
               "span %zu: %d to %d, state %d, \"%s\"", i, begin, end, (int)span->state, span->call);
}

/* Recorded from 02_fork; the times are rounded. Process 41 forks 42, which serves a client. */
static const char recorded[] =
    "41 1000.000000 accept4(4, NULL, NULL, SOCK_CLOEXEC) = -1 EAGAIN (Resource temporarily "
    "unavailable) <0.000010>\n"
    "41 1000.001000 poll([{fd=4, events=POLLIN}, {fd=0, events=POLLIN}], 2, -1 <unfinished ...>\n"
    "41 1000.100000 <... poll resumed>) = 1 ([{fd=4, revents=POLLIN}]) <0.099000>\n"
    "41 1000.110000 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD <unfinished ...>\n"
    "42 1000.120000 sendto(6, \"\"..., 13, MSG_NOSIGNAL, NULL, 0 <unfinished ...>\n"
    "41 1000.120100 <... clone resumed>, child_tidptr=0x7f0) = 42 <0.010100>\n"
    "42 1000.120200 <... sendto resumed>) = 13 <0.000200>\n"
    "42 1000.130000 recvfrom(6,  <unfinished ...>\n"
    "41 1000.140000 poll([{fd=4, events=POLLIN}, {fd=0, events=POLLIN}], 2, -1 <unfinished ...>\n"
    "42 1000.200000 <... recvfrom resumed>\"\", 16384, 0, NULL, NULL) = 0 <0.070000>\n"
    "42 1000.210000 +++ exited with 0 +++\n"
    "41 1000.210100 <... poll resumed>) = ? ERESTARTNOHAND (To be restarted if no handler) "
    "<0.070100>\n"
    "41 1000.210200 --- SIGCHLD {si_signo=SIGCHLD} ---\n"
    "41 1000.220000 poll([{fd=4, events=POLLIN}, {fd=0, events=POLLIN}], 2, -1 <unfinished ...>\n";

static void test_processes(void)
{
    struct trace trace = trace_of(recorded, 1000, 1000.3);
    unit_check(trace.count == 2, "%zu lanes", trace.count);
    const struct lane *parent = &trace.lanes[0], *child = &trace.lanes[1];
    span_is(parent, 0, 0, 1, LANE_WORKING, "");
    span_is(parent, 1, 1, 100, LANE_ASLEEP, "poll");
    span_is(parent, 3, 110, 120, LANE_ASLEEP, "clone");
    span_is(parent, 5, 140, 210, LANE_ASLEEP, "poll");
    span_is(parent, 7, 220, 300, LANE_ASLEEP, "poll"); /* it never returns */
    unit_check(parent->count == 8, "%zu spans of the parent", parent->count);
    span_is(child, 0, 120, 130, LANE_WORKING, "");
    span_is(child, 1, 130, 200, LANE_ASLEEP, "recv");
    span_is(child, 2, 200, 210, LANE_WORKING, "");
    trace_free(&trace);
}

/* 01_loop looks at its console ten times a second: for a reader that is one sleep. */
static void test_sleep_goes_on(void)
{
    struct trace trace = trace_of("7 1000.0 recvfrom(8, ..., 16384) = -1 EAGAIN (...) <0.100000>\n"
                                  "7 1000.1002 poll([{fd=0}], 1, 0) = 0 (Timeout) <0.000010>\n"
                                  "7 1000.1003 recvfrom(8, ..., 16384) = 2 <0.049700>\n"
                                  "7 1000.1510 recvfrom(8, ..., 16384) = 2 <0.020000>\n",
                                  1000, 1000.2);
    unit_check(trace.count == 1 && trace.lanes[0].count == 4, "%zu spans", trace.lanes[0].count);
    span_is(&trace.lanes[0], 0, 0, 150, LANE_ASLEEP, "recv");
    span_is(&trace.lanes[0], 2, 151, 171, LANE_ASLEEP, "recv"); /* a request was between */
    trace_free(&trace);
}

static void test_cut(void)
{
    struct trace trace = trace_of(recorded, 1000.05, 1000.115);
    unit_check(trace.count == 1, "%zu lanes: the child came later", trace.count);
    span_is(&trace.lanes[0], 0, 0, 50, LANE_ASLEEP, "poll");
    span_is(&trace.lanes[0], 2, 60, 65, LANE_ASLEEP, "clone");
    unit_check(trace.lanes[0].count == 3, "%zu spans", trace.lanes[0].count);
    trace_free(&trace);
}

static void test_no_trace(void)
{
    static const char *const bad[] = {"strace: out of memory\n", "7 soon poll(\n", "\n"};
    for (size_t i = 0; i < UNIT_COUNT(bad); i++) {
        char why[WHY] = "";
        struct trace trace;
        bool ok = trace_try(&trace, bad[i], 0, 1, why);
        unit_check(!ok && strstr(why, "no line of a trace") != NULL, "%s: \"%s\"", bad[i], why);
    }
}

static void test_added(void)
{
    struct lane lane = {.name = "child for A"};
    lane_add(&lane, 0, 1, LANE_WORKING, "");
    lane_add(&lane, 1, 1, LANE_ASLEEP, "poll"); /* no length */
    lane_add(&lane, 1, 2, LANE_ASLEEP, "poll");
    lane_add(&lane, 2, 3, LANE_ASLEEP, "poll");
    lane_check(&lane);
    unit_check(lane.count == 2 && lane.spans[1].to >= 3, "%zu spans", lane.count);
    lane_free(&lane);
}

/* 1000 times 0.1 ms of work between sleeps of 0.9 ms, then one long sleep: all is seen, nothing
 * overlaps, and the title of the work still has the true time. */
static void test_coarsen(void)
{
    struct lane lane = {.name = "thread"};
    for (int i = 0; i < 1000; i++) {
        lane_add(&lane, 1e-3 * i, 1e-3 * i + 1e-4, LANE_WORKING, "");
        lane_add(&lane, 1e-3 * i + 1e-4, 1e-3 * (i + 1), LANE_ASLEEP, "poll");
    }
    lane_add(&lane, 1, 1.001, LANE_WORKING, "");
    lane_add(&lane, 1.001, 2, LANE_ASLEEP, "recv");
    lane_add(&lane, 2, 2.0001, LANE_WORKING, "");
    lane_coarsen(&lane, 0.01);
    lane_check(&lane);
    unit_check(lane.count == 3, "%zu spans", lane.count);
    double took = lane.spans[0].took;
    unit_check(took > 0.1 && took < 0.102, "worked %g s", took);
    span_is(&lane, 1, 1001, 2000, LANE_ASLEEP, "recv");
    span_is(&lane, 2, 2000, 2010, LANE_WORKING, ""); /* wide enough to be seen */
    lane_free(&lane);
}

/* --- drawing -------------------------------------------------------------------------------- */

static struct picture picture_of(int model)
{
    static const char *const names[] = {"A", "B", "C", "D"};
    struct picture picture = {.model = model};
    for (int i = 0; i < SCENE_CLIENTS; i++) {
        struct lane *lane = &picture.clients[i];
        (void)snprintf(lane->name, LANE_NAME, "%s", names[i]);
        lane_add(lane, 0.01, i == 1 ? 0.25 : 0.012, LANE_GREETING, "");
        lane_add(lane, i == 1 ? 0.25 : 0.012, 0.26, LANE_REPLY, "");
    }
    picture.server = trace_of(recorded, 1000, 1000.3);
    picture_prepare(&picture, 0.3);
    return picture;
}

static char *drawn(const struct picture *pictures, size_t count)
{
    char *svg = NULL;
    size_t size;
    FILE *out = open_memstream(&svg, &size);
    unit_check(out != NULL, "open_memstream");
    drawing_print(out, &(struct drawing){pictures, count, 0.3});
    unit_check(fclose(out) == 0, "fclose");
    return svg;
}

static void has(const char *svg, const char *part)
{
    unit_check(strstr(svg, part) != NULL, "no %s", part);
}

/* In a row no bar begins before the one before it has ended. */
static void bars_apart(const char *svg)
{
    double end = 0, x, width;
    int row = -1, y, bars = 0;
    for (const char *at = svg; (at = strstr(at, "\" d=\"M")) != NULL; at++) {
        if (sscanf(at, "\" d=\"M%lf %dh%lfv20", &x, &y, &width) != 3)
            continue;
        unit_check(y != row || x > end - 0.11, "a bar at %.1f, after one to %.1f", x, end);
        row = y;
        end = x + width;
        bars++;
    }
    unit_check(bars > 10, "%d bars", bars);
}

static void test_one(void)
{
    struct picture picture = picture_of(2);
    char *svg = drawn(&picture, 1);
    static const char *const parts[] = {"<tspan class=\"m\">02_fork</tspan>",
                                        "the parent</text>",
                                        "child for A</text>",
                                        "<title>asleep in poll, 99.0 ms</title>",
                                        ">waits for the greeting</text>",
                                        "<text class=\"v l\"",         /* B waited for others */
                                        ".m2 .w,.m2 .m{fill:#D55E00}", /* as in the charts */
                                        "</svg>"};
    for (size_t i = 0; i < UNIT_COUNT(parts); i++)
        has(svg, parts[i]);
    bars_apart(svg);
    free(svg);
    picture_free(&picture);
}

static void test_sheet(void)
{
    struct picture pictures[6];
    for (int i = 0; i < 6; i++)
        pictures[i] = picture_of(i + 1);
    char *svg = drawn(pictures, 6);
    has(svg, "01_loop");
    has(svg, "06_epoll");
    free(svg);
    for (int i = 0; i < 6; i++)
        picture_free(&pictures[i]);
}

/* --- the command ---------------------------------------------------------------------------- */

/* What the command prints with this in front of it. */
static void command_prints(const char *before, const char *arguments, const char *want)
{
    char command[1024], printed[2048] = "";
    const char *program = getenv("LAB_BENCH");
    (void)snprintf(command, sizeof command, "%s %s timeline %s 2>&1", before,
                   program != NULL ? program : "bench/lab-bench", arguments);
    FILE *out = popen(command, "r");
    unit_check(out != NULL, "popen");
    printed[fread(printed, 1, sizeof printed - 1, out)] = '\0';
    int status = pclose(out);
    unit_check(status > 0 && strstr(printed, want) != NULL, "%d, %s", status, printed);
}

static void test_no_strace(void)
{
    command_prints("PATH=/nowhere", "", "strace is missing: install the package strace");
}

static void test_usage(void)
{
    command_prints("", "epoll", "lab-bench timeline --help");
}

static const struct CMUnitTest table[] = {
    TEST(test_processes), TEST(test_sleep_goes_on), TEST(test_cut), TEST(test_no_trace),
    TEST(test_added),     TEST(test_coarsen),       TEST(test_one), TEST(test_sheet),
    TEST(test_no_strace), TEST(test_usage)};
UNIT_MAIN("timeline", table)
