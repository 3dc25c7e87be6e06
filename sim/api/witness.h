/* witness.h: what is read off while a finding's schedule is replayed. Private to sim/api.
 *
 * Shape   the last three states with those who could step in them, the finding's issue, and the accesses to its
 *         object on the way.
 * Units   ids of threads and objects are those of the machine's program.
 * Owner   exploration->witness; nothing here comes from the result's arena, since the replay must not be left by a
 *         jump. */
#ifndef API_WITNESS_H
#define API_WITNESS_H

#include "api/exploration.h"
#include "trace/replay.h"

enum { WITNESS_STATES = 3 };

typedef struct WitnessAccess {
    ThreadId thread;
    bool reads, writes;
    uint32_t line;
} WitnessAccess;

typedef struct WitnessState {
    Word *words;
    ThreadId *threads; /* that have a step */
    uint32_t thread_count;
} WitnessState;

typedef struct LoopLine {
    ThreadId thread;
    uint32_t line;
} LoopLine;

typedef struct LoopWitness {
    LoopLine *step_lines; /* who steps in the loop, where */
    uint32_t step_count;
    uint64_t progressed; /* by step_thread_bit */
    bool has_wait;
    WaitInfo wait;  /* of the starving thread, where it has no step */
    bool came_true; /* the `eventually` */
} LoopWitness;

typedef struct Witness {
    Machine *machine;
    const Finding *row;
    uint32_t step_count;
    uint32_t loop_start; /* NO_ID: none */
    LoopWitness loop;
    RaceDetector *race;
    DeadlockDetector *deadlock;
    LockOrderDetector *lock_order;
    WitnessState states[WITNESS_STATES]; /* [0] the last, [1] the one before */
    size_t words, threads;               /* room in each of them */
    ThreadId steppers[2];                /* who made the last step, and the one before */
    bool has_issue;
    Issue issue;
    WitnessAccess *accesses; /* to the row's object, in order */
    uint32_t access_count, access_room;
} Witness;

/* witness_loop.c: the part about loops and `eventually`s. */
void loop_forget(LoopWitness *loop);
Status loop_state(Witness *witness, Machine *machine, const ReplayState *told);
Status loop_step(Witness *witness, Machine *machine, const ReplayEvent *event);
Status loop_show(Exploration *exploration, Witness *witness, Shown *shown);

/* Adds the sentence for a finding to the text; `shown` has all but the message. */
void message_deadlock(Text *text, const Machine *machine, const Word *state, const BlockedSet *set);
/* `a → b → a` */
void message_cycle(Text *text, const Program *program, const LockStand *const *stands, uint32_t count);
/* Each stand waits, or in an unconfirmed cycle may wait, for a lock of the next. */
void message_lock_order(Text *text, const Program *program, const LockStand *const *stands, uint32_t count,
                        bool is_confirmed);
void message_race(Text *text, const Program *program, const RacePair *pair);
void message_lost_update(Text *text, const Program *program, ObjectId object, const WitnessAccess *read,
                         const WitnessAccess *overtaking, const WitnessAccess *write);
void message_issue(Text *text, const Program *program, const Issue *issue, ThreadId stepper);
void message_final(Text *text, const Property *property);

#endif
