/* An entry is counted for a descriptor that is refused afterwards.
 *
 * Fails: memory_runs_out
 * Says: poll was given
 */
static bool watch_begin(int fd)
{
    struct pollfd *polled = array_reach(server.polled, &server.size, server.count, sizeof *polled);
    if (polled == NULL)
        return false;
    server.polled = polled;
    server.count++;
    size_t *index_of = array_reach(server.index_of, &server.indices, (size_t)fd, sizeof *index_of);
    if (index_of == NULL)
        return false;
    server.index_of = index_of;
    server.index_of[fd] = server.count - 1;
    return true;
}
