/* markup.h: text of users inside HTML, and inside JSON that stands in HTML.
 *
 * Names, statements, messages and the source of a scenario may hold anything. What is written here is valid UTF-8
 * without control characters (but newlines and tabs) and without marks that reorder text, each of which becomes U+FFFD;
 * and it cannot end the element, the attribute or the string that it stands in. */
#ifndef VIZ_MARKUP_H
#define VIZ_MARKUP_H

#include "base/text.h"

/* Between tags and in attribute values with quotes. NULL adds nothing. */
void markup_html(Text *out, const char *text);
/* A JSON string with its quotes, in which neither `<` nor `&` nor a line separator occurs. NULL is "". */
void markup_json(Text *out, const char *text);

#endif
