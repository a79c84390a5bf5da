/* test_run.c: the program lab-bench, run as people run it: small runs, a crash, Ctrl-C, wrong usage
 *
 * LAB_BENCH in the environment is the program; it finds the servers beside itself.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h> /* program_invocation_name */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bound.h"
#include "instrumented.h"
#include "jsonread.h"
#include "report_parts.h"
#include "runfile.h"
#include "sample.h"
#include "unit.h"

enum { BOUND = 120, WORDS = 40, COMMAND = 1024 };
enum { STICKY = 0x1f }; /* in arguments: a space that does not end a word */

/* A run of the program; its results are in folder/out. */
struct ran {
    char folder[UNIT_PATH], out[UNIT_PATH + 8];
    pid_t pid;
    int status;
    char *said, *complained;
    struct sample *samples;
    size_t count;
    struct runfile *file;
};

static const char *program(void)
{
    const char *path = getenv("LAB_BENCH");
    if (path == NULL)
        unit_skip("LAB_BENCH is not set");
    return path;
}

static void begin(struct ran *ran, const char *arguments)
{
    char copy[COMMAND], *words[WORDS] = {NULL}, *rest = copy, path[UNIT_PATH + 16];
    size_t n = 1;
    memset(ran, 0, sizeof *ran);
    words[0] = (char *)(uintptr_t)program();
    unit_folder(ran->folder);
    (void)snprintf(ran->out, sizeof ran->out, "%s/out", ran->folder);
    unit_check(snprintf(copy, sizeof copy, "%s", arguments) < COMMAND, "too long");
    while (n + 5 < WORDS && (words[n] = strtok_r(rest, " ", &rest)) != NULL)
        n++;
    bool is_run = n > 1 && strcmp(words[1], "run") == 0;
    for (size_t i = 1; i < n; i++) {
        for (char *at = words[i]; (at = strchr(at, STICKY)) != NULL;)
            *at = ' ';
    }
    char *const more[] = {"--out", ran->out, "--dir", ran->folder, NULL};
    for (size_t i = 0; is_run && more[i] != NULL; i++)
        words[n++] = more[i];
    words[n] = NULL;
    ran->pid = fork();
    unit_check(ran->pid >= 0, "fork");
    if (ran->pid > 0)
        return;
    (void)snprintf(path, sizeof path, "%s/said", ran->folder);
    int said = open(path, O_WRONLY | O_CREAT, 0600);
    (void)snprintf(path, sizeof path, "%s/complained", ran->folder);
    int complained = open(path, O_WRONLY | O_CREAT, 0600);
    if (said < 0 || complained < 0 || dup2(said, 1) < 0 || dup2(complained, 2) < 0)
        _exit(125);
    (void)execv(words[0], words);
    _exit(126);
}

static void finish(struct ran *ran)
{
    size_t len;
    int status;
    unit_check(waitpid(ran->pid, &status, 0) == ran->pid, "waitpid");
    unit_check(WIFEXITED(status), "ended by signal %d", WTERMSIG(status));
    ran->status = WEXITSTATUS(status);
    ran->said = unit_read(ran->folder, "said", &len);
    ran->said[len] = '\0'; /* unit_read leaves room for it */
    ran->complained = unit_read(ran->folder, "complained", &len);
    ran->complained[len] = '\0';
}

static void results_read(struct ran *ran)
{
    char path[UNIT_PATH + 32], why[160] = "";
    (void)snprintf(path, sizeof path, "%s/samples.csv", ran->out);
    FILE *csv = fopen(path, "re");
    unit_check(csv != NULL, "no samples.csv; %s", ran->complained);
    bool ok = sample_read_all(csv, &ran->samples, &ran->count, why);
    (void)fclose(csv);
    unit_check(ok, "samples.csv: %s", why);
    ran->file = calloc(1, sizeof *ran->file);
    unit_check(ran->file != NULL && runfile_read(ran->file, ran->out, why), "run.json: %s", why);
}

static void ran_free(struct ran *ran)
{
    free(ran->said);
    free(ran->complained);
    free(ran->samples);
    free(ran->file);
    unit_folder_remove(ran->folder);
}

static bool file_there(const struct ran *ran, const char *name)
{
    char path[2 * UNIT_PATH];
    (void)snprintf(path, sizeof path, "%s/%s", ran->out, name);
    return access(path, R_OK) == 0;
}

