/* The work of others is read: what is handed in, and what the grader builds. */
#include <glob.h>
#include <stdio.h>

int main(void)
{
    static const char *const places[] = {"@COURSE@/handed-in/*/*/server.c",
                                         "@COURSE@/handed-in/*/*", "@COURSE@/tmp/labs-*",
                                         "@COURSE@/tmp/labs-*/labs-*/server", "@COURSE@/*"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        glob_t found;
        if (glob(places[i], 0, NULL, &found) == 0 && found.gl_pathc > 0)
            printf("FOUND %s ", found.gl_pathv[0]);
    }
    puts("CLEAN");
    return 0;
}
