#include "report/json.h"

#include <string.h>
#include <utf8proc.h>

#include "report/page.h"
#include "snarl/snarl.h"

void json_string(Text *out, const char *string)
{
    if (string == NULL) {
        text_add(out, "null");
        return;
    }
    size_t length = strlen(string), from = 0;
    text_add_char(out, '"');
    for (size_t at = 0; at < length;) {
        unsigned char byte = (unsigned char)string[at];
        if (byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\') {
            at++;
            continue;
        }
        utf8proc_int32_t code;
        utf8proc_ssize_t taken =
            utf8proc_iterate((const utf8proc_uint8_t *)string + at, (utf8proc_ssize_t)(length - at), &code);
        if (taken > 1 && page_shows(code)) {
            at += (size_t)taken;
            continue;
        }
        text_add_bytes(out, string + from, at - from);
        if (taken > 1) { /* JSON on a terminal, too, is to do nothing to it; all of these are below U+10000 */
            text_format(out, "\\u%04x", (unsigned)code);
            from = at += (size_t)taken;
            continue;
        }
        if (byte == '"' || byte == '\\')
            text_format(out, "\\%c", byte);
        else if (byte == '\n')
            text_add(out, "\\n");
        else if (byte == '\t')
            text_add(out, "\\t");
        else if (byte < 0x80)
            text_format(out, "\\u%04x", byte);
        else
            text_add(out, "\\ufffd");
        from = ++at;
    }
    text_add_bytes(out, string + from, length - from);
    text_add_char(out, '"');
}

void json_known_ns(Text *out, bool is_known, int64_t ns)
{
    if (is_known)
        text_format(out, "%lld", (long long)ns);
    else
        text_add(out, "null");
}

void json_bool(Text *out, bool value)
{
    text_add(out, value ? "true" : "false");
}

void json_strings(Text *out, const char *const *strings, uint32_t count)
{
    text_add_char(out, '[');
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            text_add(out, ", ");
        json_string(out, strings[i]);
    }
    text_add_char(out, ']');
}

void json_key(Text *out, const char *name, bool first)
{
    text_add(out, first ? "\"" : ", \"");
    text_add(out, name);
    text_add(out, "\": ");
}

void json_field(Text *out, const char *name)
{
    text_add(out, ",\n  \"");
    text_add(out, name);
    text_add(out, "\": ");
}

void json_number(Text *out, uint64_t number)
{
    text_format(out, "%llu", (unsigned long long)number);
}

void json_index(Text *out, uint32_t index)
{
    if (index == SN_NONE)
        text_add(out, "null");
    else
        json_number(out, index);
}

void json_open_list(Text *out, uint32_t count)
{
    text_add(out, count == 0 ? "[" : "[\n");
}

void json_close_item(Text *out, uint32_t i, uint32_t count)
{
    text_add(out, i + 1 < count ? ",\n" : "\n  ");
}
