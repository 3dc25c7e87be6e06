/* rig.h: a scenario on the machine's own threads: real objects, real variables, one worker for each thread. Private to sim/pthreads.
 *
 * Shape   The workers interpret the step code; what they meet in it are pthread_mutex_t, pthread_rwlock_t, sem_t, pthread_cond_t,
 *         pthread_barrier_t and pthread_once_t. Queues, events, waitgroups and the end of a thread (which several may join) are monitors made of
 *         a mutex and condition variables, a rendezvous is two semaphores, as a textbook has them.
 *         Beside each lock stands who owns it: POSIX leaves a foreign unlock undefined, so a misuse is seen before the call, not by it.
 * Modes   GATED     one step at a time, in the order of a schedule (turnstile.h). Calls are tried first: one that would block is a disagreement.
 *         STEPWISE  one step at a time, in the order in which the system lets the threads come to `steps`; for scenarios with steps that look at
 *                   several objects at once (atomic, await, select, rendezvous), or that can be stopped (the others must not run on), or daemons.
 *         FREE      nothing in between: accesses are plain loads and stores of the processor, calls block for real.
 * Races   Variables are _Atomic and accessed in sequentially consistent order, since that is what is simulated; a race of the scenario is a race
 *         between its steps, never undefined behaviour here. All else that two workers share is handed on by a semaphore or a lock.
 * Owner   the rig, which lives in a child process: threads that deadlock end with it (child.h). */
#ifndef PTHREADS_RIG_H
#define PTHREADS_RIG_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "base/rng.h"
#include "machine/machine.h"
#include "pthreads/shared.h"

typedef enum RigMode { RIG_GATED, RIG_STEPWISE, RIG_FREE } RigMode;

typedef struct RealCounter { /* event: 0 or 1; waitgroup: its count; a thread: 1 when it has ended */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int64_t value;
} RealCounter;

typedef enum Holding { HOLDS_NONE, HOLDS, HOLDS_MARKED } Holding; /* MARKED: its acknowledgement was lost once */

typedef struct RealQueue {
    pthread_mutex_t mutex;
    pthread_cond_t not_empty, not_full;
    int64_t *items; /* a ring of `room` */
    int64_t capacity, room, first, length; /* a mailbox grows: its capacity is QUEUE_UNBOUNDED */
    bool closed;
    sem_t full, taken; /* rendezvous: the slot is full, was taken */
    int64_t slot;
    bool *marks;         /* acknowledged: of each item, whether its acknowledgement was lost once; else NULL */
    Holding *held;         /* acknowledged: the message that each thread has got and not acknowledged; else NULL */
    int64_t *held_items;
    int64_t held_count;  /* they take up room */
} RealQueue;

typedef struct RealObject {
    SymbolKind kind;
    _Atomic int64_t value; /* variable; mutex, rwlock: the owner's id + 1, 0 nobody; once: 0 not run, 1 done, 2 + id of who runs it */
    union {
        pthread_mutex_t mutex;
        pthread_rwlock_t rwlock;
        sem_t semaphore;
        pthread_cond_t condition;
        pthread_barrier_t barrier;
        pthread_once_t once;
        RealCounter counter;
        RealQueue queue;
    };
    int64_t depth;            /* recursive mutex, its owner's; a pool: workers made so far */
    _Atomic int64_t announced; /* rwlock, writers first: writers that stand announced; a thread cannot be parked inside the real lock */
    uint32_t *reads;          /* rwlock: read locks of each thread; each touches its own */
    _Atomic bool is_destroyed;
} RealObject;

typedef enum Life { LIFE_UNBORN, LIFE_ALIVE, LIFE_ENDED } Life;

typedef enum Park { PARK_GATE, PARK_CONDITION, PARK_BARRIER } Park; /* GATED: where it waits for its turn */

typedef enum Role { ROLE_STEP, ROLE_GO_ON, ROLE_RECEIVE, ROLE_BLOCK, ROLE_QUIT } Role;

