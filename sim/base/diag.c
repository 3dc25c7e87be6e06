#include "base/diag.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

enum { WINDOW_COLUMNS = 120, WINDOW_BYTES = WINDOW_COLUMNS * 4 }; /* longer source lines are shown in part */

void diag_begin(DiagList *list, Arena *arena, const Source *source)
{
    memset(list, 0, sizeof *list);
    list->arena = arena;
    list->source = source;
}

static char *format_in_arena(Arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    char *text = arena_alloc(arena, length < 0 ? 1 : (size_t)length + 1, 1);
    if (length > 0)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

void diag_report(DiagList *list, Severity severity, Span span, const char *format, va_list args)
{
    list->skips_hint = list->is_quiet || list->all.count >= DIAG_MAX;
    if (list->is_quiet)
        return;
    if (severity == SEVERITY_ERROR)
        list->errors++;
    if (list->skips_hint) {
        list->dropped++;
        return;
    }
    Diagnostic diagnostic = {.severity = severity, .span = span};
    diagnostic.message = format_in_arena(list->arena, format, args);
    ARENA_PUSH(list->arena, list->all, diagnostic);
}

void diag_error(DiagList *list, Span span, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    diag_report(list, SEVERITY_ERROR, span, format, args);
    va_end(args);
}

void diag_warning(DiagList *list, Span span, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    diag_report(list, SEVERITY_WARNING, span, format, args);
    va_end(args);
}

void diag_report_hint(DiagList *list, const char *format, va_list args)
{
    if (list->skips_hint)
        return;
    assert(list->all.count > 0);
    list->all.items[list->all.count - 1].hint = format_in_arena(list->arena, format, args);
}

void diag_hint(DiagList *list, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    diag_report_hint(list, format, args);
    va_end(args);
}

/* ---------------------------------------------------------------- printing */

enum { MESSAGE_BYTES = 600 }; /* a name of a megabyte is told by its beginning */

/* Adds the source bytes [from, to) as a terminal can show them: control characters and invalid bytes as U+FFFD. */
static void add_visible(Text *out, const char *text, size_t from, size_t to)
{
    while (from < to) {
        utf8proc_int32_t code;
        utf8proc_ssize_t limit = to - from > 4 ? 4 : (utf8proc_ssize_t)(to - from);
        utf8proc_ssize_t taken = utf8proc_iterate((const utf8proc_uint8_t *)text + from, limit, &code);
        bool is_shown = taken > 0 && (code == '\t' || (code >= 0x20 && code != 0x7f && !(code >= 0x80 && code < 0xa0)));
        if (is_shown)
            text_add_bytes(out, text + from, (size_t)taken);
        else
            text_add(out, "\xEF\xBF\xBD");
        from += taken > 0 ? (size_t)taken : 1;
    }
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* A message holds names of files, of the command line and of the source. */
static void add_message(Text *out, const char *message)
{
    size_t length = strlen(message), shown = length;
    if (length > MESSAGE_BYTES)
        for (shown = MESSAGE_BYTES; shown > 0 && is_continuation(message[shown]); shown--)
            continue;
    add_visible(out, message, 0, shown);
    if (shown < length)
        text_add(out, "...");
}

/* Blanks as wide as the source bytes [from, to); tabs stay tabs, so that the terminal aligns both lines alike. */
static void add_blank(Text *out, const char *text, size_t from, size_t to)
{
    while (from < to) {
        size_t end = from;
        while (end < to && text[end] != '\t' && (unsigned char)text[end] >= 0x20 && text[end] != 0x7f)
            end++;
        text_fill(out, ' ', text_columns(text + from, end - from));
        if (end < to)
            text_add_char(out, text[end] == '\t' ? '\t' : ' ');
        from = end < to ? end + 1 : end;
    }
}

static void print_one(const Source *source, const Diagnostic *diagnostic, Text *out)
{
    Span span = diagnostic->span;
    add_visible(out, source->name, 0, strlen(source->name));
    text_format(out, ":%u:%u: %s: ", span.line, span.column, diagnostic->severity == SEVERITY_ERROR ? "error" : "warning");
    add_message(out, diagnostic->message);
    text_add_char(out, '\n');

    const char *text = source->text;
    size_t at = span.offset < source->length ? span.offset : source->length;
    size_t begin = at, end = at;
    while (begin > 0 && text[begin - 1] != '\n')
        begin--;
    while (end < source->length && text[end] != '\n')
        end++;
    if (end > begin && text[end - 1] == '\r')
        end--;
    if (at > end)
        at = end;

    bool is_cut_left = false, is_cut_right = false;
    if (end - begin > WINDOW_BYTES || text_columns(text + begin, end - begin) > WINDOW_COLUMNS) {
        size_t from = at;
        while (from > begin && at - from < WINDOW_COLUMNS / 2)
            from--;
        while (from < at && is_continuation(text[from]))
            from++;
        is_cut_left = from > begin;
        begin = from;
        size_t limit = end - begin < WINDOW_BYTES ? end - begin : WINDOW_BYTES;
        size_t shown = text_prefix(text + begin, limit, WINDOW_COLUMNS);
        is_cut_right = begin + shown < end;
        end = begin + shown;
    }

    bool is_blank = true;
    for (size_t i = begin; i < end; i++)
        is_blank = is_blank && (text[i] == ' ' || text[i] == '\t');
    if (!is_blank) {
        text_add(out, is_cut_left ? "... " : "    ");
        add_visible(out, text, begin, end);
        text_add(out, is_cut_right ? " ...\n    " : "\n    ");
        add_blank(out, text, begin, at);
        text_add_char(out, '^');
        size_t last = at + span.length < end ? at + span.length : end;
        if (last > at) {
            size_t width = text_columns(text + at, last - at);
            if (width > 1)
                text_fill(out, '~', width - 1);
        }
        text_add_char(out, '\n');
    }
    if (diagnostic->hint != NULL) {
        text_add(out, "    hint: ");
        add_message(out, diagnostic->hint);
        text_add_char(out, '\n');
    }
}

void diag_print(const DiagList *list, Text *out)
{
    uint32_t count = list->all.count;
    uint32_t *order = mem_alloc(count, sizeof *order);
    if (order == NULL) {
        out->failed = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++) { /* insertion sort: stable, and lists come almost sorted */
        uint32_t at = i;
        while (at > 0 && list->all.items[order[at - 1]].span.offset > list->all.items[i].span.offset) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
    for (uint32_t i = 0; i < count; i++)
        print_one(list->source, &list->all.items[order[i]], out);
    if (list->dropped > 0)
        text_format(out, "%s: %u more not shown\n", list->source->name, list->dropped);
    mem_free(order);
}
