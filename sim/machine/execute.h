/* execute.h: one step being executed. Private to sim/machine.
 *
 * An Exec writes into the words of a successor that begins as a copy of the state. An Actor is a thread whose local work is
 * under way: the one that steps, and those that its step lets go on (a barrier's last arrival, the receiver of a rendezvous, a thread being born).
 * Operations return an Effect; whoever is blocked has changed nothing that is kept. */
#ifndef MACHINE_EXECUTE_H
#define MACHINE_EXECUTE_H

#include "machine/compute.h"
#include "machine/state.h"

typedef enum Effect {
    EFFECT_NEXT,     /* go on with the instruction at actor->at */
    EFFECT_BLOCKED,  /* the operation is not enabled here */
    EFFECT_STOPPED,  /* the execution ends: an issue that stops */
    EFFECT_RELAYOUT, /* a value did not fit */
    EFFECT_NO_MEMORY
} Effect;

typedef struct Actor {
    ThreadId thread;
    uint32_t at;          /* instruction */
    Operand region;       /* statement granularity: number of the statement under way; 0 none */
    int64_t *registers;
    uint64_t *overtaken;  /* token bits */
    uint64_t *taint;      /* [register][token word]; NULL unless tracked */
} Actor;

/* Which of several results a step takes: enumerated in lexicographic order by running the step again with another script. */
typedef struct Chooser {
    uint32_t *taken, *options;
    uint32_t depth, room, position;
} Chooser;

typedef struct Scratch {
    int64_t *registers;   /* stack of register files of the actors under way */
    uint64_t *tokens;     /* likewise: overtaken, then taint */
    uint32_t actor_count, actor_room;
    Chooser chooser;
    int64_t *values;      /* registers of properties */
    Word *probe;          /* virtual clock: a state in which a step is tried */
    uint32_t generation;  /* of the layout it has room for */
    struct Memo *memo;    /* of that layout; NULL: none */
} Scratch;

typedef struct Exec {
    Machine *machine;
    const Program *program;
    Word *state;
    Expansion *expansion;
    Scratch *scratch;
    StepLog *log;         /* NULL while exploring */
    ThreadId stepping;
    uint64_t progressed; /* threads, by step_thread_bit */
    bool stops;
    uint32_t local_operations;
    uint32_t accesses;    /* done so far in the region under way */
    FieldId overflow;     /* EFFECT_RELAYOUT: the field, or NO_ID when a slot or room in a queue is missing */
    int64_t overflow_value;
    uint32_t overflow_function;
    ObjectId overflow_queue;
} Exec;

/* For looking only: without memory of its own, so nothing can be executed. */
static inline Exec exec_look(const Machine *m, const Word *state) {
    return (Exec){.machine = (Machine *)m, .program = m->program, .state = (Word *)state, .overflow = NO_ID};
}
/* Scratch of the expansion, for the layout at hand. */
Status exec_renew(Machine *m, Expansion *e);
Exec exec_of(Machine *m, Expansion *e);
/* Room for `more` successors behind those there are. */
Status exec_make_room(Expansion *e, uint32_t more, uint32_t words);
static inline Status exec_reserve(Expansion *e, uint32_t more, uint32_t words) {
    return e->room - e->count >= more ? STATUS_OK : exec_make_room(e, more, words);
}
/* All results of one thread's step, appended to the expansion. The one numbered `logged` (from 1) is logged. */
Status exec_expand_thread(Exec *x, const Word *state, ThreadId thread, uint32_t logged, StepLog *log);

/* Actors. A pushed actor has the registers of the thread's point loaded; popping them goes in reverse order. */
Actor *exec_push(Exec *x, Actor *actor, ThreadId thread);
void exec_pop(Exec *x);
/* Runs local work (and, in a region, accesses) from actor->at to the next point, or to `stop`. */
Effect exec_run(Exec *x, Actor *actor, uint32_t stop);
/* Local work from a region on up to its first operation, which decides whether the thread can step; NULL: there is none, or an error comes first. */
const Instr *exec_first_operation(Exec *x, Actor *actor);
/* Writes the thread's registers back at the point where actor->at stands; NO_ID: it has ended. */
Effect exec_save(Exec *x, Actor *actor);
/* Local work of another thread from its instruction `at` on, then saved: what this step lets go on. */
Effect exec_let_go_on(Exec *x, Actor *other, uint32_t at);
/* serial_only: may the thread take this step? Blocked while another is inside a block; inside one itself it is noted. */
Effect exec_enter_serial(Exec *x, ThreadId thread, const Instr *instr);
/* The operation at actor->at. */
Effect exec_operation(Exec *x, Actor *actor, const Instr *instr);
/* Whether the operation could be done now, seen from the thread: used by try, select and wait reasons. */
bool exec_is_enabled(Exec *x, Actor *actor, const Instr *instr);

