/* snapshot.h: a folder as it is at a moment, to see that nothing has changed in it */
#ifndef CLIENT_SNAPSHOT_H
#define CLIENT_SNAPSHOT_H

/* A line for each entry, hidden ones and those of sub-folders too, and for the folder itself: kind
 * and mode, inode, size, times of modification and change, the name and the target of a link. A
 * file that was written to, truncated or replaced has another line. To be freed. */
char *snapshot_take(const char *folder);

/* Fails the test unless the folder is as it was then. Frees before. */
void snapshot_same(const char *what, const char *folder, char *before);

#endif
