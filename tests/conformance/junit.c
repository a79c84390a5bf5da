/* junit.c: outcomes as JUnit XML, with the whole message of each failure */
#include <errno.h>
#include <string.h>

#include "case_run.h"

/* XML has no control characters but these three, in no form. What is no ASCII is shown as octal. */
static void write_escaped(FILE *out, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        switch (*p) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        default:
            if (*p == 0xc3 && p[1] == 0x97) /* the sign of verdict_quoted */
                fputs("\u00d7", out), p++;
            else if (*p >= 0x7f || (*p < 0x20 && !strchr("\n\t\r", *p)))
                fprintf(out, "\\%03o", *p);
            else
                fputc(*p, out);
        }
    }
}

static void write_case(FILE *out, const struct outcome *outcome)
{
    fprintf(out, "  <testcase classname=\"%s\" name=\"%s\" time=\"%.3f\"", suite.model_name,
            outcome->one->name, (double)outcome->ms / 1000);
    if (outcome->state == OUTCOME_PASSED) {
        fputs("/>\n", out);
        return;
    }
    if (outcome->state == OUTCOME_FAILED) {
        char first[200];

        snprintf(first, sizeof first, "%.*s", (int)strcspn(outcome->text, "\n"), outcome->text);
        fputs(">\n    <failure message=\"", out);
        write_escaped(out, first);
        fputs("\">", out);
        write_escaped(out, outcome->text);
        fputs("</failure>\n", out);
    } else {
        fputs(">\n    <skipped message=\"", out);
        write_escaped(out, outcome->state == OUTCOME_NOT_RUN
                               ? "not run: a case before it has failed"
                               : outcome->text);
        fputs("\"/>\n", out);
    }
    fputs("  </testcase>\n", out);
}

bool junit_write(const char *path, const struct outcome *outcomes, size_t n)
{
    FILE *out = fopen(path, "we");

    if (out) {
        fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        fprintf(out,
                "<testsuite name=\"conformance\" tests=\"%zu\" failures=\"%zu\" "
                "errors=\"0\" skipped=\"%zu\">\n",
                n, outcomes_count(outcomes, n, OUTCOME_FAILED),
                outcomes_count(outcomes, n, OUTCOME_SKIPPED) +
                    outcomes_count(outcomes, n, OUTCOME_NOT_RUN));
        for (size_t i = 0; i < n; i++)
            write_case(out, &outcomes[i]);
        fprintf(out, "</testsuite>\n");
    }
    if (!out || fclose(out) != 0) {
        fprintf(stderr, "conformance: %s: %s\n", path, strerror(errno));
        return false;
    }
    return true;
}
