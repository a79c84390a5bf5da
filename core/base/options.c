/* core/base/options.c: see options.h */
#include "base/options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define VERSION "1.0"

enum {
    OPT_MAX_CLIENTS = 256,
    OPT_IDLE_TIMEOUT,
    OPT_HEADER_TIMEOUT,
    OPT_MAX_UPLOAD,
    OPT_QUOTA,
    OPT_MAX_FILES,
    OPT_MAX_BACKLOG,
    OPT_MAX_MEMORY,
    OPT_DURABLE,
    OPT_HELP,
    OPT_VERSION,
};

static const struct option names[] = {
    {"max-clients", required_argument, NULL, OPT_MAX_CLIENTS},
    {"idle-timeout", required_argument, NULL, OPT_IDLE_TIMEOUT},
    {"header-timeout", required_argument, NULL, OPT_HEADER_TIMEOUT},
    {"max-upload", required_argument, NULL, OPT_MAX_UPLOAD},
    {"quota", required_argument, NULL, OPT_QUOTA},
    {"max-files", required_argument, NULL, OPT_MAX_FILES},
    {"max-backlog", required_argument, NULL, OPT_MAX_BACKLOG},
    {"max-memory", required_argument, NULL, OPT_MAX_MEMORY},
    {"durable", no_argument, NULL, OPT_DURABLE},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

static void help_print(const struct options *defaults)
{
    printf("Usage: %s-server [OPTION]...\n"
           "A file library and a chat room over TCP.\n\n"
           "  -b ADDRESS            listen on this address (default 127.0.0.1;\n"
           "                        0.0.0.0 or :: opens it to everybody)\n"
           "  -p PORT               listen on this port (default %u; 0: any free one)\n"
           "  -d DIR                serve the files in this folder (default ./files;\n"
           "                        created if it is missing)\n"
           "  -v                    log connections too\n"
           "  --max-clients N       take this many clients at once (default 10000)\n"
           "  --idle-timeout S      close a client that is silent for S seconds (default 300)\n"
           "  --header-timeout S    a request line must end, and a transfer must move, within\n"
           "                        S seconds (default 30)\n"
           "  --max-upload SIZE     take files up to this size (default 1G)\n"
           "  --quota SIZE          keep the library below this size (default 4G; 0: no limit)\n"
           "  --max-files N         keep at most this many files (default 10000; 0: no limit)\n"
           "  --max-backlog SIZE    drop a member of the chat room for whom more than this much\n"
           "                        waits (default 256K)\n"
           "  --max-memory SIZE     let at most this much wait to be sent to all clients in\n"
           "                        sum (default 64M)\n"
           "  --durable             fsync(2) an upload before it is confirmed\n"
           "  --help, --version     print this, print the version\n\n"
           "A SIZE is bytes, or takes K, M or G (1024 bytes, 1024 K, 1024 M).\n"
           "Every line on standard input is announced to the chat room.\n"
           "SIGINT or SIGTERM ends the server in order; a second one ends it at once.\n",
           defaults->model, defaults->port);
}

static int wrong(const char *model, const char *what, const char *value)
{
    char shown[1024];
    fprintf(stderr, "%s-server: %s: %s (--help lists the options)\n", model, what,
            log_escape(shown, sizeof shown, value, strlen(value)));
    return 2;
}

/* Of optopt, not of optind: musl sets that past the last word. */
static int value_missing(const char *model)
{
    char word[32] = {'-', (char)optopt, '\0'};
    for (const struct option *long_name = names; long_name->name != NULL; long_name++)
        if (long_name->val == optopt)
            (void)snprintf(word, sizeof word, "--%s", long_name->name);
    return wrong(model, "this option wants a value", word);
}

/* getopt returns the wrong letter, also one of several ("-xv"); not a wrong long option. */
static int wrong_option(const char *model, const char *word)
{
    const char letter[] = {'-', (char)optopt, '\0'};
    bool is_letter = optopt > 0 && optopt < OPT_MAX_CLIENTS;
    return wrong(model, "there is no such option", is_letter ? letter : word);
}

/* Decimal digits, followed by K, M or G if units are allowed. */
static bool number_parse(const char *text, bool units, uint64_t *value)
{
    static const char letters[] = "KMG";
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    uint64_t number = strtoull(text, &end, 10);
    if (errno != 0)
        return false;
    const char *letter = units && *end != '\0' ? strchr(letters, *end) : NULL;
    if (letter != NULL) {
        unsigned int shift = 10 * (unsigned int)(letter - letters + 1);
        if (number > UINT64_MAX >> shift)
            return false;
        number <<= shift;
        end++;
    }
    *value = number;
    return *end == '\0';
}

/* What the value of a numeric option may be, and where it goes. */
struct number {
    int option;
    bool units;
    uint64_t min, max;
};

static const struct number numbers[] = {
    {'p', false, 0, 65535},
    {OPT_MAX_CLIENTS, false, 1, 1000000},
    {OPT_IDLE_TIMEOUT, false, 1, 1000000},
    {OPT_HEADER_TIMEOUT, false, 1, 1000000},
    {OPT_MAX_UPLOAD, true, 0, INT64_MAX},
    {OPT_QUOTA, true, 0, INT64_MAX},
    {OPT_MAX_FILES, false, 0, INT64_MAX},
    {OPT_MAX_BACKLOG, true, 4096, 1 << 30},
    {OPT_MAX_MEMORY, true, 64 * 1024, SIZE_MAX < 1ULL << 40 ? SIZE_MAX : 1ULL << 40},
};

static void number_set(struct options *options, int option, uint64_t value)
{
    switch (option) {
    case 'p': options->port = (unsigned int)value; break;
    case OPT_MAX_CLIENTS: options->max_clients = (unsigned int)value; break;
    case OPT_IDLE_TIMEOUT: options->idle_timeout = (unsigned int)value; break;
    case OPT_HEADER_TIMEOUT: options->header_timeout = (unsigned int)value; break;
    case OPT_MAX_UPLOAD: options->max_upload = value; break;
    case OPT_QUOTA: options->quota = value; break;
    case OPT_MAX_FILES: options->max_files = value; break;
    case OPT_MAX_BACKLOG: options->max_backlog = (size_t)value; break;
    case OPT_MAX_MEMORY: options->max_memory = (size_t)value; break;
    }
}

static bool number_option(struct options *options, int option, const char *text)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const struct number *number = &numbers[i];
        uint64_t value;
        if (number->option != option)
            continue;
        if (!number_parse(text, number->units, &value) || value < number->min ||
            value > number->max)
            return false;
        number_set(options, option, value);
    }
    return true;
}

