/* NULL stands in the place of the old array before it is looked at: all entries are lost.
 *
 * Fails: memory_runs_out
 * Says: a request for memory is refused
 */
static bool watch_begin(int fd)
{
    server.polled = array_reach(server.polled, &server.size, server.count, sizeof *server.polled);
    if (server.polled == NULL)
        return false;
    server.index_of =
        array_reach(server.index_of, &server.indices, (size_t)fd, sizeof *server.index_of);
    if (server.index_of == NULL)
        return false;
    server.index_of[fd] = server.count++;
    return true;
}
