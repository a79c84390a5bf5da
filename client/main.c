/* client/main.c: lab-client, the command line
 *
 * A person at a terminal gets interactive.h, or plain.h if the terminal can't redraw a line;
 * commands from the command line, a file or a pipe go through script.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/input.h"
#include "app/language.h"
#include "commands.h"
#include "interactive.h"
#include "script.h"

#define VERSION "1.0"

enum { OPT_TIMEOUT = 256, OPT_HELP, OPT_VERSION };

enum { ASKED = -1 }; /* help or version: nothing is left to do */

static const struct option names[] = {
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

/* What the command line asks for. */
struct command_line {
    const char *host, *port;
    int timeout_ms;
    const char *list, *file; /* -c, -f */
    char **command;          /* the words of one */
    int words;
};

static void help_print(void)
{
    fputs(_("Usage: lab-client [OPTION]... [HOST [PORT]]\n"
            "       lab-client [OPTION]... COMMAND [WORD]...\n"
            "A client for the six servers: files and chat. Without a command it talks with\n"
            "you, or runs the commands on standard input if that is no terminal.\n\n"
            "  -H HOST        the server: a name or an address (default 127.0.0.1)\n"
            "  -p PORT        its port (default 9006)\n"
            "  -c 'COMMANDS'  run these, separated by ';'\n"
            "  -f FILE        run the commands of a file; - is standard input\n"
            "  --timeout S    give up if a server is silent for S seconds (default 10)\n"
            "  --help, --version\n\n"
            "Commands:\n"),
          stdout);
    for (size_t i = 0; i < commands_count; i++)
        printf("  %-28s %s\n", commands[i].usage, _(commands[i].brief));
    fputs(_("lab-client help COMMAND tells more. A first word that is a command is one: a host\n"
            "of such a name goes after -H.\n\n"
            "Exit status: 0 done, 1 the server refused, 2 wrong usage, 3 no connection, 4 trouble\n"
            "with a local file, 130 Ctrl-C. Commands end at the first that fails.\n"),
          stdout);
}

static int wrong(const char *what, const char *value)
{
    fprintf(stderr, _("lab-client: %s%s%s (--help tells more)\n"), what,
            value[0] == '\0' ? "" : ": ", value);
    return APP_USAGE;
}

static int wrong_option(const char *word)
{
    const char letter[] = {'-', (char)optopt, '\0'};
    return wrong(_("there is no such option"), optopt > 0 && optopt < OPT_TIMEOUT ? letter : word);
}

static bool timeout_parse(const char *text, int *ms)
{
    char *end;
    if (strchr(".0123456789", text[0]) == NULL || text[0] == '\0')
        return false;
    double seconds = strtod(text, &end);
    if (*end != '\0' || !(seconds >= 0.01 && seconds <= 1000000))
        return false;
    *ms = (int)(seconds * 1000);
    return true;
}

static bool can_be_found(const char *host, const char *service)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int reason = getaddrinfo(host, service, &hints, &found);
    if (reason == 0)
        freeaddrinfo(found);
    return reason == 0;
}

/* A number is a port; anything else may be a service ("http"). */
static bool port_ok(const char *port)
{
    if (port[strspn(port, "0123456789")] != '\0')
        return can_be_found(NULL, port);
    unsigned long number = strtoul(port, NULL, 10); /* digits only: at worst ULONG_MAX */
    return number >= 1 && number <= 65535;
}

/* Is the first word, which is no command, a host? With a dot or a colon in it, it can't be anything
 * else, whether or not it is to be found just now; another one has to be. */
static bool host_ok(const char *host)
{
    return strpbrk(host, ".:") != NULL || can_be_found(host, NULL);
}

static int words_parse(struct command_line *line, int count, char **words)
{
    bool lines = line->list != NULL || line->file != NULL;
    if (line->list != NULL && line->file != NULL)
        return wrong(_("-c and -f at once"), "");
    if (count > 0 && command_exact(words[0]) != NULL) {
        line->command = words;
        line->words = count;
        return lines ? wrong(_("a command besides -c or -f"), words[0]) : APP_DONE;
    }
    if (count > 2)
        return wrong(_("there is no such command"), words[0]);
    if ((count > 0 && line->host != NULL) || (count > 1 && line->port != NULL))
        return wrong(_("neither a command nor the only host or port"), words[count - 1]);
    if (count > 0 && !host_ok(words[0]))
        return wrong(_("neither a command nor a host that can be found"), words[0]);
    if (count > 0)
        line->host = words[0];
    if (count > 1)
        line->port = words[1];
    return APP_DONE;
}