int options_parse(struct options *options, const char *model, unsigned int port, int argc,
                  char **argv)
{
    *options = (struct options){.model = model,
                                .address = "127.0.0.1",
                                .port = port,
                                .dir = "files",
                                .max_clients = 10000,
                                .idle_timeout = 300,
                                .header_timeout = 30,
                                .max_upload = (uint64_t)1 << 30,
                                .quota = (uint64_t)4 << 30,
                                .max_files = 10000,
                                .max_backlog = 256 * 1024,
                                .max_memory = 64 * 1024 * 1024};
    const struct options defaults = *options;
    int option;
    opterr = 0; /* our own sentence instead */
    while ((option = getopt_long(argc, argv, ":b:p:d:v", names, NULL)) != -1) {
        switch (option) {
        case 'b': options->address = optarg; break;
        case 'd': options->dir = optarg; break;
        case 'v': options->verbose = true; break;
        case OPT_DURABLE: options->durable = true; break;
        case OPT_HELP: help_print(&defaults); return 0;
        case OPT_VERSION: printf("%s-server " VERSION ", protocol 1\n", model); return 0;
        case ':': return value_missing(model);
        case '?': return wrong_option(model, argv[optind - 1]);
        default:
            if (!number_option(options, option, optarg))
                return wrong(model, "not a number this option takes", optarg);
        }
    }
    if (optind < argc)
        return wrong(model, "there is nothing to do with this word", argv[optind]);
    if (options->dir[0] == '\0' || options->address[0] == '\0')
        return wrong(model, "this option wants a value", options->dir[0] == '\0' ? "-d" : "-b");
    return -1;
}
