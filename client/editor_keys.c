/* client/editor_keys.c: what the keys do, and what is pasted */
#include "editor.h"

#include <string.h>

#include "terminal/keys_sequence.h"

/* ---- is a key bound? ---- */

/* Of libedit's complaints nothing matters but that there are some. */
static ssize_t complained(void *cookie, const char *text, size_t size)
{
    struct editor *editor = cookie;
    (void)text;
    editor->complained = true;
    return (ssize_t)size;
}

FILE *editor_complaints(struct editor *editor)
{
    FILE *file = fopencookie(editor, "w", (cookie_io_functions_t){.write = complained});
    if (file != NULL)
        (void)setvbuf(file, NULL, _IONBF, 0);
    return file;
}

/* Asked to print a binding, libedit complains where there is none. */
static bool is_bound(struct editor *editor, const wchar_t *key)
{
    editor->complained = false;
    return el_wset(editor->el, EL_BIND, key, NULL) == 0 && !editor->complained;
}

static bool key_is_bound(void *context, const char *key, size_t len)
{
    wchar_t quoted[2 * SEQUENCE_MOST + 1];
    size_t at = 0;
    for (size_t i = 0; i < len; i++) {
        if (key[i] == '^' || key[i] == '\\')
            quoted[at++] = L'\\';
        quoted[at++] = (wchar_t)(unsigned char)key[i];
    }
    quoted[at] = L'\0';
    return is_bound(context, quoted);
}

/* ---- what is pasted ---- */

static unsigned char paste(EditLine *el, wint_t key)
{
    struct editor *editor = editor_of(el);
    const LineInfoW *line = el_wline(el);
    wchar_t text[KEYS_BYTES + 1];
    size_t len;
    const wchar_t *pasted = keys_paste(&editor->keys, &len);
    (void)key;
    /* Ctrl-V has taken the first KEYS_PASTED for a character */
    if (line->cursor > line->buffer && line->cursor[-1] == KEYS_PASTED)
        el_wdeletestr(el, 1);
    wmemcpy(text, pasted, len);
    text[len] = L'\0';
    (void)el_winsertstr(el, text);
    return CC_REFRESH;
}

/* ---- all of them ---- */

static unsigned char clear_screen(EditLine *el, wint_t key)
{
    (void)key;
    (void)fputs("\033[H\033[2J", stdout);
    draw_forget(&editor_of(el)->drawing);
    return CC_REFRESH;
}

/* libedit binds the arrows as terminfo names them. Terminals send more than that. */
static const wchar_t *const sequences[][2] = {
    {L"\033[H", L"ed-move-to-beg"},
    {L"\033[F", L"ed-move-to-end"},
    {L"\033OH", L"ed-move-to-beg"},
    {L"\033OF", L"ed-move-to-end"},
    {L"\033[1~", L"ed-move-to-beg"},
    {L"\033[4~", L"ed-move-to-end"},
    {L"\033[7~", L"ed-move-to-beg"},
    {L"\033[8~", L"ed-move-to-end"},
    {L"\033[3~", L"ed-delete-next-char"},
    {L"\033[A", L"ed-prev-history"},
    {L"\033[B", L"ed-next-history"},
    {L"\033[C", L"ed-next-char"},
    {L"\033[D", L"ed-prev-char"},
    {L"\033OA", L"ed-prev-history"},
    {L"\033OB", L"ed-next-history"},
    {L"\033OC", L"ed-next-char"},
    {L"\033OD", L"ed-prev-char"},
    {L"\033[1;5C", L"em-next-word"},
    {L"\033[1;5D", L"ed-prev-word"},
    {L"\033[5~", L"ed-search-prev-history"},
    {L"\033[6~", L"ed-search-next-history"},
};

static const wchar_t *const controls[][2] = {
    {L"^W", L"ed-delete-prev-word"},
    {L"^I", L"lab-tab"},
    {L"^R", L"lab-search"},
    {L"^L", L"lab-clear"},
};

static void bind_controls(EditLine *el)
{
    for (size_t i = 0; i < sizeof controls / sizeof controls[0]; i++)
        (void)el_wset(el, EL_BIND, controls[i][0], controls[i][1], NULL);
}

/* But those that are bound already. */
static void bind_sequences(struct editor *editor)
{
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++)
        if (!is_bound(editor, sequences[i][0]))
            (void)el_wset(editor->el, EL_BIND, sequences[i][0], sequences[i][1], NULL);
}

void editor_bind(struct editor *editor)
{
    EditLine *el = editor->el;
    (void)el_wset(el, EL_ADDFN, L"lab-paste", L"Insert what is pasted", paste);
    (void)el_wset(el, EL_ADDFN, L"lab-tab", L"Complete", editor_tab);
    (void)el_wset(el, EL_ADDFN, L"lab-search", L"Search in the history", editor_search);
    (void)el_wset(el, EL_ADDFN, L"lab-clear", L"Clear the screen", clear_screen);
    bind_controls(el);
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++)
        (void)el_wset(el, EL_BIND, sequences[i][0], sequences[i][1], NULL);
}

void editor_bind_again(struct editor *editor)
{
    static const wchar_t pasted[] = {KEYS_PASTED, L'\0'};
    const wchar_t *mode = L"emacs";
    (void)el_wget(editor->el, EL_EDITOR, &mode);
    editor->keys.escape = wcscmp(mode, L"vi") == 0;
    editor->keys.is_bound = key_is_bound;
    editor->keys.context = editor;
    (void)el_wset(editor->el, EL_BIND, pasted, L"lab-paste", NULL);
    (void)el_wset(editor->el, EL_BIND, L"-a", pasted, L"lab-paste", NULL);
    if (is_bound(editor, L"\033[1;5C"))
        return; /* nothing has reset them */
    bind_controls(editor->el);
    if (!editor->keys.escape) /* with sequences behind it, ESC would not end vi's inserting */
        bind_sequences(editor);
}
