/* Two that come at once: one of them is not on the list.
 *
 * Fails: changes_are_under_the_lock
 * Says: was put on the list without the lock
 */
static void conn_open(struct client *c, int fd)
{
    connection_begin(&c->conn, &server.setup, fd, c, forwarder_start, forwarder_join);
    LIST_INSERT_HEAD(&server.threads.connections, &c->conn, link);
}
