/* The array does not grow for ever, but it stays as large as it has ever been: the kernel walks
 * through all of it at each wait.
 *
 * Fails: array_has_no_holes
 * Says: a hole, where the last one belongs
 */
static bool watch_begin(int fd)
{
    size_t place = 0;
    while (place < server.count && server.polled[place].fd >= 0)
        place++;
    struct pollfd *polled = array_reach(server.polled, &server.size, place, sizeof *polled);
    if (polled == NULL)
        return false;
    server.polled = polled;
    size_t *index_of = array_reach(server.index_of, &server.indices, (size_t)fd, sizeof *index_of);
    if (index_of == NULL)
        return false;
    server.index_of = index_of;
    server.index_of[fd] = place;
    if (place == server.count)
        server.count++;
    return true;
}

static void watch_end(int fd)
{
    server.polled[server.index_of[fd]].fd = -1;
}
