/* bench/ratios/ratio.c: how much processor time does one server spend on the same work as another?
 *
 * On a shared machine a time means little, and a ratio of two times from the same few seconds means
 * much. So every round starts all servers in turn, in an order of its own, and drives each with the
 * same load. What is reported is the median of the ratios within the rounds, with an interval by
 * order statistics.
 */
#include "ratios/ratio.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/stdfds.h"
#include "probe/network.h"

enum { SERVERS = 16, ROUNDS = 1000, CPU_UNSET = -2 };

struct variant {
    struct server *server;
    int idle;
    struct sample samples[ROUNDS];
};

struct plan {
    struct work work;
    struct place place;
    int rounds, idle;
    double steal_limit;
    unsigned seed;
    const char *congestion, *parent;
    int n_servers, n_variants, base; /* base: the variant the others are divided by */
    struct server servers[SERVERS];
    struct variant variants[2 * SERVERS]; /* one per server, for a crowd two (idle: none, some) */
    int done, dropped;
    double worst_steal; /* in a round that counts */
};

struct kind {
    const char *name, *unit;
    double scale; /* seconds per unit are multiplied by it */
    const char *scaled;
};

static const struct kind kinds[] = {
    [WORK_PING] = {"ping", "ping", 1e6, "us"},
    [WORK_DOWNLOAD] = {"download", "GiB", 1e3 * (1 << 30), "ms"},
    [WORK_UPLOAD] = {"upload", "GiB", 1e3 * (1 << 30), "ms"},
    [WORK_CHAT] = {"chat", "delivery", 1e9, "ns"},
    [WORK_CROWD] = {"crowd", "ping", 1e6, "us"},
};

static const char help[] =
    "usage: ratio KIND [OPTION]... [SERVER]...\n"
    "Compares the processor time that servers spend on the same work, in interleaved rounds.\n"
    "\n"
    "kinds\n"
    "  ping      -c CONNS           all send N and wait for the reply, again and again\n"
    "  crowd     -c CONNS -i IDLE   the same among IDLE silent connections; and without them\n"
    "  download  -s SIZE            one client, G of a file of SIZE\n"
    "  upload    -s SIZE            one client, P of a file of SIZE\n"
    "  chat      -c MEMBERS [--burst K]   one speaks, all others hear; K messages in one send\n"
    "\n"
    "servers: floor loop fork thread select poll epoll, or NAME=COMMAND with {port} and {dir} in "
    "it,\n"
    "  which is split at spaces and not given to a shell. The others are compared with the one "
    "called\n"
    "  floor, else with the first. Without any: floor epoll\n"
    "\n"
    "  -c, --connections N   10; in the room 100, the speaker among them\n"
    "  -i, --idle N          1000\n"
    "  -s, --size BYTES      256M; K, M and G are understood\n"
    "  -b, --burst K         1\n"
    "  -r, --rounds N        11\n"
    "  -t, --seconds S       1 for each sample, and a tenth of it to warm up\n"
    "  --steal PERCENT       5; a round in which more was stolen is dropped and repeated (at most "
    "twice\n"
    "                        as many rounds in all)\n"
    "  --seed N              of the order within the rounds; 1\n"
    "  --server-cpu N        the first; -1 leaves it to the kernel, as does a machine with only "
    "one\n"
    "  --load-cpu N          the second; the same\n"
    "  --congestion NAME     in a network namespace of its own, with this congestion control. bbr "
    "paces by\n"
    "                        a timer, which triples the price of a download; reno is always there\n"
    "  --dir DIR             where the library is made and removed; TMPDIR, or /tmp\n"
    "\n"
    "status: 0, 1 a server misbehaved or nothing could be measured, 2 wrong usage, 128 + n ended\n"
    "by signal n, so 130 by Ctrl-C\n";

static char fault[512];

double clock_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

bool fault_set(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fault, sizeof fault, format, arguments);
    va_end(arguments);
    return false;
}

const char *fault_text(void)
{
    return fault;
}

/* --- the rounds ---------------------------------------------------------------------------- */

