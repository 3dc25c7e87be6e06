/* snarl.h: load a scenario, explore its interleavings, run one of them, look at what was found.
 *
 * Shape   SnScenario is opaque. SnResult and SnTrace are plain read-only data: arrays with counts, ids that index them.
 * Units   lines and columns count from 1; threads, objects and steps are indices from 0; bytes; seconds.
 * Owner   each result and trace owns all that it points to, and needs its scenario alive. Frees accept NULL.
 * Errors  a call that can fail returns an SnStatus and, where it takes `char **message`, a text for the user
 *         (sn_string_free). The library never prints, never exits, and keeps no global state but the memory gate.
 * Threads one thread at a time for a scenario and what was made from it. */
#ifndef SNARL_SNARL_H
#define SNARL_SNARL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SN_VERSION "0.1.0"

typedef enum SnStatus { /* the exit statuses of the program */
    SN_OK = 0,
    SN_FOUND = 1,
    SN_INVALID = 2,    /* scenario, schedule or option is wrong */
    SN_INCOMPLETE = 3, /* a limit or an interruption */
    SN_SYSTEM = 4      /* file, memory, plugin */
} SnStatus;

typedef struct SnScenario SnScenario;

/* ------------------------------------------------------------- loading */

typedef struct SnDefine {
    const char *name;
    int64_t value;
} SnDefine;

typedef struct SnLoadOptions {
    const SnDefine *defines; /* -D NAME=VALUE */
    size_t define_count;
    bool statement_granularity; /* every statement one step */
    bool spurious;              /* condition variables may wake without a signal */
} SnLoadOptions;

/* Loads from memory. On SN_INVALID `*message` has all diagnostics as `name:line:column: error: ...` with source line and caret;
 * on SN_OK it has the warnings, or is NULL. `text` is copied. `options` may be NULL. */
SnStatus sn_load(const char *name, const char *text, size_t length, const SnLoadOptions *options, SnScenario **scenario, char **message);
/* Loads a file (at most 64 MiB); SN_SYSTEM with a message when it cannot be read. */
SnStatus sn_load_file(const char *path, const SnLoadOptions *options, SnScenario **scenario, char **message);
void sn_scenario_free(SnScenario *scenario);
void sn_string_free(char *string);

const char *sn_scenario_name(const SnScenario *scenario); /* as given to sn_load */
const char *sn_scenario_text(const SnScenario *scenario, size_t *length);
/* One line a step of each thread: thread, step number, line, operation, source. sn_string_free. */
char *sn_scenario_steps(const SnScenario *scenario);

/* The same scenario, of which only so many threads compute at once, whatever its `cores` says. It needs the original alive. */
SnStatus sn_scenario_on_cores(const SnScenario *scenario, uint32_t cores, SnScenario **other);
bool sn_scenario_has_clock(const SnScenario *scenario);

/* What `expect` says. */
typedef struct SnExpectation {
    const char *kind;   /* hyphenated, as SnFinding.kind */
    const char *object; /* NULL: any */
} SnExpectation;
/* False when the scenario has no `expect`. `expect ok` gives count 0. */
bool sn_scenario_expects(const SnScenario *scenario, const SnExpectation **expectations, size_t *count);

/* ----------------------------------------------------------- one execution */

typedef enum SnEnd {
    SN_END_OK,        /* all threads (daemons aside) ended */
    SN_END_DEADLOCK,  /* nobody can step, and not all have ended */
    SN_END_ASSERTION, SN_END_INVARIANT, SN_END_MISUSE, SN_END_RUNTIME_ERROR,
    SN_END_ASSUME,    /* dropped */
    SN_END_RUNNING    /* the schedule ended before the execution did, or a limit */
} SnEnd;
/* "ok", "deadlock", "assertion", ...; as in JSON. */
const char *sn_end_name(SnEnd end);

typedef enum SnThreadState { SN_THREAD_NOT_STARTED, SN_THREAD_READY, SN_THREAD_BLOCKED, SN_THREAD_ENDED } SnThreadState;

typedef struct SnThread {
    const char *name; /* "A", "worker[1]" */
    bool is_daemon;
    uint32_t line; /* of its declaration */
} SnThread;

typedef enum SnObjectKind {
    SN_VARIABLE, SN_ATOMIC_VARIABLE, SN_MUTEX, SN_RWLOCK, SN_SEMAPHORE, SN_CONDITION, SN_BARRIER, SN_EVENT, SN_QUEUE, SN_ONCE, SN_WAITGROUP,
    SN_POOL
} SnObjectKind;

/* A variable, an element of an array, or a synchronisation object. */
typedef struct SnObject {
    const char *name; /* "counter", "a[1]", "fork[0]" */
    SnObjectKind kind;
    uint32_t line; /* of its declaration */
} SnObject;

#define SN_NONE UINT32_MAX

typedef enum SnAction { /* what a step did to its object; decides how it is drawn */
    SN_READ, SN_WRITE, SN_UPDATE,      /* update: cas, fetch_add, exchange */
    SN_TAKE, SN_GIVE,                  /* lock, rdlock, wrlock, acquire / unlock, release */
    SN_SLEEP, SN_WAKE,                 /* the two steps of `wait c with m`: gives the mutex back / takes it again */
    SN_NOTIFY,                         /* signal, broadcast, set, done, close, clear, add */
    SN_WAIT,                           /* wait on event, waitgroup, barrier; join; await */
    SN_SEND, SN_RECEIVE, SN_TRANSFER,  /* put, get, both at once on q[0] (`partner` receives) */
    SN_BLOCK,                          /* an atomic block: see accesses */
    SN_OTHER                           /* choose, print, yield, skip, spawn, try that failed ... */
} SnAction;

