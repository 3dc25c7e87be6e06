#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, MADV_HUGEPAGE; NOLINT(bugprone-reserved-identifier) */
#include "explore/stretch.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"

#define HUGE_PAGE  ((size_t)2 << 20)
#define HUGE_FROM  ((size_t)4 << 20)
#define POPULATE_FROM ((size_t)32 << 10)
#define LEAST_STEP ((size_t)4 << 10) /* a multiple of the page size, see page_size */
#ifdef SNARL_SMALL_TABLES
#define MOST_STEP LEAST_STEP /* many small steps, so that tests meet growth */
#else
#define MOST_STEP ((size_t)64 << 20)
#endif

static size_t page_size(void)
{
    long size = sysconf(_SC_PAGESIZE);
    return size > 0 ? (size_t)size : LEAST_STEP;
}

static size_t round_up(size_t bytes, size_t unit)
{
    return (bytes + unit - 1) / unit * unit;
}

/* More than this can never be in memory. */
static size_t machine_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    return pages > 0 ? (size_t)pages * page_size() : (size_t)1 << 34;
}

bool stretch_open(Stretch *stretch, size_t most, Budget *budget)
{
    memset(stretch, 0, sizeof *stretch);
    size_t machine = machine_memory();
    size_t wanted = round_up(most < machine ? most + 1 : machine, page_size());
    /* Without room for alignment huge pages would begin late; under a limit on addresses a smaller range must do. */
    for (; wanted >= page_size(); wanted = round_up(wanted / 2, page_size())) {
        size_t slack = wanted >= HUGE_FROM ? HUGE_PAGE : 0;
        char *base = mmap(NULL, wanted + slack, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (base == MAP_FAILED) {
            if (wanted == page_size())
                break;
            continue;
        }
        size_t before = slack == 0 ? 0 : round_up((uintptr_t)base, HUGE_PAGE) - (uintptr_t)base;
        if (before > 0)
            munmap(base, before);
        if (slack > before)
            munmap(base + before + wanted, slack - before);
        stretch->base = base + before;
        stretch->reserved = wanted;
        stretch->budget = budget;
        return true;
    }
    return false;
}

void stretch_close(Stretch *stretch)
{
    if (stretch->base == NULL)
        return;
    munmap(stretch->base, stretch->reserved);
    mem_claim(stretch->bytes, 0);
    stretch->budget->used_bytes -= stretch->bytes;
    memset(stretch, 0, sizeof *stretch);
}

static bool grow_to(Stretch *stretch, size_t bytes)
{
    Budget *budget = stretch->budget;
    size_t more = bytes - stretch->bytes;
    if (budget->limit_bytes != 0 && budget->used_bytes + more > budget->limit_bytes) {
        budget->was_hit = true;
        return false;
    }
    if (!mem_claim(stretch->bytes, bytes))
        return false;
    if (mprotect((char *)stretch->base + stretch->bytes, more, PROT_READ | PROT_WRITE) != 0) {
        mem_claim(bytes, stretch->bytes);
        return false;
    }
    if (bytes >= HUGE_FROM && stretch->bytes < HUGE_FROM)
        madvise(stretch->base, stretch->reserved, MADV_HUGEPAGE); /* a wish: refusal costs time only */
#ifdef MADV_POPULATE_WRITE
    if (bytes < HUGE_FROM && more >= POPULATE_FROM) /* all at once is several times cheaper than page by page */
        madvise((char *)stretch->base + stretch->bytes, more, MADV_POPULATE_WRITE);
#endif
    budget->used_bytes += more;
    stretch->bytes = bytes;
    return true;
}

bool stretch_grow(Stretch *stretch, size_t bytes)
{
    if (bytes > stretch->reserved)
        return false; /* more than the machine has */
    size_t page = page_size();
    size_t needed = round_up(bytes, page);
    /* Steps in proportion keep the number of system calls logarithmic; they are limited, since what is booked counts as
     * used. */
    size_t step = stretch->bytes < ((size_t)1 << 20) ? stretch->bytes : stretch->bytes / 8;
    if (step > MOST_STEP)
        step = MOST_STEP;
    if (step < LEAST_STEP)
        step = LEAST_STEP;
    size_t roomy = round_up(stretch->bytes + step, stretch->bytes >= HUGE_FROM ? HUGE_PAGE : page);
    if (roomy > stretch->reserved)
        roomy = stretch->reserved;
    bool was_hit = stretch->budget->was_hit;
    if (roomy > needed && grow_to(stretch, roomy))
        return true;
    stretch->budget->was_hit = was_hit;
    return grow_to(stretch, needed);
}
