/* client/complete.c: see complete.h */
#include "complete.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/argv_split.h"
#include "base/utf8.h"
#include "commands.h"

static bool add(struct complete *complete, const char *name, const char *more)
{
    if (complete->count == complete->room) {
        size_t room = complete->room == 0 ? 16 : 2 * complete->room;
        char **names = realloc(complete->names, room * sizeof *names);
        if (names == NULL)
            return false;
        complete->names = names;
        complete->room = room;
    }
    char *text = NULL;
    if (asprintf(&text, "%s%s", name, more) < 0)
        return false;
    complete->names[complete->count++] = text;
    return true;
}

static bool begins(const char *name, const char *word)
{
    return strncmp(name, word, strlen(word)) == 0;
}

/* ---- what there is ---- */

static void add_commands(struct complete *complete, bool in_room, const char *slash)
{
    for (size_t i = 0; i < commands_count; i++)
        if (begins(commands[i].name, complete->word) && (!in_room || commands[i].in_room)) {
            char *name = NULL;
            if (asprintf(&name, "%s%s", slash, commands[i].name) >= 0)
                (void)add(complete, name, "");
            free(name);
        }
}

static void add_remote(struct complete *complete, struct app *app)
{
    struct lab_listing listing;
    if (lab_list(app->lab, &listing) == LAB_OK)
        for (size_t i = 0; i < listing.count; i++)
            if (begins(listing.files[i].name, complete->word))
                (void)add(complete, listing.files[i].name, "");
    lab_listing_free(&listing);
}

static void add_nicks(struct complete *complete, struct app *app)
{
    struct lab_names names;
    if (lab_who(app->lab, &names) == LAB_OK)
        for (size_t i = 0; i < names.count; i++)
            if (begins(names.names[i], complete->word))
                (void)add(complete, names.names[i], "");
    lab_names_free(&names);
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* A name that can't be typed is not offered: it is not UTF-8, or has control characters. */
static bool offered(const char *name, const char *base)
{
    bool hidden = name[0] == '.' && base[0] != '.';
    return !hidden && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && begins(name, base) &&
           utf8_printable(name, strlen(name));
}

static void add_local(struct complete *complete, bool folders_only)
{
    const char *slash = strrchr(complete->word, '/');
    const char *base = slash == NULL ? complete->word : slash + 1;
    int length = (int)(base - complete->word);
    char *folder = NULL, *path = NULL;
    if (asprintf(&folder, "%.*s", length, complete->word) < 0)
        return;
    DIR *dir = opendir(length == 0 ? "." : folder);
    struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (!offered(entry->d_name, base) || asprintf(&path, "%s%s", folder, entry->d_name) < 0)
            continue;
        bool is = is_folder(path);
        if (is || !folders_only)
            (void)add(complete, path, is ? "/" : "");
        free(path);
    }
    if (dir != NULL)
        (void)closedir(dir);
    free(folder);
}

/* ---- where the cursor is ---- */

/* After the last ';' that ends a command. */
static const char *last_command(const char *line)
{
    struct argv argv;
    const char *rest;
    for (;;) {
        enum argv_status status = argv_split(&argv, line, &rest);
        argv_end(&argv);
        if (status != ARGV_OK || rest == NULL)
            return line;
        line = rest;
    }
}

/* The last word of a command: where it begins, and its quote, if that is still open. */
static const char *last_word(const char *command, char *quote)
{
    const char *begin = command;
    *quote = '\0';
    for (const char *c = command; *c != '\0';) {
        if (*c == ' ' || *c == '\t') {
            begin = ++c;
            continue;
        }
        *quote = '\0';
        if (*c == '\'' || *c == '"')
            *quote = *c++;
        for (; *c != '\0' && (*quote != '\0' || (*c != ' ' && *c != '\t')); c++) {
            if (*quote != '\0' && *c == *quote)
                *quote = '\0';
            else if (*c == '\\' && *quote != '\'' && c[1] != '\0')
                c++;
        }
    }
    return begin;
}

/* Cuts the command, whose last quote may be open. */
static bool cut(struct argv *argv, const char *command, char quote)
{
    char *closed = NULL;
    const char *rest;
    if (asprintf(&closed, "%s%.*s", command, quote == '\0' ? 0 : 1, &quote) < 0)
        return false;
    enum argv_status status = argv_split(argv, closed, &rest);
    free(closed);
    return status == ARGV_OK;
}

