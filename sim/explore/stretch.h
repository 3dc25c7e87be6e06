/* stretch.h: an array of gigabytes that grows in place.
 *
 * Shape   A range of addresses is reserved at once, page by page it becomes memory. Nothing is copied when it grows,
 *         so pointers into it stay valid, and the greatest need at any time is what is in it. New memory is zero.
 * Units   bytes.
 * Owner   stretch_close gives everything back. The budget must outlive the stretch.
 * Errors  false: the budget (which then has `was_hit` set), the gate of base/memory.h or the system said no; what was
 *         there stays as it was.
 * Speed   from 4 MiB on the system is asked for huge pages: without them every random access misses the TLB. */
#ifndef EXPLORE_STRETCH_H
#define EXPLORE_STRETCH_H

#include <stdbool.h>
#include <stddef.h>

/* What a group of stretches may take together. */
typedef struct Budget {
    size_t used_bytes, limit_bytes; /* limit 0: none */
    bool was_hit;
} Budget;

typedef struct Stretch {
    void *base;   /* NULL: not open */
    size_t bytes; /* usable now */
    size_t reserved;
    Budget *budget;
} Stretch;

/* Reserves addresses for `most` bytes, or for as much as the machine has memory when that is less. */
bool stretch_open(Stretch *stretch, size_t most, Budget *budget);
/* Accepts one that is not open. */
void stretch_close(Stretch *stretch);
/* The slow way of stretch_ensure. */
bool stretch_grow(Stretch *stretch, size_t bytes);
/* At least `bytes` are usable. */
static inline bool stretch_ensure(Stretch *stretch, size_t bytes)
{
    return __builtin_expect(bytes <= stretch->bytes, 1) || stretch_grow(stretch, bytes);
}

#endif
