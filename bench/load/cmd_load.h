/* bench/load/cmd_load.h: lab-bench load: drives a server that is running */
#ifndef BENCH_CMD_LOAD_H
#define BENCH_CMD_LOAD_H

/* argv[0] is its name. Returns the exit status: 0; 1: it failed; 2: wrong usage. */
int cmd_load(int argc, char **argv);

#endif
