/* exploration.h: what sn_explore works on, and the result that it leaves.
 *
 * Shape   sn_explore goes through it in this order: search (graph, marks of the detectors) -> ends (who was
 *         dropped, outcomes) -> easiest schedules -> counts -> replay of each finding -> the sentences -> the
 *         result.
 * Owner   Exploration is freed at the end of sn_explore. OwnedResult is what SnResult points into; it keeps the
 *         machine, since ids of threads and objects are those of the machine's program, and texts of issues and
 *         prints are the machine's.
 * Errors  memory of the result comes from its arena, which jumps; so everything on the heap that lives across such
 *         a call hangs at Exploration. */
#ifndef API_EXPLORATION_H
#define API_EXPLORATION_H

#include "api/scenario.h"
#include "detect/detectors.h"
#include "explore/checkpoint.h"
#include "explore/classes.h"
#include "explore/count.h"
#include "explore/hunt.h"
#include "explore/peers.h"
#include "explore/reduced.h"
#include "explore/sample.h"
#include "explore/search.h"
#include "explore/shortest.h"
#include "explore/timing.h"
#include "trace/build.h"

typedef struct OwnedResult {
    SnResult result; /* first: an SnResult is an OwnedResult */
    Arena arena;
    Machine *machine;
    TraceSubject *subjects; /* of each finding */
    struct Kept *kept;      /* kept.h; NULL: the state space is gone */
} OwnedResult;

/* With as many slots for spawned threads as were ever needed; that of the scenario where memory ended before the beginning. */
const Program *exploration_program(const SnResult *result);

typedef struct Goals {
    Goal *items;
    uint32_t count, room;
} Goals;

typedef struct ClassSchedules { /* those that are worth another look */
    ScheduleStep *steps; /* one behind the other */
    uint64_t *ends;      /* by schedule: the step behind its last */
    uint32_t count, room;
    uint64_t step_count, step_room;
} ClassSchedules;

typedef struct Exploration {
    const SnScenario *scenario;
    SnExploreOptions options;
    size_t asked_bytes;  /* limit of all memory of the process */
    size_t memory_bytes; /* what is left of it for exploring and telling */
    size_t search_bytes; /* and of that for the search: telling comes behind it */
    double started;      /* monotonic seconds */
    Machine *machine;
    Machine *replayer; /* another machine of the same program that keeps all locals */
    Machine *looper;   /* and one that keeps what `machine` keeps: a loop closes only where dead locals are forgotten */
    Detectors detectors;
    Graph *graph;
    Status ended;           /* how the search ended */
    ClassSchedules class_schedules;
    ClassesResult classes;  /* of class_runs_collect */
    bool has_classes;       /* it was called */
    bool has_class_graph;   /* the graph is that of these schedules */
    Checkpoint checkpoint;
    Peers peers;            /* the other processes, where there are any */
    struct Spread *spread;  /* the search by all of them */
    bool is_refused;        /* the options ask for what cannot be had; `message` says why */
    bool is_helper;         /* some other process has the result */
    Sample sample;          /* of random runs */
    uint32_t levels;        /* of a bounded search: all executions with fewer preemptions were explored */
    bool is_reduced;        /* the graph is that of the easiest schedules; `reduced` tells what was searched */
    bool was_too_big;       /* is_reduced: all states were tried first, and were too many to count */
    bool lacked_memory;     /* was_too_big: there was no room for them */
    bool was_not_reduced;   /* a reduced search was asked for, and could not be */
    ReducedResult reduced;
    HuntResult hunt;
    uint64_t not_easiest;   /* schedules that may not be */
    uint8_t *is_dropped;    /* by state: an end that an assume dropped; NULL where there is none */
    uint8_t *is_doomed;     /* by state: whatever happens, it will be dropped; NULL where nothing is dropped */
    StateId *marks;         /* room for the marks of one finding and all dropped ends; dropped ends first */
    uint64_t dropped_count; /* dropped ends */
    Shortest *shortest;
    Monitor monitor;   /* of the detectors */
    Weights weights;   /* virtual clock: the times of the steps */
    TimeRange range;
    Counter *counter;  /* NULL: not counted */
    Team *team;        /* several jobs: they share the counting; NULL: one does */
    Count dropped;     /* with a counter, where something is dropped */
    const char *phase; /* for SnProgress */
    bool was_told_to_stop;
    bool was_cut;      /* counting was */

    OwnedResult *owned;
    char *message; /* of a failure */

    /* scratch that must survive a jump out of the arena */
    Text text;
    EasiestSchedule easiest;
    bool has_half_race; /* the easiest schedule of a race has one of the accesses: in this graph neither can follow the other */
    Count count;
    Schedule schedule;
    ScheduleStep *candidate; /* of easier.c */
    Goals goals;
    struct Outcomes *outcomes;
    struct Witness *witness;
    struct LockOrders *lock_orders;
    struct SerialOrders *serial;
    struct Loops *loops;
    struct Counting *counting;
    struct Report *reports; /* of the findings, in order of the result */
    uint32_t report_count;
    ThreadId *stepping; /* room for all threads */
} Exploration;

