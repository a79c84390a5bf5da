/* harness.h: what the programs of this folder share: how they begin and end, numbers from
 * the environment, and repeatable random numbers */
#ifndef CHAOS_HARNESS_H
#define CHAOS_HARNESS_H

#include <stdbool.h>
#include <stdint.h>

/* Whatever happens from now on, no server and no folder outlives this program. A check that fails
 * ends it with status 2, and so does a call with other arguments than these. Random numbers are
 * seeded with SEED, or with something new, which is printed, so that a run can be repeated. */
void harness_begin(const char *program, bool called_rightly, const char *arguments);

/* To be called now and then: ends the program if somebody wants it to. */
void harness_check_interrupt(void);

/* "02_fork/fork-server": from now on servers are this one. prefix: NULL, or what stands before the
 * command (valgrind). */
void harness_server(const char *path, const char *prefix);

/* The folder it is in: "02_fork". A static string. */
const char *harness_model(const char *path);

/* A number from the environment, or the usual one. */
unsigned long harness_number(const char *variable, unsigned long usual);

/* 0 … n - 1, and 64 bits of chance. */
uint32_t random_below(uint32_t n);
uint64_t random_bits(void);

#endif
