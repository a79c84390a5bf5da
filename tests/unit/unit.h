/* unit.h: what all unit tests use
 *
 * A test file ends with a table of named tests and UNIT_MAIN. Any test runs alone, by its name as
 * the only argument. Before and after each test open descriptors are counted; folders made by
 * unit_folder and child processes are looked for. A test that leaves something fails.
 */
#ifndef UNIT_H
#define UNIT_H

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

enum { UNIT_PATH = 256 };

#define UNIT_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* An entry of the table: a test, and what is done before it and, unless it fails, after it. */
struct unit_case {
    void (*begin)(void), (*run)(void), (*end)(void); /* begin, end: NULL if there is nothing */
};
/* clang-format off */
#define TEST_BETWEEN(begin, function, end) \
    {#function, unit_case_run, unit_begin, unit_end, &(struct unit_case){begin, function, end}}
/* As setup and teardown of cmocka, which end with unit_begin and unit_end: also after a failure. */
#define TEST_AROUND(setup, function, teardown) \
    {#function, unit_case_run, setup, teardown, &(struct unit_case){NULL, function, NULL}}
/* clang-format on */
#define TEST(function) TEST_BETWEEN(NULL, function, NULL)

void unit_case_run(void **test);
int unit_begin(void **test);
int unit_end(void **test);

/* Runs the whole table, or what is named in argv[1] (wildcards allowed). Returns main's status. */
#define unit_run(group, table, argc, argv) \
    (unit_filter(argc, argv), cmocka_run_group_tests_name(group, table, NULL, NULL))
void unit_filter(int argc, char **argv);

/* A main that does nothing else. */
#define UNIT_MAIN(group, table)                    \
    int main(int argc, char **argv)                \
    {                                              \
        return unit_run(group, table, argc, argv); \
    }

/* Fails the running test with a sentence, unless the condition holds. In a child process: prints
 * it, and ends the child with status 1. */
#define unit_check(condition, ...)                      \
    do {                                                \
        if (!(condition))                               \
            unit_fail(__FILE__, __LINE__, __VA_ARGS__); \
    } while (0)
void unit_fail(const char *file, int line, const char *format, ...)
    __attribute__((noreturn, format(printf, 3, 4))); /* not _Noreturn: cppcheck passes over it */

/* Fails unless both are the same bytes; what and fed describe the situation. */
#define unit_same(what, fed, fed_len, want, want_len, got, got_len) \
    unit_compare(__FILE__, __LINE__, what, fed, fed_len, want, want_len, got, got_len)
void unit_compare(const char *file, int line, const char *what, const char *fed, size_t fed_len,
                  const char *want, size_t want_len, const char *got, size_t got_len);

/* Bytes as they stand in a C string, cut in the middle if there are many. The string is
 * overwritten by the eighth call after this one. */
const char *unit_quote(const char *bytes, size_t len);

/* Prints why a test is skipped, on standard output, and skips it. */
_Noreturn void unit_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How many descriptors this process has open. */
int unit_descriptors(void);

/* Waits for a child that has to be there. Returns its wait status. */
int unit_wait(pid_t child);

/* Does this wait status say that it was killed (SIGKILL), and did not end by itself or crash? */
bool unit_killed(int status);

/* Makes an empty temporary folder. unit_folder_remove takes it away with all that is in it. */
void unit_folder(char path[UNIT_PATH]);
void unit_folder_remove(const char *path);

/* The end of a test: removes the folders that it has left. Returns how many there were. */
int unit_folders_end(void);

/* Files by their folder and name. */
void unit_write(const char *folder, const char *name, const char *bytes, size_t len);
void unit_write_text(const char *folder, const char *name, const char *text);
/* Its bytes, and a NUL behind them: free it. NULL: it is missing. */
char *unit_read(const char *folder, const char *name, size_t *len);
void unit_unlink(const char *folder, const char *name);

/* How many entries begin with a dot, "." and ".." apart. */
int unit_hidden(const char *folder);

/* Numbers that look random, the same for the same seed (xorshift64*). */
struct unit_random {
    uint64_t state; /* not 0 */
};
uint64_t unit_random(struct unit_random *random);
uint64_t unit_random_below(struct unit_random *random, uint64_t limit);

/* If the test takes so many seconds from now on, the program ends as failed, whatever it waits
 * for. */
void unit_bound(unsigned int seconds, const char *what);

#endif
