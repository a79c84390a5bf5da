/* bench/load/load_print.c: see load_print.h */
#include "load/load_print.h"

#include <inttypes.h>
#include <string.h>

#include "common/number.h"

const char *const load_kind_word[LOAD_KINDS] = {
    [LOAD_PING] = "ping",     [LOAD_SESSION] = "session", [LOAD_DOWNLOAD] = "download",
    [LOAD_UPLOAD] = "upload", [LOAD_CHAT] = "chat",       [LOAD_SUM] = "sum",
    [LOAD_STORM] = "storm",
};

static const char *const counted[LOAD_KINDS] = {
    [LOAD_PING] = "requests",   [LOAD_SESSION] = "sessions", [LOAD_DOWNLOAD] = "files",
    [LOAD_UPLOAD] = "files",    [LOAD_CHAT] = "messages",    [LOAD_SUM] = "sums",
    [LOAD_STORM] = "greetings",
};

/* Three digits and a unit, in a column. The micro sign is two bytes, so printf can't pad it. */
static void print_time(FILE *out, uint64_t nanoseconds)
{
    enum { WIDTH = 11 };
    char text[NUMBER_TEXT];
    (void)number_table(NUMBER_TIME, (double)nanoseconds / 1e3, text);
    int bytes = (int)strlen(text), letters = bytes - (strstr(text, "µ") != NULL);
    fprintf(out, "%*s%s", letters < WIDTH ? WIDTH - letters : 0, "", text);
}

static void print_head(FILE *out, const struct load_spec *spec, double seconds)
{
    fprintf(out, "%s on %s port %d, %.1f s, ", load_kind_word[spec->kind], spec->host, spec->port,
            seconds);
    if (spec->rate > 0)
        fprintf(out, "open loop at %.0f /s\n", spec->rate);
    else
        fputs("closed loop\n", out);
    fprintf(out, "  clients     %u", spec->clients);
    if (spec->kind == LOAD_CHAT)
        fprintf(out, ", %u of them speak", spec->speakers);
    if (spec->idle > 0)
        fprintf(out, ", and %u idle ones", spec->idle);
    if (spec->pipeline > 1)
        fprintf(out, ", %u requests of each under way", spec->pipeline);
    fputc('\n', out);
}

static void print_count(FILE *out, const char *what, uint64_t count, double seconds)
{
    fprintf(out, "  %-11s %" PRIu64 ", %.0f /s\n", what, count, (double)count / seconds);
}

static void print_counts(FILE *out, const struct load_spec *spec, const struct load_result *result)
{
    print_count(out, counted[spec->kind], result->requests, result->seconds);
    if (spec->kind == LOAD_CHAT)
        print_count(out, "deliveries", result->deliveries, result->seconds);
    if (result->bytes > 0)
        fprintf(out, "  bytes       %" PRIu64 ", %.1f MiB/s\n", result->bytes,
                (double)result->bytes / result->seconds / (1 << 20));
}

static void print_latency(FILE *out, const struct load_spec *spec, const struct load_result *result)
{
    static const struct {
        const char *name;
        double percentile;
    } rows[] = {{"p50", 50},     {"p90", 90},       {"p99", 99},
                {"p99.9", 99.9}, {"p99.99", 99.99}, {"most", 100}};
    bool open = spec->rate > 0;
    if (result->latency.total == 0) {
        fputs("  latency     none: no reply came in the measured time\n", out);
        return;
    }
    fputs(open ? "  latency          since due   since sent\n" : "  latency\n", out);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fprintf(out, "    %-9s", rows[i].name);
        print_time(out, histogram_percentile(&result->latency, rows[i].percentile));
        if (open)
            print_time(out, histogram_percentile(&result->uncorrected, rows[i].percentile));
        fputc('\n', out);
    }
}

static void print_generator(FILE *out, const struct load_spec *spec,
                            const struct load_result *result)
{
    char text[NUMBER_TEXT];
    uint64_t units = result->deliveries > 0 ? result->deliveries : result->requests;
    fprintf(
        out,
        "  generator   %.2f us of processor time %s, its busiest thread busy %.0f %% of its time",
        units > 0 ? result->own_seconds / (double)units * 1e6 : 0,
        result->deliveries > 0 ? "a delivery" : "for each", result->own_share * 100);
    if (spec->rate > 0) {
        double lag = (double)histogram_percentile(&result->lag, 99) / 1e3;
        fprintf(out, "; late by %s (p99)", number_table(NUMBER_TIME, lag, text));
    }
    fputc('\n', out);
    if (result->bound)
        fputs("  IT WAS THE BOTTLENECK: these figures are its own, not the server's\n", out);
    else if (spec->rate <= 0 && result->own_share > 0.9)
        fputs("  It was as busy as it can be: if the server was not, these figures are its own,\n"
              "  not the server's. More threads (-t), on other processors than the server, tell.\n",
              out);
}

uint64_t load_errors(const struct load_result *result)
{
    uint64_t sum = 0;
    for (int i = 0; i < LOAD_ERRORS; i++)
        sum += result->errors[i];
    return sum;
}

void load_print_errors(const struct load_result *result, char *text, size_t size)
{
    size_t n = (size_t)snprintf(text, size, "%s", load_errors(result) == 0 ? "none" : "");
    for (int i = 0; i < LOAD_ERRORS; i++)
        if (result->errors[i] > 0 && n < size)
            n += (size_t)snprintf(text + n, size - n, "%s%s %" PRIu64, n > 0 ? ", " : "",
                                  load_error_word[i], result->errors[i]);
    if (result->example[0] != '\0' && n < size)
        (void)snprintf(text + n, size - n, "; first: %.110s", result->example);
}

void load_print(FILE *out, const struct load_spec *spec, const struct load_result *result,
                bool measured)
{
    char errors[320], text[NUMBER_TEXT];
    print_head(out, spec, result->seconds);
    if (measured && result->seconds > 0) {
        print_counts(out, spec, result);
        print_latency(out, spec, result);
    } else {
        fputs("  nothing was measured\n", out);
    }
    if (result->under_way > 0)
        fprintf(out, "  under way   %" PRIu64 " at the end, the oldest for %s\n", result->under_way,
                number_table(NUMBER_TIME, (double)result->oldest / 1e3, text));
    load_print_errors(result, errors, sizeof errors);
    fprintf(out, "  errors      %s\n", errors);
    if (measured)
        print_generator(out, spec, result);
}
