/* The same, written otherwise; a second look is harmless. */
static int64_t reap_children(void)
{
    for (;;) {
        int status = 0;
        if (!children_can_remove(&server.children))
            break;
        pid_t child = wait4(-1, &status, WNOHANG, NULL);
        if (child <= 0)
            break;
        children_remove(&server.children, child, status);
    }
    (void)children_clean(&server.children);
    return children_clean(&server.children);
}
