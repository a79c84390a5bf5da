/* client/lab_why.c: sentences about failures
 *
 * What a server says goes into them, so they are escaped as a whole: control characters and what
 * is no UTF-8 as \xHH; characters that are invisible or turn the direction of text, with which a
 * sentence could be made to read as another one, as <U+202E>.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lab_private.h"
#include "utf8.h"

/* Format characters and separators (general categories Cf, Zl and Zp). */
static const uint32_t invisible[][2] = {
    {0x00ad, 0x00ad},   {0x0600, 0x0605},   {0x061c, 0x061c},   {0x06dd, 0x06dd},
    {0x070f, 0x070f},   {0x08e2, 0x08e2},   {0x180e, 0x180e},   {0x200b, 0x200f},
    {0x2028, 0x202e},   {0x2060, 0x206f},   {0xfeff, 0xfeff},   {0xfff9, 0xfffb},
    {0x110bd, 0x110bd}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe007f},
};

static bool is_invisible(uint32_t code)
{
    for (size_t i = 0; i < sizeof invisible / sizeof invisible[0]; i++)
        if (code >= invisible[i][0] && code <= invisible[i][1])
            return true;
    return false;
}

/* Escapes up to the NUL, as much as fits. */
static void escape(char *to, size_t size, const char *bytes)
{
    enum { WORST = sizeof "<U+E0001>" };
    size_t used = 0;
    for (size_t left = strlen(bytes), n; left > 0 && used + WORST <= size; bytes += n, left -= n) {
        uint32_t code;
        n = utf8_decode(bytes, left, &code);
        if (n > 0 && is_invisible(code)) {
            used += (size_t)snprintf(to + used, size - used, "<U+%04X>", (unsigned)code);
        } else if (n > 0 && utf8_printable(bytes, n)) {
            memcpy(to + used, bytes, n);
            used += n;
        } else {
            n = 1;
            used += (size_t)snprintf(to + used, size - used, "\\x%02x", (unsigned char)bytes[0]);
        }
    }
    to[used] = '\0';
}

enum lab_status lab_fail(struct lab *lab, enum lab_status status, const char *format, ...)
{
    char text[LAB_LINE_MAX + 256];
    va_list args;
    va_start(args, format);
    if (vsnprintf(text, sizeof text, format, args) < 0)
        text[0] = '\0';
    va_end(args);
    escape(lab->why, sizeof lab->why, text);
    return status;
}

enum lab_status lab_no_memory(struct lab *lab)
{
    return lab_fail(lab, LAB_LOCAL, "out of memory");
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
    return lab_fail(lab, LAB_BROKEN, "the server says \"%s\"%s where %s is due", shown,
                    len < line.len ? "..." : "", due);
}

enum lab_status lab_check_name(struct lab *lab, const char *name)
{
    if (proto_name_ok(name, strlen(name)))
        return LAB_OK;
    return lab_fail(lab, LAB_USAGE,
                    "\"%s\" can't be the name of a file in the library (1 to %d bytes without "
                    "'/' and control characters, no '.' first, no space first or last)",
                    name, PROTO_NAME_MAX);
}

enum lab_status lab_check_nick(struct lab *lab, const char *nick)
{
    if (proto_nick_ok(nick, strlen(nick)))
        return LAB_OK;
    return lab_fail(lab, LAB_USAGE,
                    "\"%s\" can't be a nick (1 to %d bytes without spaces and control characters, "
                    "and not the administrator's)",
                    nick, PROTO_NICK_MAX);
}

enum lab_status lab_check_text(struct lab *lab, const char *text)
{
    size_t len = strlen(text);
    if (proto_text_ok(text, len))
        return LAB_OK;
    if (len == 0)
        return lab_fail(lab, LAB_USAGE, "there is nothing to say");
    if (len > PROTO_TEXT_MAX)
        return lab_fail(lab, LAB_USAGE, "the text is too long: %zu bytes, and %d can be said", len,
                        PROTO_TEXT_MAX);
    return lab_fail(lab, LAB_USAGE, "the text is not UTF-8, or has control characters");
}
