/* tests/oracle/generate/pools.c: names, numbers, nicks and texts, good and bad; see generate.h */

#include "generate.h"

/* Texts that may hold a NUL. */
struct word {
    const char *bytes;
    size_t len;
};

#define W(text)                \
    {                          \
        text, sizeof(text) - 1 \
    }
#define COUNT(pool) (sizeof(pool) / sizeof(pool)[0])

/* What library.c puts there: files first, then what is no file of the library. */
static const struct word known_names[] = {
    W("a"),       W("empty"), W("poem.txt"), W("诗.txt"), W("欢迎.txt"),  W("two words"),
    W("big"),     W("Z"),     W("été"),      W("page"),   W("long line"), W("🂡"),
    W("folder"),  W("link"),  W("dangling"), W("out"),    W("fifo"),      W(".hidden"),
    W("bad\xff"), W("tab\t"), W("sp "),
};

static const struct word new_names[] = {
    W("new"), W("new1"), W("新.txt"), W("n w"), W("a.b.c"), W("-rf"), W("%s%n"), W("ÿ"), W("~"),
};

static const struct word bad_names[] = {
    W(""),
    W("."),
    W(".."),
    W("..."),
    W("../canary"),
    W("/etc/passwd"),
    W(".hidden"),
    W(" lead"),
    W("trail "),
    W(" "),
    W("a/b"),
    W("folder/"),
    W("a\0b"),
    W("\0"),
    W("a\tb"),
    W("a\rb"),
    W("a\x7f"),
    W("a\xc2\x80"),
    W("a\xc2\x9f"),
    W("\xff"),
    W("\xc0\xaf"),
    W("\xe0\x80\xaf"),
    W("\xed\xa0\x80"),
    W("\xf4\x90\x80\x80"),
    W("\xe4\xbd"),
    W("\xe4\xbd "),
    W("\x80"),
    W("a\x1b[2J"),
    W("诗.tx\x01t"),
};

/* Strange, and allowed. */
static const struct word odd_names[] = {
    W("\xc2\xa0"),
    W("\xe3\x80\x80"),
    W("\xef\xbb\xbf"),
    W("a\xe2\x80\xa8"),
    W("\xef\xbf\xbf"),
    W("\xf4\x8f\xbf\xbf"),
    W("e\xcc\x81t\xc3\xa9"),
    W("a  b"),
    W("a."),
    W("*"),
    W("\\"),
    W("OK 0"),
};

static const struct word nicks[] = {
    W("ann"), W("bob"), W("诗人"), W("B"), W("\xe3\x80\x80"), W("12345678901234567890123456789012"),
};

static const struct word bad_nicks[] = {
    W(""),
    W("admin"),
    W("ADMIN"),
    W("aDmIn"),
    W("管理员"),
    W("a b"),
    W(" ann"),
    W("ann "),
    W("a\tb"),
    W("a\0b"),
    W("a\x7f"),
    W("\xff"),
    W("\xe4\xbd"),
    W("a\xc2\x85"),
    W("123456789012345678901234567890123"),
    W("一二三四五六七八九十一"),
};

static const struct word texts[] = {
    W("hi"), W("你好，世界"), W(" "),  W("  both ends  "), W("* SAY ann lie"), W("OK 0"),
    W("x"),  W("N"),          W("🂡🂢"), W("\xc2\xa0"),      W("a\xcc\x81"),     W("%s%n%d"),
};

static const struct word bad_texts[] = {
    W(""),      W("a\tb"),         W("a\0b"),        W("bell\a"),   W("\x1b[2J"),
    W("a\x7f"), W("\xc2\x85"),     W("\xff\xfe"),    W("\xc0\x80"), W("\xe4\xbd"),
    W("a\rb"),  W("\xed\xbf\xbf"), W("end\xf0\x9f"),
};

static const struct word bad_numbers[] = {
    W(""),
    W("-1"),
    W("+1"),
    W(" 1"),
    W("1 "),
    W("1x"),
    W("0x10"),
    W("00000000000000000001"),
    W("１"),
    W("1.0"),
    W("1e3"),
    W("a"),
    W("\0"),
    W("1\0"),
    W("99999999999999999999"),
};

static const struct word good_numbers[] = {
    W("0"),
    W("1"),
    W("75"),
    W("76"),
    W("77"),
    W("199"),
    W("200"),
    W("201"),
    W("4095"),
    W("4096"),
    W("4097"),
    W("199999"),
    W("200000"),
    W("200001"),
    W("0000000000000000005"),
    W("2147483648"),
    W("4294967296"),
    W("9223372036854775807"),
    W("9223372036854775808"),
    W("9999999999999999999"),
};

/* No request of the protocol. */
static const struct word wrong_lines[] = {
    W(""),         W(" "),         W("n"),      W("NN"),     W("N "),   W("L "),
    W("L x"),      W("W ann"),     W("X "),     W("Q "),     W(" N"),   W("G"),
    W("R"),        W("R 5"),       W("R 5 "),   W("P"),      W("P 5"),  W("C"),
    W("S"),        W("G\ta"),      W("\0"),     W("\0N"),    W("N\0"),  W("\0 x"),
    W("N\r"),      W("\r"),        W("\r\r"),   W("HELLO"),  W("GO"),   W("OK 0"),
    W("list"),     W("诗"),        W("\xff"),   W("Ga"),     W("R5 a"), W("GET / HTTP/1.1"),
    W("x HTTP/2"), W("x HTTP/1."), W("P 5  a"), W("R  5 a"), W("G  a"),
};

static void put_word(struct oracle_session *session, struct rng *rng, const struct word *pool,
                     size_t count)
{
    const struct word *word = &pool[rng_below(rng, count)];
    session_put(session, word->bytes, word->len);
}

#define put_of(pool) put_word(session, rng, pool, COUNT(pool))

static void put_times(struct oracle_session *session, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        session_puts(session, text);
}

/* 255 bytes are allowed, 256 are not. */
static void put_long_name(struct oracle_session *session, struct rng *rng)
{
    if (rng_chance(rng, 50))
        put_times(session, "n", 254 + rng_below(rng, 3));
    else
        put_times(session, "名", 85 + rng_below(rng, 2));
}

void pool_name(struct oracle_session *session, struct rng *rng)
{
    size_t kind = rng_below(rng, 100);
    if (kind < 55)
        put_of(known_names);
    else if (kind < 75)
        put_of(new_names);
    else if (kind < 89)
        put_of(bad_names);
    else if (kind < 96)
        put_of(odd_names);
    else
        put_long_name(session, rng);
}

void pool_number(struct oracle_session *session, struct rng *rng)
{
    if (rng_chance(rng, 80))
        put_of(good_numbers);
    else
        put_of(bad_numbers);
}

void pool_nick(struct oracle_session *session, struct rng *rng)
{
    if (rng_chance(rng, 80))
        put_of(nicks);
    else
        put_of(bad_nicks);
}

void pool_text(struct oracle_session *session, struct rng *rng)
{
    size_t kind = rng_below(rng, 100);
    if (kind < 70)
        put_of(texts);
    else if (kind < 92)
        put_of(bad_texts);
    else /* the longest is 1021 bytes: 1024 with "S " and LF */
        put_times(session, "t", 1018 + rng_below(rng, 5));
}

void pool_word(struct oracle_session *session, struct rng *rng, enum pool pool)
{
    switch (pool) {
    case POOL_NEW_NAMES: put_of(new_names); break;
    case POOL_NICKS: put_of(nicks); break;
    case POOL_TEXTS: put_of(texts); break;
    case POOL_WRONG_LINES: put_of(wrong_lines); break;
    }
}
