/* observer.h: what all observers share; see checks/unit.py
 *
 * An observer is a test that stands between the functions of a student's server.c and what they
 * call: functions of core/ and of the C library come here first, as __wrap_NAME (ld(1), --wrap). It
 * makes up what happens, and looks at what is called, and in which order.
 */
#ifndef OBSERVER_H
#define OBSERVER_H

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

/* main of the student's server. */
int student_main(int argc, char **argv);

/* Ends the test as failed: a macro for printf's arguments. Not by cmocka's fail, which would jump
 * out of the student's functions and threads. */
#define observer_fail(...) (printf(__VA_ARGS__), printf("\n"), fflush(stdout), _exit(1))

/* The main of an observer with a table of tests; argv[1]: only that one. */
#define OBSERVER_MAIN(tests)                              \
    int main(int argc, char **argv)                       \
    {                                                     \
        if (argc > 1)                                     \
            cmocka_set_test_filter(argv[1]);              \
        return cmocka_run_group_tests(tests, NULL, NULL); \
    }

#endif
