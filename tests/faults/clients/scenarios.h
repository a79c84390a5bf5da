/* scenarios.h: the scenarios that have a source of their own, for the table in scenarios.c; and
 * requests that several of them send
 */
#ifndef FAULTS_SCENARIOS_H
#define FAULTS_SCENARIOS_H

#include <stddef.h>

#include "dialog.h"

/* Send it, and check what comes. */
void request_quit(struct dialog *dialog);
void request_ping(struct dialog *dialog);
void request_get(struct dialog *dialog, const char *name, size_t offset);

/* scenarios_chat.c */
void run_chat(void);
void run_hear(void);
void run_announce(void);

/* scenarios_visitors.c */
void run_crowd(void);
void run_vanish(void);
void run_cut(void);
void run_gone(void);
void before_grow(void);
void after_grow(void);
void run_grow(void);

#endif
