/* crossing.h: how often findings happen, many at once, where each of them happens in one stretch of any path.
 *
 * Method  a finding's marked states may be such that no path that has left them comes back to them: a deadlock is not left at all, two threads
 *         stand before their racing steps once. Then a path in which it happens goes in at exactly one edge, and the number of these paths is
 *         the sum, over all edges that lead in, of the paths to the edge's state times those from where it leads. Paths to and from
 *         every state are counted once for all findings, instead of those that avoid the marks for each of them.
 * Units   findings are bits of a word.
 * Errors  STATUS_NO_MEMORY, STATUS_INTERRUPTED. */
#ifndef EXPLORE_CROSSING_H
#define EXPLORE_CROSSING_H

#include "explore/count.h"
#include "explore/pass.h"

enum { CROSSINGS_MAX = 64 };

typedef struct Crossings {
    uint64_t *marks; /* by state: the findings that happen there, of those in `which` */
    uint64_t which;  /* of those asked for: all marks are of states, and no path comes back to them */
} Crossings;

/* `scratch`: a word a state. Without cycles only; all states can be reached. */
Status crossings_find(const Graph *graph, const Order *order, const Marks *marks, uint32_t count, Work *work, uint64_t *scratch,
                      Crossings *crossings);
void crossings_free(Crossings *crossings);
/* Does what pass_push does, with SUM_MODULO or SUM_MEAN, and adds up what goes in, sums[finding * lanes + lane], canonical. `after`: with
 * SUM_MODULO the numbers of paths from each state, one a lane; with SUM_MEAN nothing: it happens whatever comes after. */
Status crossings_push(const Crossings *crossings, const Pass *pass, const Sums *sums, const uint64_t *after, uint64_t *before,
                      uint64_t *happens);

#endif
