/* test_spectrum.c: quantiles of latencies, pooled and drawn */
#include <math.h>
#include <stdlib.h>

#include "fake.h"
#include "known.h"
#include "pages.h"
#include "results/spectrum.h"

/* Latencies 1, 2, …, n µs, times a factor. */
static struct sample ladder(unsigned int n, double factor)
{
    int i = 0;
    struct sample sample = fake_sample("latency", "epoll", 10);
    sample.state = SAMPLE_GOOD;
    sample.requests = n;
    for (; i < SAMPLE_QUANTILES && n / spectrum_place(i) >= 1; i++)
        sample.spectrum[i] = factor * fmax(1, ceil(n - n / spectrum_place(i)));
    sample.spectrum[i] = factor * n;
    return sample;
}

static void test_spectrum(void)
{
    const struct sample one[] = {ladder(1024, 1)}, two[] = {ladder(1024, 1), ladder(1024, 1000)};
    struct spectrum alone = spectrum_pool("latency", "epoll", 10, true, one, 1);
    for (int i = 0; i <= 20; i++)
        unit_check(fabs(alone.at[i] - one[0].spectrum[i]) < 1e-9, "quantile %d: %g, not %g", i,
                   alone.at[i], one[0].spectrum[i]);
    unit_check(isnan(alone.at[21]), "one in 1448 of 1024 is known: %g", alone.at[21]);
    struct spectrum both = spectrum_pool("latency", "epoll", 10, true, two, 2);
    unit_check(both.samples == 2 && both.requests > 2047, "%zu samples", both.samples);
    unit_check(fabs(both.at[2] - 1024) < 1e-9, "the median is the greatest of the first: %g",
               both.at[2]);
    unit_check(fabs(both.at[4] - 512000) < 1e-9, "three quarters: the median of the second: %g",
               both.at[4]);
    unit_check(!isnan(both.at[22]) && isnan(both.at[23]), "where the line ends");
    struct spectrum none = spectrum_pool("latency", "poll", 10, true, two, 2);
    unit_check(none.samples == 0 && isnan(none.at[0]), "there is none");
    none = spectrum_pool("latency", "epoll", 10, false, two, 2);
    unit_check(none.samples == 0, "nothing is uncorrected");
}

static void test_spectrum_drawn(void)
{
    struct sample sample = ladder(4096, 1);
    for (int i = 0; i <= SAMPLE_QUANTILES; i++)
        sample.raw_spectrum[i] = sample.spectrum[i] / 2;
    sample.p99 = 4000;
    page_make(page_folder, &sample, 1);
    PAGE_FILE_HOLDS("charts/latency-spectrum.gp", "set title 'How long do the slowest wait",
                    "using 1:3 with lines lw 1.5 dt 2", "'99.99 %%' 10000");
    PAGE_FILE_HOLDS("report.html", "coordinated omission");
    char *svg = page_text(page_folder, "charts/latency-spectrum.svg");
    page_balanced("svg", svg);
    free(svg);
}

static const struct CMUnitTest tests[] = {TEST(test_spectrum), PAGE(test_spectrum_drawn)};
UNIT_MAIN("spectrum", tests)
