/* busy.h: clients that are refused with ERR busy */
#ifndef CONFORMANCE_BUSY_H
#define CONFORMANCE_BUSY_H

#include "conformance.h"

/* Takes what a client is sent first: HELLO, or ERR busy. */
bool busy_refused(struct wire *wire);

/* ERR busy and the end come next; closes. */
void busy_expect(struct wire *wire);

#endif