static int options_parse(struct command_line *line, int argc, char **argv)
{
    int option;
    opterr = 0; /* our own sentence instead */
    *line = (struct command_line){.timeout_ms = LAB_TIMEOUT_MS};
    while ((option = getopt_long(argc, argv, "+:H:p:c:f:", names, NULL)) != -1) {
        switch (option) {
        case 'H': line->host = optarg; break;
        case 'p': line->port = optarg; break;
        case 'c': line->list = optarg; break;
        case 'f': line->file = optarg; break;
        case OPT_TIMEOUT:
            if (!timeout_parse(optarg, &line->timeout_ms))
                return wrong(_("not a number of seconds"), optarg);
            break;
        case OPT_HELP: help_print(); return ASKED;
        case OPT_VERSION: printf("lab-client " VERSION ", protocol 1\n"); return ASKED;
        case ':': return wrong(_("this option wants a value"), argv[optind - 1]);
        default: return wrong_option(argv[optind - 1]);
        }
    }
    int status = words_parse(line, argc - optind, argv + optind);
    if (line->host == NULL)
        line->host = "127.0.0.1";
    if (line->port == NULL)
        line->port = "9006";
    if (status == APP_DONE && !port_ok(line->port))
        status = wrong(_("not a port"), line->port);
    return status;
}

/* The shell has split the line and removed the quotes: a word is a pattern if it looks like one. */
static enum app_status run_command(struct app *app, int count, char **texts)
{
    struct argv argv = {.arg = calloc((size_t)count, sizeof *argv.arg)};
    if (argv.arg == NULL) {
        app_error(app, _("out of memory"));
        return APP_FILE;
    }
    for (; argv.count < (size_t)count; argv.count++)
        argv.arg[argv.count] =
            (struct arg){.text = texts[argv.count], .pattern = argv_is_pattern(texts[argv.count])};
    app->single_command = true;
    enum app_status status = commands_run_argv(app, &argv);
    free(argv.arg);
    return status;
}

static enum app_status run_file(struct app *app, const char *name)
{
    app->input_taken = name == NULL || strcmp(name, "-") == 0;
    int fd = STDIN_FILENO;
    if (!app->input_taken) /* it may be a FIFO, and then open(2) waits for the other end */
        while ((fd = open(name, O_RDONLY | O_CLOEXEC)) < 0 && errno == EINTR && !app_cancelled())
            ;
    if (fd < 0 && errno == EINTR)
        return APP_CANCELLED;
    if (fd < 0) {
        app_error(app, "%s: %s", name, strerror(errno));
        return APP_FILE;
    }
    enum app_status status = script_lines(app, fd);
    if (fd != STDIN_FILENO)
        close(fd);
    return status;
}

/* At a terminal, `lab-client chat NICK` is the room, too. */
static bool chats_at_terminal(const struct command_line *line)
{
    return line->words == 2 && strcmp(line->command[0], "chat") == 0 &&
           strlen(line->command[1]) < LAB_NICK;
}

static enum app_status run(struct app *app, const struct command_line *line)
{
    if (app->interactive) {
        app->input_taken = true;
        if (line->command != NULL)
            memccpy(app->nick, line->command[1], '\0', sizeof app->nick);
        return interactive_run(app);
    }
    if (line->command != NULL)
        return run_command(app, line->words, line->command);
    if (line->list != NULL)
        return commands_run(app, line->list + input_mark(line->list, strlen(line->list)));
    return run_file(app, line->file);
}

/* If one of the three is closed, a socket or a file must not become it. Input that nobody sends and
 * output that nobody gets have to fail, not to be empty and lost: so each is open the wrong way
 * round. For standard error there is nothing that a failure could be printed on. */
static bool descriptors_begin(void)
{
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDWR};
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd) /* stays over exec */
            return false;
    return true;
}

int main(int argc, char **argv)
{
    struct command_line line;
    struct app app;
    if (!descriptors_begin())
        return APP_FILE;
    language_begin();
    int usage = options_parse(&line, argc, argv);
    bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    bool interactive = terminal && line.list == NULL && line.file == NULL &&
                       (line.command == NULL || chats_at_terminal(&line));
    if (usage != APP_DONE && usage != ASKED)
        return usage;
    if (!app_begin(&app, line.host, line.port, line.timeout_ms, interactive)) {
        fprintf(stderr, _("lab-client: can't begin: %s\n"), strerror(errno));
        app_end(&app);
        return APP_FILE;
    }
    enum app_status status = usage == ASKED ? APP_DONE : run(&app, &line);
    if (lab_connected(app.lab) && status != APP_CANCELLED)
        (void)lab_quit(app.lab);
    status = app_worse(status, app_flush(&app));
    app_end(&app);
    return (int)status;
}
