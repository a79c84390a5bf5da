/* bench/load/cmd_load.c: lab-bench load: drives a server that is running, like wrk */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/arguments.h"
#include "common/options.h"
#include "common/signals.h"
#include "load/load.h"
#include "load/load_print.h"
#include "texts/texts.h"

struct command {
    struct load_spec spec;
    const char *make; /* the library to make the file in */
};

static bool kind_take(void *context, const char *text)
{
    int kind = argument_word(text, load_kind_word, LOAD_KINDS);
    ((struct command *)context)->spec.kind = (enum load_kind)kind;
    return kind >= 0;
}

static bool neighbour_take(void *context, const char *text)
{
    static const char *const words[] = {"none", "silent", "stuck", "computing"};
    int neighbour = argument_word(text, words, NEIGHBOUR_COMPUTING + 1);
    ((struct command *)context)->spec.neighbour = (enum load_neighbour)neighbour;
    return neighbour > NEIGHBOUR_NONE;
}

static int command_read(struct command *command, int argc, char **argv)
{
    struct load_spec *spec = &command->spec;
    unsigned int port = 0;
    double timeout = 5;
    const struct option_row rows[] = {
        {"port", 'p', OPTION_COUNT, 1, 65535, {&port}},
        {"host", 'H', OPTION_TEXT, 0, 0, {&spec->host}},
        {"clients", 'c', OPTION_COUNT, 0, 1e6, {&spec->clients}},
        {"threads", 't', OPTION_COUNT, 1, 1024, {&spec->threads}},
        {"duration", 'd', OPTION_NUMBER, 0.01, 1e6, {&spec->seconds}},
        {"kind", 0, OPTION_TAKE, 0, 0, {.take = kind_take}},
        {"rate", 0, OPTION_NUMBER, 0.001, 1e8, {&spec->rate}},
        {"pipeline", 0, OPTION_COUNT, 1, 4096, {&spec->pipeline}},
        {"warmup", 0, OPTION_NUMBER, 0, 1e6, {&spec->warmup}},
        {"idle", 0, OPTION_COUNT, 0, 1e6, {&spec->idle}},
        {"size", 0, OPTION_SIZE, 1, 1e18, {&spec->file_bytes}},
        {"file", 0, OPTION_TEXT, 0, 0, {&spec->file}},
        {"make", 0, OPTION_TEXT, 0, 0, {&command->make}},
        {"speakers", 0, OPTION_COUNT, 1, 1e6, {&spec->speakers}},
        {"neighbour", 0, OPTION_TAKE, 0, 0, {.take = neighbour_take}},
        {"timeout", 0, OPTION_NUMBER, 0.001, 1e6, {&timeout}},
    };
    const struct options options = {
        "lab-bench load", text_load_help, rows, sizeof rows / sizeof rows[0], NULL, command};
    enum { FILE_NAME_MAX = 248 }; /* bytes; an upload appends "-<client>" */
    int status = options_read(&options, argc, argv);
    if (status < 0 && port == 0)
        status = options_wrong(&options, "where does it listen? -p is missing");
    if (status < 0 && spec->kind == LOAD_STORM && (spec->rate > 0 || spec->idle > 0))
        status = options_wrong(&options, "in a storm all connect at once: no --rate, no --idle");
    if (status < 0 && spec->file != NULL && strlen(spec->file) > FILE_NAME_MAX)
        status = options_wrong(&options, "the file's name is too long");
    spec->port = (int)port;
    spec->timeout_ms = (int)(timeout * 1000);
    return status;
}

/* ---- the load ---- */

static bool file_make(const struct command *command)
{
    const struct load_spec *spec = &command->spec;
    if (command->make == NULL || load_file_make(command->make, spec->file, spec->file_bytes))
        return true;
    fprintf(stderr, "lab-bench load: can't make %s in %s: %s\n", spec->file, command->make,
            strerror(errno));
    return false;
}

static int drive(const struct command *command)
{
    struct load_result result;
    if (!file_make(command))
        return 1;
    stop_catch();
    bool measured = load_run(&command->spec, &result);
    load_print(stdout, &command->spec, &result, measured);
    if ((command->spec.kind == LOAD_DOWNLOAD || command->spec.kind == LOAD_SUM) &&
        result.errors[LOAD_WRONG] > 0)
        printf("  The file must hold what is expected: --make DIR makes it in the server's "
               "library.\n");
    measured = measured && !load_unanswered(&command->spec, &result);
    load_result_free(&result);
    return measured && fflush(stdout) == 0 ? 0 : 1;
}

int cmd_load(int argc, char **argv)
{
    char file[32];
    struct command command = {.spec = {.host = "127.0.0.1",
                                       .clients = 10,
                                       .speakers = 1,
                                       .warmup = 1,
                                       .seconds = 5,
                                       .file_bytes = 1 << 20,
                                       .stop = &stop_signal}};
    int status = command_read(&command, argc, argv);
    if (status >= 0)
        return status;
    struct load_spec *spec = &command.spec;
    if (spec->speakers > spec->clients)
        spec->speakers = spec->clients;
    bool named = spec->kind == LOAD_DOWNLOAD || spec->kind == LOAD_SUM || command.make != NULL;
    if (spec->file == NULL && named) {
        (void)snprintf(file, sizeof file, "load-%llu", (unsigned long long)spec->file_bytes);
        spec->file = file;
    }
    return drive(&command);
}
