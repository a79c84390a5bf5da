/* test_catalog_processes.c: the listing as 02_fork makes it, by processes that are killed and
 * stopped while they make it
 */
#include "library_folder.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files/catalog.h"
#include "files/listing.h"
#include "shared/sync.h"

enum { FEW = 3, MANY = 8, PARTS = MANY + 1, FILES = 20, BUDGET = 1024 * 1024 };

/* What the processes share. */
struct common {
    struct budget_part part[PARTS];
    atomic_uint parts;
    atomic_size_t bound; /* of what they have used */
    atomic_int asking;   /* children that wait for each other, once they have asked */
    atomic_int calls;    /* that a listing makes, until: */
    atomic_int signal;   /* sent to the process that makes that call; 0: none */
};

static struct catalog_fixture {
    struct common *common;
    struct budget budget;
    struct catalog *catalog;
    pid_t child[PARTS];
    int files;
} fixture;

static void file_add(void)
{
    char name[16];
    (void)snprintf(name, sizeof name, "file%02d", fixture.files++);
    unit_write(library.path, name, "x", 1);
}

static void fixture_begin(void)
{
    library_begin();
    fixture.common = sync_alloc(sizeof *fixture.common);
    unit_check(fixture.common != NULL, "out of memory");
    fixture.common->parts = PARTS;
    fixture.budget = (struct budget){.max = BUDGET,
                                     .parts = fixture.common->part,
                                     .own = fixture.common->part,
                                     .count = &fixture.common->parts,
                                     .bound = &fixture.common->bound};
    fixture.catalog = catalog_new(&library.store, &fixture.budget);
    unit_check(fixture.catalog != NULL, "out of memory");
    for (fixture.files = 0; fixture.files < FILES;)
        file_add();
}

static void fixture_end(void)
{
    catalog_reclaim(fixture.catalog);
    unit_check(fixture.common->part[0].used == 0, "nobody holds a text, and %zu bytes are in use",
               (size_t)fixture.common->part[0].used);
    catalog_free(fixture.catalog);
    sync_free(fixture.common, sizeof *fixture.common);
    library_end();
}

#define FIXTURE(function) TEST_BETWEEN(fixture_begin, function, fixture_end)

/* The linker puts these two in the place of the core's functions (ld(1), --wrap). */
int __real_walk_next(const struct store *store, DIR *walk, enum walk_kind kind,
                     struct walk_entry *entry);
size_t __real_listing_print(struct listing *listing, char *to);

static void on_call(void)
{
    if (fixture.common->signal != 0 && --fixture.common->calls == 0) {
        int number = fixture.common->signal;
        fixture.common->signal = 0;
        raise(number);
    }
}

int __wrap_walk_next(const struct store *store, DIR *walk, enum walk_kind kind,
                     struct walk_entry *entry)
{
    on_call();
    return __real_walk_next(store, walk, kind, entry);
}

size_t __wrap_listing_print(struct listing *listing, char *to)
{
    on_call();
    return __real_listing_print(listing, to);
}

/* Is it the listing of all files? */
static bool is_whole(const struct body *body)
{
    char want[2 * FILES * 16];
    size_t len = 0;
    for (int i = 0; i < fixture.files; i++)
        len += (size_t)snprintf(want + len, sizeof want - len, "1 file%02d\n", i);
    return body != NULL && body->len == len && memcmp(body->bytes, want, len) == 0;
}

/* In a child: lists once, and holds the text until it is killed, or not. */
static void list_once(bool hold)
{
    bool done = false;
    struct body *body = NULL;
    uint64_t number = catalog_ask(fixture.catalog);
    for (fixture.common->asking--; fixture.common->asking > 0;)
        sched_yield();
    while (!done)
        unit_check(catalog_step(fixture.catalog, number, 1, &done, &body) == 0, "a step fails");
    unit_check(is_whole(body), "it is not the listing of all files");
    if (hold)
        raise(SIGSTOP);
    body_release(body);
    _exit(0);
}

