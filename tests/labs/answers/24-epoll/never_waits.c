/* Nothing is waited for, so nothing could be reported wrongly.
 *
 * Fails: events_are_reported, watch_removes_and_refuses, requests_cost_no_epoll_ctl
 * Says: the loop had not waited
 */
static void serve(void)
{
    do {
    } while (turn_end(&server.turn));
}
