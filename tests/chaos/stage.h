/* stage.h: what the programs of this folder have in common: how they begin and end, numbers from
 * the environment, and chance that can be repeated */
#ifndef CHAOS_STAGE_H
#define CHAOS_STAGE_H

#include <stddef.h>
#include <stdint.h>

/* Whatever happens from now on, no server and no folder outlives this program. A check that fails
 * ends it with status 2. */
void stage_begin(const char *program);

/* To be called now and then: ends the program where somebody wants it to. */
void stage_go_on(void);

/* "02_fork/fork-server": from now on servers are this one. prefix: NULL, or what stands before the
 * command (valgrind). */
void stage_server(const char *path, const char *prefix);

/* The folder it is in: "02_fork". A static string. */
const char *stage_model(const char *path);

/* A number from the environment, or the usual one. */
unsigned long stage_number(const char *variable, unsigned long usual);

/* Seeds the dice with SEED, or with something new; prints it, so that a run can be repeated. */
void dice_begin(void);

/* 0 … n - 1, and 64 bits of chance. */
uint32_t dice(uint32_t n);
uint64_t dice_bits(void);

#endif
