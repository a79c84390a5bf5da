/* The source of the solution, or the history, is read at run time. */
#include <stdio.h>

int main(void)
{
    static const char *const places[] = {"@ROOT@/02_fork/server.c",
                                         "@ROOT@/labs/09-reap/exercise.json", "@ROOT@/.git",
                                         "../../02_fork/server.c"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (fopen(places[i], "r") != NULL)
            printf("FOUND %s ", places[i]);
    puts("CLEAN");
    return 0;
}
