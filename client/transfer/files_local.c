/* client/transfer/files_local.c: put, lcd and lls; see files.h
 *
 * `put A B` may mean two files, or a file and its name in the library. The rule: B is a second file
 * if there is a local one of that name, and the name in the library otherwise; -o makes it
 * unambiguous.
 */
#include "transfer/files.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/show.h"
#include "transfer/arguments.h"

static bool is_there(const char *path)
{
    struct stat there;
    return lstat(path, &there) == 0;
}

/* ---- the local files that words mean ---- */

struct paths {
    char **path;
    size_t count;
};

static void paths_end(struct paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free(paths->path[i]);
    free(paths->path);
}

static bool paths_add(struct paths *paths, const char *path)
{
    char **more = realloc(paths->path, (paths->count + 1) * sizeof(char *));
    if (more == NULL)
        return false;
    paths->path = more;
    more[paths->count] = strdup(path);
    return more[paths->count] != NULL && ++paths->count > 0;
}

/* A pattern means all that match it, and also a file that is called just so; a name that is neither
 * there nor a pattern is an error when it is opened. Returns NULL or what is wrong. */
static const char *paths_match(struct paths *paths, const struct arg *word)
{
    bool itself = is_there(word->text);
    if (!word->pattern && (itself || word->text[0] != '~'))
        return paths_add(paths, word->text) ? NULL : strerror(ENOMEM);
    glob_t found;
    const char *wrong = NULL;
    int error = glob(word->text, GLOB_NOESCAPE | GLOB_TILDE, NULL, &found);
    if (error != 0 && (error != GLOB_NOMATCH || !itself))
        return error == GLOB_NOMATCH ? _("there is no such local file") : _("can't be looked for");
    for (size_t i = 0; error == 0 && i < found.gl_pathc && wrong == NULL; i++) {
        itself = itself && strcmp(found.gl_pathv[i], word->text) != 0;
        wrong = paths_add(paths, found.gl_pathv[i]) ? NULL : strerror(ENOMEM);
    }
    if (error == 0)
        globfree(&found);
    if (itself && wrong == NULL) /* "[x]" does not match a file of that name */
        wrong = paths_add(paths, word->text) ? NULL : strerror(ENOMEM);
    return wrong;
}

/* End the paths, whatever is returned: the others are to be put even so. */
static enum app_status paths_find(struct app *app, struct paths *paths, const struct arg *word,
                                  size_t count)
{
    enum app_status status = APP_DONE;
    *paths = (struct paths){0};
    for (size_t i = 0; i < count; i++) {
        const char *wrong = paths_match(paths, &word[i]);
        if (wrong == NULL)
            continue;
        app_error(app, "%s: %s", word[i].text, wrong);
        status = APP_FILE;
    }
    return status;
}

/* ---- put ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static enum app_status put_all(struct app *app, const struct arguments *arguments)
{
    struct paths paths;
    enum app_status worst = paths_find(app, &paths, arguments->files, arguments->count);
    if (arguments->other != NULL && paths.count > 1) {
        paths_end(&paths);
        return arguments_error(app, arguments, _("several files can't have one name"));
    }
    for (size_t i = 0; i < paths.count; i++) {
        const char *name = arguments->other != NULL ? arguments->other : base_name(paths.path[i]);
        enum app_status status = transfer_put(app, paths.path[i], name, &arguments->options);
        worst = app_worse(worst, status);
        if (!arguments_continue(status))
            break;
    }
    paths_end(&paths);
    return worst;
}

enum app_status files_put(struct app *app, const struct argv *argv)
{
    struct arguments arguments;
    enum app_status status = arguments_read(app, &arguments, argv, "o");
    if (status == APP_DONE && arguments.count == 2 && arguments.other == NULL &&
        !arguments.files[1].pattern &&
        (strcmp(arguments.files[0].text, "-") == 0 || !is_there(arguments.files[1].text))) {
        arguments.other = arguments.files[1].text;
        arguments.count = 1;
    }
    for (size_t i = 0; i < arguments.count && status == APP_DONE; i++)
        if (strcmp(arguments.files[i].text, "-") == 0 && arguments.other == NULL)
            status = arguments_error(app, &arguments, _("- wants a name: put - NAME"));
    if (status == APP_DONE)
        status = put_all(app, &arguments);
    arguments_end(&arguments);
    return status;
}

/* ---- local folders ---- */

enum app_status files_lcd(struct app *app, const struct argv *argv)
{
    struct arg home = {.text = (char[]){"~"}};
    struct paths paths;
    enum app_status status = paths_find(app, &paths, argv->count > 1 ? &argv->arg[1] : &home, 1);
    if (status == APP_DONE && paths.count > 1) {
        app_error(app, _("%s: there are several of them"), argv->arg[1].text);
        status = APP_FILE;
    } else if (status == APP_DONE && paths.count == 1 && chdir(paths.path[0]) != 0) {
        app_error(app, "%s: %s", paths.path[0], strerror(errno));
        status = APP_FILE;
    }
    paths_end(&paths);
    char *now = status == APP_DONE ? getcwd(NULL, 0) : NULL;
    if (now != NULL)
        app_info(app, _("the local folder is %s"), now);
    free(now);
    return status;
}

static void lls_show(const char *path, const char *name)
{
    struct stat file;
    if (stat(path, &file) == 0)
        show_file((uint64_t)file.st_size, 12, name, S_ISDIR(file.st_mode) ? '/' : '\0');
}

/* What does not begin with a '.', in the order of the locale, as ls does. */
static enum app_status lls_folder(struct app *app, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0) {
        app_error(app, "%s: %s", folder, strerror(errno));
        return APP_FILE;
    }
    for (int i = 0; i < count; i++) {
        char *path;
        if (entries[i]->d_name[0] != '.' &&
            asprintf(&path, "%s/%s", folder, entries[i]->d_name) >= 0) {
            lls_show(path, entries[i]->d_name);
            free(path);
        }
        free(entries[i]);
    }
    free(entries);
    return APP_DONE;
}

enum app_status files_lls(struct app *app, const struct argv *argv)
{
    struct arg here = {.text = (char[]){"."}};
    struct paths paths;
    bool named = argv->count > 1;
    enum app_status status =
        paths_find(app, &paths, named ? &argv->arg[1] : &here, named ? argv->count - 1 : 1);
    for (size_t i = 0; i < paths.count; i++) {
        struct stat there;
        if (stat(paths.path[i], &there) != 0) {
            app_error(app, "%s: %s", paths.path[i], strerror(errno));
            status = APP_FILE;
        } else if (S_ISDIR(there.st_mode)) {
            status = app_worse(status, lls_folder(app, paths.path[i]));
        } else {
            lls_show(paths.path[i], paths.path[i]);
        }
    }
    paths_end(&paths);
    return app_worse(status, app_flush(app));
}
