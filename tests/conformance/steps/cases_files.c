/* The first cases of the ladder's stages with files: each needs one request more than those before
 * it. */
#include <string.h>
#include <unistd.h>

#include "conformance.h"

/* ---- L ---- */

/* Whatever is in the folder: a line for each file, a size and a name. */
static void list_form(struct wire *wire)
{
    const struct wire_reply *reply;

    wire_puts(wire, "L\n");
    reply = wire_reply(wire);
    verdict_check(reply && reply->ok, "expected: OK <n> and a list");
    const char *text = (const char *)reply->body;
    verdict_check(strlen(text) == reply->size, "the list has NUL bytes");
    while (*text) {
        size_t digits = strspn(text, "0123456789"), n = strcspn(text, "\n");

        verdict_check(digits > 0 && text[digits] == ' ' && n > digits + 1 && text[n] == '\n',
                      "expected lines <size> <name>, each with its LF\nreceived: %s",
                      verdict_quoted(text, n));
        text += n + 1;
    }
}

static void list_empty(struct wire *wire)
{
    verdict_check(folder_hidden(suite.server->dir, NULL, 0) == 0, "a hidden file in a new folder");
    wire_ask(wire, "L\n", "OK 0\n");
    wire_ask(wire, "L\n", "OK 0\n");
}

static void list_files(struct wire *wire)
{
    folder_write(suite.server->dir, "verse.txt", "twelve bytes", 12);
    folder_write(suite.server->dir, "empty", "", 0);
    folder_write(suite.server->dir, "a song.txt", "la la", 5);
    wire_ask_text(wire, "L\n", "5 a song.txt\n0 empty\n12 verse.txt\n");
}

/* What changes in the folder is seen by the next request. */
static void list_changes(struct wire *wire)
{
    folder_write(suite.server->dir, "one", "1", 1);
    wire_ask_text(wire, "L\n", "1 one\n");
    folder_write(suite.server->dir, "one", "one", 3);
    folder_write(suite.server->dir, "two", "2", 1);
    wire_ask_text(wire, "L\n", "3 one\n1 two\n");
    verdict_check(unlink(suite_path("one")) == 0, "unlink");
    wire_ask_text(wire, "L\n", "1 two\n");
}

/* ---- G, R ---- */

static void download(struct wire *wire)
{
    folder_write(suite.server->dir, "verse.txt", "roses are red\nviolets\n", 22);
    wire_ask(wire, "G verse.txt\n", "OK 22\nroses are red\nviolets\n");
    wire_ask(wire, "G verse.txt\n", "OK 22\nroses are red\nviolets\n");
    wire_ask(wire, "N\n", "OK 0\n");
}

static void download_missing(struct wire *wire)
{
    suite_refused(wire, "G nothing of that name\n", "not-found");
}

static void download_empty(struct wire *wire)
{
    folder_write(suite.server->dir, "empty", "", 0);
    wire_ask(wire, "G empty\n", "OK 0\n");
    wire_ask(wire, "N\n", "OK 0\n");
}

static void resume(struct wire *wire)
{
    folder_write(suite.server->dir, "a song.txt", "0123456789", 10);
    wire_ask(wire, "R 4 a song.txt\n", "OK 6\n456789");
    wire_ask(wire, "R 0 a song.txt\n", "OK 10\n0123456789");
    wire_ask(wire, "R 10 a song.txt\n", "OK 0\n");
    wire_ask(wire, "N\n", "OK 0\n");
}

static void resume_refused(struct wire *wire)
{
    folder_write(suite.server->dir, "ten", "0123456789", 10);
    suite_refused(wire, "R 11 ten\n", "bad-range");
    suite_refused(wire, "R 0 nothing of that name\n", "not-found");
}

/* ---- P ---- */

/* Seen by requests only, whatever folder the server has. */
static void upload(struct wire *wire)
{
    wire_ask(wire, "P 5 verse\n", "GO\n");
    wire_ask(wire, "hello", "OK 0\n");
    wire_ask(wire, "G verse\n", "OK 5\nhello");
    wire_ask(wire, "P 0 empty\n", "GO\nOK 0\n");
    wire_ask(wire, "G empty\n", "OK 0\n");
}

/* Until its last byte has come, a name stands for what it was before. */
static void upload_invisible(struct wire *wire)
{
    folder_write(suite.server->dir, "old", "old", 3);
    wire_ask(wire, "P 8 old\n", "GO\n");
    for (int i = 0; i < 7; i++) {
        wire_puts(wire, "x");
        bound_observe(10); /* it may look at each byte */
        verdict_check(folder_holds(suite.server->dir, "old", "old", 3),
                      "a part of an upload is under its name before the whole has come");
    }
    wire_ask(wire, "y", "OK 0\n");
    verdict_check(folder_holds(suite.server->dir, "old", "xxxxxxxy", 8),
                  "the file does not hold what was uploaded");
}

/* ---- names ---- */

static void names_refused(void)
{
    static const char *const requests[] = {"G ../canary\n", "G /etc/passwd\n", "G .hidden\n",
                                           "G ..\n",        "G a/b\n",         NULL};

    suite_refused_all(suite_open(), requests, "bad-name");
}

const struct conformance_case file_step_cases[] = {
    {"step_list_form", ON_ALL, CASE_SHARED, .talk = list_form},
    {"step_list_empty", ON_ALL, .talk = list_empty},
    {"step_list", ON_ALL, .talk = list_files},
    {"step_list_changes", ON_ALL, .talk = list_changes},
    {"step_download", ON_ALL, .talk = download},
    {"step_download_missing", ON_ALL, CASE_SHARED, .talk = download_missing},
    {"step_download_empty", ON_ALL, .talk = download_empty},
    {"step_resume", ON_ALL, .talk = resume},
    {"step_resume_refused", ON_ALL, .talk = resume_refused},
    {"step_upload", ON_ALL, .talk = upload},
    {"step_upload_invisible", ON_ALL, .talk = upload_invisible},
    {"step_names_refused", ON_ALL, CASE_SHARED, .run = names_refused},
    {.name = NULL},
};
