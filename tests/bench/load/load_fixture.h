/* load_fixture.h: servers of the six, loads for them, and what came of it; for the tests of the
 * load generator */
#ifndef LOAD_FIXTURE_H
#define LOAD_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "load/load.h"
#include "serverproc.h"
#include "unit.h"

enum { LOADS_BOUND_S = 120, LOADS_FILE = 300007, LOADS_MODELS = 6 };

extern struct load_result result;           /* of the last load */
extern char paths[LOADS_MODELS][UNIT_PATH]; /* the words in SERVERS, or the usual six */
extern size_t models;

/* An entry of the table: no server, no folder, no memory is left behind. */
#define LOAD(function) TEST_AROUND(loads_begin, function, loads_end)
int loads_begin(void **state);
int loads_end(void **state);

bool model_is(size_t i, const char *word);
struct serverproc *server_of(size_t i, const char *options);
struct serverproc *server_named(const char *word, const char *options); /* skips if there is none */
void library_file(const struct serverproc *server); /* "f", as the loads expect it */

struct load_spec spec_of(const struct serverproc *server, enum load_kind kind);
const char *result_text(void);
void no_errors(const char *what);                                 /* of the last load */
void run(const struct load_spec *spec, const char *what);         /* something was measured */
void run_cleanly(const struct load_spec *spec, const char *what); /* and there was no error */

#endif
