/* bench/load/cmd_load.c: lab-bench load: drives a server that is running, like wrk */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arguments.h"
#include "common/signals.h"
#include "load/cmd_load.h"
#include "load/load.h"
#include "load/load_print.h"
#include "probe/cpus.h"

enum {
    OPT_KIND = 256,
    OPT_RATE,
    OPT_PIPELINE,
    OPT_WARMUP,
    OPT_IDLE,
    OPT_SIZE,
    OPT_FILE,
    OPT_MAKE,
    OPT_NO_VERIFY,
    OPT_SPEAKERS,
    OPT_NEIGHBOUR,
    OPT_TIMEOUT,
    OPT_CPUS,
    OPT_HDR,
};

static const struct option names[] = {{"port", required_argument, NULL, 'p'},
                                      {"host", required_argument, NULL, 'H'},
                                      {"clients", required_argument, NULL, 'c'},
                                      {"threads", required_argument, NULL, 't'},
                                      {"duration", required_argument, NULL, 'd'},
                                      {"kind", required_argument, NULL, OPT_KIND},
                                      {"rate", required_argument, NULL, OPT_RATE},
                                      {"pipeline", required_argument, NULL, OPT_PIPELINE},
                                      {"warmup", required_argument, NULL, OPT_WARMUP},
                                      {"idle", required_argument, NULL, OPT_IDLE},
                                      {"size", required_argument, NULL, OPT_SIZE},
                                      {"file", required_argument, NULL, OPT_FILE},
                                      {"make", required_argument, NULL, OPT_MAKE},
                                      {"no-verify", no_argument, NULL, OPT_NO_VERIFY},
                                      {"speakers", required_argument, NULL, OPT_SPEAKERS},
                                      {"neighbour", required_argument, NULL, OPT_NEIGHBOUR},
                                      {"timeout", required_argument, NULL, OPT_TIMEOUT},
                                      {"cpus", required_argument, NULL, OPT_CPUS},
                                      {"hdr", required_argument, NULL, OPT_HDR},
                                      {"help", no_argument, NULL, 'h'},
                                      {NULL, 0, NULL, 0}};

struct command {
    struct load_spec spec;
    const char *make; /* the library to make the file in */
    const char *hdr;
    cpu_set_t cpus;
};

static void help(FILE *out)
{
    fputs(
        "Usage: lab-bench load -p PORT [OPTION]...\n"
        "Drives a server that is running, and prints how fast it answers.\n\n"
        "  -p, --port PORT      where it listens\n"
        "  -H, --host ADDRESS   in numbers (127.0.0.1)\n"
        "  -c, --clients N      that work (10)\n"
        "  -t, --threads N      of this program (1)\n"
        "  -d, --duration S     how long to measure (5)\n"
        "  --warmup S           how long before that (1)\n"
        "  --kind KIND          ping, session, download, upload or chat (ping)\n"
        "  --rate R             open loop: R requests a second of all clients, by a schedule,\n"
        "                       whether or not the server keeps up; otherwise each client\n"
        "                       sends when it has its reply\n"
        "  --pipeline K         requests of a client that may be under way (1); chat: a speaker's\n"
        "                       next message waits until all have received the one K before\n"
        "  --idle N             clients besides, that are connected and silent\n"
        "  --neighbour WHAT     one client more: silent, or stuck (asks and never reads)\n"
        "  --speakers N         chat: how many of the clients speak (1)\n"
        "  --size SIZE          of the files; takes K, M, G (1M)\n"
        "  --file NAME          download: which (load-SIZE); upload: how names begin (load)\n"
        "  --make DIR           download: makes the file in the server's library first\n"
        "  --no-verify          download: any file, whatever is in it\n"
        "  --timeout S          for each reply (5)\n"
        "  --cpus LIST          where the threads run: 1 or 1,3 or 2-5\n"
        "  --hdr FILE           writes the latencies for HdrHistogram's plotters, in ms\n"
        "\n"
        "Ctrl-C ends it early and it still prints. Status: 0; 1: nothing was measured, or no reply "
        "came\n"
        "in the measured time; 2: wrong usage.\n",
        out);
}

static int wrong(const char *what, const char *value)
{
    fprintf(stderr, "lab-bench load: %s: %s (--help lists the options)\n", what, value);
    return 2;
}

/* ---- values ---- */

static bool kind_take(const char *text, enum load_kind *kind)
{
    for (int i = 0; i < LOAD_KINDS; i++) {
        if (strcmp(text, load_kind_word[i]) != 0)
            continue;
        *kind = (enum load_kind)i;
        return true;
    }
    return false;
}

static bool neighbour_take(const char *text, enum load_neighbour *neighbour)
{
    *neighbour = strcmp(text, "stuck") == 0 ? NEIGHBOUR_STUCK : NEIGHBOUR_SILENT;
    return strcmp(text, "stuck") == 0 || strcmp(text, "silent") == 0;
}

