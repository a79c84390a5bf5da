/* unit_files.c: the descriptors, folders and files of unit.h */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folders[4][UNIT_PATH]; /* made and not removed; "": none */

/* Entries of a folder, or those that begin with a dot; -1: it can't be read. */
static int entries(const char *folder, bool hidden)
{
    int count = 0;
    const struct dirent *entry;
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return -1;
    while ((entry = readdir(dir)) != NULL)
        count += !hidden || entry->d_name[0] == '.';
    closedir(dir);
    return count;
}

int unit_descriptors(void)
{
    return entries("/proc/self/fd", false);
}

void unit_folder(char path[UNIT_PATH])
{
    const char *tmp = getenv("TMPDIR");
    if (tmp == NULL) /* thousands of files: in memory, if that is possible */
        tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    int n = snprintf(path, UNIT_PATH, "%s/unit-test-XXXXXX", tmp);
    unit_check(n > 0 && n < UNIT_PATH, "TMPDIR is too long");
    unit_check(mkdtemp(path) != NULL, "mkdtemp %s: %s", path, strerror(errno));
    size_t i = 0;
    while (i < UNIT_COUNT(folders) && folders[i][0] != '\0')
        i++;
    unit_check(i < UNIT_COUNT(folders), "too many folders in one test");
    memcpy(folders[i], path, UNIT_PATH);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
    (void)st;
    (void)kind;
    (void)walk;
    return remove(path);
}

void unit_folder_remove(const char *path)
{
    unit_check(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0, "can't remove %s: %s", path,
               strerror(errno));
    for (size_t i = 0; i < UNIT_COUNT(folders); i++)
        if (folders[i][0] != '\0' && strcmp(folders[i], path) == 0)
            folders[i][0] = '\0';
}

int unit_folders_end(void)
{
    int left = 0;
    for (size_t i = 0; i < UNIT_COUNT(folders); i++) {
        if (folders[i][0] == '\0')
            continue;
        print_error("temporary folder left: %s\n", folders[i]);
        unit_folder_remove(folders[i]);
        left++;
    }
    return left;
}

static int open_in(const char *folder, const char *name, int flags)
{
    int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    unit_check(dir >= 0, "open %s: %s", folder, strerror(errno));
    int fd = openat(dir, name, flags | O_CLOEXEC, 0644);
    close(dir);
    return fd;
}

void unit_write(const char *folder, const char *name, const char *bytes, size_t len)
{
    int fd = open_in(folder, name, O_WRONLY | O_CREAT | O_TRUNC);
    unit_check(fd >= 0, "create %s: %s", name, strerror(errno));
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        unit_check(n > 0, "write %s: %s", name, strerror(errno));
        bytes += n;
        len -= (size_t)n;
    }
    unit_check(close(fd) == 0, "close %s: %s", name, strerror(errno));
}

void unit_write_text(const char *folder, const char *name, const char *text)
{
    unit_write(folder, name, text, strlen(text));
}

char *unit_read(const char *folder, const char *name, size_t *len)
{
    *len = 0;
    int fd = open_in(folder, name, O_RDONLY);
    if (fd < 0)
        return NULL;
    struct stat st;
    unit_check(fstat(fd, &st) == 0, "fstat %s: %s", name, strerror(errno));
    char *bytes = malloc((size_t)st.st_size + 2);
    unit_check(bytes != NULL, "out of memory");
    ssize_t n;
    while ((n = read(fd, bytes + *len, (size_t)st.st_size + 1 - *len)) > 0)
        *len += (size_t)n;
    close(fd);
    bytes[*len] = '\0';
    return bytes;
}

void unit_unlink(const char *folder, const char *name)
{
    char path[UNIT_PATH + 300];
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    unit_check(n > 0 && (size_t)n < sizeof path, "%s: too long", name);
    unit_check(unlink(path) == 0, "unlink %s: %s", path, strerror(errno));
}

int unit_hidden(const char *folder)
{
    int count = entries(folder, true);
    unit_check(count >= 2, "opendir %s: %s", folder, strerror(errno));
    return count - 2; /* "." and ".." */
}
