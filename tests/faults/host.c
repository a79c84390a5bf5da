/* tests/faults/host.c: see host.h */
#include "host.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bound.h"
#include "folder.h"
#include "procfs.h"

enum { NEVER_MS = 8000, BIG = 4 << 20, SMALL = 5000 };

#define OPTIONS "-v --durable --max-upload 20M --quota 16M"

struct host host;

static char control_path[] = "/tmp/six-ways-faults-XXXXXX";

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

void problem(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (host.problem[0] == '\0')
        (void)vsnprintf(host.problem, sizeof host.problem, format, arguments);
    va_end(arguments);
}

bool has_problem(void)
{
    return host.problem[0] != '\0';
}

int sweep_port(void)
{
    return host.server->port;
}

int sweep_descriptors(void)
{
    return procfs_descriptors(host.server->pid);
}

const char *sweep_model(void)
{
    return host.model;
}

bool sweep_many_clients(void)
{
    return strcmp(host.model, "01_loop") != 0;
}

bool sweep_short_of_memory(void)
{
    return fault_is_of_memory(&host.fault) && host_injected() > 0;
}

/* ---- arming ---- */

bool host_begin(const char *library)
{
    int fd = mkostemp(control_path, O_CLOEXEC);
    if (fd < 0 || ftruncate(fd, sizeof *host.control) != 0) {
        perror(control_path);
        return false;
    }
    void *memory = mmap(NULL, sizeof *host.control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    host.control = memory;
    (void)snprintf(host.template, sizeof host.template,
                   "env LD_PRELOAD=%s INJECT_CONTROL=%s %s/%s-server -p {port} -d {dir} {options}",
                   library, control_path, host.model, host.model + 3);
    return memory != MAP_FAILED && serverproc_template(host.template);
}

void host_end(void)
{
    (void)unlink(control_path);
}

void host_disarm(void)
{
    host.control->armed = 0;
}

static void slot_set(struct inject_slot *slot, const struct fault *fault)
{
    slot->call = CALL_NONE;
    slot->injected = 0;
    slot->place = 0;
    if (fault == NULL)
        return;
    slot->nth = fault->nth;
    slot->effect = fault->effect;
    slot->times = fault->on ? effect_times(fault->effect) : 1;
    slot->call = fault->call;
}

void host_arm(const struct fault *fault, const char *with)
{
    struct fault second = {.nth = 1};
    char call[32], effect[32];
    host_disarm();
    if (with != NULL && sscanf(with, "%31[^:]:%u:%31s", call, &second.nth, effect) == 3) {
        second.call = call_by_name(call);
        second.effect = effect_by_name(effect);
    }
    slot_set(&host.control->slots[0], fault);
    slot_set(&host.control->slots[1], with != NULL ? &second : NULL);
    for (int call_of = 0; call_of < CALLS; call_of++)
        host.control->calls[call_of] = 0;
    host.control->armed = 1;
}

uint32_t host_injected(void)
{
    return host.control->slots[0].injected;
}

void sweep_end_fault(void)
{
    if (host.control->armed == 0 || !host.fault.on || host_injected() == 0)
        return;
    if (host.look && host.fault.effect != EFFECT_SHORT) /* byte by byte is a lot of work */
        host_check_sleep("while the call fails");
    host.look = false;
    host.fault_ended = true;
    host_disarm();
}

/* ---- files ---- */

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
    char path[FOLDER_PATH + 80];
    *len = 0;
    for (int i = 0; i < FILES; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", host.server->dir, files[i].name);
        if (stat(path, &st) == 0)
            *len += (size_t)snprintf(text + *len, sizeof text - *len, "%lld %s\n",
                                     (long long)st.st_size, files[i].name);
    }
    return text;
}

/* What was put is there, or what was there before; never something else. */
static void check_files(void)
{
    struct file *file = upload.file;
    const char *dir = host.server->dir;
    if (file == NULL)
        return;
    upload.file = NULL;
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
        char path[FOLDER_PATH + 80];
        (void)snprintf(path, sizeof path, "%s/%s", dir, file->name);
        (void)unlink(path);
        file->there = false;
    }
}

