/* nomem.so: LD_PRELOAD that makes the N-th allocation of the program fail, N in NOMEM_AT; 0 fails none. Only what the program itself asks for is
 * counted, not what libraries ask for their own ends. Says how many there were on standard error: "nomem: K calls". */
#define _GNU_SOURCE
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static uintptr_t program_begin, program_end;
static atomic_ulong calls;
static unsigned long failing;
static pid_t counted_process;

static int look_at(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    (void)data;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t begin = info->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_LOAD && (part->p_flags & PF_X) != 0) {
            program_begin = begin;
            program_end = begin + part->p_memsz;
        }
    }
    return 1; /* the first is the program */
}

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("NOMEM_AT");
    failing = at == NULL ? 0 : strtoul(at, NULL, 10);
    counted_process = getpid();
    dl_iterate_phdr(look_at, NULL);
}

__attribute__((destructor)) static void end(void)
{
    if (getpid() == counted_process)
        dprintf(STDERR_FILENO, "nomem: %lu calls\n", atomic_load(&calls));
}

static int fails(void *caller)
{
    uintptr_t at = (uintptr_t)caller;
    if (at < program_begin || at >= program_end || atomic_fetch_add(&calls, 1) + 1 != failing)
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    *block = fails(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, size);
    return *block == NULL ? ENOMEM : 0;
}