static inline int64_t exec_value(const Exec *x, const Actor *actor, Operand operand) {
    return operand >= 0 ? actor->registers[operand] : x->program->constants[~operand];
}
static inline ObjectId exec_object(const Exec *x, const Actor *actor, const Instr *instr) {
    return instr->c == NO_OPERAND ? (ObjectId)instr->b : (ObjectId)(instr->b + exec_value(x, actor, instr->c));
}
static inline int64_t exec_get(const Exec *x, FieldId id) { return field_get(x->state, x->machine->fields[id]); }
/* False when the value does not fit: return EFFECT_RELAYOUT. */
static inline bool exec_put(Exec *x, FieldId id, int64_t value) {
    Field field = x->machine->fields[id];
    uint64_t code;
    if (!field_encode(field, value, &code)) {
        x->overflow = id;
        x->overflow_value = value;
        return false;
    }
    if (x->machine->seen) x->machine->news += range_note(&x->machine->seen[id], value);
    field_put_code(x->state, field, code);
    return true;
}
Effect exec_stop_at(Exec *x, FindingKind kind, bool is_assume, ThreadId thread, ObjectId object, uint32_t line, const char *text);
#define EXEC_PUT(x, id, value) \
    do { if (!exec_put((x), (id), (value))) return EFFECT_RELAYOUT; } while (0)

/* A choice among n > 0: 0 .. n-1. */
uint32_t exec_choose(Exec *x, uint32_t n);
/* Reports; the first ends the execution, the second does not. */
Effect exec_stop(Exec *x, const Actor *actor, const Instr *instr, FindingKind kind, ObjectId object, const char *text);
Effect exec_issue(Exec *x, FindingKind kind, ThreadId thread, ObjectId object, uint32_t line, const char *text);
uint32_t exec_line(const Exec *x, const Instr *instr);
void exec_log(Exec *x, const Actor *actor, const Instr *instr, ObjectId object, LoggedAccess access);

/* Families of operations, one file each: variables.c, locks.c, counters.c, conditions.c, queues.c, threads.c. */
Effect exec_load(Exec *x, Actor *actor, const Instr *instr);
Effect exec_store(Exec *x, Actor *actor, const Instr *instr);
Effect exec_read_modify_write(Exec *x, Actor *actor, const Instr *instr);
Effect exec_lock(Exec *x, Actor *actor, const Instr *instr);
Effect exec_counter(Exec *x, Actor *actor, const Instr *instr);
Effect exec_condition(Exec *x, Actor *actor, const Instr *instr);
Effect exec_queue(Exec *x, Actor *actor, const Instr *instr);
Effect exec_message(Exec *x, Actor *actor, const Instr *instr);
Effect exec_thread(Exec *x, Actor *actor, const Instr *instr);
Effect exec_clock(Exec *x, Actor *actor, const Instr *instr);
/* The thread's timer runs for so many nanoseconds. */
Effect exec_arm(Exec *x, const Actor *actor, const Instr *instr, int64_t ns);
Effect exec_select(Exec *x, Actor *actor, const Instr *select);
/* domains.c. May the thread step, as far as its domain goes? Blocked otherwise. */
Effect exec_enter_domain(Exec *x, ThreadId thread);
/* Behind a step, or where another thread's step let it go on: it stands at `point`. */
Effect exec_leave_domain(Exec *x, ThreadId thread, uint32_t point);
/* Whether the operation that a thread stands at could be done now, as far as it goes itself. */
bool exec_could_step(Exec *x, ThreadId thread);
/* Who keeps the thread from running, in the state of x; NO_ID: nobody. */
ThreadId exec_controller(Exec *x, ThreadId thread);
/* The coroutine with which the loop stops has ended, and the thread is another one of the loop: it never steps again. */
bool exec_loop_has_stopped(const Exec *x, ThreadId thread);
/* Reports a coroutine that has the loop and has to wait. */
Effect exec_check_blocking(Exec *x);
/* A member of a pool that a worker has taken and that has not ended. */
bool exec_is_working(const Exec *x, ThreadId thread);
/* A spawned thread ends: notes as which one. */
Effect exec_note_completion(Exec *x, ThreadId thread);
/* Starts what `run` names. */
Effect exec_start_main(Exec *x);
Effect exec_domain(Exec *x, Actor *actor, const Instr *instr);
bool exec_domain_enabled(const Exec *x, const Actor *actor, const Instr *instr);
bool exec_await_enabled(const Exec *x, const Actor *actor, const Instr *instr);
bool exec_lock_enabled(const Exec *x, const Actor *actor, const Instr *instr);
bool exec_counter_enabled(const Exec *x, const Actor *actor, const Instr *instr);
bool exec_condition_enabled(const Exec *x, const Actor *actor, const Instr *instr);
bool exec_queue_enabled(Exec *x, Actor *actor, const Instr *instr);
bool exec_thread_enabled(const Exec *x, const Actor *actor, const Instr *instr);
bool exec_clock_enabled(const Exec *x, const Actor *actor, const Instr *instr);
/* The least time that a thread in this state still has on its timer; 0: no timer runs. */
int64_t clock_next(const Machine *machine, const Word *state);
/* Lets so much time pass: at most clock_next. */
void clock_pass(const Machine *machine, Word *state, int64_t ns);
/* Threads that stand ready at the other end of a rendezvous (q[0]): for a PUT those that get, each with each fitting arm of its select;
 * for a GET those that put. Two `try`s never meet: `tries` says that this side is one. */
