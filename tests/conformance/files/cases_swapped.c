/* Names whose files change while they are served. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance.h"
#include "flood.h"

/* Gives two names each other's file, again and again, until it is killed. */
static pid_t swap_start(const char *one, const char *other)
{
    char first[FOLDER_PATH + 400], second[FOLDER_PATH + 400];

    snprintf(first, sizeof first, "%s", suite_path(one));
    snprintf(second, sizeof second, "%s", suite_path(other));
    if (renameat2(AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE) != 0)
        verdict_skip("this file system can't exchange two names: %s", strerror(errno));
    pid_t child = flood_fork();
    if (child > 0)
        return child;
    while (renameat2(AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE) == 0)
        ;
    _exit(1);
}

static void swap_end(pid_t child)
{
    int status;

    verdict_check(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child &&
                      WIFSIGNALED(status),
                  "the process that swaps the names ended by itself");
}

/* Asks for a name that changes its file all the time, also between opening it and asking for its
 * size. is_other says whether a reply is what "other" stands for, or the file; it fails if it is
 * neither. How often one reply is not like the one before counts how often server and swapper
 * really ran at the same time: with few processors and much to do, seldom. So that is waited for,
 * for a while. */
static void swapped(const char *other, bool (*is_other)(const struct wire_reply *))
{
    enum { AT_ONCE = 20, WANTED = 1000, LEAST = 100, A_WHILE = 3000 };
    struct wire *wire = suite_open();
    char *requests = suite_repeated("G file\n", AT_ONCE);
    int seen[2] = {0, 0}, changes = 0;
    bool last = false;
    long start = bound_now(), spent = 0;
    pid_t child = swap_start("file", other);

    while ((changes < WANTED && spent < bound_of(A_WHILE)) ||
           ((seen[0] < LEAST || seen[1] < LEAST) && spent < bound_of(BOUND_GENEROUS))) {
        wire_puts(wire, requests);
        for (int k = 0; k < AT_ONCE; k++) {
            const struct wire_reply *reply = wire_reply(wire);

            verdict_check(reply, "the connection has ended");
            bool now = is_other(reply);

            seen[now]++;
            changes += now != last;
            last = now;
        }
        spent = bound_now() - start;
    }
    swap_end(child);
    free(requests);
    verdict_check(seen[0] >= LEAST && seen[1] >= LEAST, "%d times the file, %d times the other",
                  seen[0], seen[1]);
}

enum { SHORT = 1000, LONG = 2500 };

static bool is_long_file(const struct wire_reply *reply)
{
    verdict_check(reply->ok, "expected one of two files, received ERR %s", reply->code);
    verdict_check((reply->size == SHORT && pattern_matches(reply->body, SHORT, 1, 0)) ||
                      (reply->size == LONG && pattern_matches(reply->body, LONG, 2, 0)),
                  "%llu bytes: the size of one file and the bytes of another", reply->size);
    return reply->size == LONG;
}

/* The reply is the one file or the other, size and bytes. */
static void swapped_while_served(void)
{
    folder_write_pattern(suite.server->dir, "file", SHORT, 1);
    folder_write_pattern(suite.server->dir, "other", LONG, 2);
    swapped("other", is_long_file);
}

static bool is_link(const struct wire_reply *reply)
{
    verdict_check(reply->ok || strcmp(reply->code, "not-found") == 0,
                  "expected the file or not-found, received ERR %s", reply->code);
    verdict_check(!reply->ok || (reply->size == 4 && memcmp(reply->body, "real", 4) == 0),
                  "what a link points to was served: %.*s", (int)reply->size, reply->body);
    return !reply->ok;
}

/* The same with a link that leads out of the library: no look before the open is worth anything. */
static void link_swapped_in(void)
{
    folder_write(suite.server->dir, "file", "real", 4);
    verdict_check(symlink("../canary", suite_path("link")) == 0, "symlink");
    swapped("link", is_link);
}

const struct conformance_case swapped_cases[] = {
    {"library_swapped_while_served", ON_ALL, .run = swapped_while_served},
    {"library_link_swapped_in", ON_ALL, .run = link_swapped_in},
    {.name = NULL},
};
