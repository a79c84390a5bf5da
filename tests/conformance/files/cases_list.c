/* What is listed, in which order, and that a long list delays nobody. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "conformance.h"

static void list_empty(struct wire *wire)
{
    wire_ask(wire, "L\nL\n", "OK 0\nOK 0\n");
}

static void list_sorted(struct wire *wire)
{
    static const char *const names[] = {
        "b", "B", "a b", "a", "aa", "a-", "_", "~", "10", "9", "ä", "你", "🐧", "Z",
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        folder_write(suite.server->dir, names[i], "0123456789012", i);
    wire_ask_text(wire, "L\n",
                  "8 10\n9 9\n1 B\n13 Z\n6 _\n3 a\n2 a b\n5 a-\n4 aa\n0 b\n7 ~\n"
                  "10 ä\n11 你\n12 🐧\n");
}

/* What changes in the folder is seen by the next request. */
static void list_after_changes(struct wire *wire)
{
    folder_write(suite.server->dir, "one", "1", 1);
    wire_ask_text(wire, "L\n", "1 one\n");
    folder_write(suite.server->dir, "one", "one", 3);
    folder_write(suite.server->dir, "two", "two!", 4);
    wire_ask_text(wire, "L\nG two\n", "3 one\n4 two\n");
    wire_expect_text(wire, "two!");
    verdict_check(unlink(suite_path("one")) == 0, "unlink");
    wire_ask_text(wire, "L\nG one\n", "4 two\n");
    wire_expect_error(wire, "not-found");
}

static void list_long(struct wire *wire)
{
    char first[2][FOLDER_PATH + 400];
    char name[64];
    char *expected = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&expected, &size);

    if (!out)
        abort();
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "file %04d with a name of some length", i);
        suite_add_name(name, i % 2 == 0 ? "" : "x", first[i % 2], sizeof first[0], i >= 2);
        fprintf(out, "%d %s\n", i % 2, name);
    }
    fclose(out);
    wire_puts(wire, "L\nL\nN\n");
    wire_expect_body(wire, expected, size);
    wire_expect_body(wire, expected, size);
    wire_expect_ok(wire);
    free(expected);
}

/* So many files take their time. Nobody else waits for that: a request is answered, and the next,
 * again and again before the listing is there. */
static void list_delays_nobody(void)
{
    enum { FILES = 100000, NAMES = 10000, LEAST = 5 };
    struct wire *asks = suite_open(), *works = suite_open();
    char first[FOLDER_PATH + 400], *expected = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&expected, &size);
    int answered = 0;

    if (!out)
        abort();
    for (int i = 0; i < FILES; i++) {
        char name[16];

        snprintf(name, sizeof name, "%06d", i);
        suite_add_name(name, "", first, sizeof first, i % NAMES != 0);
        fprintf(out, "0 %s\n", name);
    }
    fclose(out);
    wire_puts(asks, "L\n");
    while (!wire_readable(asks, 0)) {
        wire_expect_quiet(works);
        answered++;
    }
    verdict_check(answered >= LEAST,
                  "while %d files are listed, %d requests of others are answered", FILES, answered);
    wire_expect_body(asks, expected, size);
    free(expected);
}

const struct conformance_case list_cases[] = {
    {"library_list_empty", ON_ALL, .talk = list_empty},
    {"library_list_sorted", ON_ALL, .talk = list_sorted},
    {"library_list_after_changes", ON_ALL, .talk = list_after_changes},
    {"library_list_long", ON_ALL, .talk = list_long},
    {"library_list_delays_nobody", ON_MANY, .run = list_delays_nobody},
    {.name = NULL},
};
