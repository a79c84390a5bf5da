/* The child that was reaped last is lost.
 *
 * Fails: no_child_is_lost
 * Says: the list has no space for
 */
static int64_t reap_children(void)
{
    int status;
    pid_t child;
    while ((child = waitpid(-1, &status, WNOHANG)) > 0 && children_can_remove(&server.children))
        children_remove(&server.children, child, status);
    return children_clean(&server.children);
}
