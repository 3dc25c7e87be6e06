/* machine.h: packed states and the one meaning of a step.
 *
 * Shape   A state is `machine_words(m)` 64-bit words; equal states have equal words, so a state can be hashed and compared as bytes.
 *         Fields (state.h draws the layout) take the bits that their known range needs. A value that does not fit ends the call
 *         with STATUS_RELAYOUT; machine_relayout then widens the field; all packed states made before are void.
 * Units   words; threads, points, objects as in program.h; choices count from 1.
 * Owner   the machine; Expansion and StepLog belong to the caller (expansion_free).
 * Threads expanding is safe from several threads at once, each with its own Expansion; relayout is not.
 * Errors  STATUS_NO_MEMORY, STATUS_RELAYOUT; anything wrong with the scenario is an Issue. */
#ifndef MACHINE_MACHINE_H
#define MACHINE_MACHINE_H

#include "base/status.h"
#include "program/program.h"

typedef uint64_t Word;
typedef struct Machine Machine;

typedef struct MachineOptions {
    bool keep_locals;      /* keep every named local in the state (traces, --reduce none); otherwise dead ones are reset to 0 */
    bool skip_lost_updates; /* no monitor bits */
    bool skip_memo;        /* execute every step anew (tests compare) */
    bool serial_only;      /* `serial` blocks one at a time: from a thread's first step inside one to the step that leaves it nobody else steps; where that
                            * thread waits inside, there are no steps, and the end is a STATE_DEADLOCK that is none of the scenario's */
} MachineOptions;

/* What went wrong in a step. A stop (assertion, invariant, misuse, runtime error, assume) ends the execution, but a lock still
 * owned at a thread's end and a lost update do not. */
typedef struct Issue {
    FindingKind kind;
    bool is_assume;   /* a failed assume: no finding */
    bool is_stop;
    ThreadId thread;  /* NO_ID: none (invariant) */
    ObjectId object;  /* NO_ID: none */
    uint32_t line;
    const char *text; /* assertion text, or what the misuse or error is; lives as long as the machine */
} Issue;

typedef struct StepInfo {
    ThreadId thread;
    uint32_t choice;      /* 1-based */
    uint32_t choices;     /* how many results this step of the thread has in this state */
    uint32_t first_issue, issue_count;
    bool stops;           /* the successor is an end: an Issue with is_stop is among its issues */
    bool progresses;      /* passed a `progress`, or some thread ended */
    uint64_t progressed;  /* who did, by step_thread_bit */
    int64_t elapsed_ns;   /* virtual clock: the time that passes behind the step, until somebody can step again */
} StepInfo;

/* The bit of a thread in a set of threads; those beyond the 63rd share the last one. */
static inline uint64_t step_thread_bit(ThreadId thread) { return UINT64_C(1) << (thread < 63 ? thread : 63); }

/* All steps possible in one state. */
typedef struct Expansion {
    Word *states;         /* count * machine_words */
    StepInfo *steps;      /* grouped by thread, threads ascending, choices ascending */
    uint32_t count, room;
    Issue *issues;
    uint32_t issue_count, issue_room;
    int64_t elapsed_ns;   /* of machine_start: the time that passes ahead of the first step */
    /* machine_expand_carried: */
    uint32_t left_out;    /* steps that lead to states known by other ways */
    void *notes;          /* what machine_carry needs to know; as long as `scratch` lives, wherever it is */
    uint32_t note_words;
    void *scratch;        /* the machine's; between calls it may move to another Expansion that is empty or was filled in the same layout */
} Expansion;
void expansion_free(Expansion *expansion);

Status machine_new(const Program *program, const MachineOptions *options, Machine **out);
void machine_free(Machine *machine);
const Program *machine_program(const Machine *machine);
uint32_t machine_words(const Machine *machine);
uint32_t machine_bits(const Machine *machine); /* bits in use of a state */
uint32_t machine_bytes(const Machine *machine); /* of a state; in the last word only the first ones have bits in use */

/* The initial state: all local work ahead of the first accesses is done. Its issues (an assertion that fails before any step)
 * are in expansion->issues, `count` is 0; the state is stopped if one of them is a stop. */
Status machine_start(Machine *machine, Word *state, Expansion *expansion);
/* All successors. A stopped state has none. */
Status machine_expand(Machine *machine, const Word *state, Expansion *expansion);
/* A breadth-first search that wants all states, but not all steps, can leave most of those out that lead to a known state. `known` says what
 * is known of the state's steps, 0 for nothing; machine_carry tells it for a successor that is new, while the expansion of `state` is as it was,
 * from the ids of all its successors, in the order in which new states are expanded. remembered.h has the proof. Not for every scenario. */
bool machine_can_carry(const Machine *machine);
Status machine_expand_carried(Machine *machine, const Word *state, uint64_t known, Expansion *expansion);
uint64_t machine_carry(const Machine *machine, const Word *state, const Expansion *expansion, uint32_t step, const uint32_t *ids);
/* Widens what did not fit in the last STATUS_RELAYOUT, or adds slots for spawned threads; the Program may be replaced by one with
 * more slots (machine_program changes then). */
