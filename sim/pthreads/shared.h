/* shared.h: memory for real objects: of this process, or, where the scenario has processes, of all of them, at the same address in each.
 *
 * Shape   one mapping (MAP_SHARED, without reserve: pages that nobody touches cost nothing), from which pieces are cut and never given back; it goes as
 *         a whole. A Shared that is NULL stands for mem_alloc and mem_free.
 * Errors  NULL: no memory, or no address space for the mapping. */
#ifndef PTHREADS_SHARED_H
#define PTHREADS_SHARED_H

#include <stddef.h>

typedef struct Shared Shared;

Shared *shared_open(void);
void shared_close(Shared *shared);
/* Zeroed. Any process may ask. */
void *shared_alloc(Shared *shared, size_t count, size_t size);
void shared_free(Shared *shared, void *memory);

#endif
