#define _DEFAULT_SOURCE /* MADV_HUGEPAGE; NOLINT(bugprone-reserved-identifier) */
#include "base/memory.h"

#include <assert.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

/* Each block is preceded by its requested size, so that counters can be kept exact without asking the C library. */
typedef union BlockHeader {
    size_t bytes;
    max_align_t align;
} BlockHeader;

static atomic_size_t live_blocks, live_bytes, peak_bytes, budget_bytes;
static _Atomic uint64_t fail_countdown;

/* True when this allocation is the one that mem_fail_at chose. */
static bool is_chosen_to_fail(void)
{
    uint64_t left = atomic_load_explicit(&fail_countdown, memory_order_relaxed);
    while (left != 0)
        if (atomic_compare_exchange_weak_explicit(&fail_countdown, &left, left - 1, memory_order_relaxed,
                                                  memory_order_relaxed))
            return left == 1;
    return false;
}

/* Books `bytes` against the budget. The sum is raised first and lowered again on refusal: two threads that ask at
 * the same time can then both be refused near the limit, but never both pass it. */
static bool reserve(size_t bytes)
{
    size_t now = atomic_fetch_add_explicit(&live_bytes, bytes, memory_order_relaxed) + bytes;
    size_t budget = atomic_load_explicit(&budget_bytes, memory_order_relaxed);
    if (now < bytes || (budget != 0 && now > budget)) {
        atomic_fetch_sub_explicit(&live_bytes, bytes, memory_order_relaxed);
        return false;
    }
    size_t peak = atomic_load_explicit(&peak_bytes, memory_order_relaxed);
    while (now > peak &&
           !atomic_compare_exchange_weak_explicit(&peak_bytes, &peak, now, memory_order_relaxed, memory_order_relaxed))
        continue;
    return true;
}

static void unreserve(size_t bytes)
{
    atomic_fetch_sub_explicit(&live_bytes, bytes, memory_order_relaxed);
}

/* Product and header without overflow, or false. */
static bool total_size(size_t count, size_t size, size_t *bytes)
{
    if (__builtin_mul_overflow(count, size, bytes))
        return false;
    if (*bytes == 0)
        *bytes = 1;
    return *bytes <= PTRDIFF_MAX - sizeof(BlockHeader);
}

/* A wish: refusal costs time only. What is large is filled, as a rule, and faults of small pages cost more than filling them does. */
static void wish_for_huge_pages(const BlockHeader *block, size_t bytes)
{
    if (bytes < 2 * HUGE_PAGE)
        return;
    uintptr_t begin = ((uintptr_t)block + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1), end = ((uintptr_t)block + bytes) & ~(HUGE_PAGE - 1);
    if (begin < end)
        madvise((void *)begin, end - begin, MADV_HUGEPAGE); /* NOLINT(performance-no-int-to-ptr) */
}

void *mem_alloc(size_t count, size_t size)
{
    size_t bytes;
    if (!total_size(count, size, &bytes) || is_chosen_to_fail() || !reserve(bytes))
        return NULL;
    BlockHeader *header = calloc(1, sizeof(BlockHeader) + bytes);
    if (header == NULL) {
        unreserve(bytes);
        return NULL;
    }
    wish_for_huge_pages(header, bytes);
    header->bytes = bytes;
    atomic_fetch_add_explicit(&live_blocks, 1, memory_order_relaxed);
    return header + 1;
}

void *mem_resize(void *block, size_t count, size_t size)
{
    if (block == NULL)
        return mem_alloc(count, size);
    size_t bytes;
    BlockHeader *header = (BlockHeader *)block - 1;
    size_t old = header->bytes;
    if (!total_size(count, size, &bytes) || is_chosen_to_fail())
        return NULL;
    if (bytes > old && !reserve(bytes - old))
        return NULL;
    BlockHeader *moved = realloc(header, sizeof(BlockHeader) + bytes);
    if (moved == NULL) {
        if (bytes > old)
            unreserve(bytes - old);
        return NULL;
    }
    if (bytes < old)
        unreserve(old - bytes);
    moved->bytes = bytes;
    return moved + 1;
}

