/* bench/timeline/timeline.c: lab-bench timeline: trace the six, draw them */
#include "timeline/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fail.h"
#include "common/file.h"
#include "common/options.h"
#include "common/scratch.h"
#include "common/signals.h"
#include "probe/server.h"
#include "results/grid.h"
#include "texts/texts.h"
#include "timeline/draw.h"

enum { MODELS = 6, TRIES = 3 };

static const double margin = 0.05; /* seconds behind the last client's end */

/* Paths may have blanks, and a server's command is split at them: {dir} is filled in later, and all
 * else is found from there. -D: our child is the server, and strace traces it from the side. */
static bool command_make(struct server_choice *choice, char why[WHY])
{
    char link[SCRATCH_PATH + 16], program[PATH_MAX];
    (void)snprintf(link, sizeof link, "%s/server", scratch_path());
    if (realpath(choice->program, program) == NULL)
        return fail(why, "%.400s: %s", choice->program, strerror(errno));
    if ((unlink(link) < 0 && errno != ENOENT) || symlink(program, link) < 0)
        return fail(why, "%.400s: %s", link, strerror(errno));
    (void)snprintf(choice->command, sizeof choice->command,
                   "strace -D -f --seccomp-bpf -q -ttt -T -s 0 -e signal=none -e trace=%s "
                   "-o {dir}/../trace {dir}/../server -p {port} -d {dir}",
                   trace_calls);
    choice->program[0] = '\0';
    return true;
}

/* Plays the scene, and ends the server. In why is what failed first. */
static bool scene_trace(struct picture *picture, double *began, double *ended, char why[WHY])
{
    char library[SCRATCH_PATH + 16], log[SCRATCH_PATH + 16], end[WHY] = "";
    struct server_choice choice;
    (void)snprintf(library, sizeof library, "%s/library", scratch_path());
    (void)snprintf(log, sizeof log, "%s/log", scratch_path());
    if (!server_choose(&choice, grid_models[picture->model - 1], why) ||
        !command_make(&choice, why))
        return false;
    struct server server = {.choice = &choice};
    const struct server_place place = {.library = library, .log = log, .stop = &stop_signal};
    bool ok = server_start(&server, &place, why) &&
              scene_play(server.port, picture->clients, began, ended, why);
    if (!server_stop(&server, end) && ok)
        ok = fail(why, "%s", end);
    if (!ok)
        server_log_add(log, why); /* what strace or the server wrote */
    return ok;
}

static bool picture_make(struct picture *picture, char why[WHY])
{
    char path[SCRATCH_PATH + 16];
    double began = 0, ended = 0;
    if (!scene_trace(picture, &began, &ended, why))
        return false;
    (void)snprintf(path, sizeof path, "%s/trace", scratch_path());
    FILE *file = fopen(path, "re");
    if (file == NULL || unlink(path) < 0) /* the last line of this one may still come */
        return fail(why, "%.400s: %s", path, strerror(errno));
    bool ok = trace_read(&picture->server, file, began, ended, why);
    (void)fclose(file);
    bool whole = true;
    for (int i = 0; i < SCENE_CLIENTS; i++)
        whole = whole && !picture->clients[i].failed;
    for (size_t i = 0; i < picture->server.count; i++)
        whole = whole && !picture->server.lanes[i].failed;
    return ok && (whole || fail(why, "no memory"));
}

static double picture_waited(const struct picture *picture)
{
    double sum = 0;
    for (int i = 0; i < SCENE_CLIENTS; i++)
        sum += lane_waited(&picture->clients[i]);
    return sum;
}

/* The quietest of several: what else runs on the machine only makes clients wait longer. */
static bool picture_best(struct picture *best, int model, int tries, char why[WHY])
{
    for (int i = 0; i < tries && stop_signal == 0; i++) {
        struct picture next = {.model = model};
        bool ok = picture_make(&next, why);
        bool better = ok && (i == 0 || picture_waited(&next) < picture_waited(best));
        picture_free(better ? best : &next);
        if (better)
            *best = next;
        if (!ok)
            return false;
    }
    return true;
}

/* The axis holds all clients of all pictures. */
static double pictures_seconds(const struct picture *pictures)
{
    double seconds = 0;
    for (int i = 0; i < MODELS * SCENE_CLIENTS; i++) {
        const struct lane *lane = &pictures[i / SCENE_CLIENTS].clients[i % SCENE_CLIENTS];
        double end = lane->count > 0 ? lane->spans[lane->count - 1].to + margin : 0;
        seconds = end > seconds ? end : seconds;
    }
    return seconds;
}

/* --- drawing -------------------------------------------------------------------------------- */

static bool all_write(const char *folder, struct picture *pictures, char why[WHY])
{
    struct drawing drawing = {NULL, 1, pictures_seconds(pictures)};
    char path[PATH_MAX];
    bool ok = true;
    if (mkdir(folder, 0755) < 0 && errno != EEXIST)
        return fail(why, "%.400s: %s", folder, strerror(errno));
    for (int i = 0; i < MODELS && ok; i++) {
        drawing.pictures = &pictures[i];
        picture_prepare(&pictures[i], drawing.seconds);
        (void)snprintf(path, sizeof path, "%s/%s.svg", folder, grid_models[i]);
        ok = file_write(path, drawing_print, &drawing, why);
    }
    drawing.pictures = pictures;
    drawing.count = MODELS;
    (void)snprintf(path, sizeof path, "%s/sheet.svg", folder);
    return ok && file_write(path, drawing_print, &drawing, why);
}

/* --- the command ---------------------------------------------------------------------------- */

bool timeline_make(const char *folder, int tries, char why[WHY])
{
    char library[SCRATCH_PATH + 16];
    struct picture pictures[MODELS] = {{.model = 0}};
    if (system("command -v strace >/dev/null") != 0)
        return fail(why, "strace is missing: install the package strace (make deps)");
    if (!scratch_make(NULL, why))
        return false;
    (void)snprintf(library, sizeof library, "%s/library", scratch_path());
    bool ok = mkdir(library, 0755) == 0 || fail(why, "%.400s: %s", library, strerror(errno));
    ok = ok && scene_files(library, why);
    for (int i = 0; i < MODELS && ok && stop_signal == 0; i++)
        ok = picture_best(&pictures[i], i + 1, tries, why);
    if (ok && stop_signal == 0)
        ok = all_write(folder, pictures, why);
    for (int i = 0; i < MODELS; i++)
        picture_free(&pictures[i]);
    if (!scratch_remove())
        (void)fputs("lab-bench timeline: the temporary folder is left behind\n", stderr);
    return ok;
}

int cmd_timeline(int argc, char **argv)
{
    char why[WHY] = "";
    const char *folder = "docs/timeline";
    const struct option_row rows[] = {{"out", 'o', OPTION_TEXT, 0, 0, {&folder}}};
    const struct options options = {"lab-bench timeline", text_timeline_help, rows, 1, NULL, NULL};
    int status = options_read(&options, argc, argv);
    if (status >= 0)
        return status;
    stop_catch();
    bool ok = timeline_make(folder, TRIES, why);
    if (stop_signal != 0)
        return stop_status();
    if (!ok)
        (void)fprintf(stderr, "lab-bench timeline: %s\n", why);
    else
        (void)printf("the six timelines: %s/sheet.svg\n", folder);
    return ok ? 0 : 1;
}
