/* Two that leave at once break the list.
 *
 * Fails: changes_are_under_the_lock
 * Says: was taken off the list without the lock
 */
static void conn_close(struct client *c)
{
    connection_end(&c->conn);
    LIST_REMOVE(&c->conn, link);
    pthread_mutex_lock(&server.threads.lock);
    if (--server.setup.clients == 0)
        pthread_cond_signal(&server.threads.all_gone);
    pthread_mutex_unlock(&server.threads.lock);
    close(c->conn.fd);
}
