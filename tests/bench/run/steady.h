/* steady.h: a server that needs a millisecond for each request, one after another */
#ifndef STEADY_H
#define STEADY_H

enum { STEADY_US = 1000 };

/* Serves at this port of 127.0.0.1, and returns only if it can't. shy: so many clients are closed
 * without a greeting at first; below 0: all but the first -shy - 1. */
int steady_server(int port, int shy);

#endif
