/* poll skips an entry like this (poll(2)), and the array grows with every client that ever came.
 *
 * Fails: array_has_no_holes
 * Says: a hole, where the last one belongs
 */
static void watch_end(int fd)
{
    server.polled[server.index_of[fd]].fd = -1;
}
