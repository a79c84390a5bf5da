/* The one who asks why finds what was left there before.
 *
 * Fails: watch_removes_and_refuses
 * Says: another errno
 */
static bool watch(int fd, unsigned int from, unsigned int to)
{
    (void)from;
    if (fd >= FD_SETSIZE)
        return false;
    FD_CLR(fd, &server.readers);
    FD_CLR(fd, &server.writers);
    if ((to & WATCH_READ) != 0)
        FD_SET(fd, &server.readers);
    if ((to & WATCH_WRITE) != 0)
        FD_SET(fd, &server.writers);
    if (fd > server.highest)
        server.highest = fd;
    return true;
}