/* How an operation, or a step, went. */
typedef enum Took {
    TOOK_NEXT,    /* go on at worker->at */
    TOOK_BLOCKED, /* it cannot be done now; nothing was changed */
    TOOK_STOPPED, /* the execution ends: rig->stop */
    TOOK_LEAVE,   /* at the end of the body of the `do` that is run */
    TOOK_ENDED,   /* the thread's end */
    TOOK_QUIT     /* told to give up */
} Took;

struct Rig;

typedef struct Worker {
    struct Rig *rig;
    const ThreadCode *code;
    ThreadId id;
    pthread_t thread;
    bool is_created;         /* it has a thread of its own */
    bool has_pool_thread;    /* a task that was given to one (pool_threads.h) */
    struct Worker *also_owning; /* another task of that thread, which ended owning locks, too */
    _Atomic pid_t task;      /* its id in /proc */
    pid_t process;           /* a real process (processes.h); 0: a thread of the runner's, or reaped */
    ThreadId forker;         /* process: who forked it and will reap it; NO_ID: the runner's first thread */
    bool inherits;           /* process: its variables are what they were for whoever forked it */
    _Atomic int life;        /* Life */
    int64_t *registers, *saved; /* saved: as they were before the step, to go back to */
    uint32_t at, saved_at;
    Operand region, saved_region;
    uint32_t accesses, local_operations;
    uint32_t once_depth;
    Took once_took;
    const Instr *once_instr;
    int64_t handle;
    bool is_joined;
    int64_t completed;       /* spawned: as which number it ended, from 1; 0: not yet. GATED only */
    bool waits;              /* calls block: FREE, or a deadlock is being shown */
    uint32_t owned;          /* locks it owns, counted with their depth */
    RealCounter end;         /* what a join waits for */

    sem_t gate;
    Role role;               /* what it was let through the gate for */
    const Instr *arm;        /* ROLE_RECEIVE */
    bool is_let_go;          /* under way in the step of another thread, which waits for it */
    bool is_waiting;         /* STEPWISE: at its gate */
    Park park;
    RealObject *park_object; /* the barrier; the mutex of the wait */
    pthread_cond_t wake;     /* GATED: its sleep on a condition, one for each waiter: the schedule decides who wakes */
    bool is_woken;
    const LoggedAccess *script; /* GATED: the step as simulated; only choices are taken from it */
    uint32_t script_count, script_at;
    uint32_t choice, choices; /* of that step */

    Rng rng;
    _Atomic uint64_t steps;  /* done so far; only compared */
    _Atomic uintptr_t asleep_in; /* the object it is about to block in, or may be; 0: none. Written just before the call, and after it */
    _Atomic uintptr_t asleep_end;
    _Atomic uintptr_t asleep_also; /* a RealObject, too: the mutex of a wait on a condition; 0: none */
} Worker;

typedef struct RigStop {
    bool is_stopped, is_assume;
    FindingKind kind;
    ThreadId thread;
    uint32_t line;
    char text[160];
} RigStop;

/* Who says when a worker may take its step. */
typedef struct RigTurns {
    void *context;
    Took (*before)(void *context, Worker *worker);               /* waits for the turn: TOOK_NEXT or TOOK_QUIT */
    Took (*blocked)(void *context, Worker *worker);              /* the step cannot be taken now: TOOK_BLOCKED to try again, or TOOK_QUIT */
    void (*after)(void *context, Worker *worker, Took took);     /* the step is done: at the next point, the end, or stopped */
    void (*let_go)(void *context, Worker *worker, Worker *other); /* `other` does the local work that the worker's step lets it go on with */
    bool (*born)(void *context, Worker *worker, Worker *child);  /* the child does the work ahead of its first step; false: no thread to be had */
} RigTurns;

