/* client/commands.c: see commands.h */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/show.h"
#include "script.h"
#include "transfer/files.h"

/* ---- the room ---- */

static enum app_status run_chat(struct app *app, const struct argv *argv)
{
    const char *nick = argv->arg[1].text;
    if (app->single_command && !app->interactive)
        return script_chat(app, nick);
    enum app_status status = app_connect(app);
    if (status == APP_DONE)
        status = app_outcome(app, lab_enter(app->lab, nick), NULL);
    if (status != APP_DONE)
        return status;
    snprintf(app->nick, sizeof app->nick, "%s", nick);
    app_info(app, _("you are in the room as %s: what you type is said to all, /help tells more"),
             nick);
    return APP_DONE;
}

/* Before a request of members. If our nick was taken meanwhile, app_connect has printed that; a
 * client that was never a member is refused by the server. */
static enum app_status connect_inside(struct app *app)
{
    bool was = app->nick[0] != '\0';
    enum app_status status = app_connect(app);
    return status == APP_DONE && was && app->nick[0] == '\0' ? APP_REFUSED : status;
}

/* The server's sentence speaks of the protocol's verb. */
static enum app_status inside_outcome(struct app *app, enum lab_status status)
{
    if (status != LAB_REFUSED || strcmp(lab_code(app->lab), "not-in-chat") != 0)
        return app_outcome(app, status, NULL);
    app_error(app, _("you are not in the room: chat NICK enters it"));
    return APP_REFUSED;
}

static enum app_status run_who(struct app *app, const struct argv *argv)
{
    struct lab_names names = {0};
    enum app_status status = connect_inside(app);
    (void)argv;
    if (status == APP_DONE)
        status = inside_outcome(app, lab_who(app->lab, &names));
    for (size_t i = 0; i < names.count; i++)
        show_line(names.names[i]);
    lab_names_free(&names);
    return app_worse(status, app_flush(app));
}

static enum app_status say(struct app *app, const char *text)
{
    enum app_status status = connect_inside(app);
    return status != APP_DONE ? status : inside_outcome(app, lab_say(app->lab, text));
}

/* With one space between the words; in the room, a line is sent as it is. */
static enum app_status run_say(struct app *app, const struct argv *argv)
{
    size_t len = 1;
    for (size_t i = 1; i < argv->count; i++)
        len += strlen(argv->arg[i].text) + 1;
    char *text = malloc(len);
    if (text == NULL) {
        app_error(app, _("out of memory"));
        return APP_FILE;
    }
    char *to = text;
    for (size_t i = 1; i < argv->count; i++) {
        to = stpcpy(to, argv->arg[i].text);
        *to++ = i + 1 < argv->count ? ' ' : '\0';
    }
    enum app_status status = say(app, text);
    free(text);
    return status;
}

static enum app_status run_leave(struct app *app, const struct argv *argv)
{
    enum app_status status = connect_inside(app);
    (void)argv;
    if (status != APP_DONE)
        return status;
    status = inside_outcome(app, lab_leave(app->lab));
    app->nick[0] = '\0';
    if (lab_connected(app->lab))
        (void)app_print_events(app); /* what happened before we left */
    if (status == APP_DONE)
        app_info(app, _("you have left the room"));
    return app_worse(status, app_flush(app));
}

/* ---- the rest ---- */

static enum app_status run_quit(struct app *app, const struct argv *argv)
{
    (void)argv;
    app->quitting = true;
    if (lab_connected(app->lab))
        (void)lab_quit(app->lab);
    return APP_DONE;
}

static bool in_room(const struct app *app)
{
    return app->interactive && app->nick[0] != '\0';
}

static void help_one(const struct app *app, const struct command *command)
{
    const char *slash = in_room(app) && command->in_room ? "/" : "";
    printf("%s%s\n  %s\n", slash, command->usage, _(command->brief));
    if (command->other != NULL)
        printf(_("  %s%s is the same.\n"), slash, command->other);
    printf("%s", command->details != NULL ? _(command->details) : "");
}

