/* client/transfer/files_remote.c: list, sum and get; see files.h
 *
 * `get A B` may mean two files, or a file and its local name. The rule: B is a second file if the
 * library has one of that name, and the local name otherwise; -o makes it unambiguous.
 */
#include "transfer/files.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/show.h"
#include "protocol/proto.h"
#include "transfer/arguments.h"

/* ---- the library ---- */

static enum app_status listing_get(struct app *app, struct lab_listing *listing)
{
    enum app_status status = app_connect(app);
    if (status == APP_DONE)
        status = app_outcome(app, lab_list(app->lab, listing), NULL);
    if (status == APP_DONE && listing->dropped > 0)
        app_error(app,
                  PLURAL("%zu name that the protocol does not allow is left out",
                         "%zu names that the protocol does not allow are left out",
                         listing->dropped),
                  listing->dropped);
    return status;
}

static bool listing_has(const struct lab_listing *listing, const char *name)
{
    for (size_t i = 0; i < listing->count; i++)
        if (strcmp(listing->files[i].name, name) == 0)
            return true;
    return false;
}

/* A pattern means all that match it, and also a file that is called just so ("[x].txt" does not
 * match itself): but never that one alone, or a file named "*.txt" would hide all others. */
static bool matches(const struct arg *word, const char *name)
{
    return strcmp(word->text, name) == 0 ||
           (word->pattern && fnmatch(word->text, name, FNM_NOESCAPE) == 0);
}

/* Complains of each word that means nothing in the library. */
static enum app_status unmatched_error(struct app *app, const struct lab_listing *listing,
                                       const struct argv *argv)
{
    enum app_status status = APP_DONE;
    for (size_t w = 1; w < argv->count; w++) {
        bool found = false;
        for (size_t i = 0; i < listing->count && !found; i++)
            found = matches(&argv->arg[w], listing->files[i].name);
        if (found)
            continue;
        app_error(app, _("%s: no file of the library has this name"), argv->arg[w].text);
        status = APP_REFUSED;
    }
    return status;
}

enum app_status files_list(struct app *app, const struct argv *argv)
{
    struct lab_listing listing = {0};
    int columns = 0;
    enum app_status status = listing_get(app, &listing);
    for (size_t i = 0; app->interactive && i < listing.count; i++)
        if (show_digits(listing.files[i].size) > columns)
            columns = show_digits(listing.files[i].size);
    for (size_t i = 0; i < listing.count; i++) {
        bool wanted = argv->count == 1;
        for (size_t w = 1; w < argv->count && !wanted; w++)
            wanted = matches(&argv->arg[w], listing.files[i].name);
        if (wanted)
            show_file(listing.files[i].size, columns, listing.files[i].name, '\0');
    }
    if (status == APP_DONE)
        status = unmatched_error(app, &listing, argv);
    if (status == APP_DONE && listing.count == 0)
        app_info(app, _("the library is empty"));
    lab_listing_free(&listing);
    return app_worse(status, app_flush(app));
}

/* ---- sum ---- */

/* As sha256sum(1) prints it: a line with a backslash before it has each one in its name doubled. */
static void sum_show(const char *sum, const char *name)
{
    char line[1 + LAB_SUM + 2 + 2 * PROTO_NAME_MAX], *to = line;
    if (strchr(name, '\\') != NULL)
        *to++ = '\\';
    to += snprintf(to, LAB_SUM + 2, "%s  ", sum);
    for (; *name != '\0'; name++) {
        if (*name == '\\')
            *to++ = '\\';
        *to++ = *name;
    }
    *to = '\0';
    show_line(line);
}

static enum app_status sum_one(struct app *app, const struct lab_file *file)
{
    char sum[LAB_SUM];
    enum app_status status = app_connect(app);
    if (status == APP_DONE)
        status = app_outcome(app, lab_sum(app->lab, file->name, file->size, sum), file->name);
    if (status != APP_DONE)
        return status;
    sum_show(sum, file->name);
    return app_flush(app);
}

enum app_status files_sum(struct app *app, const struct argv *argv)
{
    struct lab_listing listing = {0};
    enum app_status worst = listing_get(app, &listing), status = worst;
    bool listed = status == APP_DONE;
    for (size_t w = 1; w < argv->count; w++)
        for (size_t i = 0; i < listing.count && arguments_continue(status); i++)
            if (matches(&argv->arg[w], listing.files[i].name)) {
                status = sum_one(app, &listing.files[i]);
                worst = app_worse(worst, status);
            }
    if (listed && arguments_continue(status))
        worst = app_worse(worst, unmatched_error(app, &listing, argv));
    lab_listing_free(&listing);
    return worst;
}