Status machine_relayout(Machine *machine);

/* Between the two it is noted which values the fields take: machine_note makes them roomy, and machine_narrow gives each the bits for what it
 * was seen to have, in a new layout. Alike threads need not have alike fields then; nothing else changes. */
Status machine_note(Machine *machine);
uint64_t machine_news(const Machine *machine); /* how often something was new so far */
Status machine_narrow(Machine *machine);

/* How a state without successors ended. */
typedef enum StateEnd { STATE_OK, STATE_DEADLOCK, STATE_STOPPED } StateEnd;
StateEnd machine_end(const Machine *machine, const Word *state);
/* The stop of a stopped state; NULL otherwise. */
const Issue *machine_stop(const Machine *machine, const Word *state);
/* All threads, daemons aside, have ended, and the state is not stopped. */
bool machine_all_ended(const Machine *machine, const Word *state);
/* Which `finally` fails first in this state: its number, or NO_ID. */
uint32_t machine_failed_finally(const Machine *machine, const Word *state);
/* Whether each `finally` holds in this state, program->finally_count of them; one without a value does not. */
void machine_finally_holds(const Machine *machine, const Word *state, bool *holds);
/* Whether `eventually` number `number` is true in this state; one without a value is not. */
bool machine_eventually_holds(const Machine *machine, const Word *state, uint32_t number);
/* The bits of a state that are nobody's business but the thread's: its point, its registers, all threads' timers and memory of lost updates.
 * A step that changes no other bit is one that the others do not notice. `mask`: machine_words words. */
void machine_private_bits(const Machine *machine, ThreadId thread, Word *mask);
/* The outcome's values, program->outcome_value_count of them. */
void machine_outcome_values(const Machine *machine, const Word *state, int64_t *values);
/* The output so far: strings, one a print, oldest first; returns how many, writes at most `room`. They live as long as the machine. */
uint32_t machine_output(const Machine *machine, const Word *state, const char **strings, uint32_t room);
/* A number that is equal for equal outputs within this machine. */
uint64_t machine_output_id(const Machine *machine, const Word *state);

/* ------------------------------------------------------- what threads stand at */

/* The point of a thread: 0 ended, unborn_point not spawned. */
uint32_t machine_point(const Machine *machine, const Word *state, ThreadId thread);
void machine_points(const Machine *machine, const Word *state, uint32_t *points); /* of all threads */
bool machine_is_ended(const Machine *machine, const Word *state, ThreadId thread);
bool machine_is_born(const Machine *machine, const Word *state, ThreadId thread);

/* It belongs to an event loop that has stopped: it never steps again, and nobody waits for it. */
bool machine_is_cancelled(const Machine *machine, const Word *state, ThreadId thread);

/* Accesses to plain and atomic variables that the next step of a thread makes if it runs now (all results of its choices). */
typedef struct NextAccess {
    ObjectId object;
    bool writes, is_atomic; /* is_atomic: inside atomic or await, or by cas, fetch_add, exchange */
    uint32_t line;
} NextAccess;
uint32_t machine_next_accesses(Machine *machine, const Word *state, ThreadId thread, Expansion *scratch, NextAccess *out, uint32_t room);

/* Why a thread is not enabled. */
typedef enum WaitKind {
    WAIT_NONE,      /* it is enabled, ended or not born */
    WAIT_OWNED,     /* for an object that `holders` own: mutex, rwlock, once */
    WAIT_JOIN,      /* for the threads in `holders` to end */
    WAIT_CONTROL,   /* its operation could be done, but the one in `holders` has the event loop, or runs among the fibres */
    WAIT_PLACE,     /* for a worker of pool `object`; those in `holders` keep them busy */
    WAIT_OTHER      /* for a writer that stands announced (`holders`), semaphore, condition, barrier, event, queue, waitgroup, a condition on variables, select */
} WaitKind;
typedef struct WaitInfo {
    WaitKind kind;
    ObjectId object;      /* NO_ID for joins and await */
    uint32_t line;
    uint32_t instr;
    uint32_t holder_count;
    ThreadId holders[64]; /* owners, or threads joined that have not ended; at most 64 are told */
    ThreadId controller;  /* beside `holders`: who has the event loop, too; NO_ID unless machine_wait_control was asked */
} WaitInfo;
/* `enabled` says whether the thread has a step in this state. */
void machine_wait(const Machine *machine, const Word *state, ThreadId thread, bool enabled, WaitInfo *info);
/* Behind machine_wait: a coroutine whose operation could not be done either waits for the one that has its event loop as well, and for as
 * long as that one stands there: `is_enabled`, by thread, says who can step. Only where somebody can: else what they wait for says more. */
