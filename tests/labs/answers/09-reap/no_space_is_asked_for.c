/* The loop that every book has. If 1024 dead children are still to be taken out of the chat room,
 * there is no place for another.
 *
 * Fails: no_child_is_lost
 * Says: the list has no space for
 */
static int64_t reap_children(void)
{
    int status;
    pid_t child;
    while ((child = waitpid(-1, &status, WNOHANG)) > 0)
        children_remove(&server.children, child, status);
    return children_clean(&server.children);
}
