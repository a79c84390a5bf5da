/* bench/report/report_text.c: text for HTML and JSON, escaped */
#include <stdarg.h>
#include <string.h>

#include "base/utf8.h"
#include "report/report_private.h"

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

/* RFC 8259 */
static void json_escape(FILE *out, const char *text)
{
    (void)fputc('"', out);
    while (*text != '\0') {
        uint32_t code;
        size_t length = utf8_decode(text, strlen(text), &code);
        if (length == 0)
            (void)fputs("\\ufffd", out);
        else if (code < 0x20 || code == 0x7F)
            (void)fprintf(out, "\\u%04x", code);
        else if (code == '"' || code == '\\')
            (void)fprintf(out, "\\%c", (int)code);
        else
            (void)fwrite(text, 1, length, out);
        text += length > 0 ? length : 1;
    }
    (void)fputc('"', out);
}

static void fill(FILE *out, const char *template, va_list arguments,
                 void (*escape)(FILE *out, const char *text))
{
    for (; *template != '\0'; template ++)
        if (*template == '$')
            escape(out, va_arg(arguments, const char *));
        else
            (void)fputc(*template, out);
}

void html(FILE *out, const char *template, ...)
{
    va_list arguments;
    va_start(arguments, template);
    fill(out, template, arguments, html_escape);
    va_end(arguments);
}

void json(FILE *out, const char *template, ...)
{
    va_list arguments;
    va_start(arguments, template);
    fill(out, template, arguments, json_escape);
    va_end(arguments);
}
