#define _GNU_SOURCE
#include "pthreads/shared.h"

#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

#include "base/memory.h"

enum { ALIGNMENT = 64 };

static const size_t mapped_bytes = (size_t)256 << 20;

struct Shared {
    _Alignas(ALIGNMENT) _Atomic size_t used;
};

Shared *shared_open(void)
{
    Shared *shared = mmap(NULL, mapped_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (shared == MAP_FAILED)
        return NULL;
    atomic_store(&shared->used, sizeof *shared);
    return shared;
}

void shared_close(Shared *shared)
{
    if (shared != NULL)
        munmap(shared, mapped_bytes);
}

void *shared_alloc(Shared *shared, size_t count, size_t size)
{
    if (shared == NULL)
        return mem_alloc(count, size);
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > mapped_bytes)
        return NULL;
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    size_t at = atomic_fetch_add(&shared->used, bytes);
    return at > mapped_bytes || mapped_bytes - at < bytes ? NULL : (char *)shared + at;
}

void shared_free(Shared *shared, void *memory)
{
    if (shared == NULL)
        mem_free(memory);
}
