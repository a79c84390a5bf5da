/* bench/ratios/ratio_options.c: the command line of `lab-bench ratio` */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/arguments.h"
#include "ratios/ratio.h"

static const struct ratio_kind kinds[] = {
    {"ping", "ping", LOAD_PING, false, false, 1e6, "us"},
    {"crowd", "ping", LOAD_PING, true, false, 1e6, "us"},
    {"come-and-go", "visit", LOAD_SESSION, false, true, 1e6, "us"},
    {"download", "GiB", LOAD_DOWNLOAD, false, false, 1e3 * 0x1p30, "ms"},
    {"upload", "GiB", LOAD_UPLOAD, false, false, 1e3 * 0x1p30, "ms"},
    {"chat", "delivery", LOAD_CHAT, false, false, 1e9, "ns"},
};

static const char help[] =
    "Usage: lab-bench ratio KIND [OPTION]... [SERVER]...\n"
    "Compares the processor time that servers spend on the same work, in interleaved rounds.\n"
    "\n"
    "kinds\n"
    "  ping         -c CONNS           all send N and wait for the reply, again and again\n"
    "  crowd        -c CONNS -i IDLE   the same among IDLE silent connections; and without them\n"
    "  come-and-go  -c CONNS           connect, N, Q, again and again\n"
    "  download     -s SIZE            one client, G of a file of SIZE\n"
    "  upload       -s SIZE            one client, P of a file of SIZE\n"
    "  chat         -c MEMBERS [--burst K]   one speaks, all others hear; K messages in one send\n"
    "\n"
    "servers: baseline, batching, loop, fork, thread, select, poll, epoll, minimal-loop to\n"
    "  minimal-epoll, or NAME=COMMAND with {port} and {dir} in it, which is split at spaces and "
    "not\n"
    "  given to a shell. All are compared with the first. Without any: baseline epoll\n"
    "\n"
    "  -c, --connections N   10; in the room 100, the speaker among them\n"
    "  -i, --idle N          1000\n"
    "  -s, --size BYTES      256M; K, M and G are understood\n"
    "  -b, --burst K         1\n"
    "  -r, --rounds N        11\n"
    "  -t, --seconds S       1 for each sample, and a tenth of it to warm up\n"
    "      --steal PERCENT   5; a round in which more was stolen is dropped and repeated (at most\n"
    "                        twice as many rounds in all)\n"
    "      --seed N          of the order within the rounds; 1\n"
    "      --server-cpus LIST, --client-cpus LIST\n"
    "                        processors, as in 0-1,4 (default: one each)\n"
    "      --congestion NAME in a network namespace of its own, with this congestion control. bbr\n"
    "                        paces by a timer, which triples the cost of a download; reno always\n"
    "                        exists\n"
    "      --dir DIR         where the library is made and removed; TMPDIR, or /tmp\n"
    "\n"
    "status: 0; 1 a server misbehaved or nothing could be measured; 2 wrong usage; 128 + n ended\n"
    "by signal n, so 130 by Ctrl-C\n";

enum {
    OPTION_STEAL = 256,
    OPTION_SEED,
    OPTION_SERVER_CPUS,
    OPTION_CLIENT_CPUS,
    OPTION_CONGESTION,
    OPTION_DIR,
    OPTION_HELP
};

