/* tests/faults/clients/dialog_replies.c: replies, and what they may be; see dialog.h */
#include <stdio.h>
#include <string.h>

#include "dialog.h"
#include "faults.h"

static const char *reply_line(struct dialog *dialog)
{
    const char *line = NULL;
    while (dialog->open && (line = dialog_next_line(dialog)) != NULL && strncmp(line, "* ", 2) == 0)
        dialog_check_event(dialog, line);
    return line;
}

enum reply { REPLY_OK, REPLY_GO, REPLY_ERR, REPLY_NONE };

/* ERR counts as harm, and so does the end. */
static enum reply reply(struct dialog *dialog, unsigned long long *size)
{
    int end = 0;
    *size = 0;
    if (!dialog->open)
        return REPLY_NONE;
    const char *line = reply_line(dialog);
    if (line == NULL) {
        dialog_cut(dialog);
        return REPLY_NONE;
    }
    if (sscanf(line, "OK %llu%n", size, &end) == 1 && line[end] == '\0')
        return REPLY_OK;
    if (strcmp(line, "GO") == 0)
        return REPLY_GO;
    if (strncmp(line, "ERR ", 4) != 0 || strlen(line) < 7)
        problem("%s: this is no reply: %s", dialog->name, line);
    dialog->harmed = true;
    return REPLY_ERR;
}

bool dialog_expect_ok(struct dialog *dialog)
{
    return dialog_expect_body(dialog, "", 0);
}

bool dialog_expect_go(struct dialog *dialog)
{
    unsigned long long size;
    enum reply got = reply(dialog, &size);
    if (got == REPLY_OK)
        dialog_wrong(dialog, "GO");
    return got == REPLY_GO;
}

/* The head of a body of n bytes, or of other bytes. Returns how many come. -1: it was not that. */
static ssize_t body_head(struct dialog *dialog, size_t n, size_t other)
{
    unsigned long long size;
    char wanted[40];
    enum reply got = reply(dialog, &size);
    if (got == REPLY_ERR || got == REPLY_NONE)
        return -1;
    (void)snprintf(wanted, sizeof wanted, "OK %zu", n);
    if (got == REPLY_OK && (size == n || size == other))
        return (ssize_t)size;
    dialog_wrong(dialog, wanted);
    return -1;
}

static bool body_bytes(struct dialog *dialog, const void *bytes, size_t n)
{
    for (size_t done = 0; done < n;) {
        if (dialog->from == dialog->to && !dialog_more(dialog)) {
            dialog_cut(dialog);
            return false;
        }
        size_t part = dialog->to - dialog->from;
        if (part > n - done)
            part = n - done;
        if (memcmp(dialog->in + dialog->from, (const char *)bytes + done, part) != 0) {
            problem("%s: wrong bytes in a body of %zu, near byte %zu", dialog->name, n, done);
            dialog_over(dialog);
            return false;
        }
        dialog->from += part;
        done += part;
    }
    return true;
}

bool dialog_expect_body(struct dialog *dialog, const void *bytes, size_t n)
{
    return body_head(dialog, n, n) >= 0 && body_bytes(dialog, bytes, n);
}

bool dialog_expect_list(struct dialog *dialog, const char *text, size_t n)
{
    char kept[DIALOG_BUFFER];
    const char *end = text + n;
    unsigned long long size;
    size_t len = 0;
    if (reply(dialog, &size) != REPLY_OK || size > n || size > sizeof kept) {
        if (strncmp(dialog->line, "OK ", 3) == 0)
            dialog_wrong(dialog, "a listing that is no longer than the folder's");
        return false;
    }
    while (len < size) {
        if (dialog->from == dialog->to && !dialog_more(dialog)) {
            dialog_cut(dialog);
            return false;
        }
        kept[len++] = dialog->in[dialog->from++];
    }
    for (const char *at = kept; at < kept + len;) { /* each line, in the order of the folder's */
        const char *lf = memchr(at, '\n', (size_t)(kept + len - at));
        size_t line = lf != NULL ? (size_t)(lf + 1 - at) : 0;
        while (text < end && line > 0 && strncmp(text, at, line) != 0)
            text = (const char *)memchr(text, '\n', (size_t)(end - text)) + 1;
        if (text >= end || line == 0) {
            problem("%s: a listing with a line that is none of the folder's", dialog->name);
            dialog_over(dialog);
            return false;
        }
        text += line;
        at += line;
    }
    return true;
}

bool dialog_expect_either(struct dialog *dialog, const char *one, const char *other)
{
    ssize_t n = body_head(dialog, strlen(one), strlen(other));
    return n >= 0 && body_bytes(dialog, (size_t)n == strlen(one) ? one : other, (size_t)n);
}

void dialog_expect_error(struct dialog *dialog, const char *code)
{
    unsigned long long size;
    bool harmed = dialog->harmed;
    enum reply got = reply(dialog, &size);
    if (got == REPLY_OK || got == REPLY_GO)
        dialog_wrong(dialog, code);
    if (got != REPLY_ERR)
        return;
    size_t n = strlen(code);
    if (strncmp(dialog->line + 4, code, n) == 0 && dialog->line[4 + n] == ' ')
        dialog->harmed = harmed; /* that is what should come */
}

void dialog_expect_end(struct dialog *dialog)
{
    if (!dialog->open)
        return;
    const char *line = reply_line(dialog);
    if (line != NULL)
        problem("%s: expected the end, received %s", dialog->name, line);
    dialog_transcript(dialog, "<", "(the end)", 9);
    dialog_over(dialog);
}
