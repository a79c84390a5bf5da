/* bench/common/why.h: room for a sentence about what went wrong; apart from fail.h, since cmocka
 * has a fail too */
#ifndef BENCH_WHY_H
#define BENCH_WHY_H

enum { WHY = 512 }; /* bytes */

#endif
