/* Nobody sees the list between the two: the lock is held. */
static void conn_close(struct client *c)
{
    peer_end(&c->peer);
    pthread_mutex_lock(&server.threads.lock);
    close(c->peer.fd);
    LIST_REMOVE(&c->peer, link);
    if (--server.setup.clients == 0)
        pthread_cond_signal(&server.threads.all_gone);
    pthread_mutex_unlock(&server.threads.lock);
}
