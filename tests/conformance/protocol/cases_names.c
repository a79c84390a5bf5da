/* File names: which are refused, which are allowed, and how long they may be. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "conformance.h"

static const char *const bad_names[] = {
    "../x", "../canary",   "/x",       "/etc/passwd", "a/b",    "a/",        "/",
    ".",    "..",          "...",      ".hidden",     ".x.tmp", " x",        "x ",
    " ",    "  ",          "./x",      "a/../b",      "a//b",   "sub/../ok", "\x7f",
    "a\tb", "../files/ok", "\xc2\x85", "//canary",
};

/* Refused in every request that has a name, and nothing outside the folder is touched. */
static void names_refused(struct wire *wire)
{
    char request[300];

    verdict_check(mkdir(suite_path("sub"), 0755) == 0, "mkdir");
    folder_write(suite.server->dir, "ok", "ok", 2);
    folder_write(suite.server->dir, "sub/inner", "inner", 5);
    for (size_t i = 0; i < sizeof bad_names / sizeof bad_names[0]; i++) {
        snprintf(request, sizeof request, "G %s\n", bad_names[i]);
        suite_refused(wire, request, "bad-name");
        snprintf(request, sizeof request, "R 0 %s\n", bad_names[i]);
        suite_refused(wire, request, "bad-name");
        snprintf(request, sizeof request, "P 1 %s\n", bad_names[i]);
        suite_refused(wire, request, "bad-name");
    }
    suite_refused(wire, "G sub/inner\n", "bad-name");
    verdict_check(folder_holds(suite.server->folder.root, "canary", "canary", 6),
                  "the file outside the library has changed");
    verdict_check(!folder_has(suite.server->folder.root, "x"), "a file outside the library");
    wire_ask_text(wire, "L\n", "2 ok\n");
}

static const char *const good_names[] = {
    "a",
    "-",
    "-rf",
    "--help",
    "a b",
    "a  b",
    "a.",
    "a..b",
    "~",
    "*",
    "?",
    "\\",
    "a\\b",
    "'",
    "\"",
    "$HOME",
    "`x`",
    "#",
    "%s%n",
    "%00",
    "C:",
    "NUL",
    "COM1.txt",
    "a;b",
    "a|b",
    "你好，世界.txt",
    "课件 第一讲.pdf",
    "🐧",
    "e\xcc\x81",
    "\xc3\xa9",
    "\xe2\x80\xae.exe",
    "\xc2\xa0",
};

static void names_allowed(struct wire *wire)
{
    for (size_t i = 0; i < sizeof good_names / sizeof good_names[0]; i++) {
        suite_upload(wire, good_names[i], good_names[i], strlen(good_names[i]));
        wire_printf(wire, "G %s\nR 1 %s\n", good_names[i], good_names[i]);
        wire_expect_text(wire, good_names[i]);
        wire_expect_text(wire, good_names[i] + 1);
        verdict_check(
            folder_holds(suite.server->dir, good_names[i], good_names[i], strlen(good_names[i])),
            "%s is not in the folder as it was sent", good_names[i]);
    }
}

static void name_lengths(struct wire *wire)
{
    char name[260], line[300];

    memset(name, 'n', sizeof name);
    name[255] = '\0';
    suite_upload(wire, name, "long", 4);
    wire_printf(wire, "G %s\n", name);
    wire_expect_text(wire, "long");
    wire_puts(wire, "L\n");
    snprintf(line, sizeof line, "4 %s\n", name);
    wire_expect_text(wire, line);
    name[255] = 'n';
    for (size_t n = 256; n <= 258; n++) {
        snprintf(line, sizeof line, "P 4 %.*s\n", (int)n, name);
        suite_refused(wire, line, "bad-name");
        snprintf(line, sizeof line, "G %.*s\n", (int)n, name);
        suite_refused(wire, line, "bad-name");
    }
    for (size_t i = 0; i < 255; i++) /* 85 characters of three bytes */
        name[i] = "\xe5\xa5\xbd"[i % 3];
    name[255] = '\0';
    suite_upload(wire, name, "good", 4);
    wire_printf(wire, "R 1 %s\n", name);
    wire_expect_text(wire, "ood");
}

const struct conformance_case name_cases[] = {
    {"name_refused", ON_ALL, .talk = names_refused},
    {"name_allowed", ON_ALL, .talk = names_allowed},
    {"name_lengths", ON_ALL, .talk = name_lengths},
    {.name = NULL},
};
