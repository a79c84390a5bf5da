/* test_sandbox.c: what a process can still do that has shut itself out, and what it can't */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "attempts.h"
#include "files/catalog.h"
#include "files/store.h"
#include "older_kernel.h"
#include "process/sandbox.h"
#include "sandbox_child.h"

static bool upload(const char *name, const char *text)
{
    struct upload *upload = NULL;
    size_t len = strlen(text);
    bool done = upload_begin(&place.store, name, strlen(name), len, &upload) == 0 &&
                upload->reserved && /* ftruncate works too: without it uploads do, but less well */
                upload_write(upload, text, len) == 0 && upload_store(upload) == 0;
    upload_end(upload);
    return done;
}

static bool download(const char *name)
{
    int file;
    uint64_t size;
    if (store_get(&place.store, name, strlen(name), &file, &size) != 0)
        return false;
    char first;
    bool done = read(file, &first, 1) == 1;
    close(file);
    return done;
}

static bool list(void)
{
    struct budget budget;
    struct budget_part part;
    struct body *body = NULL;
    bool done = false;
    int error = 0;
    budget_init(&budget, &part, 1024 * 1024);
    struct catalog *catalog = catalog_new(&place.store, &budget);
    if (catalog == NULL)
        return false;
    uint64_t number = catalog_ask(catalog);
    while (!done)
        error = catalog_step(catalog, number, 100, &done, &body);
    body_release(body);
    catalog_free(catalog);
    return error == 0;
}

/* ---- what a child does: 0, or the number of what went wrong ---- */

static int outside_is_open(int abi)
{
    (void)abi;
    return attempts_made(0, "without a sandbox") ? 0 : 1;
}

static int test_outside_is_closed(int abi)
{
    if (!sandbox_child_enter(abi))
        return 1;
    return attempts_made(abi, "in a sandbox") ? 0 : 2;
}

/* Its parent is in the sandbox too, and may be signalled, as on a kernel of ABI 5. */
static int test_children_are_in_it(int abi)
{
    int status;
    if (!sandbox_child_enter(abi))
        return 1;
    pid_t child = fork();
    if (child == 0)
        _exit(attempts_made(abi > 5 ? 5 : abi, "in a child") ? 0 : 1);
    return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? 0 : 2;
}

static void *attempts_of_thread(void *abi)
{
    return attempts_made(*(int *)abi, "in a thread") ? abi : NULL;
}

static int test_threads_are_in_it(int abi)
{
    pthread_t thread;
    void *ok = NULL;
    if (!sandbox_child_enter(abi) || pthread_create(&thread, NULL, attempts_of_thread, &abi) != 0 ||
        pthread_join(thread, &ok) != 0)
        return 1;
    return ok != NULL ? 0 : 2;
}

/* All that a server does with its library. */
static int test_library_works(int abi)
{
    if (!sandbox_child_enter(abi))
        return 1;
    if (!upload("new", "text") || !upload("new", "another text"))
        return 2; /* made, cut to its size, renamed; over another one too */
    if (!upload("link", "no link any more"))
        return 3;
    if (!download("new") || !download("file"))
        return 4;
    return list() && store_clean(&place.store) == 0 ? 0 : 5;
}

/* What was open before can still be read, and accepted from. */
static int test_open_stays_open(int abi)
{
    char byte;
    struct sockaddr_in where;
    int file = open(path_of(place.outside, "file").text, O_RDONLY | O_CLOEXEC);
    int listener = sandbox_listen(&where);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(client, (struct sockaddr *)&where, sizeof where) != 0 || !sandbox_child_enter(abi))
        return 1;
    if (read(file, &byte, 1) != 1)
        return 2;
    int served = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    bool ok = served >= 0 && send(served, "x", 1, MSG_NOSIGNAL) == 1;
    return ok && recv(client, &byte, 1, 0) == 1 ? 0 : 3;
}

/* An ioctl of a device that was opened after the sandbox, whose folder is that of the devices: what
 * stands beneath it can be opened and read. ENOTTY: the request has reached the device. */
