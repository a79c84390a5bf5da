/* list.c: L; only what has an allowed name can be asked for, so only that is listed */
#include "server.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int listed(const struct dirent *entry)
{
    struct stat st;

    return name_ok(entry->d_name) &&
           fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

bool list(int fd)
{
    struct dirent **entries;
    char *body = NULL;
    size_t size = 0;
    int n = scandirat(folder, ".", &entries, listed, by_bytes);
    FILE *out = open_memstream(&body, &size);

    if (n < 0 || !out)
        return send_text(fd, "ERR io the folder can't be read\n");
    for (int i = 0; i < n; i++) {
        struct stat st;

        if (fstatat(folder, entries[i]->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            fprintf(out, "%lld %s\n", (long long)st.st_size, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    fclose(out);
    bool sent = send_size(fd, size) && send_all(fd, body, size);
    free(body);
    return sent;
}
