/* The main thread is woken, finds a client, waits again, and hears nothing more.
 *
 * Fails: changes_are_under_the_lock
 * Says: was not woken after the count had become 0
 */
static void conn_close(struct client *c)
{
    connection_end(&c->conn);
    if (server.setup.clients == 1)
        pthread_cond_signal(&server.threads.all_gone);
    pthread_mutex_lock(&server.threads.lock);
    LIST_REMOVE(&c->conn, link);
    server.setup.clients--;
    pthread_mutex_unlock(&server.threads.lock);
    close(c->conn.fd);
}
