/* The same, a lock further on.
 *
 * Fails: descriptor_is_closed_last
 * Says: was closed while the client was on the list
 */
static void conn_close(struct client *c)
{
    connection_end(&c->conn);
    pthread_mutex_lock(&server.threads.lock);
    close(c->conn.fd);
    pthread_mutex_unlock(&server.threads.lock);
    pthread_mutex_lock(&server.threads.lock);
    LIST_REMOVE(&c->conn, link);
    if (--server.setup.clients == 0)
        pthread_cond_signal(&server.threads.all_gone);
    pthread_mutex_unlock(&server.threads.lock);
}
