/* stress.h: the threads run as the system lets them, again and again, and what came out is counted.
 *
 * Shape   A child process (child.h) keeps the worker threads; they start each run together behind a spinning barrier, since a thread that must be woken
 *         comes too late for any race. The last to end counts the outcome and opens the next run. A thread beside them looks whether a run has ended in
 *         threads that are asleep for ever (watch.h): that is a deadlock, counted, and the child is replaced. The counts lie in memory shared with the
 *         parent.
 * Stirred Profiles, which take turns: PLAIN, a thread pinned to each processor; PAUSES, with up to 63 pauses ahead of each step; YIELDS, all on one
 *         processor, which is given away at a quarter of the steps.
 * Modes   RIG_FREE where it will do, else RIG_STEPWISE (rig.h).
 * Source  start barrier, affinity and alternation of set-ups: Alglave, Maranget, Sarkar, Sewell, "Litmus: running tests against hardware", TACAS 2011.
 * Errors  STATUS_NO_MEMORY, STATUS_INTERRUPTED; STATUS_LIMIT with `*message` (mem_free): no process, no threads. */
#ifndef PTHREADS_STRESS_H
#define PTHREADS_STRESS_H

#include "pthreads/rig.h"
#include "snarl/snarl.h"

typedef enum StressProfile { STRESS_MIXED, STRESS_PLAIN, STRESS_PAUSES, STRESS_YIELDS } StressProfile;

typedef struct StressOptions {
    RigMode mode;
    StressProfile profile;
    double seconds; /* above 0 */
    uint64_t runs;  /* 0: as many as fit */
    uint64_t seed;
    const char *proc;
    bool (*goes_on)(void *context, uint64_t runs, uint32_t seen, double seconds); /* false: stop */
    void *context;
} StressOptions;

enum { STRESS_STRANGERS = 8, STRESS_TEXT = 400 };

typedef struct StressCount {
    uint64_t runs;
    double first_seconds; /* since the start; meaningless for 0 runs */
} StressCount;

typedef struct StressResult {
    StressCount *counts; /* by key; mem_free */
    uint64_t runs;       /* that ended, one way or the other */
    uint64_t dropped;    /* by an `assume` */
    uint64_t cut;        /* did not end within a fifth of a second, and were broken off */
    uint64_t replaced;   /* times that the child held stuck threads */
    uint64_t strangers;  /* runs with an outcome that has no key */
    uint32_t stranger_count; /* how many different ones are kept */
    char stranger_keys[STRESS_STRANGERS][STRESS_TEXT];
    uint64_t stranger_runs[STRESS_STRANGERS];
    unsigned processors;
    bool was_weak;       /* without /proc: deadlocks were told by silence */
    double seconds;
} StressResult;

/* The text by which outcomes are told apart: values as JSON, prints, end, whether `finally` held. */
void stress_key(const char *const *values, uint32_t value_count, const char *const *output, uint32_t output_count, SnEnd end, bool final, Text *out);

/* Seconds of a clock that only goes forward. */
double stress_now(void);
/* `keys`: those of the outcomes that may come. */
Status stress_measure(const Program *program, const char *const *keys, uint32_t key_count, const StressOptions *options, StressResult *result, char **message);

#endif
