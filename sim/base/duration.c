#include "base/duration.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

char *duration_print(int64_t ns, char text[DURATION_ROOM])
{
    static const struct {
        uint64_t ns;
        const char *word;
    } units[] = {{UINT64_C(1000000000), "s"}, {1000000, "ms"}, {1000, "us"}, {1, "ns"}};
    uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
    size_t u = 0;
    while (size != 0 && size < units[u].ns)
        u++;
    int length = snprintf(text, DURATION_ROOM, "%s%" PRIu64, ns < 0 ? "-" : "", size / units[u].ns);
    uint64_t rest = size % units[u].ns;
    if (rest > 0)
        text[length++] = '.';
    for (; rest > 0; rest = rest * 10 % units[u].ns) /* units are powers of ten, so the digits end */
        text[length++] = (char)('0' + rest * 10 / units[u].ns);
    snprintf(text + length, (size_t)(DURATION_ROOM - length), " %s", units[u].word);
    return text;
}

void duration_add(Text *out, int64_t ns)
{
    char text[DURATION_ROOM];
    text_add(out, duration_print(ns, text));
}
