/* core/protocol/proto.c: see proto.h */
#include "protocol/proto.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"

static const struct {
    const char *word, *text;
} codes[PROTO_CODES] = {
    [PROTO_OK] = {"ok", "it went well"},
    [PROTO_BAD_REQUEST] = {"bad-request", "this is no request of the protocol"},
    [PROTO_BAD_NAME] = {"bad-name", "a file can't have this name"},
    [PROTO_BAD_NICK] = {"bad-nick", "a member can't have this nick"},
    [PROTO_BAD_RANGE] = {"bad-range", "the offset is beyond the end of the file"},
    [PROTO_NOT_FOUND] = {"not-found", "there is no such file in the library"},
    [PROTO_TOO_LARGE] = {"too-large", "the file is larger than this server takes"},
    [PROTO_NO_SPACE] = {"no-space", "there is no room for this file in the library"},
    [PROTO_NICK_TAKEN] = {"nick-taken", "a member has this nick already"},
    [PROTO_IN_CHAT] = {"in-chat", "you are in the chat room already"},
    [PROTO_NOT_IN_CHAT] = {"not-in-chat", "you are not in the chat room; enter it with C"},
    [PROTO_IO] = {"io", "the system refused"},
    [PROTO_TOO_LONG] = {"too-long", "a line may have 1024 bytes; closing"},
    [PROTO_BUSY] = {"busy", "the server is full; try again later"},
    [PROTO_TIMEOUT] = {"timeout", "nothing came from you for too long; closing"},
    [PROTO_SLOW] = {"slow", "you do not read what the room says; closing"},
};

const char *proto_code_word(enum proto_code code)
{
    return codes[code].word;
}

const char *proto_code_text(enum proto_code code)
{
    return codes[code].text;
}

bool proto_name_ok(const char *name, size_t len)
{
    if (len == 0 || len > PROTO_NAME_MAX)
        return false;
    if (name[0] == '.' || name[0] == ' ' || name[len - 1] == ' ')
        return false;
    return memchr(name, '/', len) == NULL && utf8_printable(name, len);
}

/* Nobody speaks in the administrator's name. The nick is printable: it holds no NUL. */
static bool is_admin(const char *nick, size_t len)
{
    char name[PROTO_NICK_MAX + 1] = {0};
    memcpy(name, nick, len);
    return strcasecmp(name, "admin") == 0 || strcmp(name, "管理员") == 0;
}

bool proto_nick_ok(const char *nick, size_t len)
{
    if (len == 0 || len > PROTO_NICK_MAX)
        return false;
    if (memchr(nick, ' ', len) != NULL || !utf8_printable(nick, len))
        return false;
    return !is_admin(nick, len);
}

bool proto_text_ok(const char *text, size_t len)
{
    return len > 0 && len <= PROTO_TEXT_MAX && utf8_printable(text, len);
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

bool proto_number(const char *digits, size_t len, uint64_t *value)
{
    enum { DIGITS_MAX = 19 }; /* 10^19 - 1 is below 2^64: no overflow to think of */
    if (len == 0 || len > DIGITS_MAX)
        return false;
    uint64_t sum = 0;
    for (size_t i = 0; i < len; i++) {
        if (!is_digit(digits[i]))
            return false;
        sum = sum * 10 + (uint64_t)(digits[i] - '0');
    }
    *value = sum;
    return true;
}

/* Splits "<number> <rest>" and leaves the rest in request->arg. */
static bool number_take(struct request *request)
{
    const char *space = memchr(request->arg, ' ', request->arg_len);
    if (space == NULL)
        return false;
    size_t digits = (size_t)(space - request->arg);
    if (!proto_number(request->arg, digits, &request->number))
        return false;
    request->arg = space + 1;
    request->arg_len -= digits + 1;
    return true;
}

bool proto_is_http(const char *line, size_t len)
{
    static const char before[] = " HTTP/";
    size_t version = len, before_len = sizeof before - 1;
    unsigned int dots = 0;
    for (; version > 0 && (is_digit(line[version - 1]) || line[version - 1] == '.'); version--)
        dots += line[version - 1] == '.';
    if (version == len || dots > 1 || line[version] == '.' || line[len - 1] == '.')
        return false;
    return version >= before_len && memcmp(line + version - before_len, before, before_len) == 0;
}

enum proto_code proto_parse(const char *line, size_t len, struct request *request)
{
    if (len == 0 || line[0] == '\0' || strchr("LGRPHCSWXNQ", line[0]) == NULL)
        return PROTO_BAD_REQUEST;
    *request = (struct request){.verb = line[0]};

    bool wants_arg = strchr("GRPHCS", line[0]) != NULL;
    if (!wants_arg)
        return len == 1 ? PROTO_OK : PROTO_BAD_REQUEST;
    if (len < 2 || line[1] != ' ')
        return PROTO_BAD_REQUEST;
    request->arg = line + 2;
    request->arg_len = len - 2;

    switch (request->verb) {
    case 'R':
    case 'P':
        if (!number_take(request))
            return PROTO_BAD_REQUEST;
        /* fall through */
    case 'G':
    case 'H': return proto_name_ok(request->arg, request->arg_len) ? PROTO_OK : PROTO_BAD_NAME;
    case 'C': return proto_nick_ok(request->arg, request->arg_len) ? PROTO_OK : PROTO_BAD_NICK;
    default: return proto_text_ok(request->arg, request->arg_len) ? PROTO_OK : PROTO_BAD_REQUEST;
    }
}
