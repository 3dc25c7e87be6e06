/* trace_fixtures.h: traces made by hand, for the tests of pictures and reports.
 *
 * Owner   static storage inside; a fixture lives until the next call of the same function. No memory gate is used. */
#ifndef TRACE_FIXTURES_H
#define TRACE_FIXTURES_H

#include "snarl/snarl.h"

const SnTrace *fixture_lost_update(void);            /* 2 threads, 4 steps, two notes */
const SnTrace *fixture_deadlock(void);               /* AB-BA, and a third thread that waits outside of the cycle */
const SnTrace *fixture_philosophers(uint32_t count); /* a cycle of `count` threads; at most 24 */
const SnTrace *fixture_long(void);                   /* 30 steps of 4 threads, two locks, two variables */
const SnTrace *fixture_self_deadlock(void);          /* a thread locks its own mutex again */
const SnTrace *fixture_join_cycle(void);             /* A joins B, B waits for a lock that A holds */
const SnTrace *fixture_two_cycles(void);             /* two independent cycles and an outside waiter */
const SnTrace *fixture_empty(void);                  /* no steps */
const SnTrace *fixture_hostile(void);      /* Cyrillic, CJK, markup, escapes, bad UTF-8, 200-character names */
const SnTrace *fixture_semaphores(void);   /* a cycle through semaphores */
const SnTrace *fixture_many_threads(void); /* 12 threads, each with steps; a good end */
const SnTrace *fixture_lost_wakeup(void);  /* no cycle: nobody can signal any more */
const SnTrace *fixture_providers(void);    /* no cycle: queue, semaphore, join chain, a lock owned by an ended thread */
const SnTrace *fixture_crowd(void);        /* 14 threads wait for three objects, no cycle */
const SnTrace *fixture_entourage(void);    /* a cycle of four, and seven threads behind it in chains and fans */
const SnTrace *fixture_livelock(void);     /* the steps from the third on repeat for ever */

typedef struct NamedFixture {
    const char *name;
    const SnTrace *(*make)(void);
    bool has_waits;
} NamedFixture;
extern const NamedFixture named_fixtures[];
extern const size_t named_fixture_count;

#endif