/* One access of a step; most steps have one, atomic blocks and await have several. */
typedef struct SnAccess {
    uint32_t object; /* SnTrace.objects */
    SnAction action;
    bool has_value;
    int64_t before, after; /* variables: value before and after; counters likewise; queues: `after` is the item */
} SnAccess;

/* What a thread does while time passes. */
typedef enum SnSpanKind {
    SN_SPAN_COMPUTE, /* `compute` */
    SN_SPAN_COST,    /* what a process pool's start and copy cost, also on a core */
    SN_SPAN_READY,   /* wants to compute, but no core is free, or another has the interpreter lock */
    SN_SPAN_IO, SN_SPAN_SLEEP,
    SN_SPAN_WAIT     /* for a lock, a queue, a thread: everything else that others must do */
} SnSpanKind;
/* "compute", "cost", "ready", "io", "sleep", "wait"; as in JSON. */
const char *sn_span_name(SnSpanKind kind);

/* With a virtual clock: what a thread does between two of its steps. Spans are longer than 0. */
typedef struct SnSpan {
    uint32_t thread;
    SnSpanKind kind;
    uint32_t core;   /* compute, cost: on which, from 0; else SN_NONE */
    uint32_t object; /* wait: for which, or SN_NONE */
    uint32_t line;
    const char *source; /* the statement */
    int64_t from_ns, to_ns;
} SnSpan;

/* With a virtual clock: a worker of a pool is busy with a task. */
typedef struct SnShift {
    const char *worker; /* "p[0]" */
    uint32_t number;    /* of the worker, among all workers that had something to do */
    uint32_t thread;
    int64_t from_ns, to_ns; /* may be equal */
} SnShift;

/* An exact time as people write it: "1.25 s", "400 ms". `text` again. */
char *sn_print_duration(int64_t ns, char text[40]);

typedef struct SnStep {
    uint32_t thread;
    uint32_t choice, choices; /* 1-based choice among `choices`; 1 of 1 for most */
    uint32_t line, column;
    const char *source;       /* the statement as written, one line, blanks folded */
    const char *effect;       /* in words: "counter = 0", "counter: 0 -> 1" (with an arrow sign), "m taken", "prints x = 1" */
    SnAction action;          /* of the main access */
    uint32_t object;          /* of the main access, or SN_NONE */
    uint32_t partner;         /* the other thread of a rendezvous, the thread woken by signal; or SN_NONE */
    uint32_t first_access, access_count; /* in SnTrace.accesses */
    bool is_switch, is_preemption;
    int64_t time_ns; /* virtual clock: when it happens, from the start of the scenario */
} SnStep;

/* Why a thread that has not ended cannot step, in the last state of a trace. */
typedef struct SnWait {
    uint32_t thread;
    uint32_t line;
    const char *source;       /* the statement it stands at */
    uint32_t object;          /* waits for; SN_NONE for a join or an await on plain variables */
    uint32_t target;          /* the thread it joins, or that has control; SN_NONE */
    const char *why;          /* "b is held by T2 (line 12)", "nobody can signal c any more: T2 signalled at step 3, before the wait" */
    uint32_t first_holder, holder_count; /* in SnTrace.holders: who holds it, or could still provide it */
    bool is_timed;            /* sleep, io, compute: it goes on by itself when its time is over */
    bool is_for_control;      /* another coroutine of its loop, or another fibre, runs: `target` */
} SnWait;

typedef struct SnHolder {
    uint32_t thread;
    uint32_t object;
    uint32_t line;  /* where it took the object; 0 unknown */
    uint32_t step;  /* the step that took it; SN_NONE */
    bool holds;     /* true: owns it; false: could provide it (release, signal, put), but is stuck itself */
} SnHolder;

/* An interval of steps in which a thread owns an object: from the step that takes to the one that gives back. */
typedef struct SnHold {
    uint32_t thread, object;
    uint32_t from_step;
    uint32_t to_step; /* SN_NONE: never given back */
} SnHold;

/* A remark of the finding on a step. Notes are numbered from 1 in the order in which they are told. */
typedef struct SnNote {
    uint32_t step;      /* the step it is about */
    uint32_t from_step; /* where the arrow to `step` starts, or SN_NONE */
    bool is_stale_read; /* drawn dashed */
    bool is_offender;   /* the step gets the ring and the mark */
    const char *text;   /* "stale read: A uses the value it read at step 1, though B wrote at step 3" */
} SnNote;

/* Why a step comes after another: the steps of a thread in turn, or an object (or a spawn, a join) that hands on. */
typedef enum SnOrderKind {
    SN_ORDER_PROGRAM, SN_ORDER_LOCK, SN_ORDER_SEMAPHORE, SN_ORDER_SIGNAL, SN_ORDER_QUEUE, SN_ORDER_BARRIER, SN_ORDER_EVENT, SN_ORDER_WAITGROUP,
    SN_ORDER_ONCE, SN_ORDER_ATOMIC, SN_ORDER_SPAWN, SN_ORDER_JOIN, SN_ORDER_CONTROL /* the event loop, or control among fibres */
} SnOrderKind;

