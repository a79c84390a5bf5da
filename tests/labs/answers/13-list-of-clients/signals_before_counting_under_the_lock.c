/* Whoever is woken waits for the lock, and looks at the count then. */
static void conn_close(struct client *c)
{
    connection_end(&c->conn);
    pthread_mutex_lock(&server.threads.lock);
    pthread_cond_signal(&server.threads.all_gone);
    server.setup.clients--;
    LIST_REMOVE(&c->conn, link);
    pthread_mutex_unlock(&server.threads.lock);
    close(c->conn.fd);
}
