/* tests/faults/sweep.c: the faults of one model, one after another
 *
 * After each fault: the server runs, and the next client gets the right listing; the witness is
 * still there, and has received everything once and in order; what was put is the old file or the
 * new one; no temporary file, descriptor, thread, process or nick is left. At most one client was
 * harmed by a call that failed once, none by an interruption. In a part of the runs: the server
 * sleeps while the call fails, and afterwards.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bound.h"
#include "dialog.h"
#include "host.h"
#include "sweep.h"

enum { LOOK_EACH = 24, MOST_VIOLATIONS = 25, MOST_FAILING = 2000 };

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
    char line[300];
    enum { LINES = 6 };
    static char last[LINES][sizeof line];
    unsigned int n = 0;
    FILE *file = fopen(host.server->log, "re");
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
    if (host.refuse && harmed == 0)
        problem("%s failed, and nobody was refused: as if nothing had happened",
                call_name(host.fault.call));
    if (host_injected() > MOST_FAILING && host.fault.effect != EFFECT_SHORT)
        problem("the call that fails was made %u times: the server spins", host_injected());
}

void sweep_fresh(void)
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
        sweep_fresh();
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

void sweep_run(const struct scenario *scenario, const struct fault *fault, bool look)
{
    static const struct fault none;
    host.scenario = scenario;
    host.fault = fault != NULL ? *fault : none;
    host.look = look;
    host.totals->runs++;
    if (sweep_is_end(scenario))
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

/* ---- many ---- */

static const struct scenario *scenario_find(const char *name)
{
    for (size_t i = 0; i < SWEEP_ENDS; i++)
        if (strcmp(sweep_ends[i].name, name) == 0)
            return &sweep_ends[i];
    for (const struct scenario *one = scenarios; one->name != NULL; one++)
        if (strcmp(one->name, name) == 0)
            return one;
    return NULL;
}

static void run_only(const char *only)
{
    char call[32], effect[32], mode[8], name[32], refused[16] = "", what[200];
    struct fault fault;
    if (sscanf(only, "%31[^:]:%u:%31s %7s %31s %15s", call, &fault.nth, effect, mode, name,
               refused) < 5 ||
        scenario_find(name) == NULL || call_by_name(call) == CALL_NONE ||
        effect_by_name(effect) == 0) {
        printf("faults: no such fault: %s\n", only);
        host.totals->violations++;
        return;
    }
    fault.call = call_by_name(call);
    fault.effect = effect_by_name(effect);
    fault.on = strcmp(mode, "on") == 0;
    host.refuse = strcmp(refused, "refused") == 0;
    sweep_run(scenario_find(name), &fault, true);
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
    for (size_t i = 0; i < SWEEP_ENDS; i++)
        plan_scenario(&plan, &sweep_ends[i]);
    host.totals->planned = plan.count;
    if (sample > 0)
        plan_sample(&plan, sample, seed);
    for (size_t i = 0; i < plan.count && host.totals->violations < MOST_VIOLATIONS; i++)
        sweep_run(plan.steps[i].scenario, &plan.steps[i].fault, i % LOOK_EACH == LOOK_EACH - 1);
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