static void add_argument(struct complete *complete, struct app *app, const struct argv *argv,
                         size_t before)
{
    const struct command *command = command_find(argv->arg[0].text, NULL);
    if (command == NULL || complete->word[0] == '-')
        return;
    enum command_argument argument = command->argument;
    if (before > 1 && strcmp(argv->arg[before - 1].text, "-o") == 0) /* the other side's name */
        argument = argument == ARGUMENT_REMOTE ? ARGUMENT_LOCAL : ARGUMENT_REMOTE;
    switch (argument) {
    case ARGUMENT_NONE: break;
    case ARGUMENT_REMOTE: add_remote(complete, app); break;
    case ARGUMENT_LOCAL: add_local(complete, false); break;
    case ARGUMENT_FOLDER: add_local(complete, true); break;
    case ARGUMENT_COMMAND: add_commands(complete, false, ""); break;
    case ARGUMENT_NICK: break; /* only members may ask who is in the room */
    }
}

/* slash: "/" in the room. */
static bool find_in_command(struct complete *complete, struct app *app, const char *line,
                            const char *slash)
{
    const char *command = last_command(line + strlen(slash));
    const char *word = last_word(command, &complete->quote);
    bool first_command = command == line + strlen(slash);
    struct argv argv = {0};
    bool done = cut(&argv, command, complete->quote);
    if (done) {
        bool begun = *word != '\0'; /* else the word is a new one, and empty */
        size_t before = argv.count - (begun && argv.count > 0 ? 1 : 0);
        complete->begin = (size_t)(word - line);
        complete->word = strdup(begun && argv.count > 0 ? argv.arg[before].text : "");
        done = complete->word != NULL;
        if (done && before > 0)
            add_argument(complete, app, &argv, before);
        else if (done)
            add_commands(complete, *slash != '\0' && first_command, "");
    }
    argv_end(&argv);
    return done;
}

static bool find_nick(struct complete *complete, struct app *app, const char *line)
{
    const char *space = strrchr(line, ' ');
    const char *word = space == NULL ? line : space + 1;
    complete->begin = (size_t)(word - line);
    complete->bare = true;
    complete->word = strdup(word);
    if (complete->word != NULL)
        add_nicks(complete, app);
    return complete->word != NULL;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool complete_find(struct complete *complete, struct app *app, const char *line)
{
    bool in_room = app->nick[0] != '\0';
    *complete = (struct complete){0};
    bool found = in_room && line[0] != '/'
                     ? find_nick(complete, app, line)
                     : find_in_command(complete, app, line, in_room ? "/" : "");
    if (complete->count > 1)
        qsort(complete->names, complete->count, sizeof *complete->names, compare);
    return found && complete->count > 0;
}

void complete_end(struct complete *complete)
{
    for (size_t i = 0; i < complete->count; i++)
        free(complete->names[i]);
    free(complete->names);
    free(complete->word);
    *complete = (struct complete){0};
}

/* ---- what to put there ---- */

/* Bytes that all names begin with, whole characters. */
static size_t common(const struct complete *complete)
{
    const char *first = complete->names[0], *last = complete->names[complete->count - 1];
    size_t length = 0; /* they are sorted: what these two share, all share */
    while (first[length] != '\0' && first[length] == last[length])
        length++;
    while (length > 0 && ((unsigned char)first[length] & 0xc0) == 0x80)
        length--;
    return length;
}

char *complete_text(const struct complete *complete, const char *line)
{
    char *name = strndup(complete->names[0], common(complete)), *text = NULL, *quoted = NULL;
    size_t length = name == NULL ? 0 : strlen(name);
    bool whole = complete->count == 1 && length > 0 && name[length - 1] != '/';
    if (name != NULL)
        quoted = complete->bare ? strdup(name) : argv_quote(name, complete->quote);
    if (quoted != NULL && strcmp(quoted, name) != 0 && !whole)
        quoted[strlen(quoted) - 1] = '\0'; /* more is to come before the quote is closed */
    if (quoted != NULL && asprintf(&text, "%s%s", quoted, whole ? " " : "") < 0)
        text = NULL;
    if (text != NULL &&
        (length < strlen(complete->word) || strcmp(text, line + complete->begin) == 0)) {
        free(text);
        text = NULL;
    }
    free(quoted);
    free(name);
    return text;
}
