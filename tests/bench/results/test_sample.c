/* test_sample.c: samples.tsv and run.txt, written and read; figures made of samples */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "results/runfile.h"
#include "results/sample.h"
#include "unit.h"

/* Reads a text as samples.tsv. The caller frees *samples. */
static bool text_read(const char *text, struct sample **samples, size_t *count, char why[WHY])
{
    FILE *file = fmemopen((void *)text, strlen(text), "r");
    unit_check(file != NULL, "fmemopen");
    bool ok = sample_read_all(file, samples, count, why);
    (void)fclose(file);
    return ok;
}

/* The samples of a good file, which are so many. Free them. */
static struct sample *rows_read(const char *text, size_t rows)
{
    char why[WHY] = "";
    struct sample *samples;
    size_t count;
    unit_check(text_read(text, &samples, &count, why), "%s", why);
    unit_check(count == rows, "%zu rows", count);
    return samples;
}

static char *samples_write(const struct sample *samples, size_t count)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    unit_check(file != NULL && sample_write_head(file), "head");
    for (size_t i = 0; i < count; i++)
        unit_check(sample_write(file, &samples[i]), "row");
    unit_check(fclose(file) == 0, "close");
    return text;
}

static struct sample example(void)
{
    struct sample s;
    s = fake_sample("idle-crowd", "epoll", 900);
    s.round = 3;
    s.attempt = 1;
    s.state = SAMPLE_STEAL;
    s.seconds = 0.25;
    s.requests = 20000;
    s.bytes = 18446744073709551615U;
    s.errors[LOAD_TIMEOUT] = 2;
    s.errors[LOAD_ERRORS - 1] = 7;
    s.p50 = 12.5;
    s.spectrum[0] = 7;
    s.spectrum[1] = 1234;
    s.user = 0.05;
    s.system = 0.15;
    s.steal = 0.123456789;
    return s;
}

static void test_round_trip(void)
{
    struct sample in[2] = {example(), example()};
    (void)snprintf(in[0].note, sizeof in[0].note, "said \"no\", twice, 9,000 µs");
    (void)snprintf(in[1].note, sizeof in[1].note, "line\nand \r\t\001");
    in[1].state = SAMPLE_CANNOT;
    in[1].lag_p99 = 2.03125;
    char *text = samples_write(in, 2);
    struct sample *out = rows_read(text, 2);
    unit_check(strcmp(out[0].experiment, "idle-crowd") == 0 && strcmp(out[0].server, "epoll") == 0,
               "names");
    unit_check(strcmp(out[0].note, in[0].note) == 0, "note: %s", out[0].note);
    unit_check(strcmp(out[1].note, "line and    ") == 0, "note: '%s'", out[1].note);
    unit_check(out[0].x == 900 && out[0].round == 3 && out[0].attempt == 1, "which");
    unit_check(out[0].state == SAMPLE_STEAL && out[1].state == SAMPLE_CANNOT, "state");
    unit_check(out[0].bytes == in[0].bytes && out[0].requests == 20000, "counts");
    unit_check(out[0].errors[LOAD_TIMEOUT] == 2 && out[0].errors[LOAD_ERRORS - 1] == 7 &&
                   out[0].errors[LOAD_REFUSED] == 0,
               "errors");
    unit_check(out[0].p50 == 12.5 && isnan(out[0].p99) && isnan(out[0].lag_p99), "latency");
    unit_check(out[0].spectrum[0] == 7 && out[0].spectrum[1] == 1234 && isnan(out[0].spectrum[2]) &&
                   isnan(out[0].raw_spectrum[0]),
               "quantiles");
    unit_check(out[1].lag_p99 == 2.03125 && fabs(out[0].steal - 0.123456789) < 1e-9, "numbers");
    free(out);
    free(text);
}

static void test_many_rows(void)
{
    enum { MANY = 1000 };
    struct sample *in = calloc(MANY, sizeof *in);
    unit_check(in != NULL, "memory");
    for (unsigned int i = 0; i < MANY; i++) {
        in[i] = example();
        in[i].round = i;
    }
    char *text = samples_write(in, MANY);
    struct sample *out = rows_read(text, MANY);
    for (unsigned int i = 0; i < MANY; i++)
        unit_check(out[i].round == i, "row %u", i);
    free(out);
    free(text);
    free(in);
}