static void help_all(const struct app *app)
{
    for (size_t i = 0; i < commands_count; i++)
        if (!in_room(app) || commands[i].in_room)
            printf("  %s%-*s %s\n", in_room(app) ? "/" : "", in_room(app) ? 27 : 28,
                   commands[i].usage, _(commands[i].brief));
    if (in_room(app))
        printf("%s", _("All else that you type is said to everybody.\n"));
    else
        printf("%s",
               _("A beginning of a command is enough if no other begins so; names with spaces\n"
                 "stand in quotes; ';' separates commands. help COMMAND tells more.\n"));
}

static enum app_status run_help(struct app *app, const struct argv *argv)
{
    if (argv->count == 1) {
        help_all(app);
        return app_flush(app);
    }
    const char *name = argv->arg[1].text;
    const struct command *command = command_find(name[0] == '/' ? name + 1 : name, NULL);
    if (command == NULL) {
        app_error(app, _("there is no command %s: help lists them"), name);
        return APP_USAGE;
    }
    help_one(app, command);
    return app_flush(app);
}

/* ---- the table ---- */

const struct command commands[] = {
    {"list", "ls", "list [PATTERN...]", N_("the files of the library"), NULL, ARGUMENT_REMOTE, true,
     0, 0, files_list},
    {"get", NULL, "get [-f] [-c] NAME [LOCAL]", N_("download a file, or several"),
     N_("  get NAME... gets several, also by patterns (*.txt). With two words, the second is\n"
        "  a file to get if the library has one of that name, otherwise LOCAL, the name it\n"
        "  gets here. LOCAL may be a folder; - is standard output.\n"
        "  -o LOCAL  says LOCAL without a doubt\n"
        "  -f        replace a local file; never a link, a folder or a device\n"
        "  -c        continue where a download broke off\n"
        "  --check   compare the checksum with that of the library before it gets its name\n"
        "  While it comes, the file is in a hidden folder, .NAME.lab-partial.\n"),
     ARGUMENT_REMOTE, true, 1, 0, files_get},
    {"put", NULL, "put LOCAL [NAME]", N_("upload a file, or several"),
     N_("  put LOCAL... puts several, also by patterns (*.c). With two words, the second is a\n"
        "  file to put if there is a local one of that name, otherwise NAME, the name it gets\n"
        "  in the library. - is standard input, and wants a NAME.\n"
        "  -o NAME   says NAME without a doubt\n"
        "  --check   compare the checksum with that of the library afterwards\n"
        "  A file of that name in the library is replaced.\n"),
     ARGUMENT_LOCAL, true, 1, 0, files_put},
    {"sum", NULL, "sum NAME...", N_("the checksums of files of the library"),
     N_("  SHA-256, computed by the server and printed as sha256sum does: in the folder of a\n"
        "  download, lab-client sum '*' | sha256sum -c checks all its files. NAME may be a\n"
        "  pattern.\n"),
     ARGUMENT_REMOTE, true, 1, 0, files_sum},
    {"chat", NULL, "chat NICK", N_("enter the chat room"),
     N_("  In the room, what you type is said to everybody; commands begin with a '/', and a\n"
        "  text that begins with one begins with two. In a script, lab-client chat NICK says\n"
        "  each line of standard input.\n"),
     ARGUMENT_NONE, false, 1, 1, run_chat},
    {"who", NULL, "who", N_("who is in the room"), NULL, ARGUMENT_NONE, true, 0, 0, run_who},
    {"say", NULL, "say TEXT", N_("say something in the room"), NULL, ARGUMENT_NICK, true, 1, 0,
     run_say},
    {"leave", NULL, "leave", N_("leave the room, stay connected"), NULL, ARGUMENT_NONE, true, 0, 0,
     run_leave},
    {"lcd", NULL, "lcd [FOLDER]", N_("change the local folder"),
     N_("  Without FOLDER, to your home.\n"), ARGUMENT_FOLDER, true, 0, 1, files_lcd},
    {"lls", NULL, "lls [LOCAL...]", N_("the files of the local folder"), NULL, ARGUMENT_LOCAL, true,
     0, 0, files_lls},
    {"help", NULL, "help [COMMAND]", N_("this list, or more about a command"), NULL,
     ARGUMENT_COMMAND, true, 0, 1, run_help},
    {"quit", "exit", "quit", N_("end the program"), NULL, ARGUMENT_NONE, true, 0, 0, run_quit},
};

