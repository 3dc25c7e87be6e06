#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#include "base/memory.h"

/* Room for `more` bytes and a NUL behind the present ones. */
static bool text_reserve(Text *text, size_t more)
{
    if (text->failed)
        return false;
    size_t needed = text->length + more + 1;
    if (needed <= text->length) {
        text->failed = true;
        return false;
    }
    if (text->bytes != NULL && needed <= text->room)
        return true;
    size_t room = text->room < 64 ? 64 : text->room * 2;
    if (room < needed)
        room = needed;
    char *bytes = mem_resize(text->bytes, room, 1);
    if (bytes == NULL) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->room = room;
    return true;
}

void text_add_bytes(Text *text, const char *bytes, size_t length)
{
    if (length == 0 || !text_reserve(text, length))
        return;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_add(Text *text, const char *string)
{
    text_add_bytes(text, string, strlen(string));
}

void text_add_char(Text *text, char c)
{
    text_add_bytes(text, &c, 1);
}

void text_fill(Text *text, char c, size_t count)
{
    if (count == 0 || !text_reserve(text, count))
        return;
    memset(text->bytes + text->length, c, count);
    text->length += count;
    text->bytes[text->length] = '\0';
}

void text_format(Text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_vformat(text, format, args);
    va_end(args);
}

void text_vformat(Text *text, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    if (length < 0) {
        text->failed = true;
    } else if (length > 0 && text_reserve(text, (size_t)length)) {
        vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

char *text_take(Text *text)
{
    if (!text->failed && text->bytes == NULL && text_reserve(text, 0))
        text->bytes[0] = '\0';
    if (text->failed) {
        text_free(text);
        return NULL;
    }
    char *bytes = text->bytes;
    *text = (Text){0};
    return bytes;
}

void text_free(Text *text)
{
    mem_free(text->bytes);
    *text = (Text){0};
}

/* ----------------------------------------------------------------- columns */

/* Length in bytes of the character at `bytes` and its width. */
static size_t next_character(const char *bytes, size_t length, size_t *columns)
{
    utf8proc_int32_t code;
    utf8proc_ssize_t limit = length > 4 ? 4 : (utf8proc_ssize_t)length;
    utf8proc_ssize_t taken = utf8proc_iterate((const utf8proc_uint8_t *)bytes, limit, &code);
    if (taken <= 0) {
        *columns = 1;
        return 1;
    }
    int width = utf8proc_charwidth(code);
    *columns = width > 0 ? (size_t)width : 0;
    return (size_t)taken;
}

size_t text_columns(const char *bytes, size_t length)
{
    size_t total = 0, columns;
    for (size_t at = 0; at < length; total += columns)
        at += next_character(bytes + at, length - at, &columns);
    return total;
}

size_t text_prefix(const char *bytes, size_t length, size_t columns)
{
    size_t at = 0, total = 0, width;
    while (at < length) {
        size_t taken = next_character(bytes + at, length - at, &width);
        if (total + width > columns)
            break;
        total += width;
        at += taken;
    }
    return at;
}