/* Columns are found by name: fewer of them, others, another order. */
static void test_older_file(void)
{
    const char *text = "state\tcolour\tserver\texperiment\tx\tnote\n"
                       "cannot\tgreen, light\tselect\tping\t4000\tat most 1008 clients: \"FD\"\n"
                       "good\t\tloop\tping\t1\t\n";
    struct sample *out = rows_read(text, 2);
    unit_check(out[0].state == SAMPLE_CANNOT && out[0].x == 4000, "x is %g", out[0].x);
    unit_check(strcmp(out[0].note, "at most 1008 clients: \"FD\"") == 0, "%s", out[0].note);
    unit_check(isnan(out[1].seconds) && out[1].requests == 0 && isnan(out[1].spectrum[0]),
               "a missing column was not measured");
    free(out);
}

static void test_killed_within_a_row(void)
{
    free(rows_read("experiment\tserver\tx\nping\tepoll\t1\nping\tepoll\t10", 1));
}

static void test_wrong_files(void)
{
    static const char *const wrong[] = {"\n",
                                        "a\tb\n1\t2\n",
                                        "experiment\tx\nping\tmuch\n",
                                        "experiment\tx\nping\t1\t2\n",
                                        "experiment\tstate\nping\tsplendid\n",
                                        "experiment\trequests\nping\t-4\n",
                                        "experiment\trequests\nping\t99999999999999999999999\n",
                                        "experiment\trequests\nping\t -4\n",
                                        "experiment\trequests\nping\t+4\n",
                                        "experiment\tround\nping\t4294967297\n"};
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        char why[WHY] = "";
        struct sample *out;
        size_t count;
        unit_check(!text_read(wrong[i], &out, &count, why), "taken: %s", unit_quote(wrong[i], 40));
        unit_check(why[0] != '\0' && out == NULL && count == 0, "no sentence");
    }
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fabs(b);
}

static void test_figures(void)
{
    struct sample s = example();
    s.bytes = 1U << 29;
    s.deliveries = 50000;
    s.pss = 3000;
    s.page_tables = 2000;
    s.memory_before = 500;
    unit_check(near(sample_figure(&s, FIGURE_RATE), 80000), "rate");
    unit_check(near(sample_figure(&s, FIGURE_COST), 10), "cost %g", sample_figure(&s, FIGURE_COST));
    unit_check(near(sample_figure(&s, FIGURE_DELIVERIES), 200000), "deliveries");
    unit_check(near(sample_figure(&s, FIGURE_DELIVERY_COST), 4), "delivery");
    unit_check(near(sample_figure(&s, FIGURE_GIB_COST), 0.4), "GiB");
    unit_check(near(sample_figure(&s, FIGURE_GIB_RATE), 2), "GiB/s");
    unit_check(near(sample_figure(&s, FIGURE_CLIENT_MEMORY), 5), "memory");
    s.own_seconds = 0.2;
    unit_check(near(sample_figure(&s, FIGURE_BOTH_COST), 20), "both ends");
    s.kernel_before = 1000;
    s.kernel = 901000;
    unit_check(isnan(sample_figure(&s, FIGURE_KERNEL_MEMORY)) &&
                   isnan(sample_figure(&s, FIGURE_ALL_MEMORY)),
               "900 clients fit in what the kernel had free");
    s.x = 1000;
    unit_check(near(sample_figure(&s, FIGURE_KERNEL_MEMORY), 900), "the kernel's memory");
    s.x = 900;
    sample_figures_clear(&s);
    unit_check(isnan(sample_figure(&s, FIGURE_RATE)) && isnan(sample_figure(&s, FIGURE_COST)) &&
                   isnan(sample_figure(&s, FIGURE_CLIENT_MEMORY)),
               "figures of nothing");
    unit_check(s.x == 900 && s.round == 3 && s.state == SAMPLE_STEAL, "which sample it is");
}

