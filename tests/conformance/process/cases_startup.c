/* The command line, the startup line, and what keeps a server from starting. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance.h"

/* epoll: listening on 127.0.0.1:9006, serving files, up to 10000 clients */
static void startup_line(void)
{
    const char *line = suite.server->startup;
    char head[64 + FOLDER_PATH + 64], base[64 + FOLDER_PATH + 64];
    const char *rest = NULL;
    int n, m;

    n = snprintf(head, sizeof head, "%s: listening on 127.0.0.1:%d, serving %s, up to ",
                 suite.model_name, suite.server->port, suite.server->dir);
    m = snprintf(base, sizeof base, "%s: listening on 127.0.0.1:%d, serving files, up to ",
                 suite.model_name, suite.server->port);
    if (strncmp(line, head, (size_t)n) == 0)
        rest = line + n;
    else if (strncmp(line, base, (size_t)m) == 0)
        rest = line + m;
    verdict_check(rest, "expected: %s<n> clients\nreceived: %s", head, line);
    size_t digits = strspn(rest, "0123456789");
    verdict_check(digits > 0 && rest[0] != '0' &&
                      (strcmp(rest + digits, " clients") == 0 || (strcmp(rest, "1 client") == 0)),
                  "expected: %s<n> clients\nreceived: %s", head, line);
}

static void startup_line_limit(void)
{
    const char *line = suite.server->startup;

    verdict_check(strstr(line, ", up to 7 clients") ||
                      (!suite_many() && strstr(line, ", up to 1 ")),
                  "expected ... up to 7 clients\nreceived: %s", line);
}

/* ---- command lines that end at once ---- */

struct startup {
    int status; /* -1: it was ended by a signal */
    char output[4096];
};

static struct startup run_command(const char *options, const char *dir, int port)
{
    const struct serverproc_config config = {.options = options, .dir = dir, .port = port};
    struct serverproc *server = serverproc_launch(&config);
    struct startup outcome = {.status = -1};
    size_t size = 0;
    ssize_t n;

    verdict_check(!server->trouble, "the server can't be started: %s", server->start_error);
    verdict_check(serverproc_wait(server, BOUND_GENEROUS), "with %s the server does not end",
                  options ? options : "no options");
    if (WIFEXITED(server->status))
        outcome.status = WEXITSTATUS(server->status);
    while (size < sizeof outcome.output - 1 &&
           (n = read(server->output, outcome.output + size, sizeof outcome.output - 1 - size)) > 0)
        size += (size_t)n;
    outcome.output[size] = '\0';
    return outcome;
}

/* One sentence on standard error (a hint may follow it), and nothing on standard output. */
static void check_sentence(const struct startup *outcome, const char *options)
{
    const struct serverproc *server = serverproc_all();
    FILE *file = fopen(server->log, "re");
    char line[512];
    int lines = 0;

    verdict_check(file, "no log");
    while (fgets(line, sizeof line, file))
        lines++;
    fclose(file);
    verdict_check(lines >= 1 && lines <= 3, "with %s, %d lines on standard error; expected one",
                  options, lines);
    verdict_check(!outcome->output[0], "with %s, there is something on standard output: %s",
                  options, outcome->output);
}

static void wrong_usage(void)
{
    static const struct {
        const char *option, *values[6];
    } wrong[] = {
        {"--nonsense", {""}},
        {"-Z", {""}},
        {"-b", {""}},
        {"-p", {"", "65536", "-1", "abc", "80x", "''"}},
        {"--max-clients", {"0", "-5", "many", "5x", "99999999999999999999"}},
        {"--idle-timeout", {"-1", "x"}},
        {"--header-timeout", {"''"}},
        {"--max-upload", {"-1", "5Q", "99999999999999999999", "99999999999G"}},
        {"--quota", {"K", "1KK"}},
        {"--max-files", {"-1"}},
        {"--max-backlog", {"x"}},
        {"operand", {"", "-p"}},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        for (size_t k = 0; k < 6 && wrong[i].values[k]; k++) {
            char options[64];

            snprintf(options, sizeof options, "%s %s", wrong[i].option, wrong[i].values[k]);
            struct startup outcome = run_command(options, NULL, 0);
            verdict_check(outcome.status == 2, "with %s, exit status %d; expected 2", options,
                          outcome.status);
            check_sentence(&outcome, options);
            serverproc_free(serverproc_all());
        }
    }
}

static void help_and_version(void)
{
    static const char *const asked[] = {"--help", "--version"};

    for (size_t i = 0; i < 2; i++) {
        struct startup outcome = run_command(asked[i], NULL, 0);

        verdict_check(outcome.status == 0, "with %s, exit status %d", asked[i], outcome.status);
        verdict_check(outcome.output[0], "with %s, there is nothing on standard output", asked[i]);
        verdict_check(!strstr(outcome.output, "listening on"), "with %s, it listens", asked[i]);
    }
}

