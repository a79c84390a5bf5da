/* test_ring_threads.c: the ring as 03_thread has it, a thread for each flow of control */
#include <pthread.h>

struct flow {
    pthread_t thread;
    void (*run)(void *);
    void *arg;
};

#include "ring_group.h"

static struct flow sessions[ACTORS], forwarders[ACTORS];

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

static struct flow *forwarder_flow(struct ring_actor *actor)
{
    return &forwarders[actor - group->actor];
}

static void test_lockstep(void **state)
{
    (void)state;
    group_lockstep(sessions);
}

static void test_large_backlog(void **state)
{
    (void)state;
    group_large_backlog(sessions);
}

static void test_small_backlog(void **state)
{
    (void)state;
    group_small_backlog(sessions);
}

static void test_overrun(void **state)
{
    (void)state;
    group_overrun(sessions);
}

static void test_stalled_reader(void **state)
{
    (void)state;
    group_stalled(sessions);
}

static void test_race_for_a_nick(void **state)
{
    (void)state;
    group_race(sessions);
}

static void test_coming_and_going(void **state)
{
    (void)state;
    group_visits(sessions);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        RING_CASES,
        UNIT(test_lockstep),
        UNIT(test_large_backlog),
        UNIT(test_small_backlog),
        UNIT(test_overrun),
        UNIT(test_stalled_reader),
        UNIT(test_race_for_a_nick),
        UNIT(test_coming_and_going),
    };
    return unit_run("ring_threads", tests, argc, argv);
}
