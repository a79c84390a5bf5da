/* freeze.h: a server that stands still, for as long as a test wants
 *
 * Requests to it are under way for sure: it stands for a slow one, without any sleeping.
 */
#ifndef CLIENT_FREEZE_H
#define CLIENT_FREEZE_H

#include "servers.h"

/* Stops all its processes, and waits until each of their threads has stopped: SIGSTOP to a group is
 * not done when kill(2) returns. */
void freeze_stop(const struct test_server *server);
void freeze_go(const struct test_server *server);

#endif
