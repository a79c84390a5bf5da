/* test_besides.c: minimal forms and peers in the report and on charts, from samples that are known
 *
 * A request costs epoll 6 µs in the first round, 12 in the second, 9 in the third, ...; its minimal
 * form two thirds of it, redis as much as three. So a ratio within rounds is 1.5, always.
 */
#include <stdlib.h>

#include "fake.h"
#include "pages.h"
#include "unit.h"

enum { ROUNDS = 6 };

static const struct {
    const char *name;
    double part; /* of what epoll costs */
} servers[] = {{"minimal-epoll", 2.0 / 3}, {"redis-7.0.15", 3}, {"epoll", 1}, {"baseline", 0.5}};

static void samples_report(void)
{
    struct sample *samples = NULL, sample;
    static const double points[] = {10, 30, 100};
    size_t count = 0;
    for (unsigned int round = 1; round <= ROUNDS; round++)
        for (size_t i = 0; i < 3 * UNIT_COUNT(servers); i++) {
            size_t server = i % UNIT_COUNT(servers), point = i / UNIT_COUNT(servers);
            double us = (round % 2 == 0 ? 12 : 6 + round) * servers[server].part;
            sample = fake_rate("ping", servers[server].name, points[point], 1000000);
            sample.round = round;
            sample.user = us;
            sample.system = 0;
            fake_add(&samples, &count, &sample);
        }
    page_make(page_folder, samples, count);
    free(samples);
}

static void test_report(void)
{
    samples_report();
    PAGE_FILE_HOLDS("report.html", "<th>epoll × its minimal form</th>",
                    "<td><b>1.50</b><small>1.50 – 1.50</small></td>", "<th>redis-7.0.15</th>");
    PAGE_FILE_LACKS("report.html", "<th>minimal-epoll</th>");
    PAGE_FILE_HOLDS("charts/ping-cost.gp",
                    "lw 0.7 pt 7 ps 0.3 lc rgb '#0072B2' notitle", /* epoll */
                    "dt 2 lc rgb '#8A8A8A' title 'redis-7.0.15'");
    PAGE_FILE_LACKS("charts/ping-cost.gp", "minimal-epoll");
}

static void test_kinds(void)
{
    static const struct {
        const char *name;
        enum server_kind kind;
    } names[] = {{"epoll", SERVER_MODEL},        {"minimal-epoll", SERVER_MINIMAL},
                 {"baseline", SERVER_BASELINE},  {"redis-7.0.15", SERVER_PEER},
                 {"redis", SERVER_PEER},         {"nginx-1.22.1", SERVER_PEER},
                 {"redistribute", SERVER_GIVEN}, {"mine", SERVER_GIVEN},
                 {"minimal-none", SERVER_GIVEN}, {"e", SERVER_GIVEN}};
    for (size_t i = 0; i < UNIT_COUNT(names); i++)
        unit_check(server_kind_of(names[i].name) == names[i].kind, "%s: kind %d", names[i].name,
                   server_kind_of(names[i].name));
}

static const struct CMUnitTest tests[] = {PAGE(test_report), TEST(test_kinds)};
UNIT_MAIN("besides", tests)