uint32_t exec_partner_count(const Exec *x, const Actor *actor, const Instr *instr, bool tries);
/* An item to the end of a queue; `mark`: its acknowledgement was lost once. The caller has seen that there is room. */
Effect exec_append(Exec *x, ObjectId object, int64_t item, bool mark);
/* Whether a bounded queue can take one more, counting messages that may come back. */
int64_t exec_taken(const Exec *x, ObjectId queue); /* places: items, and messages that are held unacknowledged */
bool exec_has_room(const Exec *x, ObjectId object);
/* messages.c: what happens to a message on its way into queue `object`: how many copies arrive. */
uint32_t exec_copies(Exec *x, ObjectId object);
/* An acknowledged queue: the thread takes over `item`, and what it held before without acknowledging it comes back. */
Effect exec_hold(Exec *x, ThreadId thread, ObjectId object, int64_t item, bool mark);
/* A thread has ended: the messages that it holds come back. */
Effect exec_return_held(Exec *x, ThreadId thread);
/* The joint step of a PUT with its partner number `partner`. */
Effect exec_rendezvous(Exec *x, Actor *actor, const Instr *put, bool tries, uint32_t partner);
static inline bool exec_is_rendezvous(const Exec *x, const Instr *instr) {
    return (instr->op == OP_PUT || instr->op == OP_GET) && x->program->objects[instr->b].symbol->capacity == 0;
}
/* A register gets a value that was not computed from a read. */
void exec_untaint(const Exec *x, Actor *actor, Operand reg);
/* Using a destroyed object is a misuse: EFFECT_STOPPED then, else EFFECT_NEXT. */
Effect exec_check_alive(Exec *x, const Actor *actor, const Instr *instr, ObjectId object);

/* The object a thread stands at, without its registers being loaded: the index operand is read from the state. */
ObjectId exec_object_at(const Exec *x, ThreadId thread, const Instr *instr);
/* A register of another thread as kept in the state at the point where it stands. */
int64_t exec_register_at(const Exec *x, ThreadId thread, int32_t reg);
/* The thread of a handle, or NO_ID when no thread that was born has it. */
ThreadId exec_thread_of_handle(const Exec *x, int64_t handle);
/* The handle of a spawned thread that was born. */
int64_t exec_handle(const Exec *x, ThreadId thread);
static inline uint32_t exec_point(const Exec *x, ThreadId thread) { return (uint32_t)exec_get(x, x->machine->threads[thread].pc); }
/* The instruction that a thread stands at, or NULL when it has ended or is not born. */
const Instr *exec_instr_at(const Exec *x, ThreadId thread);

/* Evaluates a property over x->state with registers in `values`; false on a runtime error (`*text` says which). */
bool exec_property(const Exec *x, const Property *property, int64_t *values, int64_t *value, const char **text);

#endif
