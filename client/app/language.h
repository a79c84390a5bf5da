/* client/app/language.h: the locale of the program and its catalogue of messages */
#ifndef CLIENT_LANGUAGE_H
#define CLIENT_LANGUAGE_H

/* Sets LC_CTYPE and LC_MESSAGES from the environment, and nothing else: numbers look the same
 * everywhere. May set LANGUAGE in the environment. To be called before anything is printed. */
void language_begin(void);

#endif
