/* The main thread may have looked at the count, and not wait yet: the signal reaches nobody, if the
 * lock is free in between.
 *
 * Fails: changes_are_under_the_lock
 * Says: the count of clients was changed without the lock
 */
static void conn_close(struct client *c)
{
    connection_end(&c->conn);
    bool last = --server.setup.clients == 0;
    pthread_mutex_lock(&server.threads.lock);
    LIST_REMOVE(&c->conn, link);
    if (last)
        pthread_cond_signal(&server.threads.all_gone);
    pthread_mutex_unlock(&server.threads.lock);
    close(c->conn.fd);
}
