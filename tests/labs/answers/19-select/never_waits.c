/* Nothing is waited for, so nothing could be reported wrongly.
 *
 * Fails: failed_waits_are_reported, watch_removes_and_refuses
 * Says: the loop had not waited
 */
static void serve(void)
{
    do {
    } while (turn_end(&server.turn));
}
