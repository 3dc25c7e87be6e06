/* c_text.c: lines, comments and strings of the emitted program. */
#include <string.h>

#include "export/writer.h"

enum { NOTE_COLUMN = 60, NOTE_WIDTH = 70 };

/* Characters that change the direction or the look of text, or that nobody sees. */
static bool is_hidden(uint32_t point)
{
    return (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x2069) ||
           point == 0xfeff || point == 0x61c || (point >= 0x80 && point < 0xa0);
}

static size_t decode(const char *text, uint32_t *point)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t bytes = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    *point = bytes == 1 ? at[0] : at[0] & (0x7fu >> bytes);
    for (size_t k = 1; k < bytes; k++) {
        if ((at[k] & 0xc0) != 0x80) {
            *point = 0x80;
            return 1;
        }
        *point = *point << 6 | (at[k] & 0x3f);
    }
    return bytes;
}

const char *write_string(Arena *arena, const char *text, bool is_format)
{
    char *made = ARENA_ARRAY(arena, char, strlen(text) * 4 + 3), *to = made;
    *to++ = '"';
    while (*text != '\0') {
        uint32_t point;
        size_t bytes = decode(text, &point);
        if (*text == '"' || *text == '\\' || *text == '?') { /* ?: no trigraphs */
            *to++ = '\\';
            *to++ = *text;
        } else if (*text == '%' && is_format) {
            *to++ = '%';
            *to++ = '%';
        } else if (*text == '\n') {
            *to++ = '\\';
            *to++ = 'n';
        } else if (point < 32 || point == 127 || is_hidden(point)) {
            for (size_t k = 0; k < bytes; k++) {
                unsigned byte = (unsigned char)text[k];
                *to++ = '\\';
                *to++ = (char)('0' + (byte >> 6));
                *to++ = (char)('0' + (byte >> 3 & 7));
                *to++ = (char)('0' + (byte & 7));
            }
        } else {
            memcpy(to, text, bytes);
            to += bytes;
        }
        text += bytes;
    }
    *to++ = '"';
    *to = '\0';
    return made;
}

const char *write_comment(Arena *arena, const char *text, size_t length, size_t columns)
{
    char *made = ARENA_ARRAY(arena, char, length * 2 + 8), *to = made;
    bool blank = true, cut = false;
    size_t width = 0;
    for (size_t i = 0; i < length;) {
        uint32_t point;
        size_t bytes = decode(text + i, &point);
        if (bytes > length - i)
            break;
        bool is_blank = point <= 32;
        if (width + 1 > columns) {
            cut = true;
            break;
        }
        if (is_blank) {
            if (!blank) {
                *to++ = ' ';
                width++;
            }
        } else if (point == 127 || is_hidden(point)) {
            *to++ = '?';
            width++;
        } else {
            bool ends = bytes == 1 && to > made && ((to[-1] == '*' && text[i] == '/') || (to[-1] == '/' && text[i] == '*') ||
                                                    (to[-1] == '?' && text[i] == '?'));
            if (ends)
                *to++ = ' ';
            memcpy(to, text + i, bytes);
            to += bytes;
            width++;
        }
        blank = is_blank;
        i += bytes;
    }
    while (to > made && to[-1] == ' ')
        to--;
    if (cut) {
        memcpy(to, "...", 3);
        to += 3;
    } else if (to > made && to[-1] == '\\') { /* would join the next line to the comment */
        *to++ = ' ';
        *to++ = '.';
    }
    *to = '\0';
    return made;
}

void write_note(Writer *w, const Span *span)
{
    const char *text = w->scenario->source->text + span->offset;
    w->note = arena_format(w->arena, "%u: %s", span->line, write_comment(w->arena, text, span->length, NOTE_WIDTH));
}

static void put_line(Writer *w, const char *format, va_list args)
{
    size_t begin = w->out->length;
    text_fill(w->out, ' ', (size_t)w->indent * 4);
    text_vformat(w->out, format, args);
    if (w->note != NULL && !w->out->failed) {
        size_t columns = text_columns(w->out->bytes + begin, w->out->length - begin);
        text_fill(w->out, ' ', columns + 1 < NOTE_COLUMN ? NOTE_COLUMN - columns : 1);
        text_format(w->out, "// %s", w->note);
    }
    w->note = NULL;
    text_add_char(w->out, '\n');
}

void write_line(Writer *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_line(w, format, args);
    va_end(args);
}

void write_open(Writer *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_line(w, format, args);
    va_end(args);
    w->indent++;
}

void write_close(Writer *w, const char *behind)
{
    w->indent--;
    write_line(w, "}%s", behind);
}

void write_step(Writer *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    w->scratch->length = 0;
    text_vformat(w->scratch, format, args);
    va_end(args);
    const char *text = w->scratch->length == 0 ? "" : w->scratch->bytes;
    if (w->scratch->failed)
        w->out->failed = true;
    if (!w->is_inside)
        write_line(w, "step(%u);%s%s", w->line, *text == '\0' ? "" : " ", text);
    else if (*text != '\0')
        write_line(w, "%s", text);
    if (w->is_inside && w->counts_accesses)
        write_line(w, "inside(%u);", w->line);
}

void write_refusal(Writer *w, Span span, const char *what)
{
    diag_error(w->diagnostics, span, "%s cannot be exported to C", what);
}