void machine_wait_control(const Machine *machine, const Word *state, ThreadId thread, const bool *is_enabled, WaitInfo *info);

/* A wait for all of `holders` at once: as long as one of them goes on for ever, so does the wait. */
static inline bool wait_is_for_all(WaitKind kind) { return kind == WAIT_OWNED || kind == WAIT_JOIN || kind == WAIT_CONTROL; }

/* The member of an event loop, or the fibre, that has control; NO_ID: nobody, or a pool. */
ThreadId machine_controller(const Machine *machine, const Word *state, uint32_t domain);
/* Is `other` among those that a GATHER, at which the thread stands, waits for? */
bool machine_is_gathered(const Machine *machine, const Word *state, ThreadId thread, const Instr *gather, ThreadId other);
/* A member of a pool that a worker has taken, and that has not ended. */
bool machine_is_working(const Machine *machine, const Word *state, ThreadId thread);

/* The next step of the thread is a spurious wake-up: it may happen, now and then, but nobody can count on it. */
bool machine_is_spurious(const Machine *machine, const Word *state, ThreadId thread);

/* Virtual clock: what is left on the thread's timer, in nanoseconds; 0: it does not run. */
int64_t machine_time_left(const Machine *machine, const Word *state, ThreadId thread);

/* Locks (mutexes and rwlocks) that a thread owns: objects in ascending order; returns how many. */
uint32_t machine_owned(const Machine *machine, const Word *state, ThreadId thread, ObjectId *objects, uint32_t room);
/* Finds in one word of a state, all at once, which of some mutexes a thread owns: the field of one that it does differs from `pattern` nowhere. */
typedef struct OwnerTest {
    Word mask, pattern;
    Word low, high;     /* of the fields: all bits but the top one, and that */
    uint32_t word;
    uint8_t which[64];  /* by top bit: the mutex */
} OwnerTest;
/* Another number after each change of the layout. */
uint32_t machine_generation(const Machine *machine);
/* Tests for at most 64 mutexes, one for each word at most, as long as the layout stays; how many there are. */
uint32_t machine_owner_tests(const Machine *machine, ThreadId thread, const ObjectId *mutexes, uint32_t count, OwnerTest *tests);
/* The mutexes that it owns, one bit each. */
static inline uint64_t machine_owns(const Word *state, const OwnerTest *tests, uint32_t count)
{
    uint64_t owned = 0;
    for (const OwnerTest *test = tests; test < tests + count; test++) {
        const Word differs = (state[test->word] & test->mask) ^ test->pattern;
        for (Word equal = ~(((differs & test->low) + test->low) | differs) & test->high; equal != 0; equal &= equal - 1)
            owned |= UINT64_C(1) << test->which[__builtin_ctzll(equal)];
    }
    return owned;
}

/* Value of a variable's element, a counter (semaphore, waitgroup), a flag (event, once), an owner (mutex: thread + 1, 0 free) or the number of items of a queue. */
int64_t machine_value(const Machine *machine, const Word *state, ObjectId object);
/* Items of a queue; returns the length. */
uint32_t machine_queue_items(const Machine *machine, const Word *state, ObjectId object, int64_t *items, uint32_t room, bool *closed);
/* A register that is kept in this state (keep_locals: every named local). */
int64_t machine_register(const Machine *machine, const Word *state, ThreadId thread, int32_t reg);
bool machine_keeps_register(const Machine *machine, const Word *state, ThreadId thread, int32_t reg);
/* Prints an object's value as people read it: "3", "held by A", "[1, 2] closed", "2 readers". */
void machine_print_value(const Machine *machine, const Word *state, ObjectId object, Text *out);

/* ---------------------------------------------------------- one step, logged */

typedef struct LoggedAccess {
    uint32_t instr;
    ThreadId thread;  /* who accesses: differs from the stepping thread for those it lets go on */
    ObjectId object;  /* NO_ID: none */
    bool reads, writes, failed; /* failed: a `try` or cas that did nothing */
    bool has_value;
    int64_t before, after;
    uint32_t place;   /* get: where the item stood in the queue, from 0 */
    uint32_t copies;  /* put, send, publish: how many arrive: 0 lost, 1, 2 (of all subscribers' in a publish) */
    ThreadId partner; /* woken, or at the other end of a rendezvous; NO_ID */
} LoggedAccess;
typedef struct StepLog {
    LoggedAccess *accesses;
    uint32_t count, room;
    const char *printed; /* the string of a print, or NULL */
    bool failed;         /* memory ended */
} StepLog;
void step_log_free(StepLog *log);
/* Executes choice `choice` of the thread's step and logs it. `next` may be `state`. `*choices` is 0 when the thread cannot step,
 * and tells how many results there are; nothing is done when choice > choices. */
Status machine_step(Machine *machine, const Word *state, ThreadId thread, uint32_t choice, Word *next, uint32_t *choices, StepInfo *info,
                    Expansion *scratch, StepLog *log);

#endif
