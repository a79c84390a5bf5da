/* tests/faults/host_files.c: the server's library, and what was put there; see host.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "host.h"

enum { BIG = 4 << 20, SMALL = 5000 };

/* The library, sorted as a listing is. A file that is put has a version: the seed of its bytes. */
static struct file {
    const char *name;
    bool there, kept;
    size_t size;
    uint64_t seed;
} files[] = {
    {.name = "a", .kept = true, .size = 1},
    {.name = "b", .kept = true, .size = 20},
    {.name = "big", .kept = true, .size = BIG},
    {.name = "bulk"},
    {.name = "empty"},
    {.name = "new"},
    {.name = "none", .kept = true, .size = 0},
    {.name = "put"},
    {.name = "small", .kept = true, .size = SMALL},
};

enum { FILES = sizeof files / sizeof files[0] };

static struct {
    struct file *file; /* NULL: nothing was put */
    size_t size;
    uint64_t seed;
    bool said, stored; /* the server has replied; with OK */
} upload;

void host_write_files(void)
{
    upload.file = NULL;
    for (int i = 0; i < FILES; i++) {
        files[i].there = files[i].kept;
        if (files[i].kept)
            folder_write_pattern(host.server->dir, files[i].name, files[i].size, files[i].seed);
    }
}

static struct file *file_find(const char *name)
{
    for (int i = 0; i < FILES; i++)
        if (strcmp(files[i].name, name) == 0)
            return &files[i];
    abort();
}

const unsigned char *sweep_file(const char *name, size_t *n)
{
    static unsigned char *bytes[FILES];
    const struct file *file = file_find(name);
    unsigned char **kept = &bytes[file - files];
    *n = file->size;
    if (*kept == NULL)
        *kept = pattern_new(file->size, file->seed);
    return *kept;
}

const unsigned char *sweep_new(const char *name, size_t n)
{
    static unsigned char bytes[1 << 20];
    static uint64_t seed = 100;
    upload.file = file_find(name);
    upload.size = n;
    upload.seed = ++seed;
    upload.said = false;
    pattern_fill(bytes, n, upload.seed, 0);
    return bytes;
}

void sweep_stored(bool stored)
{
    upload.said = true;
    upload.stored = stored;
}

const char *sweep_listing(size_t *len)
{
    static char text[2000];
    struct stat st;
    *len = 0;
    for (int i = 0; i < FILES; i++)
        if (stat(folder_path(host.server->dir, files[i].name), &st) == 0)
            *len += (size_t)snprintf(text + *len, sizeof text - *len, "%lld %s\n",
                                     (long long)st.st_size, files[i].name);
    return text;
}

void host_check_files(void)
{
    struct file *file = upload.file;
    const char *dir = host.server->dir;
    if (file == NULL)
        return;
    upload.file = NULL;
    if (host.refuse && !upload.said)
        problem("%s failed, and the put of %s got no ERR", call_name(host.fault.call), file->name);
    bool has = folder_has(dir, file->name);
    bool alike = file->there && file->size == 0 && upload.size == 0; /* old and new */
    if (has && folder_holds_pattern(dir, file->name, upload.size, upload.seed)) {
        file->there = true;
        file->size = upload.size;
        file->seed = upload.seed;
        /* unless its folder can't be synced, with --durable */
        if (upload.said && !upload.stored && !alike && host.fault.call != CALL_fsync)
            problem("%s was refused, and the new file stands", file->name);
    } else if (upload.said && upload.stored) {
        problem("%s was confirmed, and the file is not what was sent", file->name);
    } else if (has != file->there ||
               (has && !folder_holds_pattern(dir, file->name, file->size, file->seed))) {
        problem("%s is neither the old file nor the new one", file->name);
    }
    if (strcmp(file->name, "new") == 0 && has) {
        (void)unlink(folder_path(dir, file->name));
        file->there = false;
    }
}

void host_check_leftovers(void)
{
    char name[256] = "";
    const char *dir = host.server->dir;
    bool may = host.fault.call == CALL_unlinkat && host_injected() > 0;
    if (may && folder_hidden(dir, name, sizeof name) > 0) /* it could not be removed */
        (void)unlink(folder_path(dir, name));
    if (!folder_await_clean(dir)) {
        (void)folder_hidden(dir, name, sizeof name);
        problem("a temporary file is left: %s", name);
    }
}