typedef struct SnOrder {
    uint32_t from_step, to_step;
    SnOrderKind kind;
    uint32_t object; /* SN_NONE: program order, spawn, join, control */
} SnOrder;

typedef struct SnTrace {
    const SnScenario *scenario;
    const char *title;   /* states the finding: "Lost update: counter ends at 1"; or the file's name */
    const char *verdict; /* one sentence that says why; begins without a mark */
    bool is_bad;
    const char *schedule; /* the printable schedule */
    SnEnd end;
    const char *end_message; /* NULL, or the text of assertion, misuse, error */

    const SnThread *threads; uint32_t thread_count;
    const SnObject *objects; uint32_t object_count;
    const SnStep *steps;     uint32_t step_count;
    const SnAccess *accesses; uint32_t access_count;
    const SnHold *holds;     uint32_t hold_count;
    const SnNote *notes;     uint32_t note_count;

    /* Objects whose value a reader follows (all variables that the trace touches; then counters and queues), and their values:
     * values[(s * watched_count) + w] is the text of watched[w] after s steps, s = 0..step_count. */
    const uint32_t *watched; uint32_t watched_count;
    const char *const *values;
    /* Locals of the threads: locals[(s * local_count) + l], name "t", thread local_threads[l]. */
    const char *const *local_names; const uint32_t *local_threads; uint32_t local_count;
    const char *const *local_values;
    /* State of each thread after s steps, thread_states[s * thread_count + t], and the line at which it stands then (0: ended). */
    const uint8_t *thread_states; /* SnThreadState */
    const uint32_t *thread_lines;

    const SnWait *waits;     uint32_t wait_count; /* at the end; empty unless somebody is blocked */
    const SnHolder *holders; uint32_t holder_count;
    /* Cycles of the wait-for graph: cycle c is cycle_threads[cycle_start[c] .. cycle_start[c+1]): each waits for the next, the last for the first. */
    const uint32_t *cycle_start; const uint32_t *cycle_threads; uint32_t cycle_count;

    const char *const *output; uint32_t output_count; /* one string a print */
    /* Steps from `loop_start` on repeat for ever (livelock, starvation); SN_NONE without. */
    uint32_t loop_start;

    /* Happens-before, by to_step; only what other orders do not imply, but program order always. clocks[s * thread_count + t] is how many steps of
     * thread t happen before or at step s: step a happens before b where the clock of b is at least that of a in a's thread. */
    const SnOrder *orders; uint32_t order_count;
    const uint32_t *clocks;
    /* Data race: the two steps that race; both SN_NONE without, `race_second` alone where the first ended the execution. */
    uint32_t race_first, race_second;

    /* Virtual clock; without one all of this is 0. */
    bool has_clock, has_gil;
    uint32_t cores;  /* that can compute at once; 0: no limit */
    uint32_t cores_used; /* numbers of cores in the spans are below this */
    int64_t end_ns;  /* when the last step has happened, and what time passed behind it */
    const SnSpan *spans; uint32_t span_count; /* by thread, then by time */
    const SnShift *shifts; uint32_t shift_count; /* by worker, then by time */
    uint32_t worker_count;
    const int64_t *thread_starts, *thread_ends; /* by thread; an end of -1: it has not ended */
} SnTrace;
void sn_trace_free(SnTrace *trace);

typedef enum SnPolicy { SN_POLICY_SCHEDULE, SN_POLICY_RANDOM, SN_POLICY_ROUND_ROBIN, SN_POLICY_SEQUENTIAL } SnPolicy;

typedef struct SnRunOptions {
    SnPolicy policy;
    const char *schedule; /* SN_POLICY_SCHEDULE: may stop early */
    bool must_complete;   /* SN_POLICY_SCHEDULE: when it stops early, go on round-robin to the end */
    uint64_t seed;        /* SN_POLICY_RANDOM: uniform among the possible next steps */
    uint64_t max_steps;   /* 0: 100,000 */
    double max_seconds;   /* where no schedule says who steps: ends with the steps made by then; 0: no limit */
} SnRunOptions;
/* Runs one interleaving. SN_INVALID with a message when the schedule names an unknown thread, or one that cannot step (which step, and who could). */
SnStatus sn_run(const SnScenario *scenario, const SnRunOptions *options, SnTrace **trace, char **message);

/* ------------------------------------------------------------ exploration */

typedef enum SnReduce {
    SN_REDUCE_AUTO,    /* dead locals are forgotten; where there are too many states to count, SN_REDUCE_ALL */
    SN_REDUCE_NONE,
    SN_REDUCE_CLASSES,
    /* As few states as will show every finding and every outcome; nothing is counted. All means of it, or one alone: */
    SN_REDUCE_ALL, SN_REDUCE_PERSISTENT, SN_REDUCE_SLEEP, SN_REDUCE_MERGE, SN_REDUCE_SYMMETRY
} SnReduce;

typedef struct SnProgress {
    uint64_t states, steps, frontier;
    size_t bytes;
    double seconds;
    const char *phase; /* "exploring", "counting", ... */
} SnProgress;

typedef enum SnSearch {
    SN_SEARCH_EXHAUSTIVE,
    SN_SEARCH_RANDOM, /* runs that pick uniformly among the possible next steps */
    SN_SEARCH_PCT,    /* runs with random priorities (Burckhardt et al. 2010), which find bugs of small depth with a guaranteed probability */
    SN_SEARCH_UNIFORM /* the whole graph, then runs in which each interleaving is as likely as the others; SN_INVALID where their number is not known */
} SnSearch;

