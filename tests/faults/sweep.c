/* tests/faults/sweep.c: the faults of one model, one after another
 *
 * After each fault: the server runs, and the next client gets the right listing; the witness is
 * still there, and has received everything once and in order; what was put is the old file or the
 * new one; no temporary file, descriptor, thread, process or nick is left. At most one client was
 * harmed by a call that failed once, none by an interruption. In a part of the runs: the server
 * sleeps while the call fails, and afterwards.
 */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bound.h"
#include "host.h"

enum { LOOK_EACH = 24, MOST_VIOLATIONS = 25, DEEPEST = 60, PAUSES = 4, MOST_FAILING = 2000 };

void sweep_console(const char *line)
{
    if (write(host.server->console, line, strlen(line)) < 0)
        problem("writing to the console: %s", strerror(errno));
}

bool sweep_console_gone(void)
{
    return host.fault.call == CALL_read && host.fault.effect == EIO && host_injected() > 0;
}

bool sweep_hides_entries(void)
{
    bool of_entry = host.fault.effect == EIO || host.fault.effect == EACCES;
    return host.fault.call == CALL_fstatat && of_entry;
}

/* ---- a violation ---- */

static void fault_print(char *text, size_t size)
{
    (void)snprintf(text, size, "%s %s:%u:%s %s %s", host.model, call_name(host.fault.call),
                   host.fault.nth, effect_name(host.fault.effect), host.fault.on ? "on" : "once",
                   host.scenario->name);
}

static void log_print(void)
{
    char path[600], line[300];
    enum { LINES = 6 };
    static char last[LINES][sizeof line];
    unsigned int n = 0;
    (void)snprintf(path, sizeof path, "%s", host.server->log);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        memcpy(last[n++ % LINES], line, sizeof line);
    if (file != NULL)
        (void)fclose(file);
    for (unsigned int i = n < LINES ? 0 : n - LINES; i < n; i++)
        printf("    log: %s", last[i % LINES]);
}

static void violation(void)
{
    char what[200];
    uint64_t place = host.control->slots[0].place;
    host_disarm();
    fault_print(what, sizeof what);
    host.totals->violations++;
    printf("VIOLATION %s\n    %s\n    again: make faults ONLY='%s'\n", what, host.problem, what);
    printf("    failed calls: %u", host_injected());
    if (place != 0)
        printf(", the first returns to: addr2line -fpe %s/%s-server 0x%llx", host.model,
               host.model + 3, (unsigned long long)place);
    printf("\n");
    for (int i = 0; i < DIALOGS; i++)
        if (dialogs[i].name != NULL && dialogs[i].transcript[0] != '\0')
            printf("    %s:\n%s", dialogs[i].name, dialogs[i].transcript);
    if (host.server != NULL)
        log_print();
    (void)fflush(stdout);
    host_kill();
    host.problem[0] = '\0';
}

/* ---- one fault ---- */

static void judge(void)
{
    size_t harmed = dialogs_harmed() + WITNESS->harmed, allowed = 1;
    if (fault_is_invisible(&host.fault))
        allowed = 0;
    else if (host.fault.on)
        allowed = DIALOGS;
    if (harmed > allowed)
        problem("%zu clients were refused or closed, and %zu may be", harmed, allowed);
    if (host_injected() > MOST_FAILING && host.fault.effect != EFFECT_SHORT)
        problem("the call that fails was made %u times: the server spins", host_injected());
}

static void fresh(void)
{
    for (int i = 1; i < DIALOGS; i++)
        dialogs[i].name = NULL;
    host.problem[0] = '\0';
    WITNESS->transcript[0] = '\0';
    host.fault_ended = false;
    if (host.server == NULL)
        host_start();
}

