/* hunt.h: the part of the graph in which the easiest schedules lie, without the rest.
 *
 * Method  Dijkstra over (state, thread that stepped last) as in shortest.h, but the states are made on the way: cheaper
 *         schedules first, until everything asked for was seen, or up to a given cost. What is left is a partial graph
 *         (partial.h) of all states that cheaper schedules lead to, so shortest.h finds the same schedules in it as in
 *         the whole graph, up to the cost `settled`.
 * Paths   schedules that are known already are gone along at the end, so that what they show is in the graph as well,
 *         also where the hunt ended too early: the states on the way, and those one step beyond the last.
 * Limits  of `options`; what ends the hunt early is no error: `settled` says how far it came.
 * Errors  as search.h. */
#ifndef EXPLORE_HUNT_H
#define EXPLORE_HUNT_H

#include "explore/partial.h"
#include "explore/shortest.h"

typedef struct HuntPath {
    const ScheduleStep *steps;
    uint32_t count;
} HuntPath;

typedef struct HuntGoal {
    bool has_cost;
    Cost cost; /* go on until all schedules up to this cost are known */
    /* Looks at each state when it is met first, with all its steps; `*is_enough`: the hunt may end. NULL: not asked. */
    Status (*look)(void *context, const MonitorEvent *event, bool *is_enough);
    void *context;
    const HuntPath *paths;
    uint32_t path_count;
} HuntGoal;

typedef struct HuntResult {
    Cost settled;   /* schedules that cost less are all known */
    bool is_all;    /* there are no others */
    bool was_ended; /* by a limit, or by the user */
} HuntResult;

int hunt_compare(Cost a, Cost b);
/* `monitor` hears of all states of the graph at the end, as in partial.h; `restart` of `goal` is that of `monitor`. */
Status hunt_search(Machine *machine, const SearchOptions *options, const HuntGoal *goal, const Monitor *monitor,
                   HuntResult *result, Graph **out);

#endif
