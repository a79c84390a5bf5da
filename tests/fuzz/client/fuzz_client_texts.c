/* fuzz_client_texts.c: what people see must be what it looks like */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fuzz_client.h"
#include "lib/lab.h"
#include "terminal/wide.h"

/* Some of those that turn the direction of text, or can't be seen; the joiner makes families. */
static bool is_invisible(uint32_t code)
{
    return code == 0xad || code == 0x61c || (code >= 0x200b && code <= 0x200f && code != 0x200d) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
           code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) ||
           (code >= 0xe0000 && code <= 0xe007f);
}

bool text_clean(const char *text)
{
    size_t len = strlen(text);
    for (size_t at = 0, n; at < len; at += n) {
        uint32_t code = 0;
        n = fuzz_character(text + at, len - at, &code);
        if (n == 0 || is_invisible(code))
            return false;
    }
    return fuzz_printable(text, len);
}

bool nick_clean(const char *nick)
{
    size_t len = strlen(nick);
    return len >= 1 && len <= 32 && fuzz_printable(nick, len) && strchr(nick, ' ') == NULL &&
           strcasecmp(nick, "admin") != 0;
}

bool name_clean(const char *name)
{
    size_t len = strlen(name);
    return len >= 1 && len <= 255 && fuzz_printable(name, len) && strchr(name, '/') == NULL &&
           name[0] != '.' && name[0] != ' ' && name[len - 1] != ' ';
}

/* Whatever comes in: visible text comes out, as much as fits; and what fits is how the whole
 * begins. */
void visible_check(struct fuzz_choices *choices, const char *bytes, size_t len)
{
    size_t room = LAB_VISIBLE_SIZE(len), small = 1 + fuzz_choose(choices, 100);
    char *whole = malloc(room), *part = malloc(small);
    fuzz_check(whole != NULL && part != NULL, "no memory for the fuzzer itself");
    fuzz_check(lab_visible(whole, room, bytes, len) == whole && text_clean(whole), "visible? %s",
               fuzz_quote(bytes, len));
    (void)lab_visible(part, small, bytes, len);
    fuzz_check(strlen(part) < small && strncmp(whole, part, strlen(part)) == 0 && text_clean(part),
               "cut to %zu bytes: %s", small, fuzz_quote(bytes, len));
    fuzz_check(wide_fit(part, wide_columns(part)) == strlen(part), "does not fit: %s",
               fuzz_quote(part, strlen(part)));
    free(whole);
    free(part);
}