static bool option_take(struct command *command, int option, const char *text)
{
    struct load_spec *spec = &command->spec;
    unsigned int port;
    double seconds;
    switch (option) {
    case 'p': return argument_count(text, 1, 65535, &port) && (spec->port = (int)port) > 0;
    case 'H': spec->host = text; return true;
    case 'c': return argument_count(text, 0, 1000000, &spec->clients);
    case 't': return argument_count(text, 1, 1024, &spec->threads);
    case 'd': return argument_number(text, 0.01, 1e6, &spec->seconds);
    case OPT_KIND: return kind_take(text, &spec->kind);
    case OPT_RATE: return argument_number(text, 0.001, 1e8, &spec->rate);
    case OPT_PIPELINE: return argument_count(text, 1, 4096, &spec->pipeline);
    case OPT_WARMUP: return argument_number(text, 0, 1e6, &spec->warmup);
    case OPT_IDLE: return argument_count(text, 0, 1000000, &spec->idle);
    case OPT_SIZE: return argument_size(text, 1e18, &spec->file_bytes);
    case OPT_FILE: spec->file = text; return strlen(text) < 250;
    case OPT_MAKE: command->make = text; return true;
    case OPT_NO_VERIFY: return spec->any_file = true;
    case OPT_SPEAKERS: return argument_count(text, 1, 1000000, &spec->speakers);
    case OPT_NEIGHBOUR: return neighbour_take(text, &spec->neighbour);
    case OPT_TIMEOUT:
        if (!argument_number(text, 0.001, 1e6, &seconds))
            return false;
        spec->timeout_ms = (int)(seconds * 1000);
        return true;
    case OPT_CPUS: spec->cpus = &command->cpus; return cpus_read(text, &command->cpus);
    default: command->hdr = text; return true;
    }
}

static int options_take(struct command *command, int argc, char **argv)
{
    int option;
    optind = 0; /* getopt may have been used before */
    opterr = 0;
    while ((option = getopt_long(argc, argv, "+:p:H:c:t:d:h", names, NULL)) != -1) {
        if (option == 'h') {
            help(stdout);
            return 0;
        }
        if (option == ':')
            return wrong("this option wants a value", argv[optind - 1]);
        if (option == '?')
            return wrong("there is no such option", argv[optind - 1]);
        if (!option_take(command, option, optarg))
            return wrong("not a value that this option takes", optarg);
    }
    if (optind < argc)
        return wrong("there is nothing to do with this word", argv[optind]);
    return command->spec.port == 0 ? wrong("where does it listen?", "-p is missing") : -1;
}

/* ---- the load ---- */

static bool file_make(const struct command *command)
{
    const struct load_spec *spec = &command->spec;
    if (command->make == NULL)
        return true;
    int dir = open(command->make, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool made = dir >= 0 && load_file_make(dir, spec->file, spec->file_bytes);
    if (!made)
        fprintf(stderr, "lab-bench load: can't make %s in %s: %s\n", spec->file, command->make,
                strerror(errno));
    if (dir >= 0)
        close(dir);
    return made;
}

static bool hdr_write(const struct command *command, const struct load_result *result)
{
    if (command->hdr == NULL)
        return true;
    FILE *out = fopen(command->hdr, "we");
    bool ok = out != NULL && histogram_write(&result->latency, out, 1e6);
    ok = (out == NULL || fclose(out) == 0) && ok;
    if (!ok)
        fprintf(stderr, "lab-bench load: can't write %s: %s\n", command->hdr, strerror(errno));
    return ok;
}

static int drive(const struct command *command)
{
    struct load_result result;
    if (!file_make(command))
        return 1;
    stop_catch();
    bool measured = load_run(&command->spec, &result);
    load_print(stdout, &command->spec, &result, measured);
    if (command->spec.kind == LOAD_DOWNLOAD && result.errors[LOAD_WRONG] > 0)
        printf(
            "  The file must hold what is expected: --make DIR makes it in the server's library,\n"
            "  --no-verify takes any.\n");
    measured = measured && !load_unanswered(&command->spec, &result);
    bool written = !measured || hdr_write(command, &result);
    load_result_free(&result);
    return measured && written && fflush(stdout) == 0 ? 0 : 1;
}

int cmd_load(int argc, char **argv)
{
    char file[32];
    struct command command = {.spec = {.host = "127.0.0.1",
                                       .clients = 10,
                                       .threads = 1,
                                       .pipeline = 1,
                                       .speakers = 1,
                                       .warmup = 1,
                                       .seconds = 5,
                                       .timeout_ms = 5000,
                                       .file_bytes = 1 << 20,
                                       .stop = &stop_signal}};
    int status = options_take(&command, argc, argv);
    if (status >= 0)
        return status;
    struct load_spec *spec = &command.spec;
    if (spec->speakers > spec->clients)
        spec->speakers = spec->clients;
    if (spec->file == NULL && (spec->kind == LOAD_DOWNLOAD || command.make != NULL)) {
        (void)snprintf(file, sizeof file, "load-%llu", (unsigned long long)spec->file_bytes);
        spec->file = file;
    }
    return drive(&command);
}
