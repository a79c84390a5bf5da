/* test_store.c: the library: what is served, what is not, what is left behind
 *
 * test_space.c has what fits.
 */
#include "library_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* ==== what is served ==== */

static void test_get(void)
{
    unit_write_text(library.path, "a.txt", "hello\n");
    unit_write_text(library.path, "empty", "");
    unit_write_text(library.path, "with space", "s");
    library_serves("a.txt", 0, "hello\n");
    library_serves("empty", 0, "");
    library_serves("with space", 0, "s");
    library_serves("missing", ENOENT, "");
    int file;
    uint64_t size; /* the name is not ended by a NUL */
    unit_check(store_get(&library.store, "a.txt and more", 5, &file, &size) == 0,
               "a name with a length");
    close(file);
    library_listed("6 a.txt\n0 empty\n1 with space\n");
}

static void socket_make(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%.80s/%.20s", library.path, name);
    unit_check(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0, "bind: %s",
               strerror(errno));
    close(fd);
}

/* None of these may be listed, be served, be waited for, or lead out of the folder. */
static void test_what_is_no_file(void)
{
    static const char *const names[] = {"folder", "fifo",   "link",   "dangling", "outside",
                                        "socket", "itself", "circle", "dirlink"};
    struct walk_entry entry;
    unit_bound(20, "opening a FIFO");
    int dir = library.store.dir;
    unit_write_text(library.path, "real", "r");
    unit_check(mkdirat(dir, "folder", 0755) == 0 && mkfifoat(dir, "fifo", 0666) == 0 &&
                   symlinkat("real", dir, "link") == 0 && symlinkat("none", dir, "dangling") == 0 &&
                   symlinkat("/etc/passwd", dir, "outside") == 0 &&
                   symlinkat(".", dir, "itself") == 0 && symlinkat("circle", dir, "circle") == 0 &&
                   symlinkat("folder", dir, "dirlink") == 0,
               "can't plant them: %s", strerror(errno));
    socket_make("socket");
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        int file = -1;
        uint64_t size;
        int error = store_get(&library.store, names[i], strlen(names[i]), &file, &size);
        unit_check(error == ENOENT || error == ELOOP || error == ENXIO || error == EISDIR, "%s: %s",
                   names[i], error == 0 ? "was opened" : strerror(error));
    }
    library_listed("1 real\n");
    DIR *walk;
    int files = 0;
    unit_check(walk_begin(&library.store, &walk) == 0, "walk_begin");
    do {
        unit_check(walk_next(&library.store, walk, WALK_LIBRARY, &entry) == 0, "walk_next");
        files += entry.name != NULL && entry.name[0] != '\0';
    } while (entry.name != NULL);
    closedir(walk);
    unit_check(files == 1, "%d files were found", files);
}

/* Every byte in a name of the folder: listed only if the protocol allows the name. */
static void test_planted_names(void)
{
    struct sink want = {0}, text = {0};
    for (unsigned int byte = 1; byte <= 0xff; byte++) {
        const char name[] = {'n', (char)byte, 'n', '\0'};
        if (byte == '/')
            continue;
        unit_write_text(library.path, name, "x");
        if (byte >= 0x20 && byte < 0x7f) {
            sink_add(&want, "1 ", 2);
            sink_add(&want, name, 3);
            sink_add(&want, "\n", 1);
        }
    }
    static const char *const bad[] = {" first", "last ", ".dot", "\xc2\x9b", "n\xc0\xaf"};
    for (size_t i = 0; i < UNIT_COUNT(bad); i++)
        unit_write_text(library.path, bad[i], "x");
    static const char *const good[] = {"n\xc2\xa0", "n\xe4\xbd\xa0", "n\xf0\x9f\x98\x80"};
    for (size_t i = 0; i < UNIT_COUNT(good); i++) {
        unit_write_text(library.path, good[i], "x");
        sink_add(&want, "1 ", 2);
        sink_add(&want, good[i], strlen(good[i]));
        sink_add(&want, "\n", 1);
    }
    library_lists(7, &text);
    unit_same("the listing", "", 0, want.bytes, want.len, text.bytes, text.len);
    unit_unlink(library.path, ".dot");
    sink_free(&want);
    sink_free(&text);
}

static void test_folder_is_made(void)
{
    char path[UNIT_PATH], inner[UNIT_PATH + 8];
    struct store store = {0};
    struct stat st;
    unit_folder(path);
    (void)snprintf(inner, sizeof inner, "%s/new", path);
    unit_check(store_open(&store, inner) == 0 && stat(inner, &st) == 0 && S_ISDIR(st.st_mode),
               "a missing folder was not made");
    store_close(&store);
    unit_check(store_open(&store, inner) == 0, "the second time");
    store_close(&store);
    (void)snprintf(inner, sizeof inner, "%s/a/b", path);
    unit_check(store_open(&store, inner) == ENOENT, "a folder in a missing one");
    unit_write_text(path, "file", "");
    (void)snprintf(inner, sizeof inner, "%s/file", path);
    unit_check(store_open(&store, inner) == ENOTDIR, "a file as folder");
    unit_folder_remove(path);
}

