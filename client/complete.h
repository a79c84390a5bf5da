/* client/complete.h: what TAB offers
 *
 * Commands, names in the library, local paths, nicks: whatever commands.h names for that place, if
 * it begins with what has been typed. The server is asked each time, but only if there is a
 * connection: TAB makes none.
 */
#ifndef CLIENT_COMPLETE_H
#define CLIENT_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "app/app.h"

struct complete {
    size_t begin; /* byte of the line where the word begins */
    char quote;   /* that was opened there, '\0' for none */
    bool bare;    /* the word is part of a chat text: never quoted */
    char *word;   /* what has been typed of it, without quotes */
    char **names; /* sorted; a folder has a '/' at its end */
    size_t count, room;
};

/* line: up to the cursor. Returns false without memory, or if nothing can be completed; end it even
 * so. */
bool complete_find(struct complete *complete, struct app *app, const char *line);
void complete_end(struct complete *complete);

/* What to put in the place of the word: the name if there is one, else what all have in
 * common. To be freed; NULL: nothing can be added to what is there. */
char *complete_text(const struct complete *complete, const char *line);

#endif
