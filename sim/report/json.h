/* json.h: pieces of JSON, written directly into a Text.
 *
 * Not with Jansson: the values of outcomes arrive as JSON texts and counts as decimal strings of any length, and a
 * result with 100,000 outcomes would be built twice. The tests read what is written here with Jansson. */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum { JSON_SCHEMA = 1 }; /* version of the objects */

/* A JSON string; NULL is null. Invalid UTF-8 becomes U+FFFD. */
void json_string(Text *out, const char *string);
void json_strings(Text *out, const char *const *strings, uint32_t count);
void json_bool(Text *out, bool value);
void json_number(Text *out, uint64_t number);
/* A number, or null for SN_NONE. */
void json_index(Text *out, uint32_t index);
/* Nanoseconds, or null. */
void json_known_ns(Text *out, bool is_known, int64_t ns);

/* `"name": ` of a member; the first of an object has no comma. */
void json_key(Text *out, const char *name, bool first);
/* A member of the outermost object, on a line of its own. */
void json_field(Text *out, const char *name);
/* A list with a line for each item; json_close_item comes behind item `i`. */
void json_open_list(Text *out, uint32_t count);
void json_close_item(Text *out, uint32_t i, uint32_t count);

#endif