/* Processes that explore together, each with a share of the states (docs/mpi.md). All call sn_explore with the same
 * scenario and options. The one of rank 0 gets the result; for the others `*result` stays NULL, and the status is SN_OK. */
typedef struct SnPeers {
    uint32_t rank, count; /* count: at most 4096 */
    uint32_t neighbours;  /* how many of them share this machine's memory; 0: 1 */
    /* All enter it together: a parcel of bytes for each process, itself included, and one from each. What was received
     * stays until the next call. */
    void (*exchange)(void *context, const void *const *parcels, const size_t *bytes, const void **received, size_t *received_bytes);
    void *context;
} SnPeers;

typedef struct SnExploreOptions {
    SnSearch search;
    uint64_t runs, seed;       /* random, PCT; runs 0: 10,000 */
    uint32_t depth;            /* PCT: steps that must come in a certain order for the bug; 0: 3 */
    bool has_preemption_bound; /* exhaustive: only executions with at most preemption_bound preemptions */
    uint32_t preemption_bound;
    uint32_t jobs;             /* processors to use; results do not depend on it; 0: 1 */
    uint64_t max_states; /* 0: none */
    size_t max_memory;   /* bytes; 0: three quarters of the machine's */
    double max_seconds;  /* 0: none */
    SnReduce reduce;
    uint64_t max_counted; /* SN_REDUCE_AUTO: count while there are no more states than these; 0: 10,000,000 */
    bool skip_counts;    /* no interleavings and probabilities */
    bool skip_lost_updates, skip_races; /* leave a detector out */
    uint64_t map_states; /* keep the state space for sn_map when it is complete with at most so many states; 0: do not */
    /* Called now and then; returning false ends the exploration with what was found so far. */
    bool (*progress)(void *context, const SnProgress *progress);
    void *progress_context;
    /* A file that takes what the search has found so far, every now and then and when it ends early (docs/checkpoints.md).
     * It is replaced as a whole; what is no checkpoint is not replaced (SN_INVALID). NULL: none. */
    const char *checkpoint;
    double checkpoint_seconds; /* between two of them, at least; 0: 30 */
    /* Such a file to go on from; the result is that of one exploration without a break. SN_INVALID when it is damaged, of
     * another version, or of another scenario or other options; limits, jobs and where the scenario lies may differ. */
    const char *resume;
    const SnPeers *peers; /* NULL: none. With them: exhaustive, unbounded, one job, no classes */
} SnExploreOptions;

/* In how many runs it happened. */
typedef struct SnSeen {
    uint64_t runs;      /* 0: it was seen beside the runs only: a step that none of them took shows it; or nothing was sampled */
    uint64_t first_run; /* from 1; 0: none */
    double estimate, low, high; /* random runs: estimate of the probability, 95 % confidence interval (Wilson 1927); NAN otherwise */
} SnSeen;

typedef struct SnFinding {
    const char *kind;    /* "lost-update" */
    const char *words;   /* "lost update" */
    const char *message; /* one sentence */
    const char *const *objects; uint32_t object_count;
    const char *const *threads; uint32_t thread_count;
    const uint32_t *lines; uint32_t line_count; /* sorted, distinct */
    const char *schedule; /* easiest */
    uint32_t preemptions, switches, step_count;
    bool may_be_easier;   /* the search for the easiest schedule was cut short */
    const char *interleavings; /* decimal, "infinite", or NULL: not counted */
    double probability;        /* NAN: not computed */
    const char *probability_exact; /* "19/120", or NULL */
    /* livelock, starvation: number of steps of `schedule` before the loop; SN_NONE otherwise */
    uint32_t loop_start;
    const char *status; /* lock order: "confirmed", "unconfirmed"; else NULL */
    SnSeen seen;
} SnFinding;

typedef enum SnSerial { SN_SERIAL_UNKNOWN, SN_SERIAL_YES, SN_SERIAL_NO } SnSerial;

typedef struct SnOutcome {
    const char *const *names;       /* SnResult.outcome_names */
    const char *const *values;      /* JSON texts: "1", "[1, 2]" */
    const char *const *output; uint32_t output_count;
    SnEnd end;
    bool has_final, final;          /* the scenario has a `finally`; it held */
    SnSerial serial;                /* with `serial` blocks, for executions that ended: does some serial order of the blocks give it? */
    const char *interleavings;      /* as in SnFinding */
    double probability;
    const char *probability_exact;
    const char *schedule;
    uint32_t preemptions, switches, step_count;
    bool may_be_easier;             /* as in SnFinding */
    SnSeen seen;
} SnOutcome;

/* What random runs did. */
typedef struct SnSampling {
    uint64_t runs;     /* finished; 0: nothing was sampled */
    uint64_t seed;
    uint64_t cut_runs; /* of them, too long, and cut off */
    uint32_t longest;  /* steps of the longest run */
    uint32_t threads, depth; /* PCT: n and d; depth 0 otherwise */
    double guarantee;  /* PCT: probability with which each run shows a bug of that depth, at least */
} SnSampling;

typedef enum SnCycleStatus { /* in order of weight */
    SN_CYCLE_NONE,
    SN_CYCLE_REFUTED,     /* a lock held around it, or an order in time, or the complete exploration keeps it from deadlocking */
    SN_CYCLE_UNCONFIRMED, /* the exploration was cut short */
    SN_CYCLE_CONFIRMED    /* it deadlocks */
} SnCycleStatus;

