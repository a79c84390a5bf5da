/* bench/texts/html.c: text for HTML and SVG, escaped */
#include <stdarg.h>
#include <string.h>

#include "base/utf8.h"
#include "texts/texts.h"

static void html_escape(FILE *out, const char *text)
{
    while (*text != '\0') {
        uint32_t code;
        size_t length = utf8_decode(text, strlen(text), &code);
        if (length == 0 || (!utf8_printable(text, length) && *text != '\n' && *text != '\t'))
            (void)fputs("\xEF\xBF\xBD", out);
        else if (strchr("<>&\"'", *text) != NULL)
            (void)fprintf(out, "&#%d;", *text);
        else
            (void)fwrite(text, 1, length, out);
        text += length > 0 ? length : 1;
    }
}

void html(FILE *out, const char *template, ...)
{
    va_list arguments;
    va_start(arguments, template);
    for (; *template != '\0'; template ++)
        if (*template == '$')
            html_escape(out, va_arg(arguments, const char *));
        else
            (void)fputc(*template, out);
    va_end(arguments);
}

void html_paragraph(FILE *out, const char *paragraphs, const char *name)
{
    size_t length = strlen(name);
    while (strncmp(paragraphs, name, length) != 0 || paragraphs[length] != ':') {
        paragraphs = strstr(paragraphs, "\n\n");
        if (paragraphs == NULL)
            return;
        paragraphs += 2;
    }
    paragraphs += length + 2;
    const char *end = strstr(paragraphs, "\n\n");
    (void)fprintf(out, "%.*s", end != NULL ? (int)(end - paragraphs) : -1, paragraphs);
}
