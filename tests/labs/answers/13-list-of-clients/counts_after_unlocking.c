/* The count is atomic, but the main thread may have looked at it, and not wait yet.
 *
 * Fails: changes_are_under_the_lock
 * Says: the count of clients was changed without the lock
 */
static void conn_close(struct client *c)
{
    connection_end(&c->conn);
    pthread_mutex_lock(&server.threads.lock);
    LIST_REMOVE(&c->conn, link);
    pthread_mutex_unlock(&server.threads.lock);
    if (--server.setup.clients == 0)
        pthread_cond_signal(&server.threads.all_gone);
    close(c->conn.fd);
}
