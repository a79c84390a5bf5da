/* What has just died stays in the room until the next time.
 *
 * Fails: no_child_is_lost
 * Says: before the last child
 */
static int64_t reap_children(void)
{
    int status;
    pid_t child;
    int64_t again = children_clean(&server.children);
    while (children_can_remove(&server.children) && (child = waitpid(-1, &status, WNOHANG)) > 0)
        children_remove(&server.children, child, status);
    return again;
}
