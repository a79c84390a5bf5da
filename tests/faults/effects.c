/* tests/faults/effects.c: which call can fail how; see inject.h */
#include <errno.h>
#include <string.h>

#include "faults.h"

static const struct {
    const char *name;
    enum { NOTICED, INTERRUPTS, INVISIBLE } kind;
    const char *effects;
} table[CALLS] = {
#define INJECT_ROW(name, kind, effects) {#name, kind, effects},
    {"", NOTICED, ""}, INJECT_CALLS(INJECT_ROW)};

const char *call_name(enum inject_call call)
{
    return table[call].name;
}

enum inject_call call_by_name(const char *name)
{
    for (int call = 1; call < CALLS; call++)
        if (strcmp(table[call].name, name) == 0)
            return (enum inject_call)call;
    return CALL_NONE;
}

const char *call_effects(enum inject_call call, const char *model)
{
    /* with three descriptors, as 02 and 03 have, the kernel needs no memory */
    if (call == CALL_poll && strcmp(model, "05_poll") != 0)
        return "EINTR";
    return table[call].effects;
}

int effect_by_name(const char *name)
{
    if (strcmp(name, "SHORT") == 0)
        return EFFECT_SHORT;
    if (strcmp(name, "ZERO") == 0)
        return EFFECT_ZERO;
    for (int error = 1; error < 256; error++)
        if (strerrorname_np(error) != NULL && strcmp(strerrorname_np(error), name) == 0)
            return error;
    return 0;
}

const char *effect_name(int effect)
{
    return effect == EFFECT_SHORT  ? "SHORT"
           : effect == EFFECT_ZERO ? "ZERO"
                                   : strerrorname_np(effect);
}

uint32_t effect_times(int effect)
{
    switch (effect) {
    case EINTR: /* a signal each */
    case EAGAIN:
    case ETIMEDOUT:
    case ECONNABORTED: /* a client each */
    case EPROTO:
    case EPERM: return 3;
    default: return UINT32_MAX;
    }
}

static bool effect_interrupts(int effect)
{
    return effect == EINTR || effect == EAGAIN || effect == EFFECT_SHORT;
}

bool fault_is_invisible(const struct fault *fault)
{
    return table[fault->call].kind == INVISIBLE ||
           (table[fault->call].kind == INTERRUPTS && effect_interrupts(fault->effect));
}

bool fault_is_of_memory(const struct fault *fault)
{
    return fault->call == CALL_malloc || fault->call == CALL_calloc || fault->call == CALL_realloc;
}
