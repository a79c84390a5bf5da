/* test_upload.c: uploads: what is stored, what it replaces, what is left behind
 *
 * test_upload_calls.c has calls that fail on the way.
 */
#include "library_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_upload(void)
{
    struct stat st;
    for (int durable = 0; durable < 2; durable++) {
        library.store.durable = durable == 1;
        struct upload *upload = library_upload("new", 6);
        library_put(upload, "hel");
        unit_check(upload->left == 3, "%llu bytes left", (unsigned long long)upload->left);
        library_listed("");
        library_serves("new", ENOENT, "");
        unit_check(unit_hidden(library.path) == 1 &&
                       fstatat(library.store.dir, upload->temp, &st, 0) == 0 && st.st_size == 6,
                   "its room is not taken");
        library_put(upload, "lo\n");
        library_listed("");
        library_finish(upload);
        library_holds("new", "hello\n");
        library_listed("6 new\n");
        library_store("nothing", "");
        library_holds("nothing", "");
        unit_unlink(library.path, "new");
        unit_unlink(library.path, "nothing");
    }
}

static void test_upload_is_dropped(void)
{
    unit_write_text(library.path, "a", "old");
    for (size_t written = 0; written <= 5; written++) {
        struct upload *upload = library_upload("a", 5);
        if (written > 0)
            unit_check(upload_write(upload, "12345", written) == 0, "write");
        upload_end(upload);
        unit_check(unit_hidden(library.path) == 0, "after %zu bytes: the temporary file stays",
                   written);
        library_holds("a", "old");
    }
    upload_end(NULL);
}

/* 0600 while incomplete, 0644 less umask when stored, never executable. */
static void test_modes(void)
{
    static const mode_t masks[] = {0, 022, 027, 077, 0777};
    for (size_t i = 0; i < UNIT_COUNT(masks); i++) {
        struct stat st;
        store_close(&library.store);
        mode_t old = umask(masks[i]);
        int error = store_open(&library.store, library.path);
        unit_check(error == 0, "store_open: %s", strerror(error));
        struct upload *upload = library_upload("new", 1);
        umask(old);
        unit_check(fstat(upload->file, &st) == 0 &&
                       (st.st_mode & 07777 & ~masks[i]) == (0600 & ~masks[i]),
                   "umask %o: %o while incomplete", masks[i], st.st_mode & 07777);
        library_put(upload, "x");
        library_finish(upload);
        unit_check(fstatat(library.store.dir, "new", &st, 0) == 0 &&
                       (st.st_mode & 07777) == (0644 & ~masks[i]),
                   "umask %o: %o when stored", masks[i], st.st_mode & 07777);
        unit_unlink(library.path, "new");
    }
}

static void test_replacing(void)
{
    struct stat st;
    int file;
    uint64_t size;
    unit_write_text(library.path, "a", "the old one");
    unit_write_text(library.path, "target", "not to be touched");
    unit_check(symlinkat("target", library.store.dir, "link") == 0 &&
                   mkdirat(library.store.dir, "folder", 0755) == 0 &&
                   mkfifoat(library.store.dir, "fifo", 0644) == 0,
               "%s", strerror(errno));
    unit_check(store_get(&library.store, "a", 1, &file, &size) == 0, "store_get");
    struct upload *upload = library_upload("a", 3);
    library_put(upload, "new");
    library_holds("a", "the old one");
    library_finish(upload);
    library_holds("a", "new");
    char bytes[32];
    ssize_t n = read(file, bytes, sizeof bytes);
    close(file);
    unit_check(n >= 0, "read: %s", strerror(errno));
    unit_same("a download under way", "", 0, "the old one", 11, bytes, (size_t)n);

    library_store("link", "new");
    library_holds("target", "not to be touched");
    unit_check(fstatat(library.store.dir, "link", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                   S_ISREG(st.st_mode),
               "the link was not replaced");
    library_store("fifo", "new");
    library_holds("fifo", "new");

    upload = NULL;
    int error = upload_begin(&library.store, "folder", 6, 3, &upload);
    unit_check(error == EISDIR && upload == NULL, "onto a folder: %s", strerror(error));
    upload = library_upload("later", 0); /* the folder comes while the upload is under way */
    unit_check(mkdirat(library.store.dir, "later", 0755) == 0, "%s", strerror(errno));
    error = upload_store(upload);
    unit_check(error != 0, "onto a folder that has come: %s", strerror(error));
    upload_end(upload);
}

static void test_two_at_once(void)
{
    struct upload *one = library_upload("a", 4), *two = library_upload("a", 6),
                  *three = library_upload("a", 2);
    library_put(one, "on");
    library_put(two, "two");
    library_put(three, "33");
    library_put(one, "e!");
    library_put(two, "two");
    unit_check(unit_hidden(library.path) == 3, "%d temporary files", unit_hidden(library.path));
    library_finish(two);
    library_holds("a", "twotwo");
    library_finish(one);
    library_holds("a", "one!");
    upload_end(three);
    library_holds("a", "one!");
    library_listed("4 a\n");
}

static void test_folder_goes_away(void)
{
    struct upload *upload = library_upload("a", 1);
    library_put(upload, "x");
    unit_unlink(library.path, upload->temp);
    int error = upload_store(upload);
    unit_check(error == ENOENT, "its temporary file was removed: %s", strerror(error));
    upload_end(upload);
    unit_check(rmdir(library.path) == 0, "rmdir: %s", strerror(errno));
    upload = NULL;
    error = upload_begin(&library.store, "a", 1, 1, &upload);
    unit_check(error != 0 && upload == NULL, "an upload into nowhere: %s", strerror(error));
    unit_check(mkdir(library.path, 0755) == 0, "mkdir: %s", strerror(errno));
}

static const struct CMUnitTest tests[] = {
    LIBRARY(test_upload),    LIBRARY(test_upload_is_dropped), LIBRARY(test_modes),
    LIBRARY(test_replacing), LIBRARY(test_two_at_once),       LIBRARY(test_folder_goes_away),
};
UNIT_MAIN("upload", tests)
