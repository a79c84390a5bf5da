/* Nobody sees the list between the two: the lock is held. */
static void conn_close(struct client *c)
{
    connection_end(&c->conn);
    pthread_mutex_lock(&server.threads.lock);
    close(c->conn.fd);
    LIST_REMOVE(&c->conn, link);
    if (--server.setup.clients == 0)
        pthread_cond_signal(&server.threads.all_gone);
    pthread_mutex_unlock(&server.threads.lock);
}
