/* fuzz_core_world.c: see fuzz_core.h */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chat/room.h"
#include "fuzz_core.h"

enum { BIG = 5000 }; /* bytes of a file that no reader takes at once */

/* The library as it is at the beginning of every script. There are also a folder, a FIFO, a link, a
 * hidden file and a big one. */
static const struct {
    const char *name, *text;
} files[] = {{"a.txt", "hello\n"}, {"b b", "0123456789"}, {"empty", ""}, {"\xc3\xbc.txt", "x"}};

static struct {
    struct budget_part part;
    struct budget budget;
    char path[256];
    struct store store;
    int next_descriptor;
} lab;

/* ---- the library ---- */

static void file_write(const char *name, const char *text, size_t len)
{
    int fd = openat(lab.store.dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    fuzz_check(fd >= 0 && write(fd, text, len) == (ssize_t)len, "%s: %s", name, strerror(errno));
    close(fd);
}

static void library_write(void)
{
    static char big[BIG];
    int dir = lab.store.dir;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        file_write(files[i].name, files[i].text, strlen(files[i].text));
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)('a' + i % 23); /* no two pieces are alike */
    file_write("big", big, sizeof big);
    file_write(".hidden", "not for you", 11);
    fuzz_check((mkdirat(dir, "folder", 0755) == 0 || errno == EEXIST) &&
                   mkfifoat(dir, "fifo", 0644) == 0 && symlinkat("a.txt", dir, "link") == 0,
               "%s: %s", lab.path, strerror(errno));
}

static void lab_end(void)
{
    struct dirent **names;
    int count = scandir(lab.path, &names, NULL, NULL);
    for (int i = 0; i < count; i++) {
        if (unlinkat(lab.store.dir, names[i]->d_name, 0) != 0)
            (void)unlinkat(lab.store.dir, names[i]->d_name, AT_REMOVEDIR);
        free(names[i]);
    }
    if (count >= 0)
        free(names);
    store_close(&lab.store);
    (void)rmdir(lab.path);
}

/* Once for all scripts. */
static void lab_begin(void)
{
    const char *tmp = getenv("TMPDIR");
    if (tmp == NULL) /* thousands of files a second: in memory, if that is possible */
        tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    int n = snprintf(lab.path, sizeof lab.path, "%s/fuzz-core-XXXXXX", tmp);
    fuzz_check(n > 0 && (size_t)n < sizeof lab.path && mkdtemp(lab.path) != NULL, "%s: %s",
               lab.path, strerror(errno));
    fuzz_check(store_open(&lab.store, lab.path) == 0, "store_open %s", lab.path);
    library_write();
    (void)atexit(lab_end);
}

static void file_log(struct world *world, const char *name)
{
    char bytes[4096];
    int fd = openat(lab.store.dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, bytes, sizeof bytes) : -1;
    fuzz_text_print(&world->log, "file '%s': %zd bytes, ", name, n);
    fuzz_text_add(&world->log, bytes, n > 0 ? (size_t)n : 0);
    fuzz_text_add(&world->log, "\n", 1);
    if (fd >= 0)
        close(fd);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Is it an entry that no upload can have made, nor replaced? Temporary files must be gone. */
static bool is_fixed(const char *name)
{
    bool hidden = strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, ".hidden") == 0;
    fuzz_check(hidden || name[0] != '.', "left behind: %s", name);
    return hidden || strcmp(name, "folder") == 0;
}

/* What the script has left goes into the log, and then away. */
static void library_restore(struct world *world)
{
    struct dirent **names;
    int count = scandir(lab.path, &names, NULL, by_bytes);
    fuzz_check(count >= 0, "scandir: %s", strerror(errno));
    for (int i = 0; i < count; i++) {
        const char *name = names[i]->d_name;
        if (!is_fixed(name)) {
            file_log(world, name);
            fuzz_check(unlinkat(lab.store.dir, name, 0) == 0, "unlink %s", name);
        }
        free(names[i]);
    }
    free(names);
    library_write();
}

/* ---- a world ---- */

void world_begin(struct world *world, enum fuzz_way way, struct fuzz_choices choices)
{
    if (lab.path[0] == '\0')
        lab_begin();
    lab.next_descriptor = fuzz_next_descriptor(); /* now: libFuzzer opens some, too, at times */
    *world = (struct world){.way = way, .choices = choices};
    lab.store.max_upload = 1000;
    lab.store.quota = BIG + 900;
    lab.store.max_files = 8;
    lab.store.durable = fuzz_choose(&world->choices, 2) == 1;
    injection_end();
    if (way == WAY_WILD)
        injection_begin(&world->choices);
    /* small enough that a member can be slow, but only if chance decides which members read */
    size_t chance = way == WAY_WILD ? fuzz_choose(&world->choices, 256) : 0;
    world->backlog = way == WAY_WILD ? 64 + 16 * chance : 1 << 18;
    world->lacks = chance % 4 == 3;
    if (fuzz_choose(&world->choices, 4) == 1) { /* no limit but the disk's */
        lab.store.max_upload = INT64_MAX;
        lab.store.quota = lab.store.max_files = 0;
    }
    budget_init(&lab.budget, &lab.part, world->lacks ? 64 * chance : 1 << 20);
    world->shared = (struct session_shared){.model = "test",
                                            .store = &lab.store,
                                            .room = room_new(SPEAKERS, world->backlog, NULL),
                                            .catalog = catalog_new(&lab.store, &lab.budget),
                                            .budget = &lab.budget,
                                            .follows = true};
    fuzz_check(world->shared.room != NULL && world->shared.catalog != NULL,
               "no memory for the fuzzer itself");
}

void world_end(struct world *world)
{
    fuzz_check(room_names(world->shared.room, &lab.budget) == NULL, "members are left");
    room_free(world->shared.room);
    catalog_free(world->shared.catalog);
    fuzz_check(lab.part.used == 0, "%zu bytes of the budget are not given back",
               (size_t)lab.part.used);
    if (world->uploads)
        library_restore(world);
    int next = fuzz_next_descriptor();
    fuzz_check(next == lab.next_descriptor, "a descriptor is left open: %d", next);
}

void world_news(struct world *world)
{
    for (size_t i = 0; i < SPEAKERS; i++) {
        struct fuzz_speaker *speaker = &world->speakers[i];
        if (!speaker->here)
            continue;
        session_check_lag(&speaker->session);
        speaker->slow = speaker->slow || speaker_is_slow(&speaker->session);
    }
}

void world_another_starts(const struct world *world)
{
    static const char left[] = STORE_TEMP_PREFIX "00000000000000ff";
    struct store other = {0};
    struct stat st;
    file_write(left, "half", 4);
    bool started;
    IN_CORE(started = store_open(&other, lab.path) == 0);
    if (started)
        store_close(&other);
    bool stays = unlinkat(lab.store.dir, left, 0) == 0;
    fuzz_check(injection.expected || (started && !stays), "another server starts: %d, leaves %d",
               started, stays);
    for (size_t i = 0; i < SPEAKERS; i++) {
        const struct upload *upload = world->speakers[i].session.upload;
        bool sends = world->speakers[i].here && upload != NULL;
        fuzz_check(!sends || fstatat(lab.store.dir, upload->temp, &st, 0) == 0,
                   "another server has removed the upload of client %zu", i);
    }
}
