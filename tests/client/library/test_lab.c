/* test_lab.c: the library against the six servers */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "labtest.h"

static const char poem[] = "床前明月光\n疑是地上霜\n";

/* ---- files ---- */

static void everything(struct test_server *server)
{
    struct lab_listing listing;
    struct lab_names names;
    char sum[LAB_SUM];
    struct lab *lab = labtest_open(server->port);
    int file = labtest_file(1000, 1), to = labtest_file(0, 1);
    unit_check(strcmp(lab_model(lab), server->model) == 0, "the model is %s", lab_model(lab));
    labtest_expect(lab, LAB_OK, lab_list(lab, &listing));
    unit_check(listing.count == 0 && listing.dropped == 0, "the library is empty");
    lab_listing_free(&listing);
    labtest_expect(lab, LAB_OK, lab_put(lab, "a file", file, 1000));
    labtest_expect(lab, LAB_OK, lab_get(lab, "a file", 0, to));
    unit_check(labtest_file_holds(to, 1000, 1), "what was put is got");
    labtest_expect(lab, LAB_OK, lab_sum(lab, "a file", 1000, sum));
    unit_check(strcmp(sum, "c916f3a13cc6061f696189d9b1ee8a49da004850fd7eb0b6d945b1af5e42800f") == 0,
               "received %s", sum);
    labtest_expect(lab, LAB_OK, lab_enter(lab, "小明"));
    labtest_expect(lab, LAB_OK, lab_say(lab, " 你好 "));
    labtest_expect(lab, LAB_OK, lab_who(lab, &names));
    unit_check(names.count == 1 && strcmp(names.names[0], "小明") == 0, "we are alone");
    lab_names_free(&names);
    serverproc_announce(server->process, "五分钟\n");
    labtest_event(lab, "ADMIN 五分钟");
    labtest_quiet(lab);
    labtest_expect(lab, LAB_OK, lab_leave(lab));
    labtest_expect(lab, LAB_OK, lab_ping(lab));
    labtest_expect(lab, LAB_OK, lab_quit(lab));
    unit_check(!lab_connected(lab) && lab_fd(lab) == -1, "closed");
}

static void list(struct test_server *server)
{
    static const char *const names[] = {"A", "a b", "a.txt", "é", "静夜思.txt"};
    struct lab_listing listing;
    struct lab *lab = labtest_open(server->port);
    for (size_t i = 0; i < UNIT_COUNT(names); i++)
        folder_write(server->dir, names[i], poem, i);
    unit_write(server->dir, ".hidden", poem, 3);
    folder_write(server->dir, "line\nbreak", poem, 3);
    labtest_expect(lab, LAB_OK, lab_list(lab, &listing));
    unit_check(listing.count == UNIT_COUNT(names) && listing.dropped == 0, "%zu files, %zu dropped",
               listing.count, listing.dropped);
    for (size_t i = 0; i < UNIT_COUNT(names); i++)
        unit_check(strcmp(listing.files[i].name, names[i]) == 0 && listing.files[i].size == i,
                   "file %zu is %s", i, listing.files[i].name);
    unit_unlink(server->dir, ".hidden");
    lab_listing_free(&listing);
}

/* Many files: a listing that comes in many pieces. */
static void list_long(void)
{
    enum { FILES = 5000 };
    char name[64];
    struct test_server *server = server_start("poll", NULL);
    struct lab_listing listing;
    struct lab *lab = labtest_open(server->port);
    for (int i = 0; i < FILES; i++) {
        (void)snprintf(name, sizeof name, "a file with a rather long name, number %05d", i);
        folder_write(server->dir, name, "", 0);
    }
    labtest_expect(lab, LAB_OK, lab_list(lab, &listing));
    unit_check(listing.count == FILES && strcmp(listing.files[FILES - 1].name, name) == 0,
               "%zu files", listing.count);
    lab_listing_free(&listing);
}

static void progress_check(void *context, uint64_t done, uint64_t total)
{
    uint64_t *last = context;
    unit_check(done > *last && done <= total, "%llu after %llu of %llu", (unsigned long long)done,
               (unsigned long long)*last, (unsigned long long)total);
    *last = done;
}

static void resume(struct test_server *server)
{
    enum { SIZE = 3000000, HALF = 1234567 };
    struct lab *lab = labtest_open(server->port);
    int to = labtest_file(HALF, 7);
    uint64_t last = HALF;
    folder_write_pattern(server->dir, "long", SIZE, 7);
    lab_on_progress(lab, progress_check, &last);
    unit_check(lseek(to, HALF, SEEK_SET) == HALF, "lseek");
    labtest_expect(lab, LAB_OK, lab_get(lab, "long", HALF, to));
    unit_check(labtest_file_holds(to, SIZE, 7) && last == SIZE, "the rest was got");
    labtest_expect(lab, LAB_OK, lab_get(lab, "long", SIZE, to));
    unit_check(labtest_file_holds(to, SIZE, 7), "there was nothing left");
    labtest_refused(lab, "bad-range", lab_get(lab, "long", SIZE + 1, to));
    labtest_expect(lab, LAB_USAGE, lab_get(lab, "long", UINT64_MAX, to));
    labtest_refused(lab, "not-found", lab_get(lab, "longer", 1, to));
    labtest_expect(lab, LAB_OK, lab_ping(lab));
}

