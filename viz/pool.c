#include "viz/pool.h"

#include <string.h>

/* FNV-1a. */
static uint32_t hash_of(const char *text)
{
    uint32_t hash = 2166136261u;
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

static uint32_t *find_slot(const Pool *pool, const char *text)
{
    uint32_t at = hash_of(text) & (pool->slot_count - 1);
    while (pool->slots[at] != 0 && strcmp(pool->texts.items[pool->slots[at] - 1], text) != 0)
        at = (at + 1) & (pool->slot_count - 1);
    return &pool->slots[at];
}

static void grow(Pool *pool)
{
    pool->slot_count = pool->slot_count == 0 ? 64 : pool->slot_count * 2;
    pool->slots = ARENA_ARRAY(pool->arena, uint32_t, pool->slot_count);
    for (uint32_t k = 0; k < pool->texts.count; k++)
        *find_slot(pool, pool->texts.items[k]) = k + 1;
}

uint32_t pool_number(Pool *pool, const char *text)
{
    if ((pool->texts.count + 1) * 2 > pool->slot_count)
        grow(pool);
    uint32_t *slot = find_slot(pool, text);
    if (*slot == 0) {
        const char *copy = arena_string(pool->arena, text, strlen(text));
        ARENA_PUSH(pool->arena, pool->texts, copy);
        *slot = pool->texts.count;
    }
    return *slot - 1;
}