typedef struct Rig {
    const Program *program;
    Shared *shared;          /* where the processes of the scenario are real ones: all that the rig holds lies there; else NULL */
    RigMode mode;
    RigTurns turns;
    RealObject *objects;
    Worker *workers;
    _Atomic int64_t *cells;  /* with `shared`: the variables of this process, in memory of its own, at one address in all of them */
    uint32_t *cell_of;       /* of each variable; NO_ID: mapped, so its value lies in the object. The object's value of others is what was last reported */
    pthread_mutex_t steps;   /* STEPWISE: held during a step */
    pthread_cond_t bell;     /* with `steps`: where a thread really blocks that waits for several objects, or for variables */
    pthread_mutex_t births;  /* guards slots and handles of spawned threads */
    int64_t handles, completions;
    sem_t settled;           /* posted by a worker that was let go on */
    pthread_mutex_t printing;
    char **output;           uint32_t output_count, output_room;
    RigStop stop;
    _Atomic bool is_over;    /* give up at the next point */
    bool insists;            /* STEPWISE: nobody else can step: a spurious wake-up must happen */
    _Atomic bool is_failing, failed; /* memory or threads ended; `trouble` says which */
    char trouble[160];
    int64_t *values;         /* registers of properties */
} Rig;

/* What of the program does not run on real threads, with its line and why; NULL: nothing. Under a schedule neither a virtual clock nor a loop, fibres or
 * pools are an obstacle: the order is given, real time does not matter, and control goes where the schedule says. */
const char *rig_refuses(const Program *program, bool is_forced, uint32_t *line, const char **why);
/* FREE will do: every step is one call or one access, nobody is a daemon. */
bool rig_fits_free(const Program *program);

/* Objects and workers, without threads; `shared`: in it, for processes (processes.h), or NULL. STATUS_NO_MEMORY; STATUS_INVALID with rig->trouble where an object cannot be had so (a semaphore beyond the
 * system's largest value). */
Status rig_new(const Program *program, RigMode mode, const RigTurns *turns, Shared *shared, Rig **out);
/* Back to the start. Nobody owns a lock or is inside a call. */
void rig_reset(Rig *rig);
/* Only where every thread has ended. */
void rig_free(Rig *rig);