/* Starts a process that lists. It counts in part i. */
static void child_start(int i, bool hold)
{
    pid_t parent = getpid();
    fixture.child[i] = fork();
    unit_check(fixture.child[i] >= 0, "fork: %s", strerror(errno));
    if (fixture.child[i] > 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    fixture.budget.own = &fixture.common->part[i];
    if (getppid() == parent)
        list_once(hold);
    _exit(1);
}

/* Waits until it has ended or is stopped, and does as the server does with the dead. */
static int child_wait(int i)
{
    int status;
    while (waitpid(fixture.child[i], &status, WUNTRACED) < 0)
        unit_check(errno == EINTR, "waitpid: %s", strerror(errno));
    if (!WIFSTOPPED(status)) {
        fixture.common->part[i].used = 0;
        fixture.common->part[i].listing = 0;
        catalog_reclaim(fixture.catalog);
    }
    return status;
}

static void child_kill(int i)
{
    unit_check(kill(fixture.child[i], SIGKILL) == 0, "kill: %s", strerror(errno));
    int status = child_wait(i);
    unit_check(unit_killed(status), "status %x", (unsigned int)status);
}

/* Was it killed? Else it has listed. */
static bool ends_killed(int i)
{
    int status = child_wait(i);
    bool killed = unit_killed(status);
    unit_check(killed || status == 0, "a process that lists ends with %x", (unsigned int)status);
    return killed;
}

static void expect_listed(int i)
{
    unit_check(!ends_killed(i), "a process that lists was killed");
}

/* Killed at each call that it makes: the next one gets a whole listing. */
static void test_killed_at_each_call(void)
{
    int calls = 0;
    for (bool killed = true; killed; calls++) {
        fixture.common->calls = calls + 1;
        fixture.common->signal = SIGKILL;
        child_start(1, false);
        killed = ends_killed(1);
        fixture.common->signal = 0;
        child_start(2, false);
        expect_listed(2);
    }
    unit_check(calls > 2 * FILES, "only %d calls", calls);
}

/* Killed while others, which asked before it began, wait for the same listing. */
static void test_killed_beside_others(void)
{
    for (int calls = 1; calls < 2 * FILES; calls++) {
        fixture.common->calls = calls;
        fixture.common->signal = SIGKILL;
        fixture.common->asking = FEW;
        for (int i = 1; i <= FEW; i++)
            child_start(i, false);
        int killed = 0;
        for (int i = 1; i <= FEW; i++)
            killed += ends_killed(i);
        unit_check(killed == 1, "%d were killed at call %d", killed, calls);
    }
}

/* All that hold the same text hold one copy; when the last holder is killed, it is freed. */
static void test_one_copy(void)
{
    size_t one = 0;
    for (int i = 1; i <= FEW; i++) {
        child_start(i, true);
        unit_check(WIFSTOPPED(child_wait(i)), "child %d does not hold its text", i);
        size_t used = fixture.common->part[0].used;
        one = i == 1 ? used : one;
        unit_check(used > 0 && used == one, "%d hold a text, and %zu bytes are used, with one %zu",
                   i, used, one);
        unit_check(fixture.common->part[i].used == 0, "a copy of its own");
    }
    for (int i = 1; i <= FEW; i++)
        child_kill(i);
}

/* Texts that differ take a slot each, as long as there is one; then memory of the process. */
static void test_many_texts(void)
{
    int in_slots = 0;
    for (int i = 1; i <= MANY; i++) {
        size_t before = fixture.common->part[0].used;
        file_add();
        child_start(i, true);
        unit_check(WIFSTOPPED(child_wait(i)), "child %d does not hold its text", i);
        bool in_slot = fixture.common->part[0].used > before;
        unit_check(in_slot != (fixture.common->part[i].used > 0), "child %d counts its text twice",
                   i);
        in_slots += in_slot;
    }
    unit_check(in_slots > 1 && in_slots < MANY, "%d texts are in slots", in_slots);
    for (int i = 1; i <= MANY; i++)
        child_kill(i);
}

/* Stopped while it makes the listing: the others make their own. */
static void test_stopped(void)
{
    fixture.common->calls = FILES / 2;
    fixture.common->signal = SIGSTOP;
    child_start(1, false);
    unit_check(WIFSTOPPED(child_wait(1)), "it is not stopped");
    child_start(2, false);
    child_start(3, false);
    unit_bound(20, "two processes that list");
    expect_listed(2);
    expect_listed(3);
    unit_check(kill(fixture.child[1], SIGCONT) == 0, "kill");
    expect_listed(1);
}

static const struct CMUnitTest tests[] = {
    FIXTURE(test_killed_at_each_call),
    FIXTURE(test_killed_beside_others),
    FIXTURE(test_one_copy),
    FIXTURE(test_many_texts),
    FIXTURE(test_stopped),
};
UNIT_MAIN("catalog_processes", tests)
