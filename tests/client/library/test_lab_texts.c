/* test_lab_texts.c: texts of a server, which may be odd or evil: greeting, errors, file names */
#include <stdio.h>
#include <string.h>

#include "labtest.h"
#include "protocol/proto.h"

static void greetings(void)
{
    static const struct {
        const char *line;
        enum lab_status want;
        const char *says; /* in lab_why; of the model, if it is LAB_OK */
    } cases[] = {
        {"HELLO 1 my-server_ü\n", LAB_OK, "my-server_ü"},
        {"HELLO 1 12345678901234567890123456789012\r\n", LAB_OK, "1234567890"},
        {"HELLO 1 123456789012345678901234567890123\n", LAB_BROKEN, "one word"},
        {"HELLO 2 epoll\n", LAB_BROKEN, "version 2"},
        {"HELLO 2\n", LAB_BROKEN, "version 2"},
        {"HELLO 1 a b\n", LAB_BROKEN, "one word"},
        {"HELLO 1 \n", LAB_BROKEN, "one word"},
        {"HELLO 1\n", LAB_BROKEN, "one word"},
        {"HELLO one epoll\n", LAB_BROKEN, "HELLO one epoll"},
        {"HELLO -1 epoll\n", LAB_BROKEN, "HELLO 1"},
        {"HELLO\n", LAB_BROKEN, "HELLO"},
        {"HELLO 1 \033[2J\n", LAB_BROKEN, "\\x1b[2J"},
        {"SSH-2.0-OpenSSH_9.2\r\n", LAB_BROKEN, "SSH-2.0"},
        {"OK 0\n", LAB_BROKEN, "OK 0"},
        {"* SAY amy hi\n", LAB_BROKEN, "* SAY"},
        {"ERR busy the server is full\n", LAB_REFUSED, "the server is full"},
        {"ERR io something\n", LAB_REFUSED, "something"},
    };
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        size_t len = strlen(cases[i].line);
        struct hostile *server = hostile_start(HOSTILE_SCRIPT(HOSTILE_BYTES(cases[i].line, len)));
        struct lab *lab = labtest_connect(server->port, labtest_long());
        labtest_expect(lab, cases[i].want, lab_greet(lab, labtest_long()));
        const char *says = cases[i].want == LAB_OK ? lab_model(lab) : lab_why(lab);
        unit_check(strstr(says, cases[i].says) != NULL, "%s says: %s", cases[i].line, says);
        unit_check(lab_connected(lab) == (cases[i].want == LAB_OK), "%s: connected", cases[i].line);
        labtest_end();
    }
}

/* Every code; and those after which the server closes. */
static void codes(void)
{
    for (int i = PROTO_BAD_REQUEST; i < PROTO_CODES; i++) {
        const char *code = proto_code_word((enum proto_code)i);
        bool last = i >= PROTO_TOO_LONG;
        char line[128];
        int n =
            snprintf(line, sizeof line, "ERR %s %s\n", code, proto_code_text((enum proto_code)i));
        struct lab *lab = LABTEST_MEET(HOSTILE_ASKED, HOSTILE_BYTES(line, (size_t)n));
        labtest_refused(lab, code, lab_ping(lab));
        unit_check(strcmp(lab_why(lab), proto_code_text((enum proto_code)i)) == 0, "%s",
                   lab_why(lab));
        unit_check(lab_connected(lab) != last, "%s: %s", code, last ? "connected" : "closed");
        labtest_end();
    }
}

/* A code belongs to the call that was refused: not to the next one, which may find an event
 * kept. */
static void codes_are_forgotten(void)
{
    struct lab_event event;
    struct lab *lab = LABTEST_MEET(HOSTILE_ASKED, HOSTILE_SEND("* SAY bob hi\nERR io no\n"));
    labtest_refused(lab, "io", lab_ping(lab));
    labtest_expect(lab, LAB_OK, lab_next_event(lab, &event, 0));
    unit_check(lab_code(lab)[0] == '\0', "the code of the call before: %s", lab_code(lab));
}

static void sentences_are_safe(void)
{
    static const char evil[] = "ERR io \033]0;x\a\xe2\x80\xae"
                               "cod.exe\xc2\x9b"
                               "31m\xff\n";
    struct lab *lab = LABTEST_MEET(HOSTILE_ASKED, HOSTILE_SEND(evil));
    labtest_refused(lab, "io", lab_ping(lab));
    unit_check(strcmp(lab_why(lab), "\\x1b]0;x\\x07<U+202E>cod.exe\\xc2\\x9b31m\\xff") == 0, "%s",
               unit_quote(lab_why(lab), strlen(lab_why(lab))));
}

static void listing_names(void)
{
    static const char body[] =
        "1 ../../.bashrc\n2 .profile\n3 a/b\n4 a\033[2J\n5 good name\n"
        "6  space\n7 \n8\n\n-1 x\n+1 x\n0x1 x\n99999999999999999999 x\n9 \xff\n"
        "10 \xe5\xa5\xbd\n11 a\0b\n12 apple\n13 cr\r\nlast";
    char head[32];
    struct lab_listing listing;
    int n = snprintf(head, sizeof head, "OK %zu\n", sizeof body - 1);
    struct lab *lab =
        LABTEST_MEET(HOSTILE_ASKED, HOSTILE_BYTES(head, (size_t)n), HOSTILE_SEND(body));
    labtest_expect(lab, LAB_OK, lab_list(lab, &listing));
    for (size_t i = 0; i < listing.count; i++) {
        const char *name = listing.files[i].name;
        unit_check(proto_name_ok(name, strlen(name)),
                   "a name that the protocol forbids came out: %s", unit_quote(name, strlen(name)));
    }
    unit_check(listing.count == 3 && strcmp(listing.files[0].name, "apple") == 0 &&
                   strcmp(listing.files[1].name, "good name") == 0 &&
                   strcmp(listing.files[2].name, "好") == 0 && listing.files[0].size == 12,
               "%zu files, the first is %s", listing.count, listing.files[0].name);
    unit_check(listing.dropped == 16, "%zu dropped", listing.dropped);
    lab_listing_free(&listing);
}

static const struct CMUnitTest table[] = {
    LAB(greetings),          LAB(codes), LAB(codes_are_forgotten), LAB(listing_names),
    LAB(sentences_are_safe),
};
UNIT_MAIN("lab_texts", table)
