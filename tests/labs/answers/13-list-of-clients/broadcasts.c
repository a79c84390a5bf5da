/* All that wait are woken, each time a client leaves: they look at the count themselves. */
static void conn_close(struct client *c)
{
    peer_end(&c->peer);
    pthread_mutex_lock(&server.threads.lock);
    LIST_REMOVE(&c->peer, link);
    server.setup.clients--;
    pthread_cond_broadcast(&server.threads.all_gone);
    pthread_mutex_unlock(&server.threads.lock);
    close(c->peer.fd);
}
