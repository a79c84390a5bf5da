/* bench/timeline/trace.c: see trace.h
 *
 * Lines of a trace, with the process id in front:
 *
 *     41 1700000000.1 recvfrom(8, ""..., 16384, 0, NULL, NULL) = 2 <0.000012>
 *     41 1700000000.2 poll([{fd=4, events=POLLIN}], 1, -1 <unfinished ...>
 *     41 1700000000.3 <... poll resumed>) = 1 ([{fd=4, revents=POLLIN}]) <0.100000>
 *     41 1700000000.4 +++ exited with 0 +++
 */
#include "timeline/trace.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "common/fail.h"

/* A question mark: this machine may not have the call. */
const char trace_calls[] =
    "?accept,accept4,recvfrom,sendto,sendmsg,?poll,ppoll,?select,pselect6,?epoll_wait,epoll_pwait,"
    "futex,splice,sendfile,wait4,clone,?clone3,?fork,?vfork";

static const double asleep_min = 1e-3; /* seconds: longer than a call takes that does not wait */

struct task {
    pid_t pid;
    bool ended;
    double at;      /* until here its lane is drawn */
    double entered; /* the call that has not returned; 0: none */
    char call[16];
    bool again; /* the last sleep ended because time was up */
    struct lane lane;
};

struct trace_reading {
    struct task tasks[TRACE_LANES];
    size_t count;
    double began, end;
};

static struct task *task_find(struct trace_reading *reading, pid_t pid, double at)
{
    for (size_t i = 0; i < reading->count; i++)
        if (reading->tasks[i].pid == pid && !reading->tasks[i].ended)
            return &reading->tasks[i];
    if (reading->count == TRACE_LANES)
        return NULL;
    struct task *task = &reading->tasks[reading->count++];
    *task = (struct task){.pid = pid, .at = at};
    return task;
}

/* The time from task->at to this one was spent so. */
static void task_spend(const struct trace_reading *reading, struct task *task, double to,
                       enum lane_state state, const char *call)
{
    double from = task->at > reading->began ? task->at : reading->began;
    double until = to < reading->end ? to : reading->end;
    lane_add(&task->lane, from - reading->began, until - reading->began, state, call);
    task->at = to > task->at ? to : task->at;
}

/* What a reader knows: the library's name, not the kernel's. */
static const char *call_known(const char *call)
{
    static const char *const names[][2] = {
        {"accept4", "accept"},        {"recvfrom", "recv"}, {"sendto", "send"},
        {"pselect6", "select"},       {"ppoll", "poll"},    {"wait4", "wait"},
        {"epoll_pwait", "epoll_wait"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(call, names[i][0]) == 0)
            return names[i][1];
    return call;
}

/* A call has returned. */
static void task_returned(const struct trace_reading *reading, struct task *task, double entered,
                          double took, bool time_up)
{
    const char *call = call_known(task->call);
    if (took < asleep_min)
        return;
    /* it sleeps again in the same call, after a look at the console: that is one sleep */
    bool same = task->again && task->lane.count > 0 && entered - task->at < asleep_min &&
                strcmp(task->lane.spans[task->lane.count - 1].call, call) == 0;
    if (!same)
        task_spend(reading, task, entered, LANE_WORKING, "");
    task_spend(reading, task, entered + took, LANE_ASLEEP, call);
    task->again = time_up;
}

/* clone and fork return the new one's process id. It may have lines of its own already. */
static void task_started(struct trace_reading *reading, const char *call, const char *result,
                         double at)
{
    long pid = strtol(result, NULL, 10);
    if (pid > 0 && (strstr(call, "clone") != NULL || strstr(call, "fork") != NULL))
        (void)task_find(reading, (pid_t)pid, at);
}

/* At the end of a line: "= 2 <0.000012>". False: the call has not returned. */
static bool line_result(const char *line, const char **result, double *took)
{
    const char *equals = strstr(line, " = "), *angle = strrchr(line, '<');
    if (equals == NULL || angle == NULL || angle < equals)
        return false;
    *result = equals + 3;
    *took = strtod(angle + 1, NULL);
    return true;
}

static void call_take(struct trace_reading *reading, struct task *task, double at, const char *line)
{
    const char *result, *name = line;
    double took;
    bool resumed = strncmp(line, "<... ", 5) == 0;
    name += resumed ? 5 : 0;
    size_t length = strcspn(name, " (");
    (void)snprintf(task->call, sizeof task->call, "%.*s", (int)length, name);
    if (!line_result(line, &result, &took)) {
        task->entered = resumed ? task->entered : at;
        return;
    }
    double entered = resumed && task->entered > 0 ? task->entered : at;
    task->entered = 0;
    task_started(reading, task->call, result, entered + took);
    task_returned(reading, task, entered, took,
                  strstr(result, "EAGAIN") != NULL || strncmp(result, "0 (Timeout)", 11) == 0);
}

static bool line_take(struct trace_reading *reading, const char *line, char why[WHY])
{
    char *rest;
    pid_t pid = (pid_t)strtol(line, &rest, 10);
    double at = strtod(rest, &rest);
    if (pid <= 0 || !(at > 0) || *rest != ' ')
        return fail(why, "this is no line of a trace: %.80s", line);
    struct task *task = task_find(reading, pid, at);
    if (task == NULL)
        return fail(why, "the server has more than %d processes and threads", TRACE_LANES);
    rest++;
    if (strncmp(rest, "+++", 3) == 0) {
        task_spend(reading, task, at, LANE_WORKING, "");
        task->ended = true;
    } else if (strncmp(rest, "---", 3) != 0) {
        call_take(reading, task, at, rest);
    }
    return true;
}

/* At the end of the scene it is in a call, or it works. */
static void task_close(const struct trace_reading *reading, struct task *task)
{
    if (task->ended)
        return;
    if (task->entered > 0 && reading->end - task->entered >= asleep_min) {
        task_spend(reading, task, task->entered, LANE_WORKING, "");
        task_spend(reading, task, reading->end, LANE_ASLEEP, call_known(task->call));
    }
    task_spend(reading, task, reading->end, LANE_WORKING, "");
}

bool trace_read(struct trace *trace, FILE *file, double began, double end, char why[WHY])
{
    struct trace_reading reading = {.began = began, .end = end};
    char *line = NULL;
    size_t size = 0;
    bool ok = true;
    *trace = (struct trace){.count = 0};
    while (ok && getline(&line, &size, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        ok = line_take(&reading, line, why);
    }
    free(line);
    for (size_t i = 0; i < reading.count; i++) {
        struct task *task = &reading.tasks[i];
        task_close(&reading, task);
        if (task->lane.count > 0)
            trace->lanes[trace->count++] = task->lane;
        else
            lane_free(&task->lane);
    }
    return ok && (trace->count > 0 || fail(why, "the trace is empty"));
}

void trace_free(struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++)
        lane_free(&trace->lanes[i]);
    trace->count = 0;
}
