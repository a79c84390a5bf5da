/* The main thread may shut down the connection of another client that has got the number.
 *
 * Fails: descriptor_is_closed_last
 * Says: was closed while the client was on the list
 */
static void conn_close(struct client *c)
{
    connection_end(&c->conn);
    close(c->conn.fd);
    pthread_mutex_lock(&server.threads.lock);
    LIST_REMOVE(&c->conn, link);
    if (--server.setup.clients == 0)
        pthread_cond_signal(&server.threads.all_gone);
    pthread_mutex_unlock(&server.threads.lock);
}