static void port_in_use(void)
{
    const struct serverproc *first = suite_start(NULL);
    struct startup outcome = run_command(NULL, NULL, first->port);

    verdict_check(outcome.status == 1, "exit status %d; expected 1", outcome.status);
    check_sentence(&outcome, "a port in use");
}

static void no_folder(void)
{
    struct folder folder;
    char path[FOLDER_PATH + 16];
    struct startup outcome;

    folder_make(&folder);
    folder_write(folder.root, "file", "no folder", 9);
    snprintf(path, sizeof path, "%s/file", folder.root);
    outcome = run_command(NULL, path, 0);
    verdict_check(outcome.status == 1, "exit status %d; expected 1", outcome.status);
    check_sentence(&outcome, "a file as the folder");
    snprintf(path, sizeof path, "%s/file/below", folder.root);
    outcome = run_command(NULL, path, 0);
    verdict_check(outcome.status == 1, "exit status %d; expected 1", outcome.status);
    check_sentence(&outcome, "a folder that can't be made");
}

/* ---- addresses ---- */

static bool machine_has_ipv6(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool has = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;

    if (fd >= 0)
        close(fd);
    return has;
}

static void serve_on(const char *options, const char *address)
{
    const struct serverproc_config config = {.options = options, .address = address};
    struct wire *wire = suite_serve(&config);

    suite_upload(wire, "file", "content", 7);
    wire_ask_text(wire, "G file\n", "content");
}

static void ipv6(void)
{
    if (!machine_has_ipv6())
        verdict_skip("this machine has no ::1");
    serve_on("-b ::1", "::1");
}

static void all_addresses(void)
{
    serve_on("-b 0.0.0.0", "127.0.0.1");
    wire_close_all();
    if (machine_has_ipv6())
        serve_on("-b ::", "::1");
}

/* By default nobody else than this machine is served. */
static void loopback_only(void)
{
    verdict_check(strstr(suite.server->startup, " 127.0.0.1:") ||
                      strstr(suite.server->startup, " [::1]:"),
                  "expected a loopback address, received: %s", suite.server->startup);
}

/* ---- again on the same port ---- */

/* The connections of the last server are in TIME_WAIT: it has closed them first. */
static void restart_at_once(void)
{
    suite.server = suite_start(NULL);
    const struct serverproc_config config = {.port = suite.server->port};

    for (int i = 0; i < 20; i++) {
        struct wire *wire = suite_open();

        suite_quit(wire);
        wire_close(wire);
        wire = suite_open();
        wire_expect_quiet(wire);
        serverproc_signal(suite.server, SIGTERM);
        wire_drain(wire, NULL);
        wire_close(wire);
        suite_check_ended(suite.server);
        serverproc_free(suite.server);
        suite.server = serverproc_start(&config);
        verdict_check(suite.server->port == config.port, "another port: %d", suite.server->port);
    }
}

/* With --durable everything is as without. */
static void durable(struct wire *wire)
{
    suite_upload_pattern(wire, "file", 100000, 1);
    suite_upload_pattern(wire, "file", 90000, 2);
    suite_download_pattern(wire, "file", 90000, 2);
    wire_ask_text(wire, "L\n", "90000 file\n");
}

const struct conformance_case startup_cases[] = {
    {"startup_line", ON_ALL, CASE_OURS, .run = startup_line},
    {"startup_line_limit", ON_ALL, CASE_OURS, "--max-clients 7", .run = startup_line_limit},
    {"startup_wrong_usage", ON_ALL, CASE_OURS | CASE_OWN, .run = wrong_usage},
    {"startup_help_and_version", ON_ALL, CASE_OURS | CASE_OWN, .run = help_and_version},
    {"startup_port_in_use", ON_ALL, CASE_OURS | CASE_OWN, .run = port_in_use},
    {"startup_no_folder", ON_ALL, CASE_OURS | CASE_OWN, .run = no_folder},
    {"startup_ipv6", ON_ALL, CASE_OURS | CASE_OWN, .run = ipv6},
    {"startup_all_addresses", ON_ALL, CASE_OURS | CASE_OWN, .run = all_addresses},
    {"startup_loopback_only", ON_ALL, CASE_OURS, .run = loopback_only},
    {"startup_restart_at_once", ON_ALL, CASE_OURS | CASE_OWN, .run = restart_at_once},
    {"startup_durable", ON_ALL, CASE_OURS, "--durable", .talk = durable},
    {.name = NULL},
};