static void test_runfile(void)
{
    char folder[UNIT_PATH], why[WHY] = "";
    struct runfile *in = calloc(1, sizeof *in), *out = calloc(1, sizeof *out);
    unit_check(in != NULL && out != NULL, "memory");
    (void)snprintf(in->command, sizeof in->command, "run --server 'x=\"y\" \\ {port}'");
    (void)snprintf(in->machine.processor, sizeof in->machine.processor, "A µ-processor");
    in->seed = 18446744073709551615U;
    in->seconds = 0.125;
    in->rounds = 11;
    in->interrupted = true;
    in->counts[SAMPLE_STEAL] = 17;
    in->servers_count = 2;
    (void)snprintf(in->servers[1].name, sizeof in->servers[1].name, "mine");
    in->servers[1].max_clients = 1008;
    runfile_note(in, "It crashed: %s", "\"Segmentation fault\"");
    runfile_note(in, "It crashed: %s", "\"Segmentation fault\"");
    runfile_note(in, "Twice.");
    unit_folder(folder);
    unit_check(runfile_write(in, folder, why) && runfile_read(out, folder, why), "%s", why);
    unit_check(strcmp(in->command, out->command) == 0, "%s", out->command);
    unit_check(strcmp(out->machine.processor, "A µ-processor") == 0, "%s", out->machine.processor);
    unit_check(out->seed == in->seed && out->seconds == 0.125 && out->rounds == 11, "numbers");
    unit_check(out->interrupted && !out->full && out->counts[SAMPLE_STEAL] == 17, "counts");
    unit_check(out->servers_count == 2 && strcmp(out->servers[1].name, "mine") == 0 &&
                   out->servers[1].max_clients == 1008,
               "servers");
    unit_check(out->notes_count == 2 && strcmp(out->notes[0], in->notes[0]) == 0, "notes");
    unit_folder_remove(folder);
    free(in);
    free(out);
}

/* A line of run.txt that is no fact is refused; a name that is not known is skipped. */
static void test_runfile_lines(void)
{
    static const char *const wrong[] = {
        "", "rounds\n", "rounds=many\n", "steal=0.1x\n", "rounds=-1\n", "server=epoll\tmost\n"};
    char folder[UNIT_PATH];
    struct runfile *run = calloc(1, sizeof *run);
    unit_check(run != NULL, "memory");
    unit_folder(folder);
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        char why[WHY] = "";
        unit_write_text(folder, "run.txt", wrong[i]);
        unit_check(!runfile_read(run, folder, why) && why[0] != '\0', "taken: %s", wrong[i]);
    }
    char why[WHY] = "";
    unit_write_text(folder, "run.txt", "later=1\nrounds=7\nserver=epoll\t1008\nnote=a=b\n");
    unit_check(runfile_read(run, folder, why), "%s", why);
    unit_check(run->rounds == 7 && run->servers_count == 1 && run->servers[0].max_clients == 1008 &&
                   strcmp(run->notes[0], "a=b") == 0,
               "the facts");
    unit_folder_remove(folder);
    free(run);
}

/* What is in both parts, the page tables, counts once. */
static void test_memory_all(void)
{
    struct sample sample;
    sample_clear(&sample);
    sample.x = 1000;
    sample.pss = 700000;
    sample.page_tables = 300000;
    sample.memory_before = 400000;
    sample.page_tables_before = 100000;
    sample.kernel = 9000000;
    sample.kernel_before = 5000000;
    unit_check(sample_figure(&sample, FIGURE_CLIENT_MEMORY) == 600 &&
                   sample_figure(&sample, FIGURE_KERNEL_MEMORY) == 4000 &&
                   sample_figure(&sample, FIGURE_ALL_MEMORY) == 4400,
               "%g", sample_figure(&sample, FIGURE_ALL_MEMORY));
    unit_check(figure_is_cost(FIGURE_ALL_MEMORY), "memory is a cost");
    unit_check(figure_kind(FIGURE_ALL_MEMORY) == NUMBER_BYTES &&
                   figure_kind(FIGURE_GIB_COST) == NUMBER_PLAIN &&
                   figure_kind(FIGURE_DELIVERY_COST) == NUMBER_TIME &&
                   figure_kind(FIGURE_GIB_RATE) == NUMBER_PLAIN &&
                   figure_kind(FIGURE_P50) == NUMBER_TIME,
               "units");
}

static const struct CMUnitTest tests[] = {
    TEST(test_round_trip),          TEST(test_many_rows),   TEST(test_older_file),
    TEST(test_killed_within_a_row), TEST(test_wrong_files), TEST(test_figures),
    TEST(test_memory_all),          TEST(test_runfile),     TEST(test_runfile_lines)};
UNIT_MAIN("sample", tests)
