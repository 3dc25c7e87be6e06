/* duration.h: times of the virtual clock as people write them.
 *
 * Shape   the greatest unit of s, ms, us, ns that gives a whole part, and as many decimals as it takes: "1.25 s", "400 ms", "1.000000001 s", "0 s".
 *         Exact: reading the text gives the same nanoseconds. */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stdint.h>

#include "base/text.h"

enum { DURATION_ROOM = 40 };

/* Writes at most DURATION_ROOM bytes with the NUL; `text` again. */
char *duration_print(int64_t ns, char text[DURATION_ROOM]);
void duration_add(Text *out, int64_t ns);

#endif
