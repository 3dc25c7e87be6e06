/* figures.h: numbers as people read them: "66,468,720", "2/3", "19/120 = 0.158", "1.8e-6", "3.4 MB".
 *
 * Counts arrive as decimal strings of any length, "infinite", or NULL; probabilities as doubles, NAN where unknown.
 * Nothing here depends on the locale. */
#ifndef REPORT_FIGURES_H
#define REPORT_FIGURES_H

#include <stdint.h>

#include "base/text.h"

/* Digits in groups of three; more than 24 digits as "about 4.19e57". Other texts as they are. */
void figures_count(Text *out, const char *decimal);
void figures_number(Text *out, uint64_t number);
/* `number` and a word that gets an s where the number is not 1. */
void figures_plural(Text *out, uint64_t number, const char *word);
/* "2/3", or a decimal where the reduced fraction is unwieldy. False, and nothing added, when a count is missing or
 * infinite. */
bool figures_share(Text *out, const char *part, const char *whole);
/* "0.158", "1.8e-6", "0", "1"; never "1.000" for something less than 1. Nothing for NAN. */
void figures_decimal(Text *out, double value);
/* The exact text, followed by the decimal where the fraction does not speak for itself. */
void figures_probability(Text *out, const char *exact, double value);
/* A bar of `value` (0 to 1) of `columns` columns in eighths of a column; whatever is not 0 shows. */
void figures_bar(Text *out, double value, uint32_t columns);
void figures_seconds(Text *out, double seconds);
void figures_bytes(Text *out, size_t bytes);
/* A schedule; a long one with repeated steps as A*3, which reads back the same. */
void figures_schedule(Text *out, const char *schedule);
/* The shortest decimal that reads back as the same double, as JSON wants it; "null" for NAN and infinity. */
void figures_json_number(Text *out, double value);

bool figures_is_one(const char *decimal);
bool figures_is_infinite(const char *decimal);

#endif
