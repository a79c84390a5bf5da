/* The same, a lock further on.
 *
 * Fails: descriptor_is_closed_last
 * Says: was closed while the client was on the list
 */
static void conn_close(struct client *c)
{
    peer_end(&c->peer);
    pthread_mutex_lock(&server.threads.lock);
    close(c->peer.fd);
    pthread_mutex_unlock(&server.threads.lock);
    pthread_mutex_lock(&server.threads.lock);
    LIST_REMOVE(&c->peer, link);
    if (--server.setup.clients == 0)
        pthread_cond_signal(&server.threads.all_gone);
    pthread_mutex_unlock(&server.threads.lock);
}