/* A thread asks for a lock while it owns another. */
typedef struct SnLockEdge {
    uint32_t from, to;    /* owned, asked for; in SnLockOrder.locks */
    const char *thread;
    uint32_t from_line;   /* where the thread took `from`; 0 unknown */
    uint32_t to_line;     /* where it asks for `to` */
    SnCycleStatus status; /* the gravest of the cycles that it is part of */
} SnLockEdge;

typedef struct SnLockCycle {
    const uint32_t *edges; uint32_t edge_count; /* each begins where the one before it ends */
    SnCycleStatus status;
    const char *why; /* refuted: the sentence that is among the notes; else NULL */
} SnLockCycle;

/* Mutexes and rwlocks that some thread asks for, or owns while it asks for another, over all states. */
typedef struct SnLockOrder {
    const char *const *locks; uint32_t lock_count;
    const SnLockEdge *edges;  uint32_t edge_count; /* by from, to, thread, lines */
    const SnLockCycle *cycles; uint32_t cycle_count;
} SnLockOrder;

/* In which time executions finish on the virtual clock: until all threads, daemons aside, have ended. */
typedef struct SnTime {
    bool has_clock;
    bool is_known;    /* some execution finishes; else the rest is 0 */
    bool is_exact;    /* all executions were explored; else these are the least and the greatest of those that were */
    int64_t least_ns;
    const char *least_schedule;
    bool is_unbounded; /* there is no greatest */
    int64_t greatest_ns;
    const char *greatest_schedule;
    bool has_takes;   /* the scenario says `takes`: so much, */
    int64_t takes_least_ns, takes_most_ns;
    bool is_as_expected; /* and it is so, exactly */
} SnTime;

typedef struct SnResult {
    const SnScenario *scenario;
    SnStatus status;       /* SN_OK, SN_FOUND, SN_INCOMPLETE */
    const char *verdict;   /* "ok", "found", "incomplete" */
    bool complete;
    const char *stopped;   /* why not complete: "stopped at 1,000,000 states (--max-states)..."; NULL */
    uint64_t states, steps;
    uint64_t expanded;     /* states whose steps were all taken; the others are the frontier */
    uint32_t preemptions;  /* not complete, but complete up to so many preemptions; SN_NONE: no such promise */
    SnSearch search;
    SnSampling sampling;
    bool is_reduced;       /* states and steps are those of a search that keeps findings and outcomes, but no counts */
    uint32_t max_depth;    /* longest breadth-first distance from the start; reduced: longest schedule looked at */
    const char *interleavings; /* decimal, "infinite", NULL */
    const char *dropped;       /* interleavings that an `assume` dropped; NULL where there is no assume */
    const char *classes;       /* NULL unless counted */
    double never_ends;         /* probability of never ending; 0 on acyclic graphs, NAN when not computed */
    const SnFinding *findings; uint32_t finding_count; /* by kind in the order of LANGUAGE 5, then schedule cost, then objects */
    const char *const *outcome_names; uint32_t outcome_name_count;
    const SnOutcome *outcomes; uint32_t outcome_count;
    const char *const *notes; uint32_t note_count; /* remarks that are no findings: lock-order cycles refuted, ... */
    SnLockOrder lock_order;
    SnTime time;
    bool may_go_on; /* a limit or the user cut something short: with more time there would be more; else a checkpoint is of no more use */
    const char *checkpoint_failure; /* may_go_on, and the checkpoint could not be written: why; NULL */
    uint32_t bytes_per_state;
    double seconds;
    size_t peak_bytes;
} SnResult;

/* Explores every interleaving. SN_OK, SN_FOUND or SN_INCOMPLETE with a result; SN_SYSTEM with a message when memory ended before anything was explored. */
SnStatus sn_explore(const SnScenario *scenario, const SnExploreOptions *options, SnResult **result, char **message);
void sn_result_free(SnResult *result);

/* The trace that shows a finding (its schedule, with notes, waits and cycles), or an outcome. */
SnStatus sn_trace_finding(const SnResult *result, uint32_t finding, SnTrace **trace, char **message);
SnStatus sn_trace_outcome(const SnResult *result, uint32_t outcome, SnTrace **trace, char **message);

/* ------------------------------------------------------------ real threads */

/* How surely blocked threads were seen to be blocked. */
typedef enum SnEvidence {
    SN_EVIDENCE_NONE,   /* nobody had to be */
    SN_EVIDENCE_QUIET,  /* without /proc: nothing moved for half a second */
    SN_EVIDENCE_ASLEEP, /* asleep at two looks, and all the time between */
    SN_EVIDENCE_PLACE   /* the same, and each in its very object */
} SnEvidence;

typedef struct SnStuck { /* a real thread that sleeps for ever */
    const char *thread;
    uint32_t line;
    const char *object; /* what it waits for; NULL: a thread's end, or several objects */
    const char *call;   /* "pthread_mutex_lock" */
} SnStuck;

typedef struct SnReplayed { /* a schedule that was forced on real threads */
    const char *what;       /* "finding 1: deadlock", "outcome 2", "schedule" */
    const char *schedule;
    uint32_t step_count;
    uint32_t runs;          /* how often it was forced */
    bool agrees;            /* after each step values, locals, places and output were as simulated, and so was the end */
    uint32_t step;          /* where they disagree, from 1; step_count + 1: at the end; 0: nowhere */
    const char *difference; /* "B: counter is 2, simulated 1"; NULL */
    SnEnd end;              /* as simulated */
    SnEvidence evidence;
    const SnStuck *stuck; uint32_t stuck_count;
} SnReplayed;

