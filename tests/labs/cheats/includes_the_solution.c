/* The solution is compiled in. */
#include "@ROOT@/02_fork/server.c"
