/* client/commands.h: the table of commands */
#ifndef CLIENT_COMMANDS_H
#define CLIENT_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "app/app.h"
#include "app/argv_split.h"

/* What TAB offers after a command. */
enum command_argument {
    ARGUMENT_NONE,
    ARGUMENT_REMOTE,
    ARGUMENT_LOCAL,
    ARGUMENT_FOLDER,
    ARGUMENT_COMMAND,
    ARGUMENT_NICK
};

struct command {
    const char *name, *other; /* "list", "ls"; other may be NULL */
    const char *usage;        /* "get [-f] [-c] NAME... " */
    const char *brief;        /* a line of help */
    const char *details;      /* more of it, after usage and brief; may be NULL */
    enum command_argument argument;
    bool in_room;       /* also as /name in the room */
    size_t least, most; /* words after the command; most 0: any number */
    enum app_status (*run)(struct app *app, const struct argv *argv); /* word[0]: the command */
};

extern const struct command commands[];
extern const size_t commands_count;

/* By its name or a unique prefix of it; a whole name wins over what it is a prefix of. NULL: there
 * is none, and *matches (which may be NULL) is how many it could be. */
const struct command *command_find(const char *name, size_t *matches);

/* A whole name only. */
const struct command *command_exact(const char *name);

/* Runs the commands of a line, separated by ';', until one fails. Prints its error. */
enum app_status commands_run(struct app *app, const char *line);

/* The same for one command that is cut already. */
enum app_status commands_run_argv(struct app *app, const struct argv *argv);

/* A line of a member: a command after a '/', otherwise a text for the room. "//..." is a text that
 * begins with '/'. */
enum app_status room_line(struct app *app, const char *line);

#endif
