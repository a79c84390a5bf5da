/* client/lib/lab_why.c: sentences about failures
 *
 * What a server says goes into them, so they are made visible as a whole.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lab_private.h"

enum lab_status lab_fail(struct lab *lab, enum lab_status status, const char *format, ...)
{
    char text[LAB_LINE_MAX + 256];
    va_list args;
    va_start(args, format);
    if (vsnprintf(text, sizeof text, format, args) < 0)
        text[0] = '\0';
    va_end(args);
    lab_visible(lab->why, sizeof lab->why, text, strlen(text));
    return status;
}

enum lab_status lab_no_memory(struct lab *lab)
{
    return lab_fail(lab, LAB_LOCAL, _("out of memory"));
}

/* The line is cut, never inside a character, and a NUL in it shown as a space: it must not end
 * the sentence. */
enum lab_status lab_broken(struct lab *lab, struct lab_line line, const char *due)
{
    enum { SHOWN = 60 };
    char shown[SHOWN + 1];
    size_t len = line.len <= SHOWN ? line.len : SHOWN;
    while (len < line.len && len > SHOWN - 4 && (line.bytes[len] & 0xc0) == 0x80)
        len--;
    memcpy(shown, line.bytes, len);
    for (char *nul; (nul = memchr(shown, '\0', len)) != NULL;)
        *nul = ' ';
    shown[len] = '\0';
    return lab_fail(lab, LAB_BROKEN, _("the server says \"%s\"%s where %s is due"), shown,
                    len < line.len ? "..." : "", due);
}

enum lab_status lab_check_name(struct lab *lab, const char *name)
{
    if (proto_name_ok(name, strlen(name)))
        return LAB_OK;
    return lab_fail(lab, LAB_USAGE,
                    _("\"%s\" can't be the name of a file in the library (1 to %d bytes without "
                      "'/' and control characters, no '.' first, no space first or last)"),
                    name, PROTO_NAME_MAX);
}

enum lab_status lab_check_nick(struct lab *lab, const char *nick)
{
    if (proto_nick_ok(nick, strlen(nick)))
        return LAB_OK;
    return lab_fail(
        lab, LAB_USAGE,
        _("\"%s\" can't be a nick (1 to %d bytes without spaces and control characters, "
          "and not the administrator's)"),
        nick, PROTO_NICK_MAX);
}

enum lab_status lab_check_text(struct lab *lab, const char *text)
{
    size_t len = strlen(text);
    if (proto_text_ok(text, len))
        return LAB_OK;
    if (len == 0)
        return lab_fail(lab, LAB_USAGE, _("there is nothing to say"));
    if (len > PROTO_TEXT_MAX)
        return lab_fail(lab, LAB_USAGE, _("the text is too long: %zu bytes, and %d can be said"),
                        len, PROTO_TEXT_MAX);
    return lab_fail(lab, LAB_USAGE, _("the text is not UTF-8, or has control characters"));
}
