/* snapshot.c: see snapshot.h */
#include "snapshot.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static void entry_print(FILE *to, const char *path)
{
    struct stat there;
    char target[256] = "";
    unit_check(lstat(path, &there) == 0, "no longer there: %s", path);
    if (S_ISLNK(there.st_mode) && readlink(path, target, sizeof target - 1) < 0)
        unit_check(false, "no longer a link: %s", path);
    fprintf(to, "%o %llu %lld %lld.%09ld %lld.%09ld %s %s\n", there.st_mode,
            (unsigned long long)there.st_ino, (long long)there.st_size,
            (long long)there.st_mtim.tv_sec, there.st_mtim.tv_nsec, (long long)there.st_ctim.tv_sec,
            there.st_ctim.tv_nsec, path, target);
}

static void folder_print(FILE *to, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    unit_check(count >= 0, "can't be read: %s", folder);
    for (int i = 0; i < count; i++) {
        char path[2 * UNIT_PATH + 256];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        bool dots = strcmp(entries[i]->d_name, ".") == 0 || strcmp(entries[i]->d_name, "..") == 0;
        if (strcmp(entries[i]->d_name, "..") != 0)
            entry_print(to, path);
        if (!dots && entries[i]->d_type == DT_DIR)
            folder_print(to, path);
        free(entries[i]);
    }
    free(entries);
}

char *snapshot_take(const char *folder)
{
    char *text = NULL;
    size_t len;
    FILE *to = open_memstream(&text, &len);
    unit_check(to != NULL, "out of memory");
    folder_print(to, folder);
    unit_check(fclose(to) == 0, "out of memory");
    return text;
}

void snapshot_same(const char *what, const char *folder, char *before)
{
    char *now = snapshot_take(folder);
    unit_same(what, folder, strlen(folder), before, strlen(before), now, strlen(now));
    free(before);
    free(now);
}