/* ---- get ---- */

/* Where a file goes. "-" would be standard output, but here it is a file that a server calls so. */
static char *local_path(const char *name, const char *to)
{
    struct stat there;
    char *path;
    if (to == NULL)
        return strdup(strcmp(name, "-") == 0 ? "./-" : name);
    if (strcmp(to, "-") == 0 || stat(to, &there) != 0 || !S_ISDIR(there.st_mode))
        return strdup(to);
    return asprintf(&path, "%s/%s", to, name) < 0 ? NULL : path;
}

static enum app_status get_one(struct app *app, const struct arguments *arguments, const char *name)
{
    /* before anything local gets this name */
    if (!proto_name_ok(name, strlen(name))) {
        app_error(app, _("%s: no file of a library can have this name"), name);
        return APP_USAGE;
    }
    char *path = local_path(name, arguments->other);
    if (path == NULL) {
        app_error(app, "%s: %s", name, strerror(ENOMEM));
        return APP_FILE;
    }
    enum app_status status = APP_FILE;
    if (path[strlen(path) - 1] == '/') /* none is empty */
        app_error(app, _("%s: there is no such folder"), path);
    else
        status = transfer_get(app, name, path, &arguments->options);
    free(path);
    return status;
}

static enum app_status get_matching(struct app *app, const struct arguments *arguments,
                                    const struct lab_listing *listing, const struct arg *word)
{
    enum app_status worst = APP_DONE, status = APP_DONE;
    size_t found = 0;
    if (!word->pattern)
        return get_one(app, arguments, word->text);
    for (size_t i = 0; i < listing->count && arguments_continue(status); i++) {
        if (!matches(word, listing->files[i].name))
            continue;
        found++;
        status = get_one(app, arguments, listing->files[i].name);
        worst = app_worse(worst, status);
    }
    if (found > 0)
        return worst;
    app_error(app, _("%s: no file of the library has such a name"), word->text);
    return APP_REFUSED;
}

/* The second of two words: is it the local name of the first? */
static bool second_is_local(const struct arg *second, const struct lab_listing *listing)
{
    return strcmp(second->text, "-") == 0 || strchr(second->text, '/') != NULL ||
           (!second->pattern && !listing_has(listing, second->text));
}

static bool wants_listing(const struct arguments *arguments)
{
    bool wanted = arguments->count == 2 && arguments->other == NULL &&
                  !arguments->files[1].pattern && strcmp(arguments->files[1].text, "-") != 0 &&
                  strchr(arguments->files[1].text, '/') == NULL;
    for (size_t i = 0; i < arguments->count; i++)
        wanted |= arguments->files[i].pattern;
    return wanted;
}

/* Several files can go into a folder, or one after the other to standard output. */
static bool takes_several(const char *to)
{
    struct stat there;
    return to == NULL || strcmp(to, "-") == 0 || (stat(to, &there) == 0 && S_ISDIR(there.st_mode));
}

static enum app_status get_all(struct app *app, const struct arguments *arguments,
                               const struct lab_listing *listing)
{
    enum app_status worst = APP_DONE, status = APP_DONE;
    for (size_t i = 0; i < arguments->count && arguments_continue(status); i++) {
        status = get_matching(app, arguments, listing, &arguments->files[i]);
        worst = app_worse(worst, status);
    }
    return worst;
}

enum app_status files_get(struct app *app, const struct argv *argv)
{
    struct arguments arguments;
    struct lab_listing listing = {0};
    enum app_status status = arguments_read(app, &arguments, argv, "fco");
    if (status == APP_DONE && wants_listing(&arguments))
        status = listing_get(app, &listing);
    if (status == APP_DONE && arguments.count == 2 && arguments.other == NULL &&
        second_is_local(&arguments.files[1], &listing)) {
        arguments.other = arguments.files[1].text;
        arguments.count = 1;
    }
    if (status == APP_DONE && !takes_several(arguments.other) &&
        (arguments.count > 1 || arguments.files[0].pattern))
        status = arguments_error(app, &arguments, _("several files can only go into a folder"));
    if (status == APP_DONE)
        status = get_all(app, &arguments, &listing);
    lab_listing_free(&listing);
    arguments_end(&arguments);
    return status;
}
