/* fuzz_bench.c: what the load generator reads
 *
 * The first letter of an input says what the rest is, behind the first line:
 *
 *     s  samples.tsv: what could be read and is written again is the same
 *
 * Anything else: what a server answers, see fuzz_bench_reply.c.
 */
#include "fuzz_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/sample.h"

/* ---- samples.tsv ---- */

static bool samples_read(const char *bytes, size_t len, struct sample **samples, size_t *count)
{
    char why[WHY];
    memset(why, 'x', sizeof why);
    FILE *file = len > 0 ? fmemopen((void *)bytes, len, "r") : fopen("/dev/null", "re");
    fuzz_check(file != NULL, "fmemopen");
    bool ok = sample_read_all(file, samples, count, why);
    (void)fclose(file);
    fuzz_check(ok || (*samples == NULL && *count == 0), "refused, and something is there");
    fuzz_check(ok || (memchr(why, '\0', sizeof why) != NULL && why[0] != '\0'),
               "refused, and no why");
    return ok;
}

static void sample_check(const struct sample *sample)
{
    fuzz_check(memchr(sample->experiment, '\0', sizeof sample->experiment) != NULL &&
                   memchr(sample->server, '\0', sizeof sample->server) != NULL &&
                   memchr(sample->note, '\0', sizeof sample->note) != NULL,
               "a text without its end");
    fuzz_check((unsigned int)sample->state < SAMPLE_STATES, "state %d", sample->state);
    for (enum figure figure = 0; figure <= FIGURE_LONGEST; figure++)
        (void)sample_figure(sample, figure); /* it may be NaN or infinite, but it can be made */
}

static void samples_write(struct fuzz_text *text, const struct sample *samples, size_t count)
{
    char *bytes = NULL;
    size_t len;
    FILE *file = open_memstream(&bytes, &len);
    bool ok = file != NULL && sample_write_head(file);
    for (size_t i = 0; i < count && ok; i++) {
        sample_check(&samples[i]);
        ok = sample_write(file, &samples[i]);
    }
    fuzz_check(ok && fclose(file) == 0, "can't be written");
    fuzz_text_add(text, bytes, len);
    free(bytes);
}

/* What was written can be read, and written again. Returns how many samples that is. */
static size_t samples_again(const struct fuzz_text *from, struct fuzz_text *to)
{
    struct sample *samples;
    size_t count;
    fuzz_check(samples_read(from->bytes, from->len, &samples, &count),
               "what was written can't be read: %s", fuzz_quote(from->bytes, from->len));
    samples_write(to, samples, count);
    free(samples);
    return count;
}

/* Written once, numbers have nine digits and texts no control characters: from then on they stay.
 */
static void samples_check(const char *bytes, size_t len)
{
    struct sample *samples;
    size_t count;
    struct fuzz_text texts[3] = {{0}};
    if (!samples_read(bytes, len, &samples, &count))
        return;
    samples_write(&texts[0], samples, count);
    free(samples);
    fuzz_check(samples_again(&texts[0], &texts[1]) == count &&
                   samples_again(&texts[1], &texts[2]) == count,
               "not %zu samples any more", count);
    fuzz_check(fuzz_text_same(&texts[1], &texts[2]), "written again: %s",
               fuzz_quote(texts[2].bytes, texts[2].len));
    for (size_t i = 0; i < 3; i++)
        fuzz_text_free(&texts[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct fuzz_choices choices = fuzz_choices_take(&bytes, &len);
    int kind = choices.len > 0 ? choices.bytes[0] : 'r';
    if (kind == 's')
        samples_check((const char *)bytes, len);
    else
        reply_check(&choices, bytes, len);
    return 0;
}
