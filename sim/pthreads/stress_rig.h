/* stress_rig.h: what goes on inside the child process of a stress run. Private to stress.c, stress_rig.c and stress_turns.c. */
#ifndef PTHREADS_STRESS_RIG_H
#define PTHREADS_STRESS_RIG_H

#include "pthreads/stress.h"

/* Shared with the parent; written by the child. */
typedef struct StressBoard {
    _Atomic uint64_t runs, dropped, cut, strangers, replaced;
    _Atomic uint32_t seen, stranger_count;
    _Atomic bool was_weak;
    _Atomic uint64_t stranger_runs[STRESS_STRANGERS];
    char stranger_keys[STRESS_STRANGERS][STRESS_TEXT];
    char trouble[160];
    struct {
        _Atomic uint64_t runs;
        double first_seconds;
    } counts[]; /* by key */
} StressBoard;

typedef struct StressRig {
    const Program *program;
    const StressOptions *options;
    const char *const *keys;
    uint32_t key_count;
    uint32_t *order; /* keys in order of strcmp */
    StressBoard *board;
    double started;  /* monotonic seconds */
    Rig *rig;
    Text key, value; /* of the outcome at hand */
    const char **values;
    int processors[64];
    unsigned processor_count;
    _Atomic int profile;          /* at the moment: one of PLAIN, PAUSES, YIELDS */
    _Atomic uint64_t generation;  /* of runs; workers wait for the next */
    _Atomic uint32_t alive;       /* threads of this run that have not ended */
    _Atomic uint32_t present;     /* that are not back at the start */
    uint32_t waiting;             /* STEPWISE: at their gates; guarded by rig->steps */
    _Atomic bool is_closed;       /* the run has been counted: give locks back */
    _Atomic bool is_done;         /* as many runs as were asked for */
} StressRig;

/* The body of the child: an exit status of STRESS_DONE, or STRESS_RENEW to be started again. */
enum { STRESS_DONE = 0, STRESS_RENEW = 10, STRESS_TROUBLE = 12 };
int stress_live(void *context, int to);

/* Counts how the run ended; everybody stands still. */
void stress_count(StressRig *stress);
/* The start of the next run; everybody is back. */
void stress_next_run(StressRig *stress);

/* stress_turns.c */
extern const RigTurns stress_free_turns, stress_stepwise_turns;
/* The run is over: everybody who waits goes home. STEPWISE, under rig->steps. */
void stress_close_stepwise(StressRig *stress);
/* A bit of disorder ahead of a step. */
void stress_stir(StressRig *stress, Worker *worker);
void stress_start_late(StressRig *stress, Worker *worker);
void stress_relax(void);

#endif
