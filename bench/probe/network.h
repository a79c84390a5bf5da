/* bench/probe/network.h: a network of one's own */
#ifndef BENCH_NETWORK_H
#define BENCH_NETWORK_H

#include <stdbool.h>

#include "common/why.h"

/* Moves this process (and those that it starts) into a network namespace of its own, with a
 * loopback interface and this congestion control: no other traffic, and settings that affect no
 * other process. As root, or if unprivileged user namespaces are allowed; with one thread only. The
 * user stays the same, and gets no privileges outside. False: a sentence in why, and this process
 * has not moved. */
bool network_own(const char *congestion, char why[WHY]);

#endif
