#include "viz/markup.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

/* Marks that turn the direction of the text behind them (as in "Trojan Source", Boucher and Anderson 2021), and those
 * that JavaScript takes for ends of lines. */
static bool is_treacherous(utf8proc_int32_t code)
{
    bool is_control = (code < 0x20 && code != '\n' && code != '\t') || (code >= 0x7F && code < 0xA0);
    bool turns = code == 0x61C || code == 0x200E || code == 0x200F || (code >= 0x202A && code <= 0x202E) ||
                 (code >= 0x2066 && code <= 0x2069);
    return is_control || turns || code == 0x2028 || code == 0x2029 || code == 0xFEFF;
}

static void add_html(Text *out, char c)
{
    switch (c) {
    case '&': text_add(out, "&amp;"); break;
    case '<': text_add(out, "&lt;"); break;
    case '>': text_add(out, "&gt;"); break;
    case '"': text_add(out, "&quot;"); break;
    case '\'': text_add(out, "&#39;"); break;
    default: text_add_char(out, c); break;
    }
}

static void add_json(Text *out, char c)
{
    switch (c) {
    case '"': text_add(out, "\\\""); break;
    case '\\': text_add(out, "\\\\"); break;
    case '\n': text_add(out, "\\n"); break;
    case '\t': text_add(out, "\\t"); break;
    case '<':
    case '>':
    case '&': text_format(out, "\\u%04x", (unsigned)c); break;
    default: text_add_char(out, c); break;
    }
}

static void add_clean(Text *out, const char *text, void (*add_ascii)(Text *out, char c))
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
    utf8proc_ssize_t left = (utf8proc_ssize_t)strlen(text);
    while (left > 0) {
        utf8proc_int32_t code;
        utf8proc_ssize_t length = utf8proc_iterate(at, left, &code);
        if (length <= 0 || is_treacherous(code))
            text_add(out, "\xEF\xBF\xBD");
        else if (code < 0x80)
            add_ascii(out, (char)code);
        else
            text_add_bytes(out, (const char *)at, (size_t)length);
        length = length <= 0 ? 1 : length;
        at += length;
        left -= length;
    }
}

void markup_html(Text *out, const char *text)
{
    if (text != NULL)
        add_clean(out, text, add_html);
}

void markup_json(Text *out, const char *text)
{
    text_add_char(out, '"');
    if (text != NULL)
        add_clean(out, text, add_json);
    text_add_char(out, '"');
}
