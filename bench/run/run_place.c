/* bench/run/run_place.c: results, library, processors, network */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "common/scratch.h"
#include "probe/network.h"
#include "run/run.h"

void time_print(const char *format, char *text, size_t size)
{
    time_t now = time(NULL);
    struct tm local;
    if (localtime_r(&now, &local) == NULL || strftime(text, size, format, &local) == 0)
        text[0] = '\0';
}

/* --- the folder of results ----------------------------------------------------------------- */

/* Makes all folders of a path that are missing. */
static bool folder_make(const char *path)
{
    char copy[PATH_MAX];
    (void)snprintf(copy, sizeof copy, "%s", path);
    for (char *at = copy + 1; *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(copy, 0755) < 0 && errno != EEXIST)
            return false;
        *at = '/';
    }
    return mkdir(copy, 0755) == 0 || errno == EEXIST;
}

static bool results_make(struct run *run, char why[WHY])
{
    char path[PATH_MAX];
    if (run->options.out != NULL) {
        int length = snprintf(run->folder, sizeof run->folder, "%s", run->options.out);
        if (length >= (int)sizeof run->folder)
            return fail(why, "%.100s…: the name is too long", run->options.out);
    } else {
        time_print("bench/out/%Y-%m-%dT%H-%M-%S", run->folder, sizeof run->folder);
    }
    (void)snprintf(path, sizeof path, "%s/logs", run->folder);
    if (!folder_make(path))
        return fail(why, "%s: %s", path, strerror(errno));
    (void)snprintf(path, sizeof path, "%s/samples.tsv", run->folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return fail(why, "%s: %s", path,
                    errno == EEXIST ? "there are samples already: choose another folder (-o)"
                                    : strerror(errno));
    run->samples = fdopen(fd, "w");
    if (run->samples == NULL || !sample_write_head(run->samples) || fflush(run->samples) != 0)
        return fail(why, "%s: %s", path, strerror(errno));
    return true;
}

/* --- the library --------------------------------------------------------------------------- */

enum { SLACK = 64 << 20 };

void place_file_name(uint64_t bytes, char *name, size_t size)
{
    (void)snprintf(name, size, "download-%llu", (unsigned long long)bytes);
}

/* Calls `each` (it may be NULL) for every size of file that is downloaded. Returns how many bytes
 * all files need; 0: one could not be made. */
static uint64_t files_each(const struct run *run, bool (*each)(const char *library, uint64_t bytes))
{
    char note[160];
    struct load_spec spec;
    uint64_t all = 1, uploads = 0;
    for (size_t i = 0; i < run->blocks_count; i++) {
        const struct run_block *block = &run->blocks[i];
        (void)experiment_load(block->experiment, "", UINT_MAX, block->x, 1, &spec, note);
        if (spec.kind == LOAD_DOWNLOAD || spec.kind == LOAD_SUM ||
            spec.neighbour >= NEIGHBOUR_STUCK) {
            if (each != NULL && !each(run->library, spec.file_bytes))
                return 0;
            all += spec.file_bytes;
        }
        if (spec.kind == LOAD_UPLOAD && 2 * spec.file_bytes > uploads)
            uploads = 2 * spec.file_bytes; /* the old one stays until the new one is complete */
    }
    return all + uploads;
}

static bool file_make(const char *library, uint64_t bytes)
{
    char name[64];
    place_file_name(bytes, name, sizeof name);
    return load_file_make(library, name, bytes);
}

/* In memory, if there is plenty of it: a disk that writes back what was uploaded a minute ago would
 * disturb the next sample. */
static const char *library_choose(const struct run *run, uint64_t need)
{
    struct statvfs shm;
    const char *given = run->options.dir != NULL ? run->options.dir : scratch_tmpdir();
    long pages = sysconf(_SC_AVPHYS_PAGES);
    uint64_t memory = pages > 0 ? (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
    if (given != NULL)
        return given;
    if (statvfs("/dev/shm", &shm) == 0 && access("/dev/shm", W_OK) == 0 &&
        (uint64_t)shm.f_bavail * shm.f_frsize > need && memory / 2 > need)
        return "/dev/shm";
    return "/tmp";
}

static bool library_make(struct run *run, char why[WHY])
{
    if (!scratch_make(library_choose(run, files_each(run, NULL) + SLACK), why))
        return false;
    (void)snprintf(run->library, sizeof run->library, "%s/files", scratch_path());
    (void)snprintf(run->file.library, sizeof run->file.library, "%s", run->library);
    return (mkdir(run->library, 0755) == 0 &&
            load_file_make(run->library, LOAD_PING_FILE, LOAD_PING_BYTES) &&
            files_each(run, file_make) > 0) ||
           fail(why, "%s: %s", run->library, strerror(errno));
}

/* --- processors and network ---------------------------------------------------------------- */

static bool processors_take(struct run *run, char why[WHY])
{
    const struct cpus *cpus = &run->options.cpus;
    cpus_print(&cpus->server, run->file.server_cpus, sizeof run->file.server_cpus);
    cpus_print(&cpus->client, run->file.client_cpus, sizeof run->file.client_cpus);
    return CPU_COUNT(&cpus->client) == 0 ||
           sched_setaffinity(0, sizeof cpus->client, &cpus->client) == 0 ||
           fail(why, "processors %s: %s", run->file.client_cpus, strerror(errno));
}

bool place_server(const struct run *run, enum load_place place, cpu_set_t *where)
{
    const struct cpus *cpus = &run->options.cpus;
    if (sched_getaffinity(0, sizeof *where, where) < 0)
        return false;
    if (CPU_COUNT(&cpus->server) > 0)
        *where = cpus->server;
    if (place == PLACE_ALL_PROCESSORS)
        CPU_OR(where, where, &cpus->client);
    for (size_t i = 0; place == PLACE_ONE_PROCESSOR && CPU_COUNT(where) > 1; i++)
        CPU_CLR(i, where);
    return place != PLACE_ALL_PROCESSORS || CPU_COUNT(where) > 1;
}

/* bbr paces by a timer, on loopback too: downloads would show the timer. */
static bool network_take(struct run *run, char why[WHY])
{
    char unable[WHY];
    struct runfile *file = &run->file;
    const char *wanted = run->options.congestion;
    (void)snprintf(file->congestion, sizeof file->congestion, "%s", file->machine.congestion);
    if (wanted == NULL && strcmp(file->machine.congestion, "bbr") != 0)
        return true;
    const char *control = wanted != NULL ? wanted : "reno";
    if (network_own(control, unable)) {
        (void)snprintf(file->congestion, sizeof file->congestion, "%s", control);
        file->network_own = true;
        if (wanted == NULL)
            runfile_note(file, "This machine has bbr, which paces by a timer, on loopback too: "
                               "measured with reno, in a network namespace of its own.");
        return true;
    }
    if (wanted != NULL)
        return fail(why, "--congestion %s: %s", wanted, unable);
    runfile_note(file,
                 "This machine's congestion control is bbr, which paces by a timer: downloads are "
                 "slower and more expensive than they need be. (A network namespace with reno: %s)",
                 unable);
    return true;
}

bool place_make(struct run *run, char why[WHY])
{
    struct runfile *file = &run->file;
    machine_read(&file->machine);
    time_print("%Y-%m-%dT%H:%M:%S%z", file->started, sizeof file->started);
    file->seed = run->options.seed;
    file->full = run->options.full;
    file->rounds = run->options.reps;
    file->steal_limit = run->options.steal_limit;
    file->budget = run->options.duration > 0 ? 0 : run->options.budget;
    return processors_take(run, why) && network_take(run, why) && results_make(run, why) &&
           library_make(run, why);
}
