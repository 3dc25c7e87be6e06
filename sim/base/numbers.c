#include "base/numbers.h"

#include <string.h>

uint32_t numbers_sort_distinct(uint32_t *numbers, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = numbers[i], at = kept;
        while (at > 0 && numbers[at - 1] > number)
            at--;
        if (at > 0 && numbers[at - 1] == number)
            continue;
        memmove(numbers + at + 1, numbers + at, (kept - at) * sizeof *numbers);
        numbers[at] = number;
        kept++;
    }
    return kept;
}
