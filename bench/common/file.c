/* bench/common/file.c: see file.h */
#include "common/file.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "common/fail.h"

bool file_write(const char *path, void (*print)(FILE *out, const void *what), const void *what,
                char why[WHY])
{
    char beside[PATH_MAX];
    if (snprintf(beside, sizeof beside, "%s.new", path) >= (int)sizeof beside)
        return fail(why, "the name %.100s... is too long", path);
    FILE *out = fopen(beside, "we");
    if (out != NULL)
        print(out, what);
    bool ok = out != NULL && ferror(out) == 0;
    if (out != NULL && fclose(out) == 0 && ok && rename(beside, path) == 0)
        return true;
    (void)fail(why, "%.300s can't be written: %s", path, strerror(errno));
    (void)unlink(beside);
    return false;
}
