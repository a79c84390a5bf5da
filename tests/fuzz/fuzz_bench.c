/* fuzz_bench.c: what the load generator reads
 *
 * The first letter of an input says what the rest is, behind the first line:
 *
 *     s  samples.csv: what could be read and is written again is the same
 *     j  JSON: accepted or refused without reading too far; what stands around it decides nothing
 *
 * Anything else: what a server answers, see fuzz_bench_reply.c.
 */
#include "fuzz_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/jsonread.h"
#include "results/sample.h"

/* ---- samples.csv ---- */

static bool samples_read(const char *bytes, size_t len, struct sample **samples, size_t *count)
{
    char why[160];
    memset(why, 'x', sizeof why);
    FILE *csv = len > 0 ? fmemopen((void *)bytes, len, "r") : fopen("/dev/null", "re");
    fuzz_check(csv != NULL, "fmemopen");
    bool fine = sample_read_all(csv, samples, count, why);
    (void)fclose(csv);
    fuzz_check(fine || (*samples == NULL && *count == 0), "refused, and something is there");
    fuzz_check(fine || (memchr(why, '\0', sizeof why) != NULL && why[0] != '\0'),
               "refused, and no why");
    return fine;
}

static void sample_check(const struct sample *sample)
{
    fuzz_check(memchr(sample->experiment, '\0', sizeof sample->experiment) != NULL &&
                   memchr(sample->server, '\0', sizeof sample->server) != NULL &&
                   memchr(sample->note, '\0', sizeof sample->note) != NULL,
               "a text without its end");
    fuzz_check((unsigned int)sample->state < SAMPLE_STATES, "state %d", sample->state);
    (void)sample_rate(sample); /* figures may be NaN or infinite, but they can be made */
    (void)sample_cost(sample);
    (void)sample_delivery_cost(sample);
    (void)sample_gib_cost(sample);
    (void)sample_client_memory(sample);
}

static void samples_write(struct fuzz_text *text, const struct sample *samples, size_t count)
{
    char *bytes = NULL;
    size_t len;
    FILE *csv = open_memstream(&bytes, &len);
    bool fine = csv != NULL && sample_write_head(csv);
    for (size_t i = 0; i < count && fine; i++) {
        sample_check(&samples[i]);
        fine = sample_write(csv, &samples[i]);
    }
    fuzz_check(fine && fclose(csv) == 0, "can't be written");
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

/* Written once, numbers have nine digits and texts no control characters: from then on they stay. */
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

/* ---- JSON ---- */

static void on_value(void *context, const char *path, const char *value)
{
    fuzz_check(strlen(path) < 256 && strlen(value) < 1024, "too long: %zu, %zu", strlen(path),
               strlen(value));
    if (context != NULL)
        fuzz_text_print(context, "%s=%s\n", path, value);
}

/* In memory of its size. */
static bool json_read(const char *before, const char *bytes, size_t len, const char *behind,
                      struct fuzz_text *seen)
{
    char why[160];
    size_t size = strlen(before) + len + strlen(behind);
    char *text = malloc(size + 1);
    fuzz_check(text != NULL, "no memory for the fuzzer itself");
    (void)snprintf(text, size + 1, "%s%.*s%s", before, (int)len, bytes, behind);
    memset(why, 'x', sizeof why);
    bool fine = jsonread(text, on_value, seen, why);
    size_t at = SIZE_MAX;
    fuzz_check(fine || (sscanf(why, "byte %zu", &at) == 1 && at <= size),
               "it was read beyond its end");
    free(text);
    return fine;
}

static void json_check(const char *bytes, size_t len)
{
    struct fuzz_text plain = {0}, spaced = {0};
    if (len > 0 && memchr(bytes, '\0', len) != NULL)
        len = (size_t)((const char *)memchr(bytes, '\0', len) - bytes);
    bool fine = json_read("", bytes, len, "", &plain);
    fuzz_check(json_read(" \t\r\n", bytes, len, "\n", &spaced) == fine &&
                   fuzz_text_same(&plain, &spaced),
               "spaces matter: %s", fuzz_quote(bytes, len));
    if (fine) { /* and then nothing can be behind it */
        fuzz_check(!json_read("", bytes, len, " x", NULL), "something behind it: %s",
                   fuzz_quote(bytes, len));
        fuzz_check(!json_read("", bytes, len, ",1", NULL), "two values: %s",
                   fuzz_quote(bytes, len));
        fuzz_check(!json_read("[", bytes, len, "", NULL), "half a list: %s",
                   fuzz_quote(bytes, len));
    }
    fuzz_text_free(&plain);
    fuzz_text_free(&spaced);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct fuzz_choices choices = fuzz_choices_take(&bytes, &len);
    int kind = choices.len > 0 ? choices.bytes[0] : 'r';
    if (kind == 's')
        samples_check((const char *)bytes, len);
    else if (kind == 'j')
        json_check((const char *)bytes, len);
    else
        reply_check(&choices, bytes, len);
    return 0;
}