/* Runs a scenario with a fault; without one (call is CALL_NONE) it counts the calls. */
static void run_served(void)
{
    if (host.scenario->before != NULL)
        host_stop();
    if (!has_problem())
        fresh();
    if (!has_problem() && host.scenario->before != NULL)
        host.scenario->before();
    if (!has_problem()) {
        host_arm(host.fault.call != CALL_NONE ? &host.fault : NULL, host.scenario->with);
        scenario_run(host.scenario);
        if (host.look && host.fault.on && host.fault.effect != EFFECT_SHORT &&
            host.control->armed != 0 && host_injected() > 0)
            host_check_sleep("while the call fails");
        host_disarm();
    }
    if (host.scenario->after != NULL)
        host.scenario->after();
    if (host.fault.call != CALL_NONE && host_injected() > 0)
        judge();
    else if (dialogs_harmed() > 0 || WITNESS->harmed)
        problem("nothing has failed, and %zu clients were harmed", dialogs_harmed());
    if (!has_problem())
        host_check_settled();
    if (host.look && !has_problem())
        host_check_sleep("afterwards");
    if (sweep_console_gone() && !has_problem())
        host_stop();
}

/* ---- at the start and at the end ---- */

/* The startup line; false: standard output has ended before it. */
static bool startup(struct serverproc *server)
{
    struct pollfd polled = {.fd = server->output, .events = POLLIN};
    size_t n = 0;
    while (n + 1 < sizeof server->startup && poll(&polled, 1, (int)bound_of(8000)) == 1 &&
           read(server->output, server->startup + n, 1) == 1)
        if (server->startup[n++] == '\n')
            break;
    server->startup[n] = '\0';
    const char *colon = strstr(server->startup, ", serving ");
    while (colon != NULL && colon > server->startup && *colon != ':')
        colon--;
    server->port = colon != NULL ? (int)strtol(colon + 1, NULL, 10) : 0;
    return server->port > 0;
}

/* The log has the reason. getaddrinfo(3) has a name of its own for want of memory. */
static bool reason_logged(int error)
{
    return serverproc_logged(host.server, strerror(error)) ||
           (error == ENOMEM && serverproc_logged(host.server, gai_strerror(EAI_MEMORY)));
}

/* It runs, or it prints one sentence, why not, and exits with status 1. */
static void run_start(void)
{
    char sentence[40];
    host_kill();
    host.problem[0] = '\0';
    host.control->spared[0] = 0;
    memset(dialogs, 0, sizeof dialogs);
    WITNESS->name = "nobody";
    host_arm(host.fault.call != CALL_NONE ? &host.fault : NULL, NULL);
    host.server = host_launch();
    bool runs = startup(host.server);
    host_disarm();
    if (runs) {
        struct dialog *client = dialog_open("client");
        dialog_printf(client, "L\n");
        (void)dialog_expect_ok(client);
        dialog_printf(client, "Q\n");
        (void)dialog_expect_ok(client);
        dialog_expect_end(client);
        if (client->harmed)
            problem("it started, but does not serve: %s", client->line);
        if (!has_problem())
            host_stop();
        return;
    }
    (void)snprintf(sentence, sizeof sentence, "%s-server: ", host.model + 3);
    if (!serverproc_wait(host.server, 8000))
        problem("it neither starts nor ends");
    else if (!WIFEXITED(host.server->status) || WEXITSTATUS(host.server->status) != 1)
        problem("it does not end with status 1 (wait status 0x%x)", (unsigned)host.server->status);
    else if (!serverproc_logged(host.server, sentence))
        problem("it does not say why it does not start");
    else if (host.fault.effect > 0 && !reason_logged(host.fault.effect))
        problem("it logs a reason why it does not start, but the wrong one: %s",
                strerror(host.fault.effect));
    if (!has_problem())
        host_kill();
}

