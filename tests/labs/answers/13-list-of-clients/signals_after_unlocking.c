/* The count was changed under the lock, so the wakeup is not lost. */
static void conn_close(struct client *c)
{
    connection_end(&c->conn);
    pthread_mutex_lock(&server.threads.lock);
    LIST_REMOVE(&c->conn, link);
    bool last = --server.setup.clients == 0;
    pthread_mutex_unlock(&server.threads.lock);
    if (last)
        pthread_cond_signal(&server.threads.all_gone);
    close(c->conn.fd);
}
