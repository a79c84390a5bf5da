/* What array_reach returns is not looked at.
 *
 * Fails: memory_runs_out
 * Says: a request for memory is refused
 */
static bool watch_begin(int fd)
{
    server.polled = array_reach(server.polled, &server.size, server.count, sizeof *server.polled);
    server.index_of =
        array_reach(server.index_of, &server.indices, (size_t)fd, sizeof *server.index_of);
    server.index_of[fd] = server.count++;
    return true;
}