static int device_answers(int abi)
{
    int devices = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0 || sandbox_enter(devices) != abi)
        return 1;
    int device = openat(devices, "null", O_RDONLY | O_CLOEXEC);
    struct termios settings;
    if (device < 0)
        return 2;
    int error = tcgetattr(device, &settings) == 0 ? 0 : errno;
    int expected = abi >= 5 ? EACCES : ENOTTY;
    if (error == expected)
        return 0;
    printf("ioctl of a device, ABI %d: expected %s, received %s\n", abi, strerror(expected),
           strerror(error));
    (void)fflush(stdout);
    return 3;
}

/* ---- an older kernel ---- */

static int closed_as_far_as_known(int abi)
{
    if (!kernel_is_older(abi) || !sandbox_child_enter(abi))
        return 1;
    return attempts_made(abi, "in the sandbox of an older kernel") ? 0 : 2;
}

static int device_answers_there(int abi)
{
    return kernel_is_older(abi) ? device_answers(abi) : 10;
}

static int library_works_there(int abi)
{
    return kernel_is_older(abi) ? test_library_works(abi) : 10;
}

/* ---- a kernel that refuses ---- */

/* There can be 16 of them, one in the other (landlock(7)), less those that this test runs in: one
 * more is refused, and the others stay. */
static int one_too_many(int abi)
{
    enum { PLENTY = 1000 };
    int entered = 0, layers = 0;
    if (!sandbox_child_enter(abi))
        return 1;
    while (layers < PLENTY && (entered = sandbox_enter(place.store.dir)) == abi)
        layers++;
    if (entered != -E2BIG)
        return 2;
    return attempts_made(abi, "in as many sandboxes as there can be") ? 0 : 3;
}

static int no_descriptor_left(int abi)
{
    (void)abi;
    struct rlimit limit;
    int next = dup(place.store.dir);
    if (next < 0 || close(next) != 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1;
    const struct rlimit none = {.rlim_cur = (rlim_t)next, .rlim_max = limit.rlim_max};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0 || setrlimit(RLIMIT_NOFILE, &none) != 0)
        return 2;
    if (sandbox_enter(place.store.dir) != -EMFILE || setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 3;
    return attempts_made(0, "where it could not be entered") ? 0 : 4;
}

/* ---- the tests ---- */

static void test_all_works_without(void)
{
    sandbox_child(outside_is_open, 0);
}

/* What the older one knows is forbidden, and all else continues. */
static void test_older_kernels(void)
{
    if (!KERNEL_CAN_BE_OLDER)
        unit_skip(
            "the result of a call can't be made up on this machine: older kernels are not tested");
    for (int abi = sandbox_abi_or_skip(); abi > 0; abi--) {
        sandbox_child(closed_as_far_as_known, abi);
        sandbox_child(library_works_there, abi);
        sandbox_child(device_answers_there, abi);
    }
}

static void test_devices(void)
{
    int abi = sandbox_abi_or_skip(), device = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (device < 0)
        unit_skip("no device can be opened: %s", strerror(errno));
    close(device);
    if (abi < 5)
        unit_skip("this kernel's Landlock (ABI %d) lets devices alone: not tested", abi);
    sandbox_child(device_answers, abi);
}

static void test_refused(void)
{
    sandbox_child(one_too_many, sandbox_abi_or_skip());
    sandbox_child(no_descriptor_left, sandbox_abi_or_skip());
}

/* If it can't be entered, no descriptor is left open and nothing has changed. */
static void test_no_folder(void)
{
    (void)sandbox_abi_or_skip();
    int entered = sandbox_enter(-1);
    unit_check(entered == -EBADF, "without a folder: expected %d, received %d", -EBADF, entered);
    unit_check(attempt_open("/", ".", O_RDONLY | O_DIRECTORY) == 0,
               "it has been entered all the same");
}

static const struct CMUnitTest tests[] = {
    TEST(test_all_works_without),
    SANDBOX(test_outside_is_closed),
    SANDBOX(test_children_are_in_it),
    SANDBOX(test_threads_are_in_it),
    SANDBOX(test_library_works),
    SANDBOX(test_open_stays_open),
    TEST(test_devices),
    TEST(test_no_folder),
    TEST(test_older_kernels),
    TEST(test_refused),
};
UNIT_MAIN("sandbox", tests)
