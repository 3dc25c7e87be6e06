/* team.h: threads that share out one job at a time.
 *
 * Shape   A job is a row of items; those with lower numbers are begun first, and an item can ask that all up to some number be done
 *         before it. Whoever is free takes the next one; the one who brings the job takes items, too. What a job computes must not
 *         depend on who does what.
 * Owner   team_free ends the threads. A team has one job at a time.
 * Errors  team_new: NULL where there is no memory, or no thread to be had. */
#ifndef EXPLORE_TEAM_H
#define EXPLORE_TEAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Team Team;

typedef struct TeamJob {
    void (*work)(void *context, uint64_t item);
    void *context;
    uint64_t count;
    uint64_t (*ready_at)(void *context, uint64_t item); /* items that must be done before this one, never more than its number; NULL: none */
    bool (*goes_on)(void *context);                     /* asked between the items of the one who brought the job; false ends it. NULL: true */
} TeamJob;

/* `hands` threads beside those who bring jobs and those who join. None are needed where others join. */
Team *team_new(uint32_t hands);
void team_free(Team *team);
/* False when goes_on ended it: some items are not done then. */
bool team_run(Team *team, const TeamJob *job);
/* The caller helps with the jobs that another thread brings, until `*is_over`. team_wake after setting that. `poll` is called
 * every 50 ms while there is nothing to do, and every some items while there is. */
void team_join(Team *team, const atomic_bool *is_over, void (*poll)(void *context), void *context);
void team_wake(Team *team);

#endif