static bool measured(const struct sample *s)
{
    return (s->state == SAMPLE_GOOD || s->state == SAMPLE_STEAL || s->state == SAMPLE_GENERATOR) &&
           s->requests > 0 && s->seconds > 0 && s->p50 > 0 && s->user + s->system > 0 &&
           s->pss > 0 && s->processes >= 1 && s->threads >= 1;
}

/* A machine on which twenty others want the same processor is no fault of the program. */
static bool starved(const struct sample *s)
{
    return s->state == SAMPLE_ERRORS && strcmp(s->note, "nothing was answered in this time") == 0;
}

/* The last row of a server at a point; NULL: none. */
static const struct sample *row(const struct ran *ran, const char *experiment, const char *server)
{
    const struct sample *last = NULL;
    for (size_t i = 0; i < ran->count; i++) {
        if (strcmp(ran->samples[i].experiment, experiment) == 0 &&
            strcmp(ran->samples[i].server, server) == 0)
            last = &ran->samples[i];
    }
    return last;
}

/* ---- the runs ---- */

static void test_tiny(void **state)
{
    (void)state;
    static const char *const servers[] = {"floor",  "loop", "fork", "thread",
                                          "select", "poll", "epoll"};
    static const char *const asked[] = {"ping", "come-and-go"};
    struct ran ran;
    char name[80];
    unit_bound(BOUND, "a tiny run");
    begin(
        &ran,
        "run ping come-and-go --points 3 -t 0.1 -r 1 --retries 3 --seed 5 --no-trace --no-report");
    finish(&ran);
    unit_check(ran.status == 0, "status %d: %s", ran.status, ran.complained);
    results_read(&ran);
    for (size_t e = 0; e < 2; e++) {
        for (size_t i = 0; i < UNIT_COUNT(servers); i++) {
            const struct sample *s = row(&ran, asked[e], servers[i]);
            unit_check(s != NULL && s->x == 3, "no row of %s, %s", asked[e], servers[i]);
            bool cannot = e == 0 && strcmp(servers[i], "loop") == 0;
            unit_check(cannot ? s->state == SAMPLE_CANNOT : measured(s) || starved(s),
                       "%s, %s: %s (%s)", asked[e], servers[i], sample_state_word[s->state],
                       s->note);
            (void)snprintf(name, sizeof name, "hdr/%s-%s-3-1.hgrm", asked[e], servers[i]);
            unit_check(!measured(s) || s->attempt > 0 || file_there(&ran, name), "no %s", name);
        }
    }
    unit_check(ran.count >= 14, "%zu rows", ran.count);
    unit_check(strcmp(row(&ran, "ping", "loop")->note, "one client at a time") == 0, "note");
    unit_check(ran.file->seed == 5 && ran.file->rounds == 1 && ran.file->servers_count == 7 &&
                   ran.file->ended[0] != '\0' && !ran.file->interrupted,
               "run.json");
    unit_check(strstr(ran.file->command, "--seed 5") != NULL, "%s", ran.file->command);
    unit_check(strstr(ran.said, "samples in about") != NULL, "no plan: %s", ran.said);
    ran_free(&ran);
}

static void test_standing_still(void **state)
{
    (void)state;
    struct ran ran;
    unit_bound(BOUND, "bad-neighbour");
    begin(&ran, "run bad-neighbour -m 01,06 --points 1 -t 0.05 -r 2 --retries 0 --no-report");
    finish(&ran);
    unit_check(ran.status == 0, "status %d: %s", ran.status, ran.complained);
    results_read(&ran);
    const struct sample *loop = row(&ran, "bad-neighbour", "loop");
    const struct sample *epoll = row(&ran, "bad-neighbour", "epoll");
    unit_check(loop != NULL && loop->state == SAMPLE_CANNOT &&
                   strcmp(loop->note, "stands still") == 0,
               "loop: %s", loop != NULL ? loop->note : "no row");
    unit_check(epoll != NULL && (measured(epoll) || starved(epoll)), "epoll: %s",
               epoll != NULL ? epoll->note : "no row");
    ran_free(&ran);
}

