/* client/complete.h: what could stand where somebody presses TAB
 *
 * Commands, names in the library, local paths, nicks: whatever commands.h says belongs there, and
 * begins with what has been typed. The server is asked each time, but only where there is a
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
    bool bare;    /* the word is said to people: never quoted */
    char *word;   /* what has been typed of it, without quotes */
    char **names; /* sorted; a folder has a '/' at its end */
    size_t count, room;
};

/* line: up to the cursor. Returns false without memory, or where nothing can be completed; end it all
 * the same. */
bool complete_find(struct complete *complete, struct app *app, const char *line);
void complete_end(struct complete *complete);

/* What to put in the place of the word: the name, where there is one, else what all have in
 * common. To be freed; NULL: nothing can be added to what is there. */
char *complete_text(const struct complete *complete, const char *line);

#endif