typedef struct SnReplayResult {
    const SnScenario *scenario;
    const SnReplayed *replays; uint32_t replay_count;
    uint32_t schedule_count; /* to be forced; fewer were when it was interrupted */
    uint32_t agreed;
    uint64_t steps;
    double seconds;
} SnReplayResult;

typedef struct SnReplayOptions {
    const char *schedule;   /* or NULL: of the result */
    const SnResult *result; /* findings and outcomes to show */
    uint32_t finding;       /* from 1; 0: see outcome */
    uint32_t outcome;       /* from 1; both 0: all of both */
    uint32_t runs;          /* above 0: so many random executions instead, from `seed` on, each cut at 2,000 steps, and where more than 64 threads were spawned */
    uint64_t seed;
    uint32_t repeat;        /* 0: once */
    const char *proc;       /* where to look at threads; NULL: /proc */
    bool (*progress)(void *context, uint32_t done, uint32_t total); /* false: stop */
    void *progress_context;
} SnReplayOptions;

/* Forces schedules on real pthreads, in a child process. SN_OK: they all agree; SN_FOUND: one does not; SN_INVALID with a message: the schedule does not
 * fit the scenario (which step, and who could), or the scenario has operations without a counterpart; SN_INCOMPLETE with what was done: interrupted, or all schedules were asked for of an exploration that is not complete;
 * SN_SYSTEM: memory, threads or processes ran out. */
SnStatus sn_replay(const SnScenario *scenario, const SnReplayOptions *options, SnReplayResult **result, char **message);
void sn_replay_result_free(SnReplayResult *result);

typedef enum SnStressProfile {
    SN_STRESS_MIXED,  /* the others in turn, a tenth of a second each */
    SN_STRESS_PLAIN,  /* one thread pinned to each processor */
    SN_STRESS_PAUSES, /* and up to 63 pauses ahead of each step */
    SN_STRESS_YIELDS  /* all on one processor, given away at a quarter of the steps */
} SnStressProfile;

typedef enum SnGrade {
    SN_GRADE_EXPECTED,    /* some execution without a preemption ends so */
    SN_GRADE_INTERESTING, /* it takes a preemption, and breaks nothing */
    SN_GRADE_FORBIDDEN    /* a deadlock, an error, a broken `finally`, no serial order */
} SnGrade;
/* "expected", "interesting", "forbidden" */
const char *sn_grade_name(SnGrade grade);

typedef struct SnStressOutcome { /* of SnResult.outcomes with the same index */
    uint64_t runs;        /* that ended so */
    double first_seconds; /* when it was first seen; NAN: never */
    SnGrade grade;
    bool is_forced;       /* not seen, so its schedule was forced */
    bool agrees;          /* is_forced: and the threads ended so */
    const char *difference; /* NULL, or why not */
} SnStressOutcome;

typedef struct SnStranger { /* an outcome that the simulation does not have */
    const char *values;   /* "1, [0, 2]", prints, end */
    uint64_t runs;
} SnStranger;

typedef struct SnStressResult {
    const SnResult *explored;
    const SnStressOutcome *outcomes; uint32_t outcome_count;
    const SnStranger *strangers; uint32_t stranger_count; /* at most 8 are kept */
    uint64_t runs;        /* that ended */
    uint64_t dropped_runs; /* of them, by an `assume`: an outcome, too */
    uint64_t cut_runs;    /* did not end within a fifth of a second, and were broken off */
    uint64_t stranger_runs;
    uint64_t replaced;    /* times that threads were stuck for ever, and a new process had to go on */
    uint32_t seen;        /* outcomes seen in free runs */
    uint32_t forced;      /* and by force */
    uint32_t processors;
    bool is_stepwise;     /* the threads took their steps one at a time, in the order in which the system let them come */
    bool was_weak;        /* without /proc: deadlocks were told by silence */
    double seconds;
} SnStressResult;

typedef struct SnStressOptions {
    SnStressProfile profile;
    double seconds;   /* 0: 2 */
    uint64_t runs;    /* 0: as many as fit; those broken off because they do not end count */
    uint64_t seed;
    bool skip_forcing; /* leave the outcomes that were not seen alone */
    const char *proc; /* where to look at threads; NULL: /proc */
    bool (*progress)(void *context, uint64_t runs, uint32_t seen, double seconds); /* `seen`: or forced; false: stop */
    void *progress_context;
} SnStressOptions;

/* SN_OK: the scenario's threads can run freely. SN_INVALID with a message: what of it cannot, and why. */
SnStatus sn_stress_check(const SnScenario *scenario, char **message);
/* Lets the threads of an explored scenario run freely, again and again. SN_OK; SN_FOUND: an outcome came that the complete exploration does not have, or a forced
 * schedule disagrees; SN_INCOMPLETE: interrupted, no run ended, or the exploration is not complete; SN_INVALID and SN_SYSTEM with a message as for sn_replay. */
SnStatus sn_stress(const SnResult *explored, const SnStressOptions *options, SnStressResult **result, char **message);
void sn_stress_result_free(SnStressResult *result);

/* ------------------------------------------------------------- state space */

