/* client/lib/translate.h: messages in the language of the user
 *
 * _("...") is the message in the language of the locale (LC_MESSAGES), or the message itself if the
 * catalogue, client/po, has none or is not found. N_("...") only marks a message of a table, which
 * is passed to _ when it is printed; PLURAL chooses by a number. The library translates, too: a
 * program that does not call setlocale gets English.
 *
 * Translated are sentences for people. What a script may read (list, sum, who, events that go into
 * a pipe) is the same in every language.
 */
#ifndef CLIENT_TRANSLATE_H
#define CLIENT_TRANSLATE_H

#include <libintl.h>

#define TRANSLATE_DOMAIN     "lab-client"

#define _(text)              dgettext(TRANSLATE_DOMAIN, text)
#define N_(text)             text
#define PLURAL(one, many, n) dngettext(TRANSLATE_DOMAIN, one, many, n)

#endif