static void test_memory(void **state)
{
    (void)state;
    struct ran ran;
    unit_bound(BOUND, "memory");
    begin(&ran, "run memory -m 02,06 --points 20 -t 0.05 -r 1 --retries 0 --no-report");
    finish(&ran);
    results_read(&ran);
    const struct sample *fork_row = row(&ran, "memory", "fork");
    const struct sample *epoll = row(&ran, "memory", "epoll");
    unit_check(fork_row != NULL && epoll != NULL, "rows");
    unit_check(fork_row->processes == 21 && epoll->processes == 1, "%g processes",
               fork_row->processes);
    unit_check(sample_client_memory(fork_row) > 20000, "a process: %g bytes",
               sample_client_memory(fork_row));
    if (INSTRUMENTED) /* malloc's shadow and quarantine grow besides: how much is no matter */
        print_message("SKIPPED what a client of epoll costs: the server is instrumented\n");
    else
        unit_check(sample_client_memory(epoll) < 20000, "a client of epoll: %g bytes",
                   sample_client_memory(epoll));
    ran_free(&ran);
}

static size_t rows_so_far(const struct ran *ran)
{
    size_t len, lines = 0;
    char *text = unit_read(ran->out, "samples.csv", &len);
    for (size_t i = 0; text != NULL && i < len; i++)
        lines += text[i] == '\n';
    free(text);
    return lines;
}

static bool some_rows(void *arg)
{
    return access(((const struct ran *)arg)->out, R_OK) == 0 && rows_so_far(arg) >= 5;
}

static void test_interrupted(void **state)
{
    (void)state;
    struct ran ran;
    unit_bound(BOUND, "Ctrl-C");
    begin(&ran, "run ping -m 05,06 --points 2 -t 0.05 -r 900 --no-report");
    bool came = bound_await(some_rows, &ran, 1000L * BOUND / 2);
    (void)kill(ran.pid, SIGINT);
    finish(&ran);
    unit_check(came, "no samples: %s", ran.complained);
    unit_check(ran.status == 130, "status %d: %s", ran.status, ran.complained);
    results_read(&ran);
    unit_check(ran.count >= 4 && ran.file->interrupted && ran.file->ended[0] != '\0', "%zu rows",
               ran.count);
    DIR *dir = opendir(ran.folder);
    unit_check(dir != NULL, "opendir");
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        unit_check(strncmp(entry->d_name, "lab-bench-", 10) != 0, "%s is left", entry->d_name);
    (void)closedir(dir);
    ran_free(&ran);
}

static void test_crash(void **state)
{
    (void)state;
    struct ran ran;
    char arguments[COMMAND];
    (void)snprintf(arguments, sizeof arguments,
                   "run ping -m 06 --no-floor --points 2 -t 0.05 -r 2 --no-trace --no-report "
                   "--server weak=%s\x1f--crash-server\x1f{port}",
                   program_invocation_name); /* relative: the checkout's path may have a blank */
    unit_bound(BOUND, "a crash");
    begin(&ran, arguments);
    finish(&ran);
    unit_check(ran.status == 1, "status %d: %s", ran.status, ran.complained);
    results_read(&ran);
    size_t crashed = 0;
    for (size_t i = 0; i < ran.count; i++)
        crashed +=
            strcmp(ran.samples[i].server, "weak") == 0 && ran.samples[i].state == SAMPLE_CRASHED;
    unit_check(crashed == 2 && ran.file->counts[SAMPLE_CRASHED] == 2, "%zu crashed", crashed);
    const struct sample *epoll = row(&ran, "ping", "epoll");
    unit_check(epoll != NULL && epoll->round == 2 && (measured(epoll) || starved(epoll)),
               "the run did not go on");
    unit_check(strstr(ran.complained, "the roof fell down") != NULL, "its log: %s", ran.complained);
    unit_check(ran.file->notes_count > 0 &&
                   strstr(ran.file->notes[ran.file->notes_count - 1], "the roof fell down") != NULL,
               "no note in run.json");
    ran_free(&ran);
}

