/* client/transfer/arguments.c: see arguments.h */
#include "transfer/arguments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum app_status wish_wrong(struct app *app, const struct wish *wish, const char *why)
{
    app_complain(app, "%s: %s (see: help %s)", wish->command, why, wish->command);
    return APP_USAGE;
}

/* One word of options, "-fc"; *next is the word behind it, ""
 * where there is none; it becomes NULL where it belongs to an option. False: there is no such option. */
static bool wish_option(struct wish *wish, const char *letters, const char *word, const char **next)
{
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        if (strchr(letters, *letter) == NULL)
            return false;
        wish->how.replace |= *letter == 'f';
        wish->how.resume |= *letter == 'c';
        if (*letter != 'o')
            continue;
        wish->other = letter[1] != '\0' ? letter + 1 : *next;
        if (letter[1] == '\0')
            *next = NULL;
        return wish->other[0] != '\0';
    }
    return true;
}

enum app_status wish_read(struct app *app, struct wish *wish, const struct words *words,
                          const char *letters)
{
    bool options = true;
    *wish = (struct wish){.command = words->word[0].text,
                          .files = calloc(words->count, sizeof *wish->files)};
    if (wish->files == NULL)
        return wish_wrong(app, wish, strerror(ENOMEM));
    const struct word *word = &words->word[1], *end = words->word + words->count;
    for (; word < end; word++) {
        const char *next = word + 1 < end ? word[1].text : "";
        if (word->text[0] == '\0')
            return wish_wrong(app, wish, "an empty name");
        if (!options || word->text[0] != '-' || word->text[1] == '\0')
            wish->files[wish->count++] = *word;
        else if (strcmp(word->text, "--") == 0)
            options = false;
        else if (!wish_option(wish, letters, word->text, &next))
            return wish_wrong(app, wish, "there is no such option, or it lacks its value");
        if (next == NULL)
            word++;
    }
    return wish->count > 0 ? APP_DONE : wish_wrong(app, wish, "which file?");
}

void wish_end(struct wish *wish)
{
    free(wish->files);
}

bool wish_goes_on(enum app_status status)
{
    return status != APP_CANCELLED && status != APP_NO_SERVER;
}