void mem_free(void *block)
{
    if (block == NULL)
        return;
    BlockHeader *header = (BlockHeader *)block - 1;
    unreserve(header->bytes);
    atomic_fetch_sub_explicit(&live_blocks, 1, memory_order_relaxed);
    free(header);
}

bool mem_claim(size_t old_bytes, size_t new_bytes)
{
    if (new_bytes <= old_bytes)
        unreserve(old_bytes - new_bytes);
    else if (is_chosen_to_fail() || !reserve(new_bytes - old_bytes))
        return false;
    if (old_bytes == 0 && new_bytes != 0)
        atomic_fetch_add_explicit(&live_blocks, 1, memory_order_relaxed);
    if (old_bytes != 0 && new_bytes == 0)
        atomic_fetch_sub_explicit(&live_blocks, 1, memory_order_relaxed);
    return true;
}

size_t mem_live_blocks(void)
{
    return atomic_load_explicit(&live_blocks, memory_order_relaxed);
}

size_t mem_live_bytes(void)
{
    return atomic_load_explicit(&live_bytes, memory_order_relaxed);
}

size_t mem_peak_bytes(void)
{
    return atomic_load_explicit(&peak_bytes, memory_order_relaxed);
}

void mem_set_budget(size_t bytes)
{
    atomic_store_explicit(&budget_bytes, bytes, memory_order_relaxed);
}

void mem_fail_at(uint64_t n)
{
    atomic_store_explicit(&fail_countdown, n, memory_order_relaxed);
}

/* ------------------------------------------------------------------ arenas */

struct ArenaChunk {
    ArenaChunk *older;
    size_t used, room; /* bytes behind this header */
    max_align_t data[];
};

enum { CHUNK_BYTES = 16 * 1024 - 64 };

static _Noreturn void arena_escape(Arena *arena)
{
    assert(arena->escape != NULL);
    longjmp(*arena->escape, 1);
}

void *arena_alloc(Arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX / 2)
        arena_escape(arena);
    size_t align = _Alignof(max_align_t);
    bytes = bytes == 0 ? align : (bytes + align - 1) / align * align;

    ArenaChunk *chunk = arena->chunks;
    if (chunk == NULL || chunk->room - chunk->used < bytes) {
        bool is_large = bytes > CHUNK_BYTES / 4;
        size_t room = is_large ? bytes : CHUNK_BYTES;
        ArenaChunk *fresh = mem_alloc(1, sizeof(ArenaChunk) + room);
        if (fresh == NULL)
            arena_escape(arena);
        fresh->room = room;
        if (is_large && chunk != NULL) { /* keep filling the newest ordinary chunk */
            fresh->older = chunk->older;
            chunk->older = fresh;
        } else {
            fresh->older = chunk;
            arena->chunks = fresh;
        }
        chunk = fresh;
    }
    void *block = (char *)chunk->data + chunk->used;
    chunk->used += bytes;
    return block;
}

char *arena_string(Arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1, 1);
    if (length > 0)
        memcpy(copy, text, length);
    return copy;
}

char *arena_format(Arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        arena_escape(arena);
    char *text = arena_alloc(arena, (size_t)length + 1, 1); /* may not return, so no list is open here */
    va_start(args, format);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return text;
}

void *arena_grow(Arena *arena, void *items, uint32_t count, uint32_t *room, size_t size)
{
    uint32_t wanted = *room == 0 ? 4 : *room * 2;
    if (wanted <= *room)
        arena_escape(arena);
    void *larger = arena_alloc(arena, wanted, size);
    if (count > 0)
        memcpy(larger, items, (size_t)count * size);
    *room = wanted;
    return larger;
}

void arena_free(Arena *arena)
{
    ArenaChunk *chunk = arena->chunks;
    while (chunk != NULL) {
        ArenaChunk *older = chunk->older;
        mem_free(chunk);
        chunk = older;
    }
    arena->chunks = NULL;
}
