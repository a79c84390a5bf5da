/* core/protocol/proto.h: the grammar of the protocol, version 1
 *
 * What a request line may look like, what names and nicks may look like, and the codes of
 * failure. Nothing here has state: bytes go in, a verdict comes out. docs/protocol.md is the
 * text for people.
 */
#ifndef CORE_PROTO_H
#define CORE_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PROTO_LINE_MAX = 1024, /* bytes of a request line with its LF */
    PROTO_NAME_MAX = 255,  /* bytes of a file name */
    PROTO_NICK_MAX = 32,   /* bytes of a nick */
    /* bytes of the longest text: a line less "S " and LF */
    PROTO_TEXT_MAX = PROTO_LINE_MAX - 3,
    /* bytes of the longest event: "* SAY <nick> <text>\n" */
    PROTO_EVENT_MAX = 6 + PROTO_NICK_MAX + 1 + PROTO_TEXT_MAX + 1,
};

enum proto_code {
    PROTO_OK,
    PROTO_BAD_REQUEST,
    PROTO_BAD_NAME,
    PROTO_BAD_NICK,
    PROTO_BAD_RANGE,
    PROTO_NOT_FOUND,
    PROTO_TOO_LARGE,
    PROTO_NO_SPACE,
    PROTO_NICK_TAKEN,
    PROTO_IN_CHAT,
    PROTO_NOT_IN_CHAT,
    PROTO_IO,
    PROTO_TOO_LONG,
    PROTO_BUSY,
    PROTO_TIMEOUT,
    PROTO_SLOW,
    PROTO_CODES /* how many there are */
};

/* The word of the protocol for a code ("bad-request"), a static string. */
const char *proto_code_word(enum proto_code code);

/* A sentence for people, sent after the word; a static string. */
const char *proto_code_text(enum proto_code code);

/* A request, cut into its parts. arg points into the line that was parsed. */
struct request {
    char verb;       /* one of "LGRPHCSWXNQ" */
    uint64_t number; /* the offset of R, the size of P, else 0 */
    const char *arg; /* a name, a nick or a text, not ended by NUL; NULL: none */
    size_t arg_len;  /* bytes */
};

/* Parses the len bytes of a line, without its line end. Returns PROTO_OK and fills *request, or
 * the code to refuse the line with (PROTO_BAD_REQUEST, PROTO_BAD_NAME or PROTO_BAD_NICK). */
enum proto_code proto_parse(const char *line, size_t len, struct request *request);

/* Does a line end as a request line of HTTP does, in " HTTP/" and a version (RFC 9112, 3)? */
bool proto_is_http(const char *line, size_t len);

/* A file name that may stand in the library: 1 to 255 bytes of printable UTF-8 without '/', not
 * beginning with '.', neither beginning nor ending with a space. */
bool proto_name_ok(const char *name, size_t len);

/* A nick: 1 to 32 bytes of printable UTF-8 without spaces, and not the administrator's. */
bool proto_nick_ok(const char *nick, size_t len);

/* The text of S or of an announcement: 1 to PROTO_TEXT_MAX bytes of printable UTF-8. */
bool proto_text_ok(const char *text, size_t len);

/* Decimal digits only, 1 to 19 of them. */
bool proto_number(const char *digits, size_t len, uint64_t *value);

#endif
