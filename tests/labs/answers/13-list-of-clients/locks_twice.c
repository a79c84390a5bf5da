/* The thread counts itself when all else is done, under the lock as well. */
static void *thread_main(void *argument)
{
    serve_client((int)(intptr_t)argument);
    pthread_mutex_lock(&server.threads.lock);
    if (--server.setup.clients == 0)
        pthread_cond_signal(&server.threads.all_gone);
    pthread_mutex_unlock(&server.threads.lock);
    pthread_detach(pthread_self());
    return NULL;
}

static void conn_close(struct client *c)
{
    connection_end(&c->conn);
    pthread_mutex_lock(&server.threads.lock);
    LIST_REMOVE(&c->conn, link);
    pthread_mutex_unlock(&server.threads.lock);
    close(c->conn.fd);
}
