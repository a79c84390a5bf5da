/* All that wait are woken, each time a client leaves: they look at the count themselves. */
static void conn_close(struct client *c)
{
    connection_end(&c->conn);
    pthread_mutex_lock(&server.threads.lock);
    LIST_REMOVE(&c->conn, link);
    server.setup.clients--;
    pthread_cond_broadcast(&server.threads.all_gone);
    pthread_mutex_unlock(&server.threads.lock);
    close(c->conn.fd);
}
