/* tests/faults/sweep_plan.c: which faults there are to try; see sweep.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "host.h"
#include "sweep.h"

enum { DEEPEST = 60, PAUSES = 4 };

static void plan_add(struct plan *plan, const struct scenario *scenario, const struct fault *fault)
{
    plan->steps = grow(plan->steps, &plan->room, plan->count + 1, sizeof *plan->steps);
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

void plan_scenario(struct plan *plan, const struct scenario *scenario)
{
    uint32_t most[CALLS] = {0};
    if (scenario->models != NULL && strstr(scenario->models, host.model) == NULL)
        return;
    /* not every run is like the other */
    for (int i = 0; i < (sweep_is_end(scenario) ? 1 : 2); i++) {
        sweep_run(scenario, NULL, false);
        for (int call = 1; call < CALLS; call++)
            if (host.control->calls[call] > most[call])
                most[call] = host.control->calls[call];
    }
    for (int call = 1; call < CALLS; call++)
        if (may_fail(scenario, (enum inject_call)call))
            plan_call(plan, scenario, (enum inject_call)call, most[call]);
}

void plan_sample(struct plan *plan, unsigned int sample, unsigned int seed)
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