static const struct option longs[] = {
    {"connections", required_argument, NULL, 'c'},
    {"idle", required_argument, NULL, 'i'},
    {"size", required_argument, NULL, 's'},
    {"burst", required_argument, NULL, 'b'},
    {"rounds", required_argument, NULL, 'r'},
    {"seconds", required_argument, NULL, 't'},
    {"steal", required_argument, NULL, OPTION_STEAL},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"server-cpus", required_argument, NULL, OPTION_SERVER_CPUS},
    {"client-cpus", required_argument, NULL, OPTION_CLIENT_CPUS},
    {"congestion", required_argument, NULL, OPTION_CONGESTION},
    {"dir", required_argument, NULL, OPTION_DIR},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static bool option_take(struct ratio *ratio, int option, const char *text)
{
    struct load_spec *spec = &ratio->spec;
    struct cpus *cpus = &ratio->cpus;
    double n;
    switch (option) {
    case 'c': return argument_count(text, 1, 1000000, &spec->clients);
    case 'i': return argument_count(text, 0, 1000000, &ratio->idle);
    case 's': return argument_size(text, 1e12, &spec->file_bytes);
    case 'b': return argument_count(text, 1, 4096, &spec->pipeline);
    case 'r': return argument_count(text, 1, RATIO_ROUNDS, &ratio->rounds);
    case 't': return argument_number(text, 0.01, 600, &spec->seconds);
    case OPTION_STEAL:
        return argument_number(text, 0, 100, &n) && ((ratio->steal_limit = n / 100), true);
    case OPTION_SEED:
        return argument_number(text, 0, 1e9, &n) && ((ratio->seed = (unsigned long long)n), true);
    case OPTION_SERVER_CPUS: return cpus->server_pinned = cpus_read(text, &cpus->server);
    case OPTION_CLIENT_CPUS: return cpus->client_pinned = cpus_read(text, &cpus->client);
    case OPTION_CONGESTION: return *(ratio->congestion = text) != '\0';
    default: return *(ratio->parent = text) != '\0';
    }
}

static int usage_wrong(const char *why)
{
    (void)fprintf(stderr, "lab-bench ratio: %s; see lab-bench ratio --help\n", why);
    return 2;
}

static bool server_add(struct ratio *ratio, const char *given, char why[WHY])
{
    if (ratio->servers_count == RATIO_SERVERS) {
        (void)snprintf(why, WHY, "more than %d servers", RATIO_SERVERS);
        return false;
    }
    return server_choose(&ratio->servers[ratio->servers_count++], given, why);
}

static const struct ratio_kind *kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(name, kinds[i].name) == 0)
            return &kinds[i];
    }
    return NULL;
}

/* What depends on several options. */
static bool defaults_fill(struct ratio *ratio, char why[WHY])
{
    struct load_spec *spec = &ratio->spec;
    bool chat = spec->kind == LOAD_CHAT;
    if (ratio->servers_count == 0 &&
        !(server_add(ratio, "baseline", why) && server_add(ratio, "epoll", why)))
        return false;
    if (spec->kind == LOAD_DOWNLOAD || spec->kind == LOAD_UPLOAD)
        spec->clients = 1;
    else if (spec->clients == 0)
        spec->clients = chat ? 100 : 10;
    (void)snprintf(why, WHY, "one member alone hears nothing");
    cpus_choose(&ratio->cpus, 1);
    spec->cpus = ratio->cpus.client_pinned ? &ratio->cpus.client : NULL;
    spec->burst = chat;
    spec->pipeline = chat ? spec->pipeline : 1;
    spec->warmup = spec->seconds / 10;
    return !chat || spec->clients > 1;
}

int ratio_options_read(struct ratio *ratio, int argc, char **argv)
{
    char why[WHY];
    optind = 0;
    opterr = 0;
    /* "-": words among the options come as option 1, also if POSIXLY_CORRECT is set */
    for (int option; (option = getopt_long(argc, argv, "-:c:i:s:b:r:t:", longs, NULL)) != -1;) {
        const char *given = argv[optind - 1];
        (void)snprintf(why, sizeof why, "'%.60s' is wrong, or lacks its value", given);
        if (option == OPTION_HELP)
            return fputs(help, stdout) < 0;
        if (option == 1 && ratio->kind == NULL) {
            (void)snprintf(why, sizeof why, "'%.60s' is no kind of work", given);
            ratio->kind = kind_find(optarg);
            if (ratio->kind == NULL)
                return usage_wrong(why);
        } else if (option == ':' || option == '?' ||
                   !(option == 1 ? server_add(ratio, optarg, why)
                                 : option_take(ratio, option, optarg))) {
            return usage_wrong(why);
        }
    }
    for (int i = optind; i < argc; i++) {
        if (ratio->kind == NULL || !server_add(ratio, argv[i], why))
            return usage_wrong(ratio->kind == NULL ? "which kind of work comes first" : why);
    }
    if (ratio->kind == NULL)
        return usage_wrong("it needs a kind of work: ping, crowd, chat, ...");
    ratio->spec.kind = ratio->kind->load;
    return defaults_fill(ratio, why) ? -1 : usage_wrong(why);
}
