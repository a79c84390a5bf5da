/* Whoever is woken waits for the lock, and looks at the count then. */
static void conn_close(struct client *c)
{
    peer_end(&c->peer);
    pthread_mutex_lock(&server.threads.lock);
    pthread_cond_signal(&server.threads.all_gone);
    server.setup.clients--;
    LIST_REMOVE(&c->peer, link);
    pthread_mutex_unlock(&server.threads.lock);
    close(c->peer.fd);
}
