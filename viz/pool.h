/* pool.h: texts by number, each once: what occurs often in a page is written once.
 *
 * Owner   the arena. Errors: memory that ends jumps to the arena's escape. */
#ifndef VIZ_POOL_H
#define VIZ_POOL_H

#include <stdint.h>

#include "base/memory.h"

typedef struct Pool {
    Arena *arena;
    ArenaVec(const char *) texts;
    uint32_t *slots; /* number + 1; 0: free */
    uint32_t slot_count;
} Pool;

/* Copies the text unless it is known; returns its number, from 0. */
uint32_t pool_number(Pool *pool, const char *text);

#endif
