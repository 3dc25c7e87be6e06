/* json.h: what the writers of JSON share. */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include "base/text.h"

/* A JSON string; NULL is null. Invalid UTF-8 becomes U+FFFD. */
void json_string(Text *out, const char *string);

#endif
