/* reduced.h: a search of as few states as will show everything that can be found.
 *
 * Shape   depth first. Each visited state is told to the caller once, with all its steps; when that is news to him (a
 *         finding, an outcome), he gets the schedule that led there. No graph is kept: the numbers of interleavings
 *         are lost anyway, and the easiest schedules are looked for elsewhere (hunt.h).
 * Reductions, each by itself:
 *         persistent  only the steps of a persistent set are taken (persistent.h).
 *         sleep       a step that was taken in a state is not taken again behind steps that do not conflict with it.
 *                     Keeps every state (with persistent sets: every class), and cuts steps. A state that is met
 *                     again with fewer threads asleep takes the steps of those that have woken.
 *         merge       a state in which one thread with one possible step is a persistent set is passed, but not kept:
 *                     it would have one successor. Longer rows than CHAIN_MAX are kept now and then, so that loops are
 *                     noticed.
 *         symmetry    threads of a family whose code is equal are put in order (machine/symmetry.h); findings and
 *                     outcomes are kept up to the names of these threads.
 * Needs   executions that end. A loop (a state that is met again on the way from itself) ends the search with
 *         `is_cyclic`: sleep and symmetry would keep the states, but nothing here keeps loops. Steps that turn out to
 *         end executions are noted as such, and the search begins anew (persistent.h, Needs).
 * Why races, too, are kept with sleep sets: let t and u be about to race at the end of w. Where neither is in the
 *         persistent set, some a in it can come before w, or is in w; asleep or not, the branch of a leads to the race
 *         as well. Where one of them is, so is the other, or w has a step in the set.
 * Limits  those of uses.h (`is_unfit`). Sleep sets are not used with symmetry: what is asleep has a name.
 * Past    With options.checkpoint it goes on from where another search was, and writes down now and then where it is.
 *         The visitor then hears again what was news, and nothing else of what was before: he must call news all
 *         that changes what he knows.
 * Errors  as search.h. STATUS_OK with `is_cyclic` or `is_unfit`: nothing was found out.
 * Source  P. Godefroid, LNCS 1032, 1996, chapters 5 (sleep sets) and 5.3 (with stored states); merging: G. Holzmann,
 *         "The engineering of a model checker: the Gnu i-protocol case study revisited", SPIN workshop 1999. */
#ifndef EXPLORE_REDUCED_H
#define EXPLORE_REDUCED_H

#include "explore/search.h"
#include "trace/monitor.h"
#include "trace/schedule.h"

enum { REDUCE_PERSISTENT = 1, REDUCE_SLEEP = 2, REDUCE_MERGE = 4, REDUCE_SYMMETRY = 8, REDUCE_ALL = 15 };

typedef struct ReducedVisitor {
    void *context;
    /* A state with all its steps; `*is_news`: wants the schedule. */
    Status (*state)(void *context, const MonitorEvent *event, bool *is_news);
    /* `names[t]`: who thread t of that state is in the schedule. */
    Status (*schedule)(void *context, const ScheduleStep *steps, uint32_t count, const ThreadId *names);
    /* The search starts over: forget everything. */
    void (*restart)(void *context);
} ReducedVisitor;

typedef struct ReducedResult {
    uint64_t states; /* kept */
    uint64_t passed; /* and not kept */
    uint64_t steps;
    uint32_t max_depth; /* steps of the longest schedule */
    uint32_t reductions; /* those that were of use: REDUCE_SYMMETRY only where there is a family */
    size_t bytes;
    bool is_cyclic, is_unfit;
    GraphLimit limit;
} ReducedResult;

/* `reductions`: a set of REDUCE_. Of `options`, `jobs` and `skip_edges` are ignored. */
Status reduced_search(Machine *machine, const SearchOptions *options, uint32_t reductions,
                      const ReducedVisitor *visitor, ReducedResult *result);

/* The reductions of the search to go on from, as they were asked for; 0: there is none. */
uint32_t reduced_past(struct Checkpoint *checkpoint);

#endif