const size_t commands_count = sizeof commands / sizeof commands[0];

static bool begins(const char *name, const char *beginning)
{
    return name != NULL && strncmp(name, beginning, strlen(beginning)) == 0;
}

const struct command *command_exact(const char *name)
{
    for (size_t i = 0; i < commands_count; i++)
        if (strcmp(name, commands[i].name) == 0 ||
            (commands[i].other != NULL && strcmp(name, commands[i].other) == 0))
            return &commands[i];
    return NULL;
}

const struct command *command_find(const char *name, size_t *matches)
{
    const struct command *found = command_exact(name);
    size_t count = found != NULL;
    for (size_t i = 0; found == NULL && name[0] != '\0' && i < commands_count; i++)
        count += begins(commands[i].name, name) || begins(commands[i].other, name);
    for (size_t i = 0; found == NULL && count == 1 && i < commands_count; i++)
        if (begins(commands[i].name, name) || begins(commands[i].other, name))
            found = &commands[i];
    if (matches != NULL)
        *matches = count;
    return found;
}

/* ---- running ---- */

static enum app_status find_error(struct app *app, const char *name, size_t matches)
{
    if (matches == 0) {
        app_error(app, _("there is no command %s: help lists them"), name);
        return APP_USAGE;
    }
    char list[256];
    size_t at = 0;
    for (size_t i = 0; i < commands_count; i++)
        if ((begins(commands[i].name, name) || begins(commands[i].other, name)) && at < sizeof list)
            at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", at == 0 ? "" : ", ",
                                   commands[i].name);
    app_error(app, _("%s begins several commands: %s"), name, list);
    return APP_USAGE;
}

enum app_status commands_run_argv(struct app *app, const struct argv *argv)
{
    size_t matches;
    const struct command *command = command_find(argv->arg[0].text, &matches);
    if (command == NULL)
        return find_error(app, argv->arg[0].text, matches);
    size_t behind = argv->count - 1;
    bool any = command->most == 0 && strpbrk(command->usage, " ") != NULL;
    if (behind < command->least || (!any && behind > command->most)) {
        app_error(app, _("usage: %s"), command->usage);
        return APP_USAGE;
    }
    return command->run(app, argv);
}

static enum app_status run_cut(struct app *app, enum argv_status cut, const struct argv *argv)
{
    if (cut == ARGV_OPEN_QUOTE) {
        app_error(app, _("a quote is not closed"));
        return APP_USAGE;
    }
    if (cut == ARGV_NO_MEMORY) {
        app_error(app, _("out of memory"));
        return APP_FILE;
    }
    return argv->count == 0 ? APP_DONE : commands_run_argv(app, argv);
}

enum app_status commands_run(struct app *app, const char *line)
{
    enum app_status status = APP_DONE;
    while (line != NULL && status == APP_DONE && !app->quitting) {
        struct argv argv;
        enum argv_status cut = argv_split(&argv, line, &line);
        status = run_cut(app, cut, &argv);
        argv_end(&argv);
    }
    return status;
}

enum app_status room_line(struct app *app, const char *line)
{
    if (line[0] == '/' && line[1] != '/')
        return commands_run(app, line + 1);
    if (line[0] == '/')
        line++;
    return line[0] == '\0' ? APP_DONE : say(app, line);
}
