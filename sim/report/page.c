#include "report/page.h"

#include <string.h>
#include <utf8proc.h>

enum { DEFAULT_COLUMNS = 100, LEAST_COLUMNS = 40, LEAST_LINE = 8 };

static const char *const tone_codes[] = {
    [TONE_PLAIN] = "\033[0m", [TONE_STRONG] = "\033[1m", [TONE_FAINT] = "\033[90m",     [TONE_BAD] = "\033[1;31m",
    [TONE_GOOD] = "\033[32m", [TONE_WARN] = "\033[33m",  [TONE_CHANGED] = "\033[1;36m",
};

void page_tone(Text *text, Tone tone)
{
    text_add_char(text, (char)tone);
}

/* A control character as its picture: U+2400 and what follows. */
static void add_picture(Text *text, unsigned code)
{
    char picture[4] = {(char)0xE2, (char)0x90, (char)(0x80 + code), '\0'};
    text_add(text, picture);
}

/* Marks that turn the direction of text: what follows them on the line would be shown out of order. */
static bool turns_text(utf8proc_int32_t code)
{
    return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

bool page_shows(int32_t code)
{
    return code >= 0x20 && code != 0x7F && !(code >= 0x80 && code < 0xA0) && !turns_text(code);
}

void page_user(Text *text, const char *user)
{
    if (user == NULL)
        return;
    size_t length = strlen(user), from = 0;
    for (size_t at = 0; at < length;) {
        unsigned char byte = (unsigned char)user[at];
        if (byte >= 0x20 && byte < 0x7F) {
            at++;
            continue;
        }
        utf8proc_int32_t code;
        utf8proc_ssize_t taken =
            utf8proc_iterate((const utf8proc_uint8_t *)user + at, (utf8proc_ssize_t)(length - at), &code);
        if (taken > 1 && page_shows(code)) {
            at += (size_t)taken;
            continue;
        }
        text_add_bytes(text, user + from, at - from);
        if (byte == '\t')
            text_add_char(text, ' ');
        else if (byte < 0x20)
            add_picture(text, byte);
        else if (byte == 0x7F)
            add_picture(text, 0x21);
        else
            text_add(text, "\xEF\xBF\xBD");
        at += taken > 0 ? (size_t)taken : 1;
        from = at;
    }
    text_add_bytes(text, user + from, length - from);
}

void page_toned(Text *text, Tone tone, const char *user)
{
    page_tone(text, tone);
    page_user(text, user);
    page_tone(text, TONE_PLAIN);
}

const char *page_take(Page *page)
{
    if (page->scratch.failed)
        longjmp(page->escape, 1);
    const char *taken =
        page->scratch.length == 0 ? "" : arena_string(&page->arena, page->scratch.bytes, page->scratch.length);
    page->scratch.length = 0;
    return taken;
}

size_t page_break(const char *text, size_t length, size_t columns, size_t *next)
{
    size_t fits = text_prefix(text, length, columns);
    /* Marks behind the last character that fits take no room. */
    if (fits == length) {
        *next = length;
        return length;
    }
    size_t at = fits;
    if (text[at] != ' ')
        while (at > 0 && text[at - 1] != ' ')
            at--;
    if (at == 0) { /* one long word: cut it, by at least one character */
        if (fits == 0) {
            utf8proc_int32_t code;
            utf8proc_ssize_t taken = utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length, &code);
            fits = taken > 0 ? (size_t)taken : 1;
        }
        *next = fits;
        return fits;
    }
    size_t end = at;
    while (end > 0 && text[end - 1] == ' ')
        end--;
    if (end == 0) { /* nothing but blanks in front */
        *next = fits > 0 ? fits : 1;
        return *next;
    }
    while (at < length && text[at] == ' ')
        at++;
    *next = at;
    return end;
}

Tone page_last_tone(const char *text, size_t length, Tone tone)
{
    while (length-- > 0)
        if (text[length] >= TONE_PLAIN && text[length] <= TONE_CHANGED)
            return (Tone)text[length];
    return tone;
}

void page_paragraph(Page *page, uint32_t first, uint32_t indent)
{
    const char *text = page_take(page);
    size_t length = strlen(text), used = first;
    Tone tone = TONE_PLAIN;
    if (length == 0)
        text_add_char(&page->out, '\n');
    while (length > 0) {
        size_t room = page->columns > used + LEAST_LINE ? page->columns - used : LEAST_LINE, next;
        size_t line = page_break(text, length, room, &next);
        page_tone(&page->out, tone);
        text_add_bytes(&page->out, text, line);
        tone = page_last_tone(text, next, tone);
        page_tone(&page->out, TONE_PLAIN);
        text_add_char(&page->out, '\n');
        text += next;
        length -= next;
        used = indent;
        if (length > 0)
            text_fill(&page->out, ' ', indent);
    }
}

/* Turns marks into colours, or leaves them out. A tone that changes twice in one place is written once, and no colour
 * runs over the end of a line. */
static void finish_tones(const Text *marked, bool color, Text *out)
{
    Tone shown = TONE_PLAIN, wanted = TONE_PLAIN;
    size_t from = 0;
    for (size_t at = 0; at < marked->length; at++) {
        char byte = marked->bytes[at];
        bool mark = byte >= TONE_PLAIN && byte <= TONE_CHANGED;
        if (mark) {
            text_add_bytes(out, marked->bytes + from, at - from);
            from = at + 1;
            wanted = (Tone)byte;
            continue;
        }
        Tone here = byte == '\n' ? TONE_PLAIN : wanted;
        if (!color || here == shown)
            continue;
        text_add_bytes(out, marked->bytes + from, at - from);
        from = at;
        if (shown != TONE_PLAIN)
            text_add(out, tone_codes[TONE_PLAIN]);
        if (here != TONE_PLAIN)
            text_add(out, tone_codes[here]);
        shown = here;
    }
    if (marked->length > from)
        text_add_bytes(out, marked->bytes + from, marked->length - from);
    if (shown != TONE_PLAIN)
        text_add(out, tone_codes[TONE_PLAIN]);
}

char *page_make(const SnTextStyle *style, void (*write)(Page *page, const void *subject), const void *subject)
{
    Page *page = mem_alloc(1, sizeof *page);
    if (page == NULL)
        return NULL;
    if (style != NULL)
        page->style = *style;
    page->columns = page->style.columns == 0 ? DEFAULT_COLUMNS : page->style.columns;
    if (page->columns < LEAST_COLUMNS)
        page->columns = LEAST_COLUMNS;
    page->arena.escape = &page->escape;
    if (setjmp(page->escape) == 0)
        write(page, subject);
    else
        page->out.failed = true;
    Text *finished = mem_alloc(1, sizeof *finished);
    char *made = NULL;
    if (finished != NULL && !page->out.failed) {
        finish_tones(&page->out, page->style.color, finished);
        made = text_take(finished);
    }
    mem_free(finished);
    text_free(&page->out);
    text_free(&page->scratch);
    if (page->free_trace != NULL)
        page->free_trace(page->trace);
    arena_free(&page->arena);
    mem_free(page);
    return made;
}
