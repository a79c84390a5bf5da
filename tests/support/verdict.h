/* verdict.h: what a failed test prints, and which tests did not run
 *
 * A failure names the case and the model, what was expected and what was received, what every
 * open client has sent as a command for a shell, and the last lines of the server's log.
 */
#ifndef SUPPORT_VERDICT_H
#define SUPPORT_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Sets which case runs now, and against which model; both are kept by reference.
 * With name NULL nothing runs, and a failure ends the program with status 2. */
void verdict_case(const char *name, const char *model);

/* Remembers the place in the test that makes the next check; called by the check macros. */
void verdict_at(const char *file, int line);

/* Ends the running case as failed, with everything a reader needs to see it again. */
_Noreturn void verdict_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ends the running case as skipped. The reason is kept for verdict_summary. */
_Noreturn void verdict_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether the case that ran last was ended by verdict_skip. */
bool verdict_skipped(void);

/* Keeps the reason for a case that is left out before it starts. */
void verdict_left_out(const char *name, const char *reason);

/* Prints every skipped case with its reason; returns their number. */
size_t verdict_summary(FILE *out);

/* What verdict_fail has written last, or the last reason of verdict_skip. Kept until one of them is
 * called again; empty before. */
const char *verdict_report(void);

/* Writes bytes as they stand between the quotes of printf '...' in a shell. */
void verdict_quote(FILE *out, const void *bytes, size_t n);

/* The same as a string of its own, for verdict_fail: at most a few hundred bytes are shown, and
 * many equal ones as a×1022.
 * The string is overwritten by the fourth call after this one. */
const char *verdict_quoted(const void *bytes, size_t n);

/* Fails with the text unless the condition holds. */
#define verdict_check(condition, ...) \
    (verdict_at(__FILE__, __LINE__), (condition) ? (void)0 : verdict_fail(__VA_ARGS__))

#endif
