/* arrange.h: all ways in which the threads of families can stand where some of them stand.
 *
 * Terms   each thread has a role; an arrangement gives the roles of a family to its threads in another order. Threads
 *         with the same role are not told apart, so there are n! / (k1! k2! ...) arrangements of n threads.
 * Owner   the caller. */
#ifndef API_ARRANGE_H
#define API_ARRANGE_H

#include "machine/symmetry.h"

/* `symmetry` may be NULL: one arrangement, in which everybody stays. Calls back with `to[t]`: the thread that does what
 * thread t did. Ends early where the callback returns false, or after `most` of them. False: there were more. */
bool arrange_all(const Symmetry *symmetry, uint32_t thread_count, const uint32_t *roles, uint32_t most,
                 bool (*found)(void *context, const ThreadId *to), void *context);

#endif
