/* sample.h: random executions, for what is too big to be explored: findings and frequencies, no proofs.
 *
 * Random  SAMPLE_RANDOM: a uniform walk: each possible step (a choice of a step counts) is as likely as the others.
 * PCT     SAMPLE_PCT: threads get random priorities; the one with the highest that can step steps. Of k steps d-1 are
 *         drawn at which the thread that is about to step falls below all others. An error that needs d steps in a
 *         certain order (a *bug of depth d*: 1 some assertion, 2 many deadlocks and races) shows in each run with a
 *         probability of at least 1 / (n k^(d-1)), where n is the number of threads, and k at least the number of steps
 *         of any execution.
 *         Departures: k is not known, so it is the length of the longest run so far, and all runs begin again when one
 *         is longer. Where a step has several results, one is drawn. When a run comes back to a state, a thread goes
 * round while it waits for others: the one that stepped last falls below all others, or the run would never end. Seeds
 * run i depends on the seed, i, and the scenario only; sample_walk makes all runs again on the graph. Shape   the
 * partial graph (partial.h) of the states that the runs passed. Steps beside a run are looked at, but not taken. Owner
 * sample_free. Errors  as search.h. STATUS_LIMIT and STATUS_INTERRUPTED keep the runs that were finished before. Source
 * Burckhardt, Kothari, Musuvathi, Nagarakatte, "A randomized scheduler with probabilistic guarantees of finding bugs",
 * ASPLOS 2010. Going round is found as Brent does, "An improved Monte Carlo factorization algorithm", BIT 1980. */
#ifndef EXPLORE_SAMPLE_H
#define EXPLORE_SAMPLE_H

#include "explore/partial.h"

typedef enum SampleKind { SAMPLE_RANDOM, SAMPLE_PCT, SAMPLE_UNIFORM /* uniform.h */ } SampleKind;

typedef struct SampleOptions {
    SampleKind kind;
    uint64_t runs;
    uint64_t seed;
    uint32_t depth;     /* d, from 1 */
    uint32_t max_steps; /* a longer run is cut off */
} SampleOptions;

#define SAMPLE_CUT UINT32_MAX

typedef struct Sample {
    SampleOptions options;
    StateId *ends; /* by run; SAMPLE_CUT: it was cut off */
    uint64_t run_count, cut_count;
    uint32_t longest;      /* steps of the longest run: k */
    uint32_t thread_count; /* n */
    EdgeId *edges;         /* SAMPLE_UNIFORM: the steps of all runs, one behind the other */
    uint64_t *edge_ends;   /* by run: the step behind its last */
    uint64_t edge_count, edge_room;
} Sample;
void sample_free(Sample *sample);

Status sample_search(Machine *machine, const SearchOptions *options, const SampleOptions *sampling,
                     const Monitor *monitor, Sample *sample, Graph **out);

/* 1 / (n k^(d-1)). */
double sample_guarantee(const Sample *sample);

/* All runs once more, step by step, on the graph that sample_search made. */
typedef struct SampleVisitor {
    void *context;
    void (*state)(void *context, uint64_t run, StateId state); /* each state on the way, start and end included */
    void (*step)(void *context, uint64_t run, StateId from, EdgeId edge);
} SampleVisitor;
Status sample_walk(const Sample *sample, const Graph *graph, const SampleVisitor *visitor);

#endif