/* The text so far as a string of the result's arena; the text is empty then. */
const char *exploration_take_text(Exploration *exploration);
/* A remark that is no finding; `note` lies in the result's arena, or is static. */
void exploration_add_note(Exploration *exploration, const char *note);
/* cancelled.c: a note, if there is anything to tell. */
void cancelled_report(Exploration *exploration);
/* Copies a count into the result. */
void exploration_add_count(Exploration *exploration, const Count *count, const char **interleavings,
                           double *probability, const char **exact);
/* progress for the phases behind the search; false: the user wants to stop. */
bool exploration_goes_on(void *exploration);
bool exploration_search_goes_on(void *exploration, uint64_t states, uint64_t steps, uint64_t frontier, size_t bytes,
                                double seconds);
double exploration_seconds(void);

/* ------------------------------------------------------------ searching.c */

/* The search that the options ask for. */
Status searching_run(Exploration *exploration);
/* Why not everything was explored, how far it went, and what to do about it; lies in the result's arena. */
const char *searching_ended(Exploration *exploration);
/* Only what happens with at most `*most` preemptions is known. */
bool searching_is_bounded(const Exploration *exploration, uint32_t *most);
/* States up to which interleavings are counted. */
uint64_t searching_most_counted(const Exploration *exploration);
/* Room for all threads of the machine at hand in `stepping`. */
Status searching_make_room(Exploration *exploration);
/* "1 state", "1,234 states" */
void searching_add_plural(Text *text, uint64_t number, const char *noun);
/* "512 MiB", "1.5 GiB" */
void searching_add_bytes(Text *text, size_t bytes);

/* --------------------------------------------------------- checkpointing.c */

/* Opens what --resume gives, and looks whether a checkpoint can be written. STATUS_INVALID and exploration->message
 * where the exploration cannot have one, or that one does not belong to it. */
Status checkpointing_begin(Exploration *exploration);
/* The search said that what it went on from does not fit: the message, and STATUS_INVALID. */
Status checkpointing_refuse_past(Exploration *exploration);
/* The last checkpoint of a full search, now that it has ended. */
void checkpointing_end(Exploration *exploration);
/* How to go on, or why that is not possible. May leave through the arena. */
void checkpointing_note(Exploration *exploration);

/* ------------------------------------------------------------- spreading.c */

/* All of them agree on how they fared so far. */
Status spreading_begin(Exploration *exploration, Status status);
/* The search by several processes; sets graph and detectors on rank 0, and is_helper on the others. */
Status spreading_run(Exploration *exploration, const SearchOptions *search);

/* -------------------------------------------------------------- uniform.c */

/* All states, then runs of which each interleaving is as likely as the others; STATUS_INVALID and exploration->message
 * where their number is not known. */
Status uniform_search(Exploration *exploration, const SearchOptions *search, const SampleOptions *sampling,
                      const Monitor *monitor);

/* -------------------------------------------------------------- sampled.c */

/* For each of the rows, in how many runs it happened. */
Status sampled_count(Exploration *exploration, const Finding *const *rows, uint32_t count, SnSeen *seen);
/* The estimate, from the number of runs. */
void sampled_estimate(const Exploration *exploration, SnSeen *seen);

/* ------------------------------------------------------------- counting.c */

/* With several jobs a thread of its own counts findings and outcomes, from here to counting_end, while the caller looks for schedules; rows
 * of the table change no more. Without, all is counted when the first of it is asked for. */
Status counting_begin(Exploration *exploration);
/* Shares the work with that thread as long as it goes on; behind it the counter is the caller's again. */
void counting_end(Exploration *exploration);
/* Ends that thread before its time. */
void counting_free(Exploration *exploration);
/* Behind counting_end: the count of a row of the table, which is no loop and breaks no `eventually`, taken over from that thread, or made now.
 * STATUS_INTERRUPTED: counting was cut short. */
Status counting_finding(Exploration *exploration, const Finding *row, Count *out);
/* ends_count, in the same way. */
Status counting_ends(Exploration *exploration);

/* ----------------------------------------------------------------- ends.c */

/* Sets is_dropped and is_doomed. */
Status ends_find_doomed(Exploration *exploration);
/* Groups the ends. May leave through the arena. */
Status ends_group(Exploration *exploration);
/* Counts each group; nothing where there is no counter, or that is done. */
Status ends_count(Exploration *exploration);
/* Counts them and findings together, as far as that goes (counter_together); there must be a counter. */
Status ends_count_with(Exploration *exploration, const Marks *findings, uint32_t count, Count *happens, bool *is_counted);
/* The easiest schedule to each group. May leave through the arena. */
Status ends_schedules(Exploration *exploration);
/* Adds the outcomes to the result. May leave through the arena. */
Status ends_report(Exploration *exploration);
/* The outcome of each state, SN_NONE where it is no end, once ends_report is done; the caller's (mem_free). */
uint32_t *ends_take_outcomes(Exploration *exploration);
void ends_free(Exploration *exploration);

