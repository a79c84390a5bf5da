/* bench/probe/network.h: a network of one's own */
#ifndef BENCH_NETWORK_H
#define BENCH_NETWORK_H

#include <stdbool.h>

/* Moves this process (and those that it starts) into a network namespace of its own with a loopback and this
 * congestion control: nobody else's traffic, and settings that are no one else's business. As root, or where
 * unprivileged user namespaces are allowed; with one thread only. Whoever had no privileges before has none
 * outside, and stays who they were. False: a sentence in why, and this process has not moved. */
bool network_own(const char *congestion, char why[160]);

#endif