typedef struct SnState {
    uint32_t number;   /* in the whole state space, from 0, the start */
    const char *text;  /* values and locks on the first line, where each thread stands on the second */
    SnEnd end;         /* SN_END_RUNNING where a thread can step */
    bool is_bad;       /* an end that is a deadlock, was stopped by an error, or breaks a `finally` */
    bool can_end_well; /* an end that is not bad can still be reached; true where that is not known */
    bool is_open;      /* its steps are left out */
    uint32_t first_edge, edge_count; /* SnStateGraph.edges */
} SnState;

typedef struct SnStateEdge {
    uint32_t from, to; /* SnStateGraph.states */
    uint32_t thread;   /* SnStateGraph.threads */
    uint32_t choice, choices;
    uint32_t line;
    const char *kind;  /* of the finding that this step shows ("lost-update", "assertion"); NULL */
} SnStateEdge;

typedef struct SnStateGraph {
    const SnScenario *scenario;
    const SnThread *threads; uint32_t thread_count; /* with those that may be spawned */
    const SnState *states;   uint32_t state_count;  /* the start is the first */
    const SnStateEdge *edges; uint32_t edge_count;  /* by from, thread, choice */
    const uint32_t *path;    uint32_t path_length;  /* the edges of the schedule given */
    uint64_t explored;   /* states of the whole space that were looked at */
    bool is_complete;    /* that is all of them, so can_end_well is known */
    bool is_path_only;
} SnStateGraph;

typedef struct SnGraphOptions {
    uint64_t max_states;  /* 0: 200 */
    const char *schedule; /* a path through the graph; NULL */
    bool is_path_only;    /* only the states of that path and their successors; then max_states limits these, and up to a million states are looked
                           * at to tell which can end well */
} SnGraphOptions;

/* The graph of all states, as sn_explore counts them. SN_INCOMPLETE with a message when there are more than max_states; SN_INVALID with a message when
 * the schedule cannot be followed. */
SnStatus sn_explore_graph(const SnScenario *scenario, const SnGraphOptions *options, SnStateGraph **graph, char **message);
void sn_state_graph_free(SnStateGraph *graph);

/* ------------------------------------------------- choosing each step by hand */

/* Where a thread is in a state. */
typedef struct SnStand {
    SnThreadState state; /* in a state that an error stopped: SN_THREAD_READY for all that have not ended */
    uint32_t line;       /* 0: ended, not started */
    const char *source;  /* the statement that it stands at; NULL: ended, not started */
    const char *locals;  /* those that still matter: "t = 0, i = 2"; "" */
    uint32_t object;     /* blocked: what it waits for, or SN_NONE */
    uint32_t target;     /* blocked: the thread whose end it waits for, or SN_NONE */
    const char *why;     /* blocked: "m is held by B" */
} SnStand;

typedef struct SnOwner {
    uint32_t thread, object;
} SnOwner;

/* A step that is possible in a state. */
typedef struct SnMove {
    uint32_t to; /* the state that it leads to */
    SnStep step; /* what it does; is_switch and is_preemption depend on the step before it and are false here, no accesses */
    const uint32_t *findings; uint32_t finding_count; /* happen in this step, in SnResult.findings */
} SnMove;

/* What lies ahead of a state: of the executions that go on from it, how many interleavings there are, and how many show what.
 * Interleavings are decimal numbers or "infinite"; probabilities are those of a uniform random scheduler from here on. */
typedef struct SnAhead {
    const char *interleavings; /* to an end, without those that an `assume` drops */
    const char *const *findings; const double *finding_probability; /* in which it happens here or later; by finding. NULL, NAN: not counted */
    const char *const *kinds; const double *kind_probability;       /* in which some finding of the kind does; likewise */
    const char *const *outcomes; const double *outcome_probability; /* that end so; by outcome */
} SnAhead;

typedef struct SnPlace {
    SnEnd end;         /* SN_END_RUNNING where a thread can step */
    bool is_bad;       /* as in SnState */
    bool can_end_well; /* likewise */
    uint32_t outcome;  /* an end: in SnResult.outcomes; else SN_NONE */
    const char *const *values; /* of the objects, as people read them: "3", "held by A", "[1, 2] closed" */
    const SnStand *stands;     /* of the threads */
    const SnOwner *owners;  uint32_t owner_count; /* of mutexes and rwlocks */
    const uint32_t *cycle_start; const uint32_t *cycle_threads; uint32_t cycle_count; /* as in SnTrace */
    const uint32_t *findings; uint32_t finding_count; /* happen in this state */
    const SnMove *moves;    uint32_t move_count;      /* by thread, then choice */
    SnAhead ahead;
} SnPlace;

/* The state space of a result to walk through, from state 0, the start. */
typedef struct SnMap {
    const SnResult *result;
    const SnThread *threads; uint32_t thread_count; /* with those that may be spawned */
    const SnObject *objects; uint32_t object_count;
    const char *const *kinds; uint32_t kind_count; /* of the findings, in their order: "data-race", "lost-update" */
    uint32_t state_count;
} SnMap;

/* Needs a result made with map_states, which must outlive the map. SN_INCOMPLETE with a message when there were too many states. */
SnStatus sn_map(const SnResult *result, SnMap **map, char **message);
void sn_map_free(SnMap *map);
/* What is to know of a state; told when it is asked for the first time, and valid as long as the map. NULL: no memory. */
const SnPlace *sn_map_place(SnMap *map, uint32_t state);