/* Evaluates a property over the real state; everybody must stand still. False: it has no value. */
bool rig_property(Rig *rig, const Property *property, int64_t *value);
bool rig_finally_holds(Rig *rig);
/* All that are no daemons and were born have ended. */
bool rig_all_ended(const Rig *rig);
/* Appends one print. */
void rig_print(Rig *rig, const char *text);
void rig_fail(Rig *rig, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline uint32_t rig_line_of(const Program *program, const Instr *instr) { return program->sites[instr->site].part.line; }
static inline uint32_t rig_line(const Rig *rig, const Instr *instr) { return rig_line_of(rig->program, instr); }

/* Who stands at an operation of the object; everybody must stand still. */
bool rig_stands_at(const Rig *rig, const Worker *worker, Opcode op, ObjectId object);

/* ------------------------------------------------------------- workers */

/* The thread's life: local work ahead of its first step, then steps until its end, a stop, or TOOK_QUIT. */
Took worker_live(Worker *worker);
/* Local work from worker->at to the next point; in a region, its operations too. */
Took worker_run(Worker *worker);
/* What the sender's step gives the receiver: the item, and the place behind its get. */
void worker_receive(Worker *worker, const Instr *get, int64_t item);
/* Gives back the locks that it owns; the execution is over. */
void worker_put_back(Worker *worker);
/* Every `always` must hold behind a step. */
void rig_check_always(Rig *rig);
/* Ends the execution: the first who says so counts. */
Took worker_stop(Worker *worker, const Instr *instr, FindingKind kind, bool is_assume, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* The same from its first point on: the work ahead of it was done by another thread. */
Took worker_live_on(Worker *worker);
/* Waits for the turn and takes the step; TOOK_BLOCKED leaves the worker as it was. */
Took worker_take_turn(Worker *worker);
/* At the end of a step or of what it lets go on: TOOK_ENDED, told to all that join it, where the thread's end was reached. */
Took worker_settle(Worker *worker, Took took);
/* Makes the calls of the operation it stands at; returns when they did not block. */
void worker_block(Worker *worker);

static inline int64_t worker_value(const Worker *worker, Operand operand) {
    return operand >= 0 ? worker->registers[operand] : worker->rig->program->constants[~operand];
}
static inline ObjectId worker_object(const Worker *worker, const Instr *instr) {
    return instr->c == NO_OPERAND ? (ObjectId)instr->b : (ObjectId)(instr->b + worker_value(worker, instr->c));
}
static inline ObjectId worker_mutex(const Worker *worker, const Instr *instr) { /* of a wait on a condition */
    return (ObjectId)(instr->d + (instr->e == NO_OPERAND ? 0 : (Operand)worker_value(worker, instr->e)));
}
static inline const Instr *worker_instr(const Worker *worker) { return &worker->rig->program->code[worker->at]; }
/* The simulated step's entry for the operation under way, or NULL: then the worker draws by lot. */
const LoggedAccess *worker_script(Worker *worker, const Instr *instr);

/* Around a call that may block: which bytes the thread would sleep in. */
static inline void worker_may_sleep(Worker *worker, const void *object, size_t size) {
    atomic_store_explicit(&worker->asleep_end, (uintptr_t)object + size, memory_order_relaxed);
    atomic_store_explicit(&worker->asleep_also, 0, memory_order_relaxed);
    atomic_store_explicit(&worker->asleep_in, (uintptr_t)object, memory_order_release);
}
static inline void worker_is_awake(Worker *worker) { atomic_store_explicit(&worker->asleep_in, 0, memory_order_release); }

/* ---------------------------------------------------------- operations */

/* One operation on real objects. `waits`: by the call that blocks; otherwise it is tried. */
Took real_operation(Worker *worker, const Instr *instr, bool waits);
/* The families, one file each: real_locks.c, real_counters.c, real_conditions.c, real_queues.c, real_faults.c, real_threads.c. */
Took real_lock(Worker *worker, const Instr *instr, bool waits);
Took real_counter(Worker *worker, const Instr *instr, bool waits);
Took real_condition(Worker *worker, const Instr *instr, bool waits);
Took real_queue(Worker *worker, const Instr *instr, bool waits);
Took real_thread(Worker *worker, const Instr *instr, bool waits);
Took real_select(Worker *worker, const Instr *select);
Took real_message(Worker *worker, const Instr *instr);
Took real_domain(Worker *worker, const Instr *instr);
/* Under the queue's mutex; there is room, or the queue grows. False: no memory. */
bool real_append(Rig *rig, RealQueue *queue, int64_t item, bool mark);
/* Faults of a link (real_faults.c), under the queue's mutex: how often a message arrives; which one comes next, with its mark; a message that was got is
 * held until it is acknowledged (false: no memory, and told). */
bool real_has_room(const RealQueue *queue);
uint32_t real_copies(Worker *worker, const Instr *instr, ObjectId id);
int64_t real_take(Worker *worker, const Instr *instr, ObjectId id, bool *mark);
bool real_hold(Worker *worker, RealQueue *queue, int64_t item, bool mark);
/* They take the mutex themselves. At its end a thread gives back what it holds. */
Took real_ack(Worker *worker, const Instr *instr, ObjectId id);
bool real_return_held(Worker *worker);
/* Using a destroyed object is a misuse. */
Took real_check_alive(Worker *worker, const Instr *instr, ObjectId object);
/* Whether the operation would go through, seen from the worker, who stands still as all others do. */
bool real_is_open(const Worker *worker, const Instr *instr);
bool real_join_is_open(const Worker *worker, const Instr *instr);
/* The same for an await: evaluates it. */
bool worker_guard_holds(Worker *worker, const Instr *await);
/* Waits for the mutex of a wait that was given back by somebody who is still on the way to its sleep. False: it stays locked. */
bool real_retake(RealObject *object);
/* Threads that stand ready at the other end of a rendezvous, without a limit on how many; the n-th of them with its operation. */
uint32_t real_partners(const Worker *worker, const Instr *instr, bool tries, uint32_t wanted, Worker **partner, const Instr **operation);

#endif
