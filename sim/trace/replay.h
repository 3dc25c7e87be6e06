/* replay.h: executes one interleaving step by step: the independent check that every finding passes before it is
 * told.
 *
 * It shares the meaning of a step (machine_step) with the search, and nothing else: no store, no reduction, no
 * graph.
 *
 * Shape   replay_record chooses the steps (from a schedule, or by a policy) and writes them down; replay_walk tells
 *         a listener everything about steps that are known to be possible.
 * Units   steps count from 0 here, from 1 in texts for people.
 * Errors  STATUS_INVALID with a Refusal when a step is not possible; STATUS_NO_MEMORY. STATUS_RELAYOUT never leaves:
 *         the machine is laid out anew and the interleaving starts over. Ids of threads may change then: a walk
 *         calls `begin` again. */
#ifndef TRACE_REPLAY_H
#define TRACE_REPLAY_H

#include "machine/machine.h"
#include "trace/schedule.h"

typedef enum RefusalKind {
    REFUSAL_NONE,
    REFUSAL_BLOCKED, /* the thread waits for something */
    REFUSAL_ENDED,   /* the thread has ended */
    REFUSAL_UNBORN,  /* the thread was not spawned by then */
    REFUSAL_CHOICE,  /* the step has only `choices` results */
    REFUSAL_OVER     /* the execution was over: no thread can step */
} RefusalKind;
typedef struct Refusal {
    RefusalKind kind;
    uint32_t step; /* which step of the schedule */
    NamedStep wanted;
    uint32_t choices;
} Refusal;

/* ---------------------------------------------------------------- choosing */

typedef enum ReplayPolicy {
    REPLAY_STOP,        /* stop where the schedule ends */
    REPLAY_RANDOM,      /* uniform among the possible next steps; every choice of a step counts */
    REPLAY_ROUND_ROBIN, /* one step each in turn */
    REPLAY_SEQUENTIAL   /* a thread goes on as long as it can, then the next in turn; one that only spins gives way */
} ReplayPolicy;

typedef struct ReplayPlan {
    const Schedule *schedule; /* followed first; NULL: none */
    ReplayPolicy policy;      /* how it goes on from there */
    uint64_t seed;
    uint64_t max_steps;
    uint32_t max_threads;             /* ends ahead of the step that would need more; 0: any number */
    bool (*goes_on)(void *context);   /* asked before each step of a policy; false: STATUS_INTERRUPTED. NULL: always */
    void *context;
} ReplayPlan;

typedef struct Recording {
    Schedule done;       /* the steps taken, choices included; on STATUS_INVALID those that were possible */
    uint32_t loop_start; /* a policy that is no lottery came back to a state: it repeats the steps from here on for
                            ever. NO_ID: no */
    Refusal refusal;     /* STATUS_INVALID */
    uint64_t longest;    /* STATUS_INTERRUPTED: steps that had been taken at a time; a larger layout begins anew */
} Recording;

/* Executes the plan. `recording` is to be freed with schedule_free(&recording->done), whatever the status. */
Status replay_record(Machine *machine, const ReplayPlan *plan, Recording *recording);

/* --------------------------------------------------------------- listening */

/* A state of the walk, with what is possible in it. */
typedef struct ReplayState {
    uint32_t step; /* how many steps lie behind it */
    const Word *state;
    const Expansion *expansion; /* all possible next steps */
    int64_t elapsed_ns;         /* virtual clock: the time that passed right before it */
} ReplayState;
typedef struct ReplayEvent {
    uint32_t step;
    ThreadId thread;
    uint32_t choice, choices;
    const Word *before, *after;
    const Issue *issues; /* what went wrong in this step */
    uint32_t issue_count;
    bool stops;
    uint64_t progressed; /* who passes a `progress` or ends, by step_thread_bit */
    const StepLog *log;
} ReplayEvent;
typedef struct ReplayListener {
    void *context;
    /* The start, or a new start: forget everything. `issues` are those of the work ahead of all steps. */
    Status (*begin)(void *context, Machine *machine, const Word *state, const Issue *issues, uint32_t issue_count);
    /* Each state on the way: after begin, and after each step. */
    Status (*state)(void *context, Machine *machine, const ReplayState *state);
    Status (*step)(void *context, Machine *machine, const ReplayEvent *event);
} ReplayListener;

Status replay_walk(Machine *machine, const Schedule *schedule, const ReplayListener *listener, Refusal *refusal);

#endif