/* The record and the page say which servers had --durable. */
static void test_durable(void **state)
{
    (void)state;
    struct ran ran;
    char arguments[COMMAND], why[160] = "", *page = NULL;
    size_t len;
    const char *all = getenv("SERVERS"), *server = all != NULL ? strrchr(all, ' ') : NULL;
    if (server == NULL)
        unit_skip("SERVERS is not set");
    (void)snprintf(arguments, sizeof arguments,
                   "run upload -m 06 --no-floor --points 1024 -t 0.05 -r 1 --retries 0 --no-trace "
                   "--no-report --server safe=%s\x1f--durable\x1f-p\x1f{port}\x1f-d\x1f{dir}",
                   server + 1);
    unit_bound(BOUND, "durable uploads");
    begin(&ran, arguments);
    finish(&ran);
    unit_check(ran.status == 0, "status %d: %s", ran.status, ran.complained);
    char *json = unit_read(ran.out, "run.json", &len);
    json[len] = '\0';
    const char *epoll = strstr(json, "\"name\": \"epoll\", \"durable\": false"),
               *safe = strstr(json, "\"name\": \"safe\", \"durable\": true");
    unit_check(epoll != NULL && safe != NULL, "run.json: %s", json);
    struct report *report = calloc(1, sizeof *report);
    FILE *out = open_memstream(&page, &len);
    unit_check(report != NULL && out != NULL && report_read(report, ran.out, why), "read: %s", why);
    html_environment(report, out);
    (void)fclose(out);
    unit_check(strstr(page, "durable with safe (") != NULL &&
                   strstr(page, "not durable with epoll (") != NULL,
               "the page: %s", page);
    report_free(report);
    free(report);
    free(page);
    free(json);
    ran_free(&ran);
}

static void test_wrong_usage(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "frobnicate",
        "--frobnicate",
        "--version too",
        "report",
        "report a b",
        "compare one",
        "run",
        "run nothing",
        "run ping --models 07",
        "run ping --models 06,06",
        "run ping --models",
        "run ping -t soon",
        "run ping -r 1.5",
        "run ping --clients 1,,2",
        "run ping --server mine",
        "run ping --server mine=./mine",
        "run ping --models none --no-floor",
        "run ping --server-cpus 3-1",
        "run chat --points 1",
        "run bad-neighbour --points 3",
        "run active-share --points 101",
        "run ping --steal 101",
        "run ping --unheard-of",
    };
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        struct ran ran;
        begin(&ran, wrong[i]);
        finish(&ran);
        unit_check(ran.status == 2, "'%s': status %d", wrong[i], ran.status);
        const char *end = strchr(ran.complained, '\n');
        unit_check(strncmp(ran.complained, "lab-bench", 9) == 0 && end != NULL && end[1] == '\0',
                   "'%s': %s", wrong[i], ran.complained);
        unit_check(!file_there(&ran, ""), "'%s' made a folder", wrong[i]);
        ran_free(&ran);
    }
}

static void test_help(void **state)
{
    (void)state;
    static const char *const right[] = {"--help", "--version", "run --help", "report --help",
                                        "compare --help"};
    for (size_t i = 0; i < UNIT_COUNT(right); i++) {
        struct ran ran;
        begin(&ran, right[i]);
        finish(&ran);
        unit_check(ran.status == 0 && ran.said[0] != '\0' && ran.complained[0] == '\0',
                   "'%s': %d %s", right[i], ran.status, ran.complained);
        ran_free(&ran);
    }
}

/* ---- a server that is no good: this program itself, started by lab-bench ---- */

static int crash_server(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 ||
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) < 0 ||
        bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 10) < 0)
        return 1;
    for (;;) {
        char line[64];
        int client = accept(listener, NULL, NULL);
        if (client < 0 || send(client, "HELLO 1 weak\n", 13, MSG_NOSIGNAL) != 13 ||
            recv(client, line, sizeof line, 0) <= 0) {
            if (client >= 0)
                (void)close(client);
            continue; /* who only wanted to know whether we are up */
        }
        (void)fprintf(stderr, "the roof fell down\n");
        (void)kill(getpid(), SIGKILL);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_tiny),  UNIT(test_standing_still), UNIT(test_memory),      UNIT(test_interrupted),
        UNIT(test_crash), UNIT(test_durable),        UNIT(test_wrong_usage), UNIT(test_help),
    };
    if (argc == 3 && strcmp(argv[1], "--crash-server") == 0)
        return crash_server((int)strtol(argv[2], NULL, 10));
    return unit_run("run", tests, argc, argv);
}
