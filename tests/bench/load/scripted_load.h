/* scripted_load.h: loads for a server that plays a script, and what must come of them */
#ifndef SCRIPTED_LOAD_H
#define SCRIPTED_LOAD_H

#include "load_fixture.h"
#include "scripted.h"

enum { SCRIPTED_TIMEOUT_MS = 5000, SCRIPTED_BOUND_S = 60 };

/* An entry of the table, as LOAD; no scripted server is left either. */
#define SCRIPTED(function) TEST_AROUND(unit_begin, function, scripted_end)
int scripted_end(void **test);

/* Starts the server, and returns a load for it: two clients, for a fifth of a second. */
struct load_spec scripted_spec(struct scripted *script, enum load_kind kind);

/* Runs the load and ends the server; measured: what load_run must return. */
void scripted_play(const struct load_spec *spec, bool measured, const char *what);

/* In the last load there was this error, and no other. */
void scripted_only(enum load_error error, const char *what);

#endif
