/* exceptions.c: cases that are not run, and the reason, from a file:
 * EXCEPT=tests/conformance/emulated */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#include "conformance.h"

const char *exceptions_reason(const char *name)
{
    static char reason[200];
    char line[256], model[32], pattern[80];
    const char *path = getenv("EXCEPT");
    bool found = false;

    if (path == NULL || *path == '\0')
        return NULL;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    while (!found && fgets(line, sizeof line, file) != NULL) {
        found = line[0] != '#' &&
                sscanf(line, "%31s %79s %199[^\n]", model, pattern, reason) == 3 &&
                fnmatch(model, suite.model_name, 0) == 0 && fnmatch(pattern, name, 0) == 0;
    }
    (void)fclose(file);
    return found ? reason : NULL;
}