static void put_sizes(struct test_server *server)
{
    static const size_t sizes[] = {0, 1, 1023, 65536, 10000000};
    struct lab *lab = labtest_open(server->port);
    for (size_t i = 0; i < UNIT_COUNT(sizes); i++) {
        uint64_t last = 0;
        int file = labtest_file(sizes[i], i), to = labtest_file(0, 0);
        unit_check(lseek(file, 0, SEEK_END) >= 0, "lseek"); /* its position is not used */
        lab_on_progress(lab, progress_check, &last);
        labtest_expect(lab, LAB_OK, lab_put(lab, "file", file, sizes[i]));
        unit_check(last == sizes[i], "the progress ended at %llu", (unsigned long long)last);
        unit_check(folder_holds_pattern(server->dir, "file", sizes[i], i), "%zu bytes", sizes[i]);
        last = 0;
        labtest_expect(lab, LAB_OK, lab_get(lab, "file", 0, to));
        unit_check(labtest_file_holds(to, sizes[i], i) && last == sizes[i], "%zu bytes", sizes[i]);
    }
}

/* ---- refusals ---- */

static void refused(struct test_server *server)
{
    struct lab *lab = labtest_open(server->port);
    int file = labtest_file(5000, 1), pipe_ends[2];
    labtest_refused(lab, "not-found", lab_get(lab, "nothing", 0, file));
    labtest_refused(lab, "no-space", lab_put(lab, "over the quota", file, 1500));
    labtest_refused(lab, "too-large", lab_put(lab, "too large", file, 2001));
    folder_write(server->dir, "there", poem, sizeof poem);
    labtest_refused(lab, "not-in-chat", lab_say(lab, "hello"));
    labtest_refused(lab, "not-in-chat", lab_leave(lab));
    labtest_expect(lab, LAB_OK, lab_enter(lab, "amy"));
    labtest_refused(lab, "in-chat", lab_enter(lab, "bob"));
    labtest_expect(lab, LAB_USAGE, lab_put(lab, "short", file, 5001));
    unit_check(pipe2(pipe_ends, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
    labtest_expect(lab, LAB_USAGE, lab_put(lab, "pipe", pipe_ends[0], 1));
    labtest_expect(lab, LAB_USAGE, lab_put(lab, "none", -1, 1));
    labtest_expect(lab, LAB_OK, lab_ping(lab));
    unit_check(!folder_has(server->dir, "over the quota") && !folder_has(server->dir, "too large"),
               "nothing was stored");
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

static void put_on_a_folder(struct test_server *server)
{
    struct lab *lab = labtest_open(server->port);
    int file = labtest_file(10, 1);
    unit_check(mkdir(folder_path(server->dir, "folder"), 0755) == 0, "mkdir: %s", strerror(errno));
    labtest_refused(lab, "io", lab_put(lab, "folder", file, 10));
    labtest_refused(lab, "not-found", lab_get(lab, "folder", 0, file));
    labtest_expect(lab, LAB_OK, lab_ping(lab));
}

/* All six at once: each takes its second. */
static void idle_timeout(void)
{
    static const char *const models[] = {"loop", "fork", "thread", "select", "poll", "epoll"};
    struct lab *labs[UNIT_COUNT(models)];
    struct lab_event event;
    for (size_t i = 0; i < UNIT_COUNT(models); i++)
        labs[i] = labtest_open(server_start(models[i], "--idle-timeout 1")->port);
    for (size_t i = 0; i < UNIT_COUNT(models); i++) {
        labtest_refused(labs[i], "timeout", lab_next_event(labs[i], &event, labtest_long()));
        unit_check(!lab_connected(labs[i]), "%s: closed", models[i]);
        labtest_expect(labs[i], LAB_LOST, lab_ping(labs[i]));
    }
}

static void busy(struct test_server *server)
{
    (void)labtest_open(server->port);
    struct lab *second = labtest_connect(server->port, labtest_long());
    labtest_refused(second, "busy", lab_greet(second, labtest_long()));
    unit_check(!lab_connected(second), "closed");
}

/* ---- local trouble ---- */

static void shrink(void *context, uint64_t done, uint64_t total)
{
    const int *file = context;
    if (done < total)
        unit_check(ftruncate(*file, (off_t)done) == 0, "ftruncate: %s", strerror(errno));
}

static void shrinking(struct test_server *server)
{
    enum { SIZE = 200000000 }; /* more than one step takes */
    struct lab *lab = labtest_open(server->port);
    int file = labtest_zeros(SIZE);
    lab_on_progress(lab, shrink, &file);
    labtest_expect(lab, LAB_LOCAL, lab_put(lab, "shrinking", file, SIZE));
    unit_check(lab_errno(lab) == 0, "errno: %d", lab_errno(lab));
    unit_check(!folder_has(server->dir, "shrinking"), "half a file was stored");
}

static void disk_full(struct test_server *server)
{
    struct lab *lab = labtest_open(server->port);
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    folder_write_pattern(server->dir, "file", 3000000, 1);
    labtest_expect(lab, LAB_LOCAL, lab_get(lab, "file", 0, full));
    unit_check(lab_errno(lab) == ENOSPC, "errno: %s", strerror(lab_errno(lab)));
    labtest_again(lab, server->port);
    close(full);
}

static const struct CMUnitTest table[] = {
    LAB_EACH(everything, NULL),
    LAB_EACH(list, NULL),
    LAB(list_long),
    LAB_EACH(resume, NULL),
    LAB_EACH(put_sizes, NULL),
    LAB_EACH(refused, "--quota 1400 --max-upload 2000"),
    LAB_EACH(put_on_a_folder, NULL),
    LAB(idle_timeout),
    LAB_EACH_BUT_LOOP(busy, "--max-clients 1"),
    LAB_EACH(shrinking, NULL),
    LAB_EACH(disk_full, NULL),

};
UNIT_MAIN("lab", table)
