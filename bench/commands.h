/* bench/commands.h: the subcommands of lab-bench
 *
 * Each is main's own: argv[0] is its name. Returns the exit status: 0; 1: something went wrong;
 * 2: wrong usage.
 */
#ifndef BENCH_COMMANDS_H
#define BENCH_COMMANDS_H

int cmd_load(int argc, char **argv); /* drives a server that is running: cmd_load.c */

#endif
