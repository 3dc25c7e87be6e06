/* memory.h: the one gate through which all memory of the library comes.
 *
 * Units   bytes.
 * Owner   mem_* blocks belong to the caller; arena memory lives until arena_free.
 * Errors  mem_alloc and mem_resize return NULL. An arena never returns NULL: when the gate says no it jumps to
 *         the `escape` of the phase that owns the arena, so that a pass over a tree needs no check at each node.
 * Tests   mem_live() is 0 at the end of every test; mem_fail_at(n) makes the n-th allocation from now fail. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed block of count*size bytes, or NULL (also on overflow of the product). A size of 0 gives a block of 1. */
void *mem_alloc(size_t count, size_t size);
/* As realloc; new bytes are not zeroed. On failure NULL, and the old block stays valid. */
void *mem_resize(void *block, size_t count, size_t size);
/* Accepts NULL. */
void mem_free(void *block);

/* Books memory that comes from mmap instead: one mapping that goes from old_bytes to new_bytes, where 0 means that there is none.
 * False when the budget, or mem_fail_at, says no; making it smaller always succeeds. */
bool mem_claim(size_t old_bytes, size_t new_bytes);

size_t mem_live_blocks(void);     /* blocks not yet freed */
size_t mem_live_bytes(void);      /* their requested sizes */
size_t mem_peak_bytes(void);      /* greatest value of mem_live_bytes so far */
void mem_set_budget(size_t bytes); /* allocations above it fail; 0 lifts it */
void mem_fail_at(uint64_t n);     /* the n-th allocation from now fails, once; 0 never */

typedef struct ArenaChunk ArenaChunk;
typedef struct Arena {
    ArenaChunk *chunks; /* newest first */
    jmp_buf *escape;    /* where to go when memory ends; must be set before the first allocation */
} Arena;

/* Zeroed memory aligned for any type. */
void *arena_alloc(Arena *arena, size_t count, size_t size);
#define ARENA_NEW(arena, Type) ((Type *)arena_alloc((arena), 1, sizeof(Type)))
#define ARENA_ARRAY(arena, Type, n) ((Type *)arena_alloc((arena), (n), sizeof(Type)))
/* Copies `length` bytes and adds a NUL. */
char *arena_string(Arena *arena, const char *text, size_t length);
/* printf into the arena. */
char *arena_format(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_free(Arena *arena);

/* A growing array inside an arena: ArenaVec(T) v = {0}; ARENA_PUSH(arena, v, item). */
#define ArenaVec(T) struct { T *items; uint32_t count, room; }
#define ARENA_PUSH(arena, vec, item)                                                                       \
    do {                                                                                                   \
        if ((vec).count == (vec).room)                                                                     \
            (vec).items = arena_grow((arena), (vec).items, (vec).count, &(vec).room, sizeof *(vec).items); \
        (vec).items[(vec).count++] = (item);                                                               \
    } while (0)
void *arena_grow(Arena *arena, void *items, uint32_t count, uint32_t *room, size_t size);

#endif
