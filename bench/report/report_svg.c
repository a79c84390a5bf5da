/* report_svg.c: a drawing within the page
 *
 * gnuplot gives the same names to the parts of all its drawings; in one page they must differ, or a drawing
 * would take its symbols from another one, and lose them where that one is hidden.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/report_parts.h"

enum { SVG_MOST = 8 << 20 };

static char *file_text(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = file != NULL ? malloc(SVG_MOST) : NULL;
    if (text != NULL) {
        size_t len = fread(text, 1, SVG_MOST - 1, file);
        text[len] = '\0';
    }
    if (file != NULL)
        (void)fclose(file);
    return text;
}

/* Is this where a name is given or used? Returns the length of what stands before the name. */
static size_t before_name(const char *at)
{
    static const char *const marks[] = {" id='", " id=\"", "href='#", "href=\"#", "url(#"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (strncmp(at, marks[i], strlen(marks[i])) == 0)
            return strlen(marks[i]);
    return 0;
}

/* Skips an element that has no elements in it, such as <title>. NULL: at is not its beginning. */
static const char *skip(const char *at, const char *tag)
{
    char open[16], close[16];
    (void)snprintf(open, sizeof open, "<%s>", tag);
    (void)snprintf(close, sizeof close, "</%s>", tag);
    if (strncmp(at, open, strlen(open)) != 0)
        return NULL;
    const char *end = strstr(at, close);
    return end != NULL ? end + strlen(close) : NULL;
}

/* Copies it; runs of white space become one. */
static void svg_copy(FILE *out, const char *at, const char *prefix)
{
    bool blank = false;
    while (*at != '\0') {
        const char *beyond = skip(at, "title");
        if (beyond == NULL)
            beyond = skip(at, "desc");
        if (beyond != NULL) {
            at = beyond;
            continue;
        }
        if (isspace((unsigned char)*at) && isspace((unsigned char)at[1])) {
            blank = true;
            at++;
            continue;
        }
        size_t mark = before_name(at);
        if (mark > 0) {
            (void)fwrite(at, 1, mark, out);
            (void)fputs(prefix, out);
            at += mark;
        } else {
            (void)fputc(blank && isspace((unsigned char)*at) ? '\n' : *at, out);
            at++;
        }
        blank = false;
    }
}

static void svg_inline(const struct report *report, const struct view *view, const char *suffix,
                       const char *kind, FILE *out)
{
    static const char start[] = "<svg";
    char path[REPORT_PATH], prefix[96];
    (void)snprintf(path, sizeof path, "%s/charts/%s%s.svg", report->folder, view->name, suffix);
    (void)snprintf(prefix, sizeof prefix, "%.60s%s%ld-", view->name, suffix, ftell(out));
    char *text = file_text(path);
    const char *svg = text != NULL ? strstr(text, start) : NULL;
    if (svg != NULL) {
        (void)fprintf(out, "<svg class=\"%s\" role=\"img\" aria-label=\"", kind);
        html_text(out, view->title);
        (void)fputc('"', out);
        svg_copy(out, svg + strlen(start), prefix);
    }
    free(text);
}

void html_chart(const struct report *report, const struct view *view, FILE *out)
{
    char path[REPORT_PATH];
    (void)snprintf(path, sizeof path, "%s/charts/%s.svg", report->folder, view->name);
    FILE *there = fopen(path, "re");
    if (there == NULL) {
        (void)fputs("<p class=\"soft\">There is no chart ", out);
        html_text(out, view->name);
        (void)fputs(": it could not be drawn.</p>\n", out);
        return;
    }
    (void)fclose(there);
    (void)fputs("<figure>\n", out);
    svg_inline(report, view, "", "wide", out);
    svg_inline(report, view, "-narrow", "narrow", out);
    (void)fputs("</figure>\n", out);
}
