/* tests/oracle/generate/show.c: a session, step by step, for people; see generate.h */
#include "generate.h"
#include "verdict.h"

static const char *pieces(const struct step *step)
{
    return step->cuts != 0 ? ", in pieces" : "";
}

static const char *order_note(const struct step *step)
{
    return step->together ? ", together with others" : step->no_wait ? ", and does not wait" : "";
}

static void step_print(FILE *out, const struct oracle_session *session, const struct step *step)
{
    /* of the other steps, len counts no bytes of the session */
    bool has_text = step->action == ACTION_SEND || step->action == ACTION_ANNOUNCE;
    const char *text = has_text ? verdict_quoted(session->bytes + step->at, step->len) : "";
    switch (step->action) {
    case ACTION_OPEN: fprintf(out, "connects"); break;
    case ACTION_SEND: fprintf(out, "sends %s%s%s", text, pieces(step), order_note(step)); break;
    case ACTION_BODY:
        if (step->len == SIZE_MAX)
            fprintf(out, "sends the rest of the body%s%s", pieces(step), order_note(step));
        else
            fprintf(out, "sends %zu bytes of the body%s%s", step->len, pieces(step),
                    order_note(step));
        break;
    case ACTION_SHUT: fprintf(out, "shuts down%s", order_note(step)); break;
    case ACTION_CLOSE: fprintf(out, "closes%s", order_note(step)); break;
    case ACTION_RESET: fprintf(out, "resets%s", order_note(step)); break;
    case ACTION_ANNOUNCE: fprintf(out, "(the console announces %s)", text); break;
    }
}

void session_print(FILE *out, const struct oracle_session *session, uint64_t dropped)
{
    for (size_t i = 0; i < session->count; i++) {
        const struct step *step = &session->steps[i];
        if ((dropped >> i & 1) != 0)
            continue;
        fprintf(out, "  %2zu  client %u ", i, step->client + 1);
        step_print(out, session, step);
        fprintf(out, "\n");
    }
    static const char *const endings[] = {"leave the room", "quit", "shut down"};
    fprintf(out, "      at the end all %s\n", endings[session->ending]);
}
