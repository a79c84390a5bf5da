/* client/app/input.c: see input.h */
#include "app/input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void input_begin(struct input *input, int fd)
{
    input->fd = fd;
    input->ended = input->dropping = false;
    input->at_begin = true;
    input->error = 0;
    input->from = input->to = 0;
}

void input_read(struct input *input)
{
    if (input->from > 0) {
        memmove(input->bytes, input->bytes + input->from, input->to - input->from);
        input->to -= input->from;
        input->from = 0;
    }
    /* one byte is left for a NUL */
    ssize_t n = read(input->fd, input->bytes + input->to, INPUT_LINE - 1 - input->to);
    if (n > 0)
        input->to += (size_t)n;
    else if (n == 0 || (errno != EINTR && errno != EAGAIN))
        input->ended = true;
    if (n < 0 && input->ended)
        input->error = errno;
}

size_t input_mark(const char *text, size_t len)
{
    static const char mark[] = {'\xef', '\xbb', '\xbf'};
    return len >= sizeof mark && memcmp(text, mark, sizeof mark) == 0 ? sizeof mark : 0;
}

static void line_set(struct input_line *line, char *text, size_t len, bool cut)
{
    if (!cut && len > 0 && text[len - 1] == '\r')
        len--;
    text[len] = '\0';
    *line = (struct input_line){.text = text, .len = len, .cut = cut};
}

bool input_take(struct input *input, struct input_line *line)
{
    while (input->from < input->to) {
        char *text = input->bytes + input->from;
        size_t len = input->to - input->from;
        char *end = memchr(text, '\n', len);
        bool full = len == INPUT_LINE - 1, dropping = input->dropping;
        if (end == NULL && !full && !input->ended)
            return false;
        input->from += end == NULL ? len : (size_t)(end - text) + 1;
        input->dropping = end == NULL;
        if (dropping)
            continue;
        len = end == NULL ? len : (size_t)(end - text);
        size_t skip = input->at_begin ? input_mark(text, len) : 0;
        input->at_begin = false;
        line_set(line, text + skip, len - skip, end == NULL && full);
        return true;
    }
    return false;
}
