/* scripted_load.c: see scripted_load.h */
#include "scripted_load.h"

int scripted_end(void **test)
{
    scripted_stop();
    return loads_end(test);
}

struct load_spec scripted_spec(struct scripted *script, enum load_kind kind)
{
    const struct serverproc server = {.port = scripted_start(script)};
    struct load_spec spec = spec_of(&server, kind);
    spec.clients = 2;
    spec.threads = 1;
    spec.seconds = 0.2;
    spec.timeout_ms = SCRIPTED_TIMEOUT_MS;
    spec.file_bytes = SCRIPTED_FILE;
    return spec;
}

void scripted_play(const struct load_spec *spec, bool measured, const char *what)
{
    load_result_free(&result);
    unit_bound(SCRIPTED_BOUND_S, what);
    bool got = load_run(spec, &result);
    scripted_stop();
    unit_check(got == measured, "%s: load_run says %d; %s", what, got, result_text());
}

void scripted_only(enum load_error error, const char *what)
{
    for (int i = 0; i < LOAD_ERRORS; i++)
        unit_check((result.errors[i] > 0) == (i == (int)error), "%s: expected only %s; %s", what,
                   load_error_word[error], result_text());
    unit_check(result.example[0] != '\0', "%s: no example", what);
}
