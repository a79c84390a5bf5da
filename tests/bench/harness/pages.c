/* pages.c: see pages.h */
#include "pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake.h"
#include "report/report.h"

char page_folder[UNIT_PATH];

static const char hostile[] = "<script>'\"&`x`$(y)";

char *page_text(const char *folder, const char *name)
{
    size_t len;
    char *text = unit_read(folder, name, &len);
    unit_check(text != NULL, "%s is missing", name);
    unit_check(strlen(text) == len, "%s holds a zero byte", name);
    return text;
}

void page_holds(const char *name, const char *text, const char *part)
{
    unit_check(strstr(text, part) != NULL, "%s does not hold: %s", name, part);
}

void page_lacks(const char *name, const char *text, const char *part)
{
    const char *at = strstr(text, part);
    size_t before = at == NULL || at - text < 60 ? 0 : 60;
    unit_check(at == NULL, "%s holds: %s, in: %.130s", name, part, at == NULL ? "" : at - before);
}

void page_file(const char *name,
               void (*check)(const char *name, const char *text, const char *part),
               const char *const *parts)
{
    char *text = page_text(page_folder, name);
    for (; *parts != NULL; parts++)
        check(name, text, *parts);
    free(text);
}

static bool gnuplot_is_here(void)
{
    return access("/usr/bin/gnuplot", X_OK) == 0 || access("/usr/local/bin/gnuplot", X_OK) == 0;
}

void page_need_gnuplot(void)
{
    if (!gnuplot_is_here())
        unit_skip("gnuplot is NOT installed: no chart was drawn, so nothing of it was tested");
}

void page_begin(void)
{
    page_need_gnuplot();
    unit_folder(page_folder);
}

void page_end(void)
{
    unit_folder_remove(page_folder);
}

void page_make(const char *folder, const struct sample *samples, size_t count)
{
    char why[WHY] = "";
    fake_write(folder, samples, count);
    unit_check(report_make(folder, false, why), "report_make: %s", why);
}

void page_make_hostile(void)
{
    size_t count;
    struct sample *samples = fake_samples(1, 1, &count), sample = samples[5];
    (void)snprintf(sample.server, sizeof sample.server, "%s", hostile);
    (void)snprintf(sample.note, sizeof sample.note, "a \"note\" <b>\n\\ 'of' it");
    sample.state = SAMPLE_CANNOT;
    fake_add(&samples, &count, &sample);
    sample.state = SAMPLE_GOOD;
    sample.x = 10;
    fake_add(&samples, &count, &sample);
    sample.state = SAMPLE_CRASHED;
    sample.x = 100;
    fake_add(&samples, &count, &sample);
    page_make(page_folder, samples, count);
    free(samples);
}

/* The end of the tag that begins at at. */
static const char *tag_end(const char *name, const char *at)
{
    char quote = '\0';
    const char *end = at + 1;
    for (; *end != '\0' && (quote != '\0' || *end != '>'); end++) {
        unit_check(quote != '\0' || *end != '<', "%s: '<' within a tag: %.60s", name, at);
        if (quote != '\0' && *end == quote)
            quote = '\0';
        else if (quote == '\0' && (*end == '"' || *end == '\''))
            quote = *end;
    }
    unit_check(*end == '>', "%s: a tag is not closed: %.60s", name, at);
    return end;
}

static bool stands_alone(const char *word)
{
    static const char *const alone[] = {"meta", "br", "hr", "img", "link"};
    for (size_t i = 0; i < UNIT_COUNT(alone); i++)
        if (strcmp(alone[i], word) == 0)
            return true;
    return false;
}

void page_balanced(const char *name, const char *text)
{
    char open[64][24];
    size_t depth = 0;
    for (const char *at = strchr(text, '<'); at != NULL; at = strchr(at, '<')) {
        bool closing = at[1] == '/';
        const char *tag = at + 1 + closing, *end = tag_end(name, at);
        int len = (int)strcspn(tag, " \t\n>/");
        if (at[1] != '!' && at[1] != '?') {
            char word[24];
            unit_check(len > 0 && len < (int)sizeof word, "%s: a bare '<' before: %.40s", name,
                       tag);
            (void)snprintf(word, sizeof word, "%.*s", len, tag);
            if (closing) {
                unit_check(depth > 0 && strcmp(open[depth - 1], word) == 0, "%s: not due: %.40s",
                           name, at);
                depth--;
            } else if (end[-1] != '/' && !stands_alone(word)) {
                unit_check(depth < UNIT_COUNT(open), "%s: too deep", name);
                memcpy(open[depth++], word, sizeof word);
            }
        }
        at = end;
    }
    unit_check(depth == 0, "%s: %zu elements stay open", name, depth);
}
