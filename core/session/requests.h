/* core/session/requests.h: what the two halves of a session share
 *
 * session.c cuts the input into requests and bodies, and decides what the session waits for;
 * requests.c and requests_put.c do what a request asks for. No other file includes this.
 */
#ifndef CORE_REQUESTS_H
#define CORE_REQUESTS_H

#include "session/session.h"

enum session_state {
    STATE_LINE,    /* a request line comes next */
    STATE_LISTING, /* L: reading and sorting the folder */
    STATE_SUM,     /* H: hashing the file */
    STATE_COUNT,   /* P: counting whether there is space, before the body and sometimes in it */
    STATE_BODY,    /* P: GO is sent, the body comes */
    STATE_DROP,    /* P: the body comes, and is dropped */
    STATE_SLOW,    /* too many events wait: session_continue replies ERR slow */
    STATE_CLOSING, /* no input is taken any more; the outbox is sent */
};

enum { REQUEST_ENTRIES = 256 }; /* folder entries read in one step */

/* Replies this line; or OK <len>, which has to be followed by a body of so many bytes. */
void request_reply(struct session *session, const char *line);
void request_ok(struct session *session, uint64_t len);

/* Replies ERR <code>. errnum, an errno value, is explained in PROTO_IO; 0: there is none. */
void request_refuse(struct session *session, enum proto_code code, int errnum);

/* Does what a line of len bytes (without its line end) asks for, or replies why not. After a line
 * of HTTP the session closes: a web page can make a browser send anything to any port. */
void request_line(struct session *session, const char *line, size_t len);

/* STATE_LISTING, STATE_SUM, STATE_COUNT: one bounded step. */
void request_step(struct session *session);

/* P: begins an upload; STATE_COUNT: one bounded step. */
void request_put(struct session *session, const struct request *request);
void request_put_step(struct session *session);

/* Ends the upload, if there is one; if it was not stored, nothing of it stays. */
void request_put_end(struct session *session);

/* STATE_BODY, STATE_DROP: takes what belongs to the body and returns how many bytes that was;
 * replies once the body is whole, also if len is 0. */
size_t request_body(struct session *session, const char *bytes, size_t len);

/* Drops the request that is under way, and leaves the chat room. Sets STATE_SLOW if there is no
 * memory for the events that the member has not received. */
void request_abandon(struct session *session);

#endif
