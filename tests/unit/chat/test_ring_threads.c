/* test_ring_threads.c: the ring as 03_thread has it, a thread for each flow of control */
#include <pthread.h>

#include "ring_events.h"
#include "ring_order.h"
#include "ring_places.h"
#include "ring_visits.h"

static void *flow_main(void *arg)
{
    struct flow *flow = arg;
    flow->run(flow->arg);
    return NULL;
}

static bool flow_start(struct flow *flow, void (*run)(void *), void *arg)
{
    *flow = (struct flow){.run = run, .arg = arg};
    return pthread_create(&flow->thread, NULL, flow_main, flow) == 0;
}

static bool flow_join(struct flow *flow)
{
    return pthread_join(flow->thread, NULL) == 0;
}

static const struct CMUnitTest tests[] = {
    RING_EVENTS,
    RING_PLACES,
    RING_ORDER,
    RING_VISITS,
};
UNIT_MAIN("ring_threads", tests)
