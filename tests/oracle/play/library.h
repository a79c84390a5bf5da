/* library.h: the folder that every server starts a session with */
#ifndef ORACLE_LIBRARY_H
#define ORACLE_LIBRARY_H

#include "record.h"

/* The options of the servers: the numbers are such that uploads reach them. */
#define LIBRARY_OPTIONS "--max-upload 48K --quota 330K --max-files 15"

/* Makes the library in an empty folder, which is kept open. */
void library_open(const char *dir);
void library_close(void);

/* Number of hidden entries that the servers have made: uploads under way. */
int library_uploads(void);

/* Notes down what is not as it was at the start, and makes it so again. */
void library_check(struct tape *tape);

#endif
