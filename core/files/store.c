/* core/files/store.c: the folder and its downloads; see store.h. Uploads are in upload.c. */
#include "files/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/libc.h"
#include "base/log.h"

/* The flags of every open: no link is followed, a FIFO or device does not make us wait, and no
 * child that is executed inherits it. */
enum { OPEN_SAFELY = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };

void store_log_once(const struct store *store, enum store_finding finding, const char *call,
                    int errnum)
{
    static const char *const meanings[STORE_FINDINGS] = {
        [STORE_ENTRY] = "an entry of the folder is left out",
        [STORE_LOCK] = "what a server that is killed leaves behind stays in the folder",
        [STORE_MODE] = "stored files keep the mode of incomplete ones",
        [STORE_SYNC] = "a power cut can take what was confirmed",
    };
    if (store->log != NULL && !atomic_exchange(&store->log->logged[finding], true))
        log_line(store->log->model, "%s fails: %s; %s", call, strerrordesc_np(errnum),
                 meanings[finding]);
}

bool store_lacks(int errnum)
{
    return errnum == ENOSYS || errnum == EOPNOTSUPP || errnum == EINVAL || errnum == EPERM;
}

static bool name_is_of(enum walk_kind kind, const char *name)
{
    if (kind == WALK_UPLOADS)
        return strncmp(name, STORE_TEMP_PREFIX, sizeof STORE_TEMP_PREFIX - 1) == 0;
    return proto_name_ok(name, strlen(name));
}

/* Removes a temporary file, but only if nobody holds its lock: a live server in this or another
 * process keeps its uploads locked, and the kernel unlocks those of a dead one. NFS gives such a
 * lock only to a descriptor that can write. If the mode (a strict umask) does not allow that, one
 * that can read has to do. */
static void leftover_remove(int dir, const char *name)
{
    int file = openat(dir, name, O_RDWR | OPEN_SAFELY);
    if (file < 0)
        file = openat(dir, name, O_RDONLY | OPEN_SAFELY);
    if (file < 0)
        return;
    struct stat st;
    if (fstat(file, &st) == 0 && S_ISREG(st.st_mode) && flock(file, LOCK_EX | LOCK_NB) == 0)
        (void)unlinkat(dir, name, 0); /* if it fails, the file stays hidden: no harm */
    close(file);
}

int store_clean(const struct store *store)
{
    DIR *walk = NULL;
    int error = walk_begin(store, &walk);
    if (walk == NULL)
        return error;
    struct walk_entry entry;
    while ((error = walk_next(store, walk, WALK_UPLOADS, &entry)) == 0 && entry.name != NULL)
        if (entry.name[0] != '\0')
            leftover_remove(store->dir, entry.name);
    closedir(walk);
    return error;
}

int store_open(struct store *store, const char *path)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return errno;
    store->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store->dir < 0)
        return errno;
    mode_t mask = umask(0);
    umask(mask);
    store->mode = 0644 & ~mask;
    int error = store_clean(store);
    if (error != 0)
        store_close(store);
    return error;
}

void store_close(struct store *store)
{
    close(store->dir);
}

int store_get(const struct store *store, const char *name, size_t len, int *file, uint64_t *size)
{
    char path[PROTO_NAME_MAX + 1];
    memcpy(path, name, len);
    path[len] = '\0';
    int fd = openat(store->dir, path, O_RDONLY | OPEN_SAFELY);
    if (fd < 0)
        return errno;
    struct stat st;
    int error = fstat(fd, &st) != 0 ? errno : S_ISREG(st.st_mode) ? 0 : ENOENT;
    if (error != 0) {
        close(fd);
        return error;
    }
    *file = fd;
    *size = (uint64_t)st.st_size;
    return 0;
}

int walk_begin(const struct store *store, DIR **walk)
{
    /* a descriptor of its own: a copy made by dup(2) would share its position with all others */
    int dir = openat(store->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return errno;
    *walk = fdopendir(dir);
    if (*walk == NULL) {
        int error = errno;
        close(dir);
        return error;
    }
    return 0;
}

int walk_next(const struct store *store, DIR *walk, enum walk_kind kind, struct walk_entry *entry)
{
    errno = 0;
    const struct dirent *found = readdir(walk);
    *entry = (struct walk_entry){0};
    if (found == NULL)
        return errno;
    entry->name = "";
    if (!name_is_of(kind, found->d_name))
        return 0;
    if (found->d_type != DT_REG && found->d_type != DT_UNKNOWN)
        return 0;
    struct stat st;
    if (fstatat(dirfd(walk), found->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOMEM || errno == EINTR) /* that is not the entry's fault */
            return errno;
        if (errno != ENOENT) /* gone, or renamed, since it was read */
            store_log_once(store, STORE_ENTRY, "fstatat", errno);
        return 0;
    }
    if (S_ISREG(st.st_mode)) {
        entry->name = found->d_name;
        entry->size = (uint64_t)st.st_size;
        uint64_t blocks = 512 * (uint64_t)st.st_blocks;
        entry->unwritten = blocks < entry->size ? entry->size - blocks : 0;
    }
    return 0;
}
