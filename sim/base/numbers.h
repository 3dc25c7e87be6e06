/* numbers.h: small sets of numbers, as sorted arrays. */
#ifndef BASE_NUMBERS_H
#define BASE_NUMBERS_H

#include <stdint.h>

/* Sorts in place and drops repetitions; returns how many are left. For a handful: insertion, quadratic. */
uint32_t numbers_sort_distinct(uint32_t *numbers, uint32_t count);

#endif