/* The folder is held by its descriptor: another one under its name is not ours. */
static void test_folder_is_swapped(void)
{
    char other[UNIT_PATH], aside[UNIT_PATH + 8];
    unit_folder(other);
    unit_write_text(library.path, "a", "ours");
    unit_write_text(other, "a", "not ours");
    (void)snprintf(aside, sizeof aside, "%s/moved", other);
    unit_check(rename(library.path, aside) == 0 && symlink(other, library.path) == 0, "%s",
               strerror(errno));
    library_serves("a", 0, "ours");
    library_listed("4 a\n");
    unit_check(unlink(library.path) == 0 && rename(aside, library.path) == 0, "%s",
               strerror(errno));
    unit_folder_remove(other);
}

/* A folder that can't be written to, and one whose files can't be opened. */
static void test_no_permission(void)
{
    struct upload *upload = NULL;
    int file;
    uint64_t size;
    enum { NOBODY = 65534 };
    bool root = geteuid() == 0;
    unit_write_text(library.path, "secret", "x");
    unit_check(fchmodat(library.store.dir, "secret", 0, 0) == 0 && chmod(library.path, 0555) == 0,
               "chmod");
    unit_check(!root || seteuid(NOBODY) == 0, "seteuid: %s", strerror(errno)); /* may do less */
    int got = store_get(&library.store, "secret", 6, &file, &size);
    int begun = upload_begin(&library.store, "new", 3, 1, &upload);
    unit_check(!root || seteuid(0) == 0, "seteuid: %s", strerror(errno));
    unit_check(got == EACCES, "a file that is closed: %s", strerror(got));
    unit_check(begun == EACCES && upload == NULL, "a folder that is closed: %s", strerror(begun));
    unit_check(chmod(library.path, 0755) == 0, "chmod");
}

/* ==== leftovers ==== */

static void test_leftovers(void)
{
    static const char dead[] = STORE_TEMP_PREFIX "0123456789abcdef";
    static const char strange[] = STORE_TEMP_PREFIX "x", other[] = ".lab-other";
    struct store again;
    struct upload *living = library_upload("a", 3); /* of a live server in the same folder */
    unit_write_text(library.path, dead, "left behind");
    unit_write_text(library.path, strange, "left behind");
    unit_write_text(library.path, other, "somebody else's");
    unit_write_text(library.path, "file", "a file");
    unit_check(symlinkat("file", library.store.dir, STORE_TEMP_PREFIX "link") == 0 &&
                   mkdirat(library.store.dir, STORE_TEMP_PREFIX "folder", 0755) == 0,
               "%s", strerror(errno));
    unit_check(store_open(&again, library.path) == 0, "store_open");
    store_close(&again);
    struct stat st;
    unit_check(fstatat(library.store.dir, dead, &st, 0) != 0, "a dead one's leftover stays");
    unit_check(fstatat(library.store.dir, living->temp, &st, 0) == 0,
               "a living one's file was removed");
    library_holds("file", "a file");
    library_holds(other, "somebody else's");
    library_put(living, "abc");
    library_finish(living);
    library_holds("a", "abc");
    unit_unlink(library.path, other);
    unit_unlink(library.path, STORE_TEMP_PREFIX "link");
    unit_check(unlinkat(library.store.dir, STORE_TEMP_PREFIX "folder", AT_REMOVEDIR) == 0, "%s",
               strerror(errno));
}

/* A process that is killed in an upload: locked while it lives, removed once it is dead. */
static void test_killed_in_an_upload(void)
{
    int ends[2];
    char byte;
    unit_bound(20, "a process that is killed in an upload");
    unit_check(pipe(ends) == 0, "pipe: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        struct upload *upload;
        unit_check(upload_begin(&library.store, "a", 1, 100, &upload) == 0 &&
                       upload_write(upload, "half", 4) == 0 && write(ends[1], "", 1) == 1,
                   "half an upload");
        for (;;)
            pause();
    }
    unit_check(child > 0 && read(ends[0], &byte, 1) == 1, "it did not begin");
    unit_check(store_clean(&library.store) == 0 && unit_hidden(library.path) == 1,
               "a living one's file was removed");
    unit_check(kill(child, SIGKILL) == 0 && unit_killed(unit_wait(child)), "kill");
    unit_check(store_clean(&library.store) == 0 && unit_hidden(library.path) == 0,
               "a dead one's file is left");
    close(ends[0]);
    close(ends[1]);
}

static const struct CMUnitTest tests[] = {
    LIBRARY(test_get),
    LIBRARY(test_what_is_no_file),
    LIBRARY(test_planted_names),
    TEST(test_folder_is_made),
    LIBRARY(test_folder_is_swapped),
    LIBRARY(test_leftovers),
    LIBRARY(test_killed_in_an_upload),
    LIBRARY(test_no_permission),
};
UNIT_MAIN("store", tests)