static void check_leftovers(void)
{
    char name[256] = "";
    const char *dir = host.server->dir;
    bool may = host.fault.call == CALL_unlinkat && host_injected() > 0;
    if (may && folder_hidden(dir, name, sizeof name) > 0) { /* it could not be removed */
        char path[FOLDER_PATH + 300];
        (void)snprintf(path, sizeof path, "%s/%s", dir, name);
        (void)unlink(path);
    }
    if (!folder_await_clean(dir)) {
        (void)folder_hidden(dir, name, sizeof name);
        problem("a temporary file is left: %s", name);
    }
}

/* ---- processes ---- */

static size_t children(pid_t pid, pid_t *pids, size_t max)
{
    char path[64];
    size_t n = 0;
    long child;
    (void)snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)pid, (long)pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && n < max && fscanf(file, "%ld", &child) == 1)
        pids[n++] = (pid_t)child;
    if (file != NULL)
        (void)fclose(file);
    return n;
}

static int family(pid_t pid)
{
    pid_t pids[64];
    int all = 1;
    size_t n = children(pid, pids, 64);
    for (size_t i = 0; i < n; i++)
        all += family(pids[i]);
    return all;
}

static int64_t cpu_us(pid_t pid)
{
    pid_t pids[64];
    clockid_t clock;
    struct timespec used = {0};
    if (clock_getcpuclockid(pid, &clock) == 0)
        (void)clock_gettime(clock, &used);
    int64_t all = (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
    size_t n = children(pid, pids, 64);
    for (size_t i = 0; i < n; i++)
        all += cpu_us(pids[i]);
    return all;
}

static int threads(pid_t pid)
{
    char path[64];
    struct stat st;
    (void)snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
    return stat(path, &st) == 0 ? (int)st.st_nlink - 2 : -1;
}

void host_check_sleep(const char *when)
{
    enum { LOOK = 40, MOST = 8000 }; /* milliseconds; microseconds */
    int64_t used = 0;
    host.totals->spins++;
    for (int i = 0; i < 4; i++) { /* what is still to be done after a fault is no spinning */
        int64_t before = cpu_us(host.server->pid);
        bound_observe(LOOK);
        used = cpu_us(host.server->pid) - before;
        if (used < MOST)
            return;
    }
    problem("%s, the server uses %lld us of processor time in %d ms with nothing to do", when,
            (long long)used, LOOK);
}

/* Waits until the server has no more of these than it had. */
static void check_few(int (*count)(pid_t), int most, const char *what)
{
    long end = bound_now() + bound_of(NEVER_MS);
    int n;
    while ((n = count(host.server->pid)) > most) {
        if (bound_now() > end) {
            problem("the server has %d %s, and had %d", n, what, most);
            return;
        }
        bound_observe(1);
    }
}

/* ---- the witness ---- */

static void witness_enter(void)
{
    long end = bound_now() + bound_of(NEVER_MS);
    WITNESS->name = NULL;
    while (!has_problem() && bound_now() < end) { /* its nick may be taken for a moment yet */
        struct dialog *witness = dialog_open("witness");
        if (witness != WITNESS)
            abort();
        host.control->spared[0] = (uint16_t)witness->port;
        dialog_enter(witness);
        witness->strict = true;
        if (witness->open && !witness->harmed)
            return;
        dialog_close(witness);
        WITNESS->name = NULL;
        bound_observe(2);
    }
    problem("the witness can't enter the room: %s", WITNESS->line);
}

/* A client that was refused has not joined. One that was cut off may have been sent OK, unread. */
static void check_joins(void)
{
    for (int i = 1; i < DIALOGS; i++)
        for (int k = 0; k < NICKS; k++)
            if (dialogs[i].name != NULL && strcmp(WITNESS->members[k].nick, dialogs[i].name) == 0 &&
                WITNESS->members[k].joins > dialogs[i].entries + dialogs[i].cut)
                problem("%s entered %u times, and the witness received %u JOIN", dialogs[i].name,
                        dialogs[i].entries, WITNESS->members[k].joins);
    for (int k = 0; k < NICKS; k++)
        WITNESS->members[k].joins = 0;
}

static void check_witness(void)
{
    struct dialog *witness = WITNESS;
    if (witness->harmed && !fault_is_of_memory(&host.fault))
        problem("the witness was harmed by somebody else's fault");
    if (witness->harmed) {
        dialog_close(witness);
        return;
    }
    dialog_printf(witness, "N\n");
    (void)dialog_expect_ok(witness);
    for (int i = 0; i < NICKS; i++)
        while (witness->open && witness->members[i].in && !has_problem())
            (void)dialog_await_event(witness);
    dialog_printf(witness, "W\n");
    (void)dialog_expect_body(witness, "witness\n", 8);
    check_joins();
    if (witness->harmed && !fault_is_of_memory(&host.fault))
        problem("the witness was harmed by somebody else's fault");
}

/* It gets the right listing, and the witness receives its message behind all earlier ones. */
static void check_newcomer(void)
{
    size_t n;
    unsigned int spoken = 0;
    struct dialog *newcomer = dialog_open("newcomer");
    const char *text = sweep_listing(&n);
    dialog_printf(newcomer, "L\n");
    (void)dialog_expect_body(newcomer, text, n);
    dialog_enter(newcomer);
    spoken = dialog_say(newcomer);
    dialog_printf(newcomer, "Q\n");
    (void)dialog_expect_ok(newcomer);
    dialog_expect_end(newcomer);
    if (newcomer->harmed)
        problem("the next client is not served: %s", newcomer->line);
    if (sweep_many_clients())
        dialog_await_line(WITNESS, spoken);
}

static void check_runs(void)
{
    if (serverproc_wait(host.server, 0))
        problem("the server has ended, with wait status 0x%x", (unsigned)host.server->status);
}

void host_check_settled(void)
{
    static unsigned int turn;
    host_disarm();
    for (int i = 1; i < DIALOGS; i++)
        dialog_close(&dialogs[i]);
    check_runs();
    if (sweep_many_clients() || turn++ % 50 == 0) /* 01_loop closes in its next tick, if at all */
        check_few(procfs_descriptors, host.descriptors, "descriptors open");
    check_few(family, host.family, "processes");
    check_few(threads, host.threads, "threads");
    if (!has_problem())
        check_newcomer();
    if (sweep_many_clients() && !has_problem())
        check_witness();
    if (sweep_many_clients() && WITNESS->harmed && !has_problem())
        witness_enter();
    if (has_problem()) {
        check_runs();
        return;
    }
    check_files();
    check_leftovers();
    check_runs();
}

/* ---- beginning and end ---- */

struct serverproc *host_launch(void)
{
    /* a console that can't be watched by epoll: that is no reason not to start */
    static const struct serverproc_config config = {.options = OPTIONS,
                                                    .console = SERVERPROC_CONSOLE_NULL};
    return serverproc_launch(&config);
}

void host_start(void)
{
    static const struct serverproc_config config = {.options = OPTIONS};
    host_disarm();
    host.control->spared[0] = 0;
    host.server = serverproc_start(&config);
    upload.file = NULL;
    for (int i = 0; i < FILES; i++) {
        files[i].there = files[i].kept;
        if (files[i].kept)
            folder_write_pattern(host.server->dir, files[i].name, files[i].size, files[i].seed);
    }
    memset(dialogs, 0, sizeof dialogs);
    if (sweep_many_clients())
        witness_enter();
    else
        WITNESS->name = "nobody";
    host.descriptors = procfs_descriptors(host.server->pid);
    host.threads = threads(host.server->pid);
    host.family = family(host.server->pid);
}

void host_stop(void)
{
    if (host.server == NULL)
        return;
    host_disarm();
    for (int i = 0; i < DIALOGS; i++)
        dialog_close(&dialogs[i]);
    serverproc_signal(host.server, SIGTERM);
    if (!serverproc_wait(host.server, NEVER_MS + 4000))
        problem("SIGTERM does not end the server");
    else if (!WIFEXITED(host.server->status) || WEXITSTATUS(host.server->status) != 0)
        problem("at SIGTERM the server does not end with status 0 (wait status 0x%x)",
                (unsigned)host.server->status);
    else if (!serverproc_await_group_gone(host.server))
        problem("the server has ended, and some of its processes have not");
    host_kill();
}

void host_kill(void)
{
    for (int i = 0; i < DIALOGS; i++)
        dialog_close(&dialogs[i]);
    if (host.server != NULL)
        serverproc_free(host.server);
    host.server = NULL;
}