static bool variant_run(struct plan *p, struct variant *v, struct sample *sample)
{
    bool started = ratio_start(v->server, &p->place);
    bool ok = started && load_run(&p->work, v->idle, v->server, &p->place, sample);
    if (ok)
        return ratio_stop(v->server);
    if (started)
        ratio_blame(v->server);
    char reason[sizeof fault];
    memcpy(reason, fault, sizeof reason);
    ratio_stop(v->server); /* what it adds to the first reason is of no use */
    memcpy(fault, reason, sizeof reason);
    return false;
}

/* A round counts as a whole or not at all: its samples are only worth something side by side. */
static bool round_run(struct plan *p)
{
    struct sample samples[2 * SERVERS];
    int order[2 * SERVERS] = {0};
    double steal = 0;
    for (int i = 0; i < p->n_variants; i++) {
        int j = rand_r(&p->seed) % (i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (int i = 0; i < p->n_variants; i++) {
        struct sample *sample = &samples[order[i]];
        if (stop_signal)
            return fault_set("stopped");
        if (!variant_run(p, &p->variants[order[i]], sample))
            return false;
        steal = sample->steal > steal ? sample->steal : steal;
    }
    if (steal > p->steal_limit) {
        p->dropped++;
        return true;
    }
    for (int i = 0; i < p->n_variants; i++)
        p->variants[i].samples[p->done] = samples[i];
    p->worst_steal = steal > p->worst_steal ? steal : p->worst_steal;
    p->done++;
    return true;
}

/* --- figures ------------------------------------------------------------------------------- */

static int number_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, number_compare);
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* How many of n sorted values to leave out at either end so that the rest holds the true median
 * with a probability of 95 %; -1 if n is too small for that (below 6). */
static int interval_skip(int n)
{
    double p = 1, below = 0;
    int k = -1;
    for (int i = 0; i < n; i++)
        p /= 2;
    for (int i = 0; i < n; i++) {
        if ((below += p) > 0.025)
            break;
        k = i;
        p = p * (n - i) / (i + 1);
    }
    return k;
}

static double unit_price(const struct variant *v, int round)
{
    return v->samples[round].server_seconds / v->samples[round].units;
}

static void print_against(const struct plan *p, const struct variant *v, const struct variant *base)
{
    double ratios[ROUNDS] = {0};
    for (int r = 0; r < p->done; r++)
        ratios[r] = unit_price(v, r) / unit_price(base, r);
    double middle = median(ratios, p->done);
    int skip = interval_skip(p->done);
    printf("%9.3f  %c%.3f %.3f%c", middle, skip < 0 ? '(' : '[', ratios[skip < 0 ? 0 : skip],
           ratios[p->done - 1 - (skip < 0 ? 0 : skip)], skip < 0 ? ')' : ']');
}

static void print_variant(const struct plan *p, const struct variant *v)
{
    const struct kind *kind = &kinds[p->work.kind];
    double prices[ROUNDS] = {0}, rates[ROUNDS] = {0}, busy[ROUNDS] = {0};
    double unit = p->work.kind == WORK_DOWNLOAD || p->work.kind == WORK_UPLOAD ? 1 << 30 : 1;
    for (int r = 0; r < p->done; r++) {
        const struct sample *s = &v->samples[r];
        prices[r] = unit_price(v, r) * kind->scale;
        rates[r] = s->units / s->wall_seconds / unit;
        busy[r] = 100 * s->server_seconds / s->wall_seconds;
    }
    printf("%-12s ", v->server->name);
    if (p->work.kind == WORK_CROWD)
        printf("%6d ", v->idle);
    printf("%10.2f ", median(prices, p->done));
    print_against(p, v, &p->variants[p->base + (v->idle > 0 && p->work.kind == WORK_CROWD)]);
    printf("  %4.0f %% %12.*f", median(busy, p->done), unit > 1 ? 2 : 0, median(rates, p->done));
    if (v->idle > 0 && p->work.kind == WORK_CROWD)
        print_against(p, v, v - 1);
    printf("\n");
}

static void print_head(const struct plan *p, const char *given)
{
    char control[64] = "unknown";
    FILE *f = fopen("/proc/sys/net/ipv4/tcp_congestion_control", "re");
    if (f != NULL && fscanf(f, "%63s", control) != 1)
        control[0] = '\0';
    if (f != NULL)
        fclose(f);
    printf("command:%s\n", given);
    printf(
        "%d rounds of %g s per sample, server on cpu %d, load on cpu %d, congestion control %s\n",
        p->rounds, p->work.seconds, p->place.server_cpu, p->place.load_cpu, control);
    if (strcmp(control, "bbr") == 0 && p->work.kind == WORK_DOWNLOAD)
        printf("NOTE: bbr paces by a timer; most of what you see is bbr. Try --congestion reno\n");
    fflush(stdout);
}

static void print_report(const struct plan *p)
{
    const struct kind *kind = &kinds[p->work.kind];
    const char *base = p->variants[p->base].server->name;
    printf("%d rounds count, at most %.1f %% stolen in any; %d dropped for more than %.1f %%\n\n",
           p->done, 100 * p->worst_steal, p->dropped, 100 * p->steal_limit);
    if (p->done == 0)
        return;
    if (interval_skip(p->done) < 0)
        printf("fewer than 6 rounds: (least most) in place of the 95 %% interval\n");
    char price[32], rate[32];
    snprintf(price, sizeof price, "%s/%s", kind->scaled, kind->unit);
    snprintf(rate, sizeof rate, "%s/s", kind->unit);
    printf("%-12s %s%10s  to %-10s 95 %%         busy %12s%s\n", "server",
           p->work.kind == WORK_CROWD ? "  idle " : "", price, base, rate,
           p->work.kind == WORK_CROWD ? "  to itself without idle" : "");
    for (int i = 0; i < p->n_variants; i++)
        print_variant(p, &p->variants[i]);
}

/* --- preparations -------------------------------------------------------------------------- */

static bool file_make(const struct plan *p)
{
    char path[SCRATCH_PATH + 64], block[65536];
    unsigned seed = 1;
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (char)rand_r(&seed);
    snprintf(path, sizeof path, "%s/%s", p->place.library, load_file_name());
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool ok = fd >= 0;
    for (uint64_t left = p->work.size; ok && left > 0;) {
        ssize_t n = write(fd, block, left < sizeof block ? (size_t)left : sizeof block);
        ok = n > 0;
        left -= (uint64_t)(n > 0 ? n : 0);
    }
    ok = ok || fault_set("%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return ok;
}

/* The first two processors that we may use; with one there is nothing to choose. */
static void cpus_choose(struct place *place)
{
    cpu_set_t usable;
    int first = -1, second = -1;
    bool known = sched_getaffinity(0, sizeof usable, &usable) == 0;
    for (int i = CPU_SETSIZE - 1; known && i >= 0; i--) {
        if (!CPU_ISSET((size_t)i, &usable))
            continue;
        second = first;
        first = i;
    }
    if (place->server_cpu == CPU_UNSET)
        place->server_cpu = second < 0 ? -1 : first;
    if (place->load_cpu == CPU_UNSET)
        place->load_cpu = second;
}

static bool place_make(struct plan *p)
{
    const char *usual = scratch_tmpdir() != NULL ? scratch_tmpdir() : "/tmp";
    struct rlimit limit;
    char why[SCRATCH_WHY];
    if (!scratch_make("ratio", p->parent != NULL ? p->parent : usual, why))
        return fault_set("%s", why);
    snprintf(p->place.library, sizeof p->place.library, "%s/files", scratch_path());
    snprintf(p->place.log, sizeof p->place.log, "%s/log", scratch_path());
    if (mkdir(p->place.library, 0755) < 0)
        return fault_set("%s: %s", p->place.library, strerror(errno));
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (p->work.kind == WORK_DOWNLOAD && !file_make(p))
        return false;
    cpus_choose(&p->place);
    if (p->place.load_cpu >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET((size_t)p->place.load_cpu, &set);
        if (sched_setaffinity(0, sizeof set, &set) < 0)
            return fault_set("cpu %d: %s", p->place.load_cpu, strerror(errno));
    }
    return p->congestion == NULL || network_own(p->congestion, why) || fault_set("%s", why);
}

/* The last of what the server that misbehaved wrote to standard error. */
static void print_log(const struct plan *p)
{
    char end[513];
    FILE *log = fopen(p->place.log, "re");
    if (log == NULL)
        return;
    if (fseek(log, -512, SEEK_END) < 0)
        rewind(log);
    size_t n = fread(end, 1, sizeof end - 1, log);
    end[n] = '\0';
    if (n > 0)
        fprintf(stderr, "ratio: the end of its log:\n%s", end);
    fclose(log);
}

static void variants_make(struct plan *p)
{
    bool crowd = p->work.kind == WORK_CROWD;
    p->n_variants = p->n_servers * (crowd ? 2 : 1);
    for (int i = 0; i < p->n_variants; i++) {
        p->variants[i].server = &p->servers[crowd ? i / 2 : i];
        p->variants[i].idle = crowd && i % 2 == 1 ? p->idle : 0;
    }
    for (int i = p->n_servers - 1; i >= 0; i--) {
        if (strcmp(p->servers[i].name, "floor") == 0)
            p->base = crowd ? 2 * i : i;
    }
}

static bool server_add(struct plan *p, char *given)
{
    struct server *s = &p->servers[p->n_servers];
    char *command = strchr(given, '=');
    if (p->n_servers == SERVERS)
        return fault_set("more than %d servers", SERVERS);
    s->name = given;
    if (command == NULL)
        s->command = server_command(&s->name);
    if (command != NULL) {
        *command = '\0';
        s->command = command + 1;
    }
    p->n_servers++;
    return s->command != NULL || fault_set("no server is called '%s'", given);
}

/* --- the command line ---------------------------------------------------------------------- */

static bool number_read(const char *text, double least, double most, double *value)
{
    static const char units[] = "KMG";
    char *end;
    *value = strtod(text, &end);
    const char *unit = *end != '\0' ? strchr(units, *end) : NULL;
    for (const char *u = units; unit != NULL && u <= unit; u++)
        *value *= 1024;
    end += unit != NULL;
    return end != text && *end == '\0' && *value >= least && *value <= most;
}

/* The words as they are given, before getopt changes their order and server_add cuts at '='; to be
 * freed; NULL: no memory. */
static char *words_given(int argc, char **argv)
{
    char *text = NULL;
    size_t bytes;
    FILE *f = open_memstream(&text, &bytes);
    bool ok = f != NULL;
    for (int i = 0; ok && i < argc; i++)
        ok = fprintf(f, strpbrk(argv[i], " {}") != NULL ? " '%s'" : " %s", argv[i]) > 0;
    if (f != NULL && fclose(f) != 0)
        ok = false;
    if (ok)
        return text;
    free(text);
    return NULL;
}

static bool option_take(struct plan *p, int option, const char *text)
{
    double n;
    switch (option) {
    case 'c': return number_read(text, 1, 1e6, &n) && (p->work.active = (int)n) > 0;
    case 'i': return number_read(text, 0, 1e6, &n) && (p->idle = (int)n) >= 0;
    case 's': return number_read(text, 1, 1e12, &n) && (p->work.size = (uint64_t)n) > 0;
    case 'b': return number_read(text, 1, 2000, &n) && (p->work.burst = (int)n) > 0;
    case 'r': return number_read(text, 1, ROUNDS, &n) && (p->rounds = (int)n) > 0;
    case 't': return number_read(text, 0.01, 600, &p->work.seconds);
    case 'S': return number_read(text, 0, 100, &n) && (p->steal_limit = n / 100) >= 0;
    case 'R': return number_read(text, 0, 1e9, &n) && ((p->seed = (unsigned)n), true);
    case 'p':
        return number_read(text, -1, CPU_SETSIZE - 1, &n) && ((p->place.server_cpu = (int)n), true);
    case 'l':
        return number_read(text, -1, CPU_SETSIZE - 1, &n) && ((p->place.load_cpu = (int)n), true);
    case 'C': return *(p->congestion = text) != '\0';
    case 'd': return *(p->parent = text) != '\0';
    default: return false;
    }
}

static bool options_read(struct plan *p, int argc, char **argv)
{
    static const struct option longs[] = {
        {"connections", required_argument, NULL, 'c'},
        {"idle", required_argument, NULL, 'i'},
        {"size", required_argument, NULL, 's'},
        {"burst", required_argument, NULL, 'b'},
        {"rounds", required_argument, NULL, 'r'},
        {"seconds", required_argument, NULL, 't'},
        {"steal", required_argument, NULL, 'S'},
        {"seed", required_argument, NULL, 'R'},
        {"server-cpu", required_argument, NULL, 'p'},
        {"load-cpu", required_argument, NULL, 'l'},
        {"congestion", required_argument, NULL, 'C'},
        {"dir", required_argument, NULL, 'd'},
        {NULL, 0, NULL, 0},
    };
    static char default_floor[] = "floor", default_epoll[] = "epoll";
    size_t kind = 0, n_kinds = sizeof kinds / sizeof kinds[0];
    while (kind < n_kinds && (argc < 2 || strcmp(argv[1], kinds[kind].name) != 0))
        kind++;
    if (kind == n_kinds)
        return false;
    p->work.kind = (enum work_kind)kind;
    for (int option;
         (option = getopt_long(argc - 1, argv + 1, "-c:i:s:b:r:t:", longs, NULL)) != -1;) {
        /* "-": words among the options come as option 1, also where POSIXLY_CORRECT is set */
        if (option == 1 ? !server_add(p, optarg) : !option_take(p, option, optarg))
            return false;
    }
    for (int i = optind + 1; i < argc; i++) {
        if (!server_add(p, argv[i]))
            return false;
    }
    if (p->n_servers == 0 && !(server_add(p, default_floor) && server_add(p, default_epoll)))
        return false;
    if (kind == WORK_DOWNLOAD || kind == WORK_UPLOAD)
        p->work.active = 1;
    else if (p->work.active == 0)
        p->work.active = kind == WORK_CHAT ? 100 : 10;
    return kind != WORK_CHAT || p->work.active > 1;
}

static bool rounds_run(struct plan *p)
{
    while (p->done < p->rounds && p->done + p->dropped < 2 * p->rounds) {
        if (!round_run(p))
            return false;
        if (isatty(STDERR_FILENO))
            fprintf(stderr, "\r%d of %d rounds, %d dropped ", p->done, p->rounds, p->dropped);
    }
    return p->done > 0 || fault_set("not one round was quiet enough (--steal)");
}

int main(int argc, char **argv)
{
    static struct plan p = {
        .work = {.burst = 1, .size = 256u << 20, .seconds = 1},
        .place = {.server_cpu = CPU_UNSET, .load_cpu = CPU_UNSET},
        .rounds = 11,
        .idle = 1000,
        .steal_limit = 0.05,
        .seed = 1,
    };
    if (!stdfds_open())
        return 1;
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        return fputs(help, stdout) < 0 || fflush(stdout) != 0;
    }
    char *given = words_given(argc, argv);
    if (given == NULL) {
        fprintf(stderr, "ratio: no memory\n");
        return 1;
    }
    if (!options_read(&p, argc, argv)) {
        fprintf(stderr, "ratio: %s; see ratio --help\n", fault[0] != '\0' ? fault : "wrong usage");
        free(given);
        return 2;
    }
    stop_catch();
    variants_make(&p);
    bool ok = place_make(&p);
    if (ok) {
        print_head(&p, given);
        ok = rounds_run(&p);
        print_report(&p);
    }
    if (!ok) {
        fflush(stdout);
        fprintf(stderr, "ratio: %s\n", fault);
        print_log(&p);
    }
    if (!scratch_remove())
        fprintf(stderr, "ratio: the temporary folder is left behind\n");
    free(given);
    return stop_signal ? stop_status() : ok && fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : 1;
}
