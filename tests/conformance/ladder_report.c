#include <string.h>

#include "ladder.h"

enum { COLUMNS = 100, LINES_BEFORE = 8, LINES_AFTER = 9, LINES_OF_NAMES = 2 };

bool ladder_complete(const struct ladder_rung *rung)
{
    return outcomes_count(rung->outcomes, rung->n, OUTCOME_PASSED) > 0 &&
           outcomes_count(rung->outcomes, rung->n, OUTCOME_FAILED) == 0 &&
           outcomes_count(rung->outcomes, rung->n, OUTCOME_NOT_RUN) == 0;
}

bool ladder_empty(const struct ladder_rung *rung)
{
    return outcomes_count(rung->outcomes, rung->n, OUTCOME_SKIPPED) == rung->n;
}

static const struct outcome *failure_of(const struct ladder_rung *rung)
{
    for (size_t i = 0; i < rung->n; i++)
        if (rung->outcomes[i].state == OUTCOME_FAILED)
            return &rung->outcomes[i];
    return NULL;
}

static const char *line_end(const char *line)
{
    return line + strcspn(line, "\n");
}

/* At most so many columns of a line, and whether it was longer. Bytes of UTF-8 after the first have
 * no column. */
static void print_cut(const char *line, size_t n, int columns)
{
    size_t shown = 0;

    for (int column = 0; shown < n; shown++) {
        column += (line[shown] & 0xc0) != 0x80;
        if (column > columns)
            break;
    }
    printf("%.*s%s\n", (int)shown, line, shown < n ? " ..." : "");
}

static int number_of(const struct ladder_rung *rung)
{
    return (int)(rung->stage - ladder_stages) + 1;
}

/* The first line of a failure, without the number of the client that has seen it. */
static void print_diagnosis(const char *text, int columns)
{
    const char *from = strncmp(text, "client ", 7) == 0 ? strstr(text, ": ") : NULL;

    text = from && from < line_end(text) ? from + 2 : text;
    print_cut(text, (size_t)(line_end(text) - text), columns);
}

static void print_stage(const struct ladder_rung *rung)
{
    size_t skipped = outcomes_count(rung->outcomes, rung->n, OUTCOME_SKIPPED);
    const struct outcome *failure = failure_of(rung);

    printf("  %2d %-21s", number_of(rung), rung->stage->title);
    if (ladder_empty(rung)) {
        printf("does not apply\n");
    } else if (ladder_complete(rung)) {
        printf("complete, cases: %zu", rung->n - skipped);
        if (skipped > 0)
            printf(" (and %zu that do not apply)", skipped);
        printf("\n");
    } else if (failure) {
        int n = printf("fails at %s: ", failure->one->name);
        print_diagnosis(failure->text, COLUMNS + 20 - n);
    } else {
        printf("not run\n");
    }
}

/* ---- the failure that comes first ---- */

static size_t lines_in(const char *text)
{
    size_t n = 0;

    for (; *text; text = *line_end(text) ? line_end(text) + 1 : line_end(text))
        n++;
    return n;
}

/* Its beginning has what was expected, its end what the server has printed. */
static void print_failure(const struct ladder_rung *rung)
{
    enum { WIDEST = 160 };
    const struct outcome *failure = failure_of(rung);
    size_t n = lines_in(failure->text), i = 0;

    printf("\nNext: stage %d, %s. %s fails:\n", number_of(rung), rung->stage->title,
           failure->one->name);
    for (const char *line = failure->text; *line; i++) {
        const char *end = line_end(line);

        if (i == LINES_BEFORE && n > LINES_BEFORE + LINES_AFTER + 1)
            printf("  ... (%zu lines more)\n", n - LINES_BEFORE - LINES_AFTER);
        else if (i < LINES_BEFORE || i + LINES_AFTER >= n || n == LINES_BEFORE + LINES_AFTER + 1)
            printf("  "), print_cut(line, (size_t)(end - line), WIDEST);
        line = *end ? end + 1 : end;
    }
    printf("All of it: the same command with CASE=%s\n", failure->one->name);
}

/* ---- what does not apply ---- */

/* Two lines of them, so that a short command has a short report. */
static void print_names(const struct ladder_rung *rungs, size_t n, const char *reason)
{
    int column = 0, lines = 1;
    size_t more = 0;

    printf("%s, so these do not apply:\n", reason);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < rungs[i].n; k++) {
            const struct outcome *outcome = &rungs[i].outcomes[k];

            if (outcome->state != OUTCOME_SKIPPED || strcmp(outcome->text, reason) != 0)
                continue;
            if (column + (int)strlen(outcome->one->name) > COLUMNS && lines++ < LINES_OF_NAMES)
                printf("\n"), column = 0;
            if (lines <= LINES_OF_NAMES)
                column += printf(column ? " %s" : "    %s", outcome->one->name);
            else
                more++;
        }
    }
    if (more > 0)
        printf(" ... (%zu more)", more);
    printf("\n");
}

/* Each reason once: where it occurs first. */
static void print_skipped(const struct ladder_rung *rungs, size_t n)
{
    const char *seen[LADDER_STAGES];
    size_t reasons = 0;

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < rungs[i].n && reasons < LADDER_STAGES; k++) {
            const struct outcome *outcome = &rungs[i].outcomes[k];
            bool known = outcome->state != OUTCOME_SKIPPED || (outcome->one->flags & CASE_SLOW);

            for (size_t r = 0; r < reasons; r++)
                known |= strcmp(seen[r], outcome->text) == 0;
            if (known)
                continue;
            seen[reasons++] = outcome->text;
            print_names(rungs, n, outcome->text);
        }
    }
}

static size_t count(const struct ladder_rung *rungs, size_t n, enum outcome_state state)
{
    size_t all = 0;

    for (size_t i = 0; i < n; i++)
        all += outcomes_count(rungs[i].outcomes, rungs[i].n, state);
    return all;
}

static size_t count_ours(void)
{
    size_t n = 0;

    for (const struct conformance_case *one = NULL; (one = cases_next(one));)
        n += (one->flags & CASE_OURS) != 0;
    return n;
}

void ladder_report(const struct ladder_rung *rungs, size_t n)
{
    const struct ladder_rung *first = NULL;
    size_t complete = 0, empty = 0;

    for (size_t i = 0; i < n; i++) {
        print_stage(&rungs[i]);
        complete += ladder_complete(&rungs[i]);
        empty += ladder_empty(&rungs[i]);
        if (!first && failure_of(&rungs[i]))
            first = &rungs[i];
    }
    print_skipped(rungs, n);
    printf("conformance: stages complete: %zu of %zu", complete, n);
    if (empty > 0)
        printf(" (and %zu that do not apply)", empty);
    printf("; cases: %zu passed, %zu failed, %zu not run, %zu do not apply",
           count(rungs, n, OUTCOME_PASSED), count(rungs, n, OUTCOME_FAILED),
           count(rungs, n, OUTCOME_NOT_RUN), count(rungs, n, OUTCOME_SKIPPED));
    printf(", %zu more need {options}\n", count_ours());
    if (first)
        print_failure(first);
}
