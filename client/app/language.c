/* client/app/language.c: see language.h, setlocale(3), and gettext(3) for LANGUAGE */
#include "app/language.h"

#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/translate.h"

/* Widths of characters are known to a UTF-8 locale only. */
static void characters_begin(void)
{
    if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        (void)setlocale(LC_CTYPE, "C.UTF-8");
}

/* The value of a variable; NULL if it is not set or empty. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

/* Many machines have no locale but C.UTF-8 (see locale -a), and setlocale fails with LANG set to
 * zh_CN.UTF-8. Messages do not need that locale: in any locale except C, gettext looks for the
 * languages in LANGUAGE. */
static void messages_begin(void)
{
    if (setlocale(LC_MESSAGES, "") != NULL)
        return;
    const char *wanted = variable("LC_ALL");
    if (wanted == NULL)
        wanted = variable("LC_MESSAGES");
    if (wanted == NULL)
        wanted = variable("LANG");
    if (wanted != NULL && setlocale(LC_MESSAGES, "C.UTF-8") != NULL && variable("LANGUAGE") == NULL)
        (void)setenv("LANGUAGE", wanted, 1); /* without memory the messages stay English */
}

/* The catalogue is in locale/ beside the program in the source tree, and in ../share/locale after
 * make install. The program finds itself, so an installed tree can be moved. */
static void catalogue_bind(void)
{
    static const char *const places[] = {"locale", "../share/locale"};
    char program[PATH_MAX], folder[PATH_MAX + 32];
    struct stat there;
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return; /* without /proc: the system's own folder */
    program[length] = '\0';
    *strrchr(program, '/') = '\0'; /* the path is absolute */
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        (void)snprintf(folder, sizeof folder, "%s/%s", program, places[i]);
        if (stat(folder, &there) == 0 && S_ISDIR(there.st_mode)) {
            (void)bindtextdomain(TRANSLATE_DOMAIN, folder);
            return;
        }
    }
}

void language_begin(void)
{
    characters_begin();
    messages_begin();
    catalogue_bind();
}
