/* transcripts.c: see transcripts.h */
#include "transcripts.h"

/* clang-format off */
#define BYTES(literal) literal, sizeof(literal) - 1

#define LISTING "OK 32\n6 a.txt\n10 b b\n0 empty\n1 \xc3\xbc.txt\n"
#define OK "OK 0\n"
#define BAD_REQUEST "ERR bad-request\n"

/* checksums */
#define SUM_HELLO "OK 65\n5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\n"
#define SUM_DIGITS "OK 65\n84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882\n"
#define SUM_NOTHING "OK 65\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
#define SUM_X "OK 65\n2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\n"

/* texts of many bytes */
#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10
#define X250 X50 X50 X50 X50 X50
#define X1000 X250 X250 X250 X250

const struct transcript transcripts[] = {
    /* nothing much */
    {"nothing at all", BYTES(""), BYTES(""), "", "", false},
    {"ping", BYTES("N\n"), BYTES(OK), "", "", false},
    {"quit", BYTES("Q\n"), BYTES(OK), "", "", true},
    {"pings in a row", BYTES("N\nN\nN\nN\nN\n"), BYTES(OK OK OK OK OK), "", "", false},
    {"nothing after quit is answered", BYTES("N\nQ\nN\nL\nbad\n"), BYTES(OK OK), "", "", true},
    {"quit twice", BYTES("Q\nQ\n"), BYTES(OK), "", "", true},
    {"a line without its end", BYTES("N\nN"), BYTES(OK), "", "", false},
    {"a line of a CR without its end", BYTES("N\nN\r"), BYTES(OK), "", "", false},
    {"typed into nc", BYTES("L\nQ\n"), BYTES(LISTING OK), "", "", true},

    /* line ends */
    {"CR LF", BYTES("N\r\nG a.txt\r\nQ\r\n"), BYTES(OK "OK 6\nhello\n" OK), "", "", true},
    {"CR LF and LF mixed", BYTES("N\r\nN\nN\r\n"), BYTES(OK OK OK), "", "", false},
    {"only one CR is ignored", BYTES("N\r\r\nN\n"), BYTES(BAD_REQUEST OK), "", "", false},
    {"a CR inside", BYTES("N\rN\nN\n"), BYTES(BAD_REQUEST OK), "", "", false},
    {"empty lines", BYTES("\n\r\nN\n"), BYTES(BAD_REQUEST BAD_REQUEST OK), "", "", false},

    /* requests that are none */
    {"unknown verbs", BYTES("Z\nn\nNN\nGET /\nN\n"),
     BYTES(BAD_REQUEST BAD_REQUEST BAD_REQUEST BAD_REQUEST OK), "", "", false},
    {"too many words", BYTES("L x\nW \nX X\nN n\nQ q\nN\n"),
     BYTES(BAD_REQUEST BAD_REQUEST BAD_REQUEST BAD_REQUEST BAD_REQUEST OK), "", "", false},
    {"too few words", BYTES("G\nR\nR 5\nP\nP 5\nC\nS\nN\n"),
     BYTES(BAD_REQUEST BAD_REQUEST BAD_REQUEST BAD_REQUEST BAD_REQUEST BAD_REQUEST BAD_REQUEST OK),
     "", "", false},
    {"numbers that are none", BYTES("R -1 a.txt\nR +5 a.txt\nR 0x10 a.txt\nP  a\nP 1e3 a\n"
                                    "R 18446744073709551616 a.txt\nP 99999999999999999999 a\nN\n"),
     BYTES(BAD_REQUEST BAD_REQUEST BAD_REQUEST BAD_REQUEST BAD_REQUEST BAD_REQUEST BAD_REQUEST OK),
     "", "", false},
    {"NUL in a line", BYTES("N\0\n\0N\nG a\0.txt\nC b\0b\nS a\0b\nN\n"),
     BYTES(BAD_REQUEST BAD_REQUEST "ERR bad-name\nERR bad-nick\n" BAD_REQUEST OK), "", "", false},
    {"bytes that are not UTF-8", BYTES("\xff\xfe\nG \xc0\xaf\nC \xed\xa0\x80\nS \xff\nN\n"),
     BYTES(BAD_REQUEST "ERR bad-name\nERR bad-nick\n" BAD_REQUEST OK), "", "", false},

    /* other protocols */
    {"a web page",
     BYTES("N\nPOST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nP 6 evil\nhello\nC bob\nN\n"),
     BYTES(OK BAD_REQUEST), "", "", true},
    {"every version of HTTP", BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nN\n"), BYTES(BAD_REQUEST),
     "", "", true},
    {"HTTP by a member", BYTES("C bob\nS GET / HTTP/1.1\nGET / HTTP/1.1\nS hi\n"),
     BYTES(OK OK BAD_REQUEST), "* JOIN bob\n* SAY bob GET / HTTP/1.1\n* LEAVE bob\n", "", true},
    {"HTTP that is a request",
     BYTES("G x HTTP/1.1\nC x HTTP/1.1\nS x HTTP/1.1\nR 0 x HTTP/1.1\nP 1 x HTTP/1.1\nN\n"),
     BYTES("ERR bad-name\nERR bad-nick\nERR not-in-chat\nERR bad-name\nERR bad-name\n" OK), "", "",
     false},
    {"a body that is HTTP", BYTES("P 15 new\nGET / HTTP/1.1\nN\n"), BYTES("GO\n" OK OK), "",
     "15 new\n", false},

    /* long lines */
    {"the longest line", BYTES("C bob\nS " X1000 X10 X10 "!\nN\n"), BYTES(OK OK OK),
     "* JOIN bob\n* SAY bob " X1000 X10 X10 "!\n* LEAVE bob\n", "", false},
    {"the longest line, CR LF", BYTES("C bob\nS " X1000 X10 X10 "\r\nN\n"), BYTES(OK OK OK),
     "* JOIN bob\n* SAY bob " X1000 X10 X10 "\n* LEAVE bob\n", "", false},
    {"a line that is one byte too long", BYTES("N\nS " X1000 X10 X10 "!!\nN\n"),
     BYTES(OK "ERR too-long\n"), "", "", true},
    {"its LF is one byte too late", BYTES("N\nS " X1000 X10 X10 "!\r\nN\n"),
     BYTES(OK "ERR too-long\n"), "", "", true},
    {"1023 bytes without an end", BYTES("N\n" X1000 X10 X10 "123"), BYTES(OK), "", "", false},
    {"1024 bytes without an end", BYTES("N\n" X1000 X10 X10 "1234"),
     BYTES(OK "ERR too-long\n"), "", "", true},
    {"too long while in the room", BYTES("C bob\n" X1000 X50 "\nS hello\n"),
     BYTES(OK "ERR too-long\n"), "* JOIN bob\n* LEAVE bob\n", "", true},

    /* the library */
    {"list", BYTES("L\n"), BYTES(LISTING), "", "", false},
    {"list twice, a ping between", BYTES("L\nN\nL\n"), BYTES(LISTING OK LISTING), "", "", false},
    {"download", BYTES("G a.txt\n"), BYTES("OK 6\nhello\n"), "", "", false},
    {"download a name with a space", BYTES("G b b\n"), BYTES("OK 10\n0123456789"), "", "", false},
    {"download an empty file", BYTES("G empty\nN\n"), BYTES(OK OK), "", "", false},
    {"download a name in UTF-8", BYTES("G \xc3\xbc.txt\nN\n"), BYTES("OK 1\nx" OK), "", "", false},
    {"downloads in a row", BYTES("G b b\nG a.txt\nG empty\nG b b\nQ\n"),
     BYTES("OK 10\n0123456789" "OK 6\nhello\n" OK "OK 10\n0123456789" OK), "", "", true},
    {"not found", BYTES("G nothing\nR 0 nothing\nG A.TXT\nN\n"),
     BYTES("ERR not-found\nERR not-found\nERR not-found\n" OK), "", "", false},
    {"what is no file is not found", BYTES("G folder\nG fifo\nG link\nG dangling\nN\n"),
     BYTES("ERR not-found\nERR not-found\nERR not-found\nERR not-found\n" OK), "", "", false},
    {"names that are not allowed",
     BYTES("G ../a.txt\nG /etc/passwd\nG .hidden\nG .\nG ..\nG folder/a\nG  a.txt\nG a.txt \nG \n"
           "R 0 ../a.txt\nP 1 ../n\nN\n"),
     BYTES("ERR bad-name\nERR bad-name\nERR bad-name\nERR bad-name\nERR bad-name\nERR bad-name\n"
           "ERR bad-name\nERR bad-name\nERR bad-name\nERR bad-name\nERR bad-name\n" OK),
     "", "", false},
    {"a name of 256 bytes, and of 255", BYTES("G " X250 "123456\nG " X250 "12345\nN\n"),
     BYTES("ERR bad-name\nERR not-found\n" OK), "", "", false},
    {"resume", BYTES("R 0 b b\nR 3 b b\nR 9 b b\nN\n"),
     BYTES("OK 10\n0123456789" "OK 7\n3456789" "OK 1\n9" OK), "", "", false},
    {"resume at the end and beyond", BYTES("R 10 b b\nR 11 b b\nR 0 empty\nR 1 empty\n"
                                           "R 9223372036854775807 b b\nR 9223372036854775808 b b\n"
                                           "R 9999999999999999999 b b\nN\n"),
     BYTES(OK "ERR bad-range\n" OK "ERR bad-range\nERR bad-range\nERR bad-range\nERR bad-range\n"
           OK), "", "", false},

    {"checksum", BYTES("H a.txt\n"), BYTES(SUM_HELLO), "", "", false},
    {"checksums in a row", BYTES("N\nH b b\nH empty\r\nL\nH \xc3\xbc.txt\nN\nQ\n"),
     BYTES(OK SUM_DIGITS SUM_NOTHING LISTING SUM_X OK OK), "", "", true},
    {"no checksum", BYTES("H\nH \nH  a.txt\nH .hidden\nH nothing\nH folder\nH fifo\nH link\nN\n"),
     BYTES(BAD_REQUEST "ERR bad-name\nERR bad-name\nERR bad-name\nERR not-found\nERR not-found\n"
           "ERR not-found\nERR not-found\n" OK), "", "", false},
    {"a checksum of what has just come", BYTES("P 1 new\nxH new\nP 6 new\nhello\nH new\n"),
     BYTES("GO\n" OK SUM_X "GO\n" OK SUM_HELLO), "", "6 new\n", false},
    {"a checksum while in the room", BYTES("C bob\nH a.txt\nS hi\nX\n"),
     BYTES(OK SUM_HELLO OK OK), "* JOIN bob\n* SAY bob hi\n* LEAVE bob\n", "", false},

    /* uploads */
    {"upload", BYTES("P 3 new\nabc"), BYTES("GO\n" OK), "", "3 new\n", false},
    {"upload, download, list", BYTES("P 3 new\nabcG new\nL\n"),
     BYTES("GO\n" OK "OK 3\nabc" "OK 38\n6 a.txt\n10 b b\n0 empty\n3 new\n1 \xc3\xbc.txt\n"), "",
     "3 new\n", false},
    {"upload nothing", BYTES("P 0 new\nN\n"), BYTES("GO\n" OK OK), "", "0 new\n", false},
    {"upload with CR LF", BYTES("P 4 new\r\n\r\n\r\nG new\r\n"), BYTES("GO\n" OK "OK 4\n\r\n\r\n"),
     "", "4 new\n", false},
    {"a body that looks like requests", BYTES("P 6 new\nQ\nQ\nQ\nG new\n"),
     BYTES("GO\n" OK "OK 6\nQ\nQ\nQ\n"), "", "6 new\n", false},
    {"a body of NUL and 0xff", BYTES("P 4 new\n\0\xff\0\nG new\n"),
     BYTES("GO\n" OK "OK 4\n\0\xff\0\n"), "", "4 new\n", false},
    {"the last upload of a name wins", BYTES("P 3 new\nabcP 2 new\nxyG new\n"),
     BYTES("GO\n" OK "GO\n" OK "OK 2\nxy"), "", "2 new\n", false},
    {"an upload replaces a file", BYTES("G b b\nP 3 b b\nabcG b b\n"),
     BYTES("OK 10\n0123456789" "GO\n" OK "OK 3\nabc"), "", "3 b b\n", false},
    {"upload after upload", BYTES("P 1 n1\naP 1 n2\nbN\n"), BYTES("GO\n" OK "GO\n" OK OK), "",
     "1 n1\n1 n2\n", false},
    {"a body that ends too soon", BYTES("N\nP 5 new\nabcd"), BYTES(OK "GO\n"), "", "", false},
    {"no body at all", BYTES("P 5 new\n"), BYTES("GO\n"), "", "", false},
    {"a file name with the size in it", BYTES("P 2 12 34\nabG 12 34\n"),
     BYTES("GO\n" OK "OK 2\nab"), "", "2 12 34\n", false},
    {"too large", BYTES("P 1001 new\nP 9223372036854775808 new\nP 9999999999999999999 new\nN\n"),
     BYTES("ERR too-large\nERR too-large\nERR too-large\n" OK), "", "", false},
    {"more than the quota", BYTES("P 884 new\nP 1000 new\nN\n"),
     BYTES("ERR no-space\nERR no-space\n" OK), "", "", false},
    {"just within the quota", BYTES("P 883 new\n"), BYTES("GO\n"), "", "", false},
    {"what is replaced does not count", BYTES("P 894 b b\nP 893 b b\n"),
     BYTES("ERR no-space\nGO\n"), "", "", false},
    {"too many files", BYTES("P 1 n1\naP 1 n2\nbP 1 n3\nP 2 n2\nccN\n"),
     BYTES("GO\n" OK "GO\n" OK "ERR no-space\nGO\n" OK OK), "", "1 n1\n2 n2\n", false},
    {"onto a folder", BYTES("P 1 folder\nN\n"), BYTES("ERR io\n" OK), "", "", false},

    /* the chat room */
    {"enter and go", BYTES("C bob\nX\n"), BYTES(OK OK), "* JOIN bob\n* LEAVE bob\n", "", false},
    {"enter and quit", BYTES("C bob\nQ\n"), BYTES(OK OK), "* JOIN bob\n* LEAVE bob\n", "", true},
    {"enter and vanish", BYTES("C bob\n"), BYTES(OK), "* JOIN bob\n* LEAVE bob\n", "", false},
    {"say", BYTES("C bob\nS hello\nS  two  words \nX\n"), BYTES(OK OK OK OK),
     "* JOIN bob\n* SAY bob hello\n* SAY bob  two  words \n* LEAVE bob\n", "", false},
    {"say in UTF-8", BYTES("C \xc3\xbc\nS \xe4\xbd\xa0\xe5\xa5\xbd\n"), BYTES(OK OK),
     "* JOIN \xc3\xbc\n* SAY \xc3\xbc \xe4\xbd\xa0\xe5\xa5\xbd\n* LEAVE \xc3\xbc\n", "", false},
    {"who", BYTES("C bob\nW\nX\n"), BYTES(OK "OK 10\nalice\nbob\n" OK),
     "* JOIN bob\n* LEAVE bob\n", "", false},
    {"who, sorted by bytes", BYTES("C Zoe\nW\nX\nC zoe\nW\n"),
     BYTES(OK "OK 10\nZoe\nalice\n" OK OK "OK 10\nalice\nzoe\n"),
     "* JOIN Zoe\n* LEAVE Zoe\n* JOIN zoe\n* LEAVE zoe\n", "", false},
    {"not in the room", BYTES("S hello\nW\nX\nN\n"),
     BYTES("ERR not-in-chat\nERR not-in-chat\nERR not-in-chat\n" OK), "", "", false},
    {"not in the room any more", BYTES("C bob\nX\nX\nS hello\nW\n"),
     BYTES(OK OK "ERR not-in-chat\nERR not-in-chat\nERR not-in-chat\n"),
     "* JOIN bob\n* LEAVE bob\n", "", false},
    {"in the room already", BYTES("C bob\nC bob\nC carol\nC alice\nW\n"),
     BYTES(OK "ERR in-chat\nERR in-chat\nERR in-chat\nOK 10\nalice\nbob\n"),
     "* JOIN bob\n* LEAVE bob\n", "", false},
    {"a nick that is taken", BYTES("C alice\nC Alice\nN\n"), BYTES("ERR nick-taken\n" OK OK),
     "* JOIN Alice\n* LEAVE Alice\n", "", false},
    {"nicks that are not allowed",
     BYTES("C \nC a b\nC admin\nC AdMiN\nC \xe7\xae\xa1\xe7\x90\x86\xe5\x91\x98\nC a\x1b\n"
           "C " X10 X10 X10 "123\nN\n"),
     BYTES("ERR bad-nick\nERR bad-nick\nERR bad-nick\nERR bad-nick\nERR bad-nick\nERR bad-nick\n"
           "ERR bad-nick\n" OK), "", "", false},
    {"texts that are not allowed", BYTES("C bob\nS \nS\nS a\tb\nS a\x1b[0m\nS a\xc2\x85\nS ok\n"),
     BYTES(OK BAD_REQUEST BAD_REQUEST BAD_REQUEST BAD_REQUEST BAD_REQUEST OK),
     "* JOIN bob\n* SAY bob ok\n* LEAVE bob\n", "", false},
    {"come and go", BYTES("C b\nX\nC b\nX\nC b\nQ\n"), BYTES(OK OK OK OK OK OK),
     "* JOIN b\n* LEAVE b\n* JOIN b\n* LEAVE b\n* JOIN b\n* LEAVE b\n", "", true},
    {"files while in the room", BYTES("C bob\nG a.txt\nP 2 new\nabS done\nL\nX\n"),
     BYTES(OK "OK 6\nhello\n" "GO\n" OK OK
           "OK 38\n6 a.txt\n10 b b\n0 empty\n2 new\n1 \xc3\xbc.txt\n" OK),
     "* JOIN bob\n* SAY bob done\n* LEAVE bob\n", "2 new\n", false},
    {"a member that vanishes in an upload", BYTES("C bob\nP 9 new\nabc"), BYTES(OK "GO\n"),
     "* JOIN bob\n* LEAVE bob\n", "", false},

    /* everything in one go */
    {"a bit of all", BYTES("N\nL\r\nG a.txt\nR 4 b b\nP 4 new\n\nN\nQG new\nC bob\nS hi\nW\nX\n"
                           "bad\nG nothing\nN\nQ\n"),
     BYTES(OK LISTING "OK 6\nhello\nOK 6\n456789GO\n" OK "OK 4\n\nN\nQ" OK OK
           "OK 10\nalice\nbob\n" OK BAD_REQUEST "ERR not-found\n" OK OK),
     "* JOIN bob\n* SAY bob hi\n* LEAVE bob\n", "4 new\n", true},
};
/* clang-format on */

const size_t transcripts_count = sizeof transcripts / sizeof transcripts[0];