/* SIGTERM with clients: an idle one, a member, one that uploads. */
static void run_stop(void)
{
    host_kill();
    fresh();
    struct dialog *idle = dialog_open("client");
    if (sweep_many_clients()) {
        struct dialog *member = dialog_open("second");
        dialog_enter(member);
    }
    dialog_printf(idle, "P 10 put\n");
    if (sweep_many_clients())
        (void)dialog_expect_go(idle);
    const unsigned char *bytes = sweep_new("put", 10);
    host_arm(host.fault.call != CALL_NONE ? &host.fault : NULL, NULL);
    serverproc_signal(host.server, SIGTERM);
    if (!sweep_many_clients())
        (void)dialog_expect_go(idle);
    dialog_send(idle, bytes, 10);
    (void)dialog_expect_ok(idle);
    for (int i = 0; i < DIALOGS; i++)
        dialog_expect_end(&dialogs[i]);
    if (!serverproc_wait(host.server, 12000))
        problem("SIGTERM does not end the server");
    host_disarm();
    if (!has_problem() && folder_hidden(host.server->dir, NULL, 0) > 0 &&
        !(host.fault.call == CALL_unlinkat && host_injected() > 0))
        problem("a temporary file is left");
    if (!has_problem())
        host_stop();
}

static const struct scenario ends[] = {
    {.name = "start", .run = run_start},
    {.name = "stop", .run = run_stop},
};

static bool is_end(const struct scenario *scenario)
{
    return scenario == &ends[0] || scenario == &ends[1];
}

static void run_one(const struct scenario *scenario, const struct fault *fault, bool look)
{
    static const struct fault none;
    host.scenario = scenario;
    host.fault = fault != NULL ? *fault : none;
    host.look = look;
    host.totals->runs++;
    if (is_end(scenario))
        scenario->run();
    else
        run_served();
    if (fault != NULL && host_injected() > 0) {
        host.totals->faults++;
        host.totals->failing += host_injected();
    } else if (fault != NULL) {
        host.totals->missed++;
    }
    if (has_problem())
        violation();
}

/* ---- the plan ---- */

struct sweep_step {
    const struct scenario *scenario;
    struct fault fault;
};

struct plan {
    struct sweep_step *steps;
    size_t count, room;
};

static void plan_add(struct plan *plan, const struct scenario *scenario, const struct fault *fault)
{
    if (plan->count == plan->room) {
        plan->room = plan->room == 0 ? 1024 : plan->room * 2;
        plan->steps = realloc(plan->steps, plan->room * sizeof *plan->steps);
        if (plan->steps == NULL)
            abort();
    }
    plan->steps[plan->count++] = (struct sweep_step){scenario, *fault};
}

/* The server can only wait for better times: each of these takes a quarter of a second. */
static bool fault_pauses(const struct fault *fault)
{
    bool waits = fault->call == CALL_poll || fault->call == CALL_select;
    return waits && effect_times(fault->effect) == UINT32_MAX;
}

static void plan_call(struct plan *plan, const struct scenario *scenario, enum inject_call call,
                      uint32_t times)
{
    char effects[200], *rest = effects;
    (void)snprintf(effects, sizeof effects, "%s", call_effects(call, host.model));
    if (times > DEEPEST)
        times = DEEPEST;
    for (const char *word; (word = strsep(&rest, " ")) != NULL && *word != '\0';)
        for (uint32_t nth = 1; nth <= times; nth++)
            for (int on = 0; on < 2; on++) {
                const struct fault fault = {call, nth, effect_by_name(word), on == 1};
                if (!on || nth <= PAUSES || !fault_pauses(&fault))
                    plan_add(plan, scenario, &fault);
            }
}

static bool may_fail(const struct scenario *scenario, enum inject_call call)
{
    const char *name = call_name(call), *found = scenario->calls;
    size_t n = strlen(name);
    while (found != NULL && (found = strstr(found, name)) != NULL) {
        bool begins = found == scenario->calls || found[-1] == ' ';
        if (begins && (found[n] == ' ' || found[n] == '\0'))
            return true;
        found += n;
    }
    return scenario->calls == NULL;
}

