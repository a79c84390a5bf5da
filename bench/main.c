/* bench/main.c: lab-bench: the load generator, the experiments, the report */
#include <stdio.h>
#include <string.h>

#include "base/descriptors.h"
#include "load/load.h"
#include "ratios/ratio.h"
#include "report/report.h"
#include "run/run.h"
#include "texts/texts.h"
#include "timeline/timeline.h"

static int usage_wrong(const char *sentence, const char *word)
{
    (void)fprintf(stderr, "lab-bench: %s%s; see lab-bench --help\n", sentence, word);
    return 2;
}

static int failed(const char *why)
{
    (void)fflush(stdout);
    (void)fprintf(stderr, "lab-bench: %s\n", why);
    return 1;
}

static bool is_folder(const char *word)
{
    return word[0] != '-' && word[0] != '\0';
}

static int cmd_report(int argc, char **argv)
{
    char why[WHY] = "";
    if (argc != 2 || !is_folder(argv[1]))
        return usage_wrong("report wants a folder of results, and nothing else", "");
    return report_make(argv[1], true, why) ? 0 : failed(why);
}

static int cmd_compare(int argc, char **argv)
{
    char why[WHY] = "";
    if (argc != 3 || !is_folder(argv[1]) || !is_folder(argv[2]))
        return usage_wrong("compare wants two folders of results, the older one first", "");
    int slower = report_compare(argv[1], argv[2], why);
    return slower < 0 ? failed(why) : slower;
}

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    bool plain; /* it has no options, so no help of its own */
} commands[] = {{"run", cmd_run, false},        {"load", cmd_load, false},
                {"ratio", cmd_ratio, false},    {"report", cmd_report, true},
                {"compare", cmd_compare, true}, {"timeline", cmd_timeline, false}};

/* Options of lab-bench itself; a subcommand has its own. */
static int option_run(int argc, char **argv)
{
    if (argc > 2)
        return usage_wrong("too many words: ", argv[2]);
    if (strcmp(argv[1], "--self-check") == 0)
        return cmd_self_check();
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return fputs(text_help, stdout) < 0;
    if (strcmp(argv[1], "--version") == 0)
        return fputs("lab-bench 1.0\n", stdout) < 0;
    return usage_wrong("there is no option ", argv[1]);
}

static int command_run(int argc, char **argv)
{
    if (argc < 2)
        return usage_wrong("what shall it do? run, load, ratio, report, compare, timeline or "
                           "--self-check",
                           "");
    if (argv[1][0] == '-')
        return option_run(argc, argv);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].plain && argc == 3 && strcmp(argv[2], "--help") == 0
                       ? fputs(text_help, stdout) < 0
                       : commands[i].run(argc - 1, argv + 1);
    return usage_wrong("there is no command ", argv[1]);
}

int main(int argc, char **argv)
{
    if (!descriptors_open_standard())
        return 1;
    int status = command_run(argc, argv);
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return status;
    (void)fputs("lab-bench: standard output can't be written\n", stderr);
    return status > 0 ? status : 1;
}
