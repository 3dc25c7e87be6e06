/* text.h: a growing string, the sink of every printer in the library.
 *
 * Owner   text_free, or text_take which hands the bytes to the caller (mem_free them).
 * Errors  running out of memory sets `failed`; later calls do nothing; the last caller looks at it once. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct Text {
    char *bytes; /* NUL-terminated when length > 0; NULL at first */
    size_t length, room;
    bool failed;
} Text;

void text_add(Text *text, const char *string);
void text_add_bytes(Text *text, const char *bytes, size_t length);
void text_add_char(Text *text, char c);
void text_fill(Text *text, char c, size_t count);
void text_format(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vformat(Text *text, const char *format, va_list args);
/* Ownership moves to the caller; the Text is empty again. NULL when it failed. */
char *text_take(Text *text);
void text_free(Text *text);

/* Columns that `length` bytes of UTF-8 take on a terminal: East Asian wide 2, combining 0, an invalid byte 1. */
size_t text_columns(const char *bytes, size_t length);
/* Bytes of the longest prefix that takes at most `columns`. */
size_t text_prefix(const char *bytes, size_t length, size_t columns);

#endif