/* Runs the scenario without a fault, to see which calls there are. */
static void plan_scenario(struct plan *plan, const struct scenario *scenario)
{
    uint32_t most[CALLS] = {0};
    if (scenario->models != NULL && strstr(scenario->models, host.model) == NULL)
        return;
    for (int i = 0; i < (is_end(scenario) ? 1 : 2); i++) { /* not every run is like the other */
        run_one(scenario, NULL, false);
        for (int call = 1; call < CALLS; call++)
            if (host.control->calls[call] > most[call])
                most[call] = host.control->calls[call];
    }
    for (int call = 1; call < CALLS; call++)
        if (may_fail(scenario, (enum inject_call)call))
            plan_call(plan, scenario, (enum inject_call)call, most[call]);
}

/* A sample in random order; the same for the same seed. */
static void plan_sample(struct plan *plan, unsigned int sample, unsigned int seed)
{
    for (size_t i = 0; i < sample && i < plan->count; i++) {
        size_t other = i + (size_t)rand_r(&seed) % (plan->count - i);
        struct sweep_step step = plan->steps[i];
        plan->steps[i] = plan->steps[other];
        plan->steps[other] = step;
    }
    if (plan->count > sample)
        plan->count = sample;
}

static const struct scenario *scenario_find(const char *name)
{
    for (size_t i = 0; i < 2; i++)
        if (strcmp(ends[i].name, name) == 0)
            return &ends[i];
    for (const struct scenario *one = scenarios; one->name != NULL; one++)
        if (strcmp(one->name, name) == 0)
            return one;
    return NULL;
}

static void run_only(const char *only)
{
    char call[32], effect[32], mode[8], name[32], what[200];
    struct fault fault;
    if (sscanf(only, "%31[^:]:%u:%31s %7s %31s", call, &fault.nth, effect, mode, name) != 5 ||
        scenario_find(name) == NULL || call_by_name(call) == CALL_NONE ||
        effect_by_name(effect) == 0) {
        printf("faults: no such fault: %s\n", only);
        host.totals->violations++;
        return;
    }
    fault.call = call_by_name(call);
    fault.effect = effect_by_name(effect);
    fault.on = strcmp(mode, "on") == 0;
    run_one(scenario_find(name), &fault, true);
    fault_print(what, sizeof what);
    printf("%s: %u calls have failed\n", what, host_injected());
    for (int i = 0; i < DIALOGS; i++)
        if (dialogs[i].name != NULL)
            printf("    %s%s:\n%s", dialogs[i].name, dialogs[i].harmed ? " (harmed)" : "",
                   dialogs[i].transcript);
}

static void run_plan(unsigned int sample, unsigned int seed)
{
    struct plan plan = {0};
    for (const struct scenario *one = scenarios; one->name != NULL; one++)
        plan_scenario(&plan, one);
    plan_scenario(&plan, &ends[0]);
    plan_scenario(&plan, &ends[1]);
    host.totals->planned = plan.count;
    if (sample > 0)
        plan_sample(&plan, sample, seed);
    for (size_t i = 0; i < plan.count && host.totals->violations < MOST_VIOLATIONS; i++)
        run_one(plan.steps[i].scenario, &plan.steps[i].fault, i % LOOK_EACH == LOOK_EACH - 1);
    free(plan.steps);
}

static void count_places(void)
{
    bool seen[CALLS] = {false};
    for (int i = 0; i < INJECT_PLACES; i++) {
        uint64_t place = host.control->places[i];
        host.totals->places += place != 0;
        host.totals->calls += place != 0 && !seen[place >> 32];
        if (place != 0)
            seen[place >> 32] = true;
    }
}

bool sweep_model_all(struct sweep_totals *totals, const char *library, unsigned int sample,
                     unsigned int seed, const char *only)
{
    long start = bound_now();
    host.model = totals->model;
    host.totals = totals;
    if (!host_begin(library))
        return false;
    if (only != NULL)
        run_only(only);
    else
        run_plan(sample, seed);
    host.fault = (struct fault){0};
    host_stop();
    if (has_problem()) {
        printf("VIOLATION %s, at the end: %s\n", host.model, host.problem);
        totals->violations++;
    }
    count_places();
    host_end();
    totals->seconds = (double)(bound_now() - start) / 1000;
    return totals->violations == 0;
}