/* ---------------------------------------------------------------- times.c */

/* What the search reports to: the weights, and the detectors behind them. */
Monitor times_monitor(Exploration *exploration);
/* Adds the range of finishing times to the result. May leave through the arena. */
Status times_report(Exploration *exploration);
void times_free(Exploration *exploration);

/* -------------------------------------------------------------- classes.c */

/* The search for --reduce classes: all states, as far as the limits allow, else the runs of the classes. */
Status classes_search(Exploration *exploration, SearchOptions search, const Monitor *monitor);
/* Why classes were not explored to the end; lies in the result's arena. */
const char *classes_ended(Exploration *exploration);
/* With --reduce classes: counts the classes of equivalent interleavings. May leave through the arena. */
Status classes_report(Exploration *exploration);

/* ----------------------------------------------------------- class_runs.c */

/* Explores the classes, and keeps the schedules that show something new; `*findings`: how many rows they have, deadlocks
 * and `finally` aside. The result tells also when memory ended. */
Status class_runs_collect(Exploration *exploration, ClassesResult *result, uint32_t *findings);
/* The graph of their states. */
Status class_runs_graph(Exploration *exploration, const SearchOptions *search, const Monitor *monitor, Graph **graph);
/* Another graph of what that one shows, with the easiest schedules; what is left in its place where `*is_done` is false
 * does not matter. */
Status class_runs_hunt(Exploration *exploration, bool *is_done);
void class_runs_free(Exploration *exploration);

/* ------------------------------------------------------------- findings.c */

/* All findings, with their easiest schedules; with several jobs counting goes on behind that. May leave through the arena. */
Status findings_find(Exploration *exploration);
/* Adds them to the result: counts, replay, sentences. May leave through the arena. */
Status findings_report(Exploration *exploration);
/* The row of a finding of the result. */
const Finding *findings_row(const Exploration *exploration, uint32_t finding);
void findings_free(Exploration *exploration);

/* -------------------------------------------------------- serializability.c */

/* With `serial` blocks: explores their serial orders, and makes a row of the ends that none of them gives. */
Status serial_find(Exploration *exploration);
/* Whether some serial order ends as this state, one of `machine`, does; all threads have ended in it. */
SnSerial serial_judge(Exploration *exploration, const Machine *machine, const Word *state);
/* Adds the sentence for such an end to the text. False: no memory. */
bool serial_message(Exploration *exploration, const Machine *machine, const Word *state);
void serial_free(Exploration *exploration);

/* ----------------------------------------------------------- lock_orders.c */

/* Looks for the cycles of locks that no state closed; those that an exploration cut short leaves open become rows. */
Status lock_orders_find(Exploration *exploration);
/* Adds the lock-order graph and the notes on refuted cycles to the result. May leave through the arena. */
Status lock_orders_report(Exploration *exploration);
void lock_orders_free(Exploration *exploration);
/* The stands of an unconfirmed row, in the order of the cycle, which lie in the result's arena. */
uint32_t lock_orders_stands(Exploration *exploration, const Finding *row, const LockStand *const **stands);

/* -------------------------------------------------------------- witness.c */

/* What the replay of a finding's easiest schedule shows. */
typedef struct Shown {
    const ThreadId *threads;
    uint32_t thread_count;
    const ObjectId *objects;
    uint32_t object_count;
    const uint32_t *lines; /* ascending, distinct */
    uint32_t line_count;
    const char *text; /* of the issue; NULL */
    bool is_cycle;
    const char *message; /* the sentence */
} Shown;

/* Replays the schedule and reads off what it shows; all of it lies in the result's arena.
 * `loop_start`: steps before the loop, or NO_ID. STATUS_INVALID, and exploration->message, when the schedule does not
 * show the finding. May leave through the arena. */
Status witness_show(Exploration *exploration, const Finding *row, const EasiestSchedule *easiest, uint32_t loop_start,
                    Shown *shown);
/* Only whether it does; not for loops. May leave through the arena. */
Status witness_try(Exploration *exploration, const Finding *row, const EasiestSchedule *easiest, bool *is_shown);
void witness_free(Exploration *exploration);

/* -------------------------------------------------------------- easiest.c */

/* The easiest schedule that shows the finding in a row, into exploration->easiest. STATUS_INVALID: none of its marks
 * can be reached. */
Status easiest_find(Exploration *exploration, const Finding *row);
void easiest_clear(EasiestSchedule *easiest);

/* --------------------------------------------------------------- easier.c */

/* Makes exploration->easiest easier where that is possible without the graph, which has but some of the states: it
 * moves and leaves out stretches of steps, as long as what is left still shows the finding. May leave through the
 * arena. */
Status easier_make(Exploration *exploration, const Finding *row);

#endif