/* One execution whose steps are chosen one by one, forwards and back, without exploring anything: for scenarios that are too big for a map.
 * What is said of a state is that of a map, but for findings, outcomes and what lies ahead: `can_end_well` is true, SnAhead is empty, moves
 * lead to state 0. */
typedef struct SnWalk {
    const SnScenario *scenario;
    const SnThread *threads; uint32_t thread_count; /* with those spawned so far */
    const SnObject *objects; uint32_t object_count;
    uint32_t step_count; /* taken so far */
} SnWalk;

SnStatus sn_walk(const SnScenario *scenario, SnWalk **walk, char **message);
void sn_walk_free(SnWalk *walk);
/* The state after the steps taken; valid until the next call. NULL: no memory. */
const SnPlace *sn_walk_place(SnWalk *walk);
/* Takes the move with this number of sn_walk_place. SN_INVALID when there is none. */
SnStatus sn_walk_step(SnWalk *walk, uint32_t move);
/* Takes the last step back. SN_INVALID at the start. */
SnStatus sn_walk_back(SnWalk *walk);

/* ----------------------------------------------------------------- export */

typedef enum SnExportLanguage { SN_EXPORT_C, SN_EXPORT_PROMELA } SnExportLanguage;

typedef struct SnExportOptions {
    SnExportLanguage language;
    const char *schedule;   /* C: the program follows it; NULL: its threads run freely */
    const SnResult *result; /* C: what the comment at its beginning tells to expect; NULL: nothing */
} SnExportOptions;
/* The scenario as a program in another language, `*text` (sn_string_free). C: one file with POSIX threads, which also ThreadSanitizer and helgrind can
 * look at. Promela: a model for SPIN in which one transition is one step. SN_INVALID with a message (places in the scenario) for what the language cannot express, or when the schedule cannot be followed. */
SnStatus sn_export(const SnScenario *scenario, const SnExportOptions *options, char **text, char **message);

/* ---------------------------------------------------------------- reports */

typedef struct SnTextStyle {
    bool color;
    bool quiet;   /* verdict line only */
    bool verbose; /* every finding with its table, states, memory */
    uint32_t columns; /* width of the terminal; 0: 100 */
} SnTextStyle;
/* Texts for people; sn_string_free; NULL when memory ended. */
char *sn_report_result(const SnResult *result, const SnTextStyle *style);
char *sn_report_outcomes(const SnResult *result, const SnTextStyle *style);
char *sn_report_trace(const SnTrace *trace, const SnTextStyle *style);
/* What tasks and cores do while the virtual clock runs. */
typedef struct SnTimeReport {
    const SnScenario *scenario;
    const SnTime *time;      /* of an exploration; NULL: none was made */
    const SnTime *one_core;  /* the same scenario on one core; NULL: not looked at */
    const SnTrace *traces[2]; /* executions, each by its name: "fastest", "slowest" */
    const char *names[2];
    uint32_t trace_count;
} SnTimeReport;
char *sn_report_time(const SnTimeReport *report, const SnTextStyle *style);
char *sn_report_time_json(const SnTimeReport *report);
/* CLI.md's JSON object, one line a field, newline at the end. */
char *sn_report_result_json(const SnResult *result);
char *sn_report_trace_json(const SnTrace *trace);
char *sn_report_replay(const SnReplayResult *result, const SnTextStyle *style);
char *sn_report_replay_json(const SnReplayResult *result);
char *sn_report_stress(const SnStressResult *result, const SnTextStyle *style);
char *sn_report_stress_json(const SnStressResult *result);

/* Compares findings with `expect`: true when exactly the expected kinds (and objects) were found. `*message` says what differs; sn_string_free. */
bool sn_expectation_met(const SnResult *result, char **message);

/* A scenario laid out anew: indentation, blanks, empty lines; comments and lines stay. Same meaning, and stable: formatting the result changes
 * nothing. SN_INVALID with the errors when `text` is no row of words at all. sn_string_free both. */
SnStatus sn_format(const char *name, const char *text, size_t length, char **formatted, char **message);

/* Writes bytes to a temporary file beside `path` and renames it: all of it, or nothing, and then what was there before stays.
 * Devices and pipes are written directly. SN_SYSTEM with a message that names the path. */
SnStatus sn_write_file(const char *path, const char *bytes, size_t length, char **message);

/* Files that belong together: sn_files_add writes each beside its place, sn_files_keep gives all of them their names at the end.
 * sn_files_free takes away what has not been kept. Start with `SnFiles *files = NULL`. */
typedef struct SnFiles SnFiles;
SnStatus sn_files_add(SnFiles **files, const char *path, const char *bytes, size_t length, char **message);
SnStatus sn_files_keep(SnFiles *files, char **message);
void sn_files_free(SnFiles *files);

/* The words of the language, for editors; NULL past the end. Static text. */
typedef enum SnWordClass {
    SN_WORD_DECLARATION, SN_WORD_STATEMENT, SN_WORD_OPERATION, SN_WORD_EXPRESSION, SN_WORD_PROPERTY
} SnWordClass;
const char *sn_word(size_t index, SnWordClass *word_class);

/* A starting scenario for `snarl new`; NULL for an unknown kind. Static text. */
const char *sn_template(const char *kind);
/* Names and one-line descriptions; NULL past the end. */
const char *sn_template_name(size_t index, const char **description);

#endif
