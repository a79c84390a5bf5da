/* client/transfer/arguments.c: see arguments.h */
#include "transfer/arguments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum app_status arguments_error(struct app *app, const struct arguments *arguments, const char *why)
{
    app_error(app, _("%s: %s (see: help %s)"), arguments->command, why, arguments->command);
    return APP_USAGE;
}

/* One word of options, "-fc"; *next is the word after it, "" if there is none; it becomes NULL if
 * it belongs to an option. False: there is no such option. */
static bool arguments_option(struct arguments *arguments, const char *letters, const char *word,
                             const char **next)
{
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        if (strchr(letters, *letter) == NULL)
            return false;
        arguments->options.replace |= *letter == 'f';
        arguments->options.resume |= *letter == 'c';
        if (*letter != 'o')
            continue;
        arguments->other = letter[1] != '\0' ? letter + 1 : *next;
        if (letter[1] == '\0')
            *next = NULL;
        return arguments->other[0] != '\0';
    }
    return true;
}

enum app_status arguments_read(struct app *app, struct arguments *arguments,
                               const struct argv *argv, const char *letters)
{
    bool options = true;
    *arguments = (struct arguments){.command = argv->arg[0].text,
                                    .files = calloc(argv->count, sizeof *arguments->files)};
    if (arguments->files == NULL)
        return arguments_error(app, arguments, strerror(ENOMEM));
    const struct arg *word = &argv->arg[1], *end = argv->arg + argv->count;
    for (; word < end; word++) {
        const char *next = word + 1 < end ? word[1].text : "";
        if (word->text[0] == '\0')
            return arguments_error(app, arguments, _("an empty name"));
        if (!options || word->text[0] != '-' || word->text[1] == '\0')
            arguments->files[arguments->count++] = *word;
        else if (strcmp(word->text, "--") == 0)
            options = false;
        else if (strcmp(word->text, "--check") == 0)
            arguments->options.check = true;
        else if (!arguments_option(arguments, letters, word->text, &next))
            return arguments_error(app, arguments,
                                   _("there is no such option, or it lacks its value"));
        if (next == NULL)
            word++;
    }
    return arguments->count > 0 ? APP_DONE : arguments_error(app, arguments, _("which file?"));
}

void arguments_end(struct arguments *arguments)
{
    free(arguments->files);
}

bool arguments_continue(enum app_status status)
{
    return status != APP_CANCELLED && status != APP_NO_SERVER;
}
