/* waits.c: why the threads that have not ended cannot step in the last state, who could help them, and who waits in
 * a circle. */
#include "trace/waits.h"

#include <string.h>

#include "base/duration.h"

/* ------------------------------------------------------------------- in words */

/* "B (line 4)"; "A itself (line 4)" for the waiting thread. Into scratch. */
static void say_holder(Telling *telling, const Wait *wait, const SnHolder *holder)
{
    ThreadId thread = telling->threads[holder->thread];
    text_add(&telling->scratch, telling_thread(telling, thread));
    if (thread == wait->thread)
        text_add(&telling->scratch, " itself");
    if (holder->line != 0)
        text_format(&telling->scratch, " (line %u)", holder->line);
    if (machine_is_ended(telling->machine, telling_last(telling)->state, thread))
        text_add(&telling->scratch, ", which has ended");
}

static void say_holders(Telling *telling, const Wait *wait)
{
    for (uint32_t i = 0; i < wait->holder_count; i++) {
        text_add(&telling->scratch, telling_comma(i, wait->holder_count));
        say_holder(telling, wait, &wait->holders[i]);
    }
}

static bool holds_for_reading(const Telling *telling, const SnHolder *holder)
{
    if (holder->step == SN_NONE)
        return false;
    const ToldStep *step = &telling->steps.items[holder->step];
    for (uint32_t i = 0; i < step->access_count; i++)
        if (step->accesses[i].object == holder->object &&
            telling->program->code[step->accesses[i].instr].op == OP_RDLOCK)
            return true;
    return false;
}

/* Somebody owns what is waited for. */
static void say_owned(Telling *telling, const Wait *wait)
{
    Text *out = &telling->scratch;
    const char *object = telling_object(telling, wait->info.object);
    SymbolKind kind = telling->program->objects[wait->info.object].kind;
    bool is_self = wait->holder_count > 0 && telling->threads[wait->holders[0].thread] == wait->thread;
    if (wait->op == OP_CONDITION_WAKE)
        text_add(out, "woken, but ");
    if (kind == SYMBOL_ONCE) {
        text_format(out, "%s is still being done by ", object);
        say_holders(telling, wait);
        return;
    }
    bool reading = kind == SYMBOL_RWLOCK && wait->holder_count > 0 && holds_for_reading(telling, &wait->holders[0]);
    bool writing = kind == SYMBOL_RWLOCK && wait->holder_count > 0 && !reading && wait->holders[0].step != SN_NONE;
    if (kind == SYMBOL_RWLOCK && wait->holder_count > 0 && !wait->holders[0].holds) {
        text_format(out, "a writer is announced on %s: ", object);
        say_holders(telling, wait);
        return;
    }
    text_format(out, "%s is held %sby ", object, reading ? "for reading " : writing ? "for writing " : "");
    say_holders(telling, wait);
    if (is_self && reading && wait->op == OP_WRLOCK)
        text_add(out, ": a read lock cannot become a write lock");
}

static void say_join(Telling *telling, const Wait *wait)
{
    Text *out = &telling->scratch;
    for (uint32_t i = 0; i < wait->info.holder_count; i++) {
        text_add(out, telling_comma(i, wait->info.holder_count));
        text_add(out, telling_thread(telling, wait->info.holders[i]));
    }
    text_add(out, wait->info.holder_count == 1 ? " has not ended" : " have not ended");
    if (wait->info.holder_count == 1 && wait->info.holders[0] == wait->thread)
        text_add(out, ": a thread cannot wait for its own end");
}

/* The step, from 0, at which the thread fell asleep on the condition; NO_ID. */
static uint32_t sleep_step(const Telling *telling, ThreadId thread)
{
    for (uint32_t s = telling->steps.count; s-- > 0;)
        if (telling->steps.items[s].thread == thread)
            return s;
    return NO_ID;
}

/* The last step before `before` whose signal or broadcast on the condition woke nobody; NO_ID. */
static uint32_t unheard_step(const Telling *telling, ObjectId condition, ThreadId sleeper, uint32_t before)
{
    for (uint32_t s = before == NO_ID ? 0 : before; s-- > 0;) {
        const ToldStep *step = &telling->steps.items[s];
        bool is_unheard = false;
        for (uint32_t i = 0; i < step->access_count; i++) {
            const LoggedAccess *access = &step->accesses[i];
            uint16_t op = telling->program->code[access->instr].op;
            is_unheard |= access->object == condition && (op == OP_SIGNAL || op == OP_BROADCAST) && access->failed;
        }
        if (is_unheard && step->thread != sleeper)
            return s;
    }
    return NO_ID;
}

uint32_t waits_unheard(const Telling *telling, const Wait *wait)
{
    if (wait->op != OP_CONDITION_SLEEP)
        return NO_ID;
    return unheard_step(telling, wait->info.object, wait->thread, sleep_step(telling, wait->thread));
}

/* "x == 1 is false (x = 0)" for an await or a guard. */
static const char *condition_values(Telling *telling, uint32_t instr)
{
    const Program *program = telling->program;
    const char *source = program_statement_text(program, telling->arena, program->code[instr].site);
    const char *open = strchr(source, '('), *close = strrchr(source, ')');
    const char *condition = open != NULL && close > open
                                ? arena_string(telling->arena, open + 1, (size_t)(close - open - 1))
                                : "the condition";
    const Word *state = telling_last(telling)->state;
    ArenaVec(ObjectId) told = {0};
    for (uint32_t i = instr + 1; i < (uint32_t)program->code[instr].b; i++) {
        const Instr *read = &program->code[i];
        uint32_t count;
        if (read->op != OP_LOAD && read->op != OP_LENGTH && read->op != OP_CLOSED)
            continue;
        ObjectId object = telling_operand(telling, read->b, read->c, &count);
        bool is_new = count == 1;
        for (uint32_t k = 0; k < told.count; k++)
            is_new = is_new && told.items[k] != object;
        if (is_new)
            ARENA_PUSH(telling->arena, told, object);
    }
    text_format(&telling->scratch, "%s is false", condition);
    for (uint32_t k = 0; k < told.count; k++) {
        text_format(&telling->scratch, "%s%s = ", k == 0 ? " (" : ", ", telling_object(telling, told.items[k]));
        machine_print_value(telling->machine, state, told.items[k], &telling->scratch);
    }
    if (told.count > 0)
        text_add_char(&telling->scratch, ')');
    return telling_take(telling);
}

/* What is lacking at an operation: "s is 0", "asleep on c since step 5". The scratch must be empty, for values are told
 * by the way. */
static const char *lack_at(Telling *telling, const Wait *wait, uint32_t instr, ObjectId object)
{
    const Instr *code = &telling->program->code[instr];
    const Lack *lack = telling_lack(code->op);
    if (lack == NULL)
        return "it waits";
    Words words = {.object = telling_object(telling, object)};
    if (object != NO_ID)
        words.before = machine_value(telling->machine, telling_last(telling)->state, object);
    if (object != NO_ID && telling->program->objects[object].kind == SYMBOL_BARRIER)
        words.number = telling->program->objects[object].symbol->parties;
    bool is_rendezvous = object != NO_ID && telling->program->objects[object].kind == SYMBOL_QUEUE &&
                         telling->program->objects[object].symbol->capacity == 0;
    if (is_rendezvous && (code->op == OP_PUT || code->op == OP_GET)) {
        telling_say(telling, code->op == OP_PUT ? "no receiver stands at %o" : "no sender stands at %o", &words);
        return telling_take(telling);
    }
    if (code->op == OP_CONDITION_SLEEP)
        words.number = (int64_t)sleep_step(telling, wait->thread) + 1;
    if (code->op == OP_AWAIT)
        words.values = condition_values(telling, instr);
    if (code->op == OP_JOIN && code->c == 1)
        words.other = telling_thread(telling, (ThreadId)code->b);
    else
        words.other = "a thread";
    uint32_t count;
    if (code->op == OP_CONDITION_WAKE)
        words.mutex = telling_object(telling, telling_operand(telling, code->d, code->e, &count));
    bool is_since = code->op == OP_CONDITION_SLEEP && telling->has_no_past;
    telling_say(telling, is_since ? "asleep on %o" : lack->lack, &words);
    return telling_take(telling);
}

static const char *lack_of_arms(Telling *telling, const Wait *wait)
{
    const Program *program = telling->program;
    const Instr *select = &program->code[wait->instr];
    const char *all = "no arm is possible";
    for (Operand arm = 0; arm < select->a; arm++) {
        uint32_t instr = (uint32_t)program->lists[select->b + arm], count = 1;
        const Instr *code = &program->code[instr];
        ObjectId object =
            (program_op_flags[code->op] & OPF_OBJECT) != 0 ? telling_operand(telling, code->b, code->c, &count) : NO_ID;
        if (count != 1)
            continue;
        const char *lack;
        if (code->op == OP_LOCK) { /* "m is held by B" */
            text_format(&telling->scratch, "%s is ", telling_object(telling, object));
            machine_print_value(telling->machine, telling_last(telling)->state, object, &telling->scratch);
            lack = telling_take(telling);
        } else {
            lack = lack_at(telling, wait, instr, object);
        }
        all = arena_format(telling->arena, "%s%s%s", all, arm == 0 ? ": " : ", ", lack);
    }
    return all;
}

/* "B could release s, but is stuck itself", "nobody is left to release s". */
static void say_help(Telling *telling, const Wait *wait, const char *provide)
{
    Text *out = &telling->scratch;
    uint32_t able = 0, told = 0;
    for (uint32_t i = 0; i < wait->holder_count; i++)
        able += telling_last(telling)->enabled[telling->threads[wait->holders[i].thread]];
    if (wait->holder_count == 0) {
        text_format(out, "nobody is left to %s", provide);
        return;
    }
    uint32_t count = able > 0 ? able : wait->holder_count;
    for (uint32_t i = 0; i < wait->holder_count; i++) {
        ThreadId thread = telling->threads[wait->holders[i].thread];
        if (able > 0 && !telling_last(telling)->enabled[thread])
            continue;
        text_add(out, telling_comma(told++, count));
        text_add(out, telling_thread(telling, thread));
    }
    if (able > 0)
        text_format(out, " could still %s", provide);
    else
        text_format(out, " could %s, but %s", provide, count == 1 ? "is stuck itself" : "are stuck themselves");
}

bool waits_say_unheard(Telling *telling, const Wait *wait)
{
    uint32_t unheard = waits_unheard(telling, wait);
    if (unheard == NO_ID)
        return false;
    const ToldStep *step = &telling->steps.items[unheard];
    bool is_broadcast = false;
    for (uint32_t i = 0; i < step->access_count; i++)
        is_broadcast |= telling->program->code[step->accesses[i].instr].op == OP_BROADCAST;
    text_format(&telling->scratch, "%s %s %s at step %u, before %s's wait at step %u: a signal is not kept",
                telling_thread(telling, step->thread), is_broadcast ? "broadcast" : "signalled",
                telling_object(telling, wait->info.object), unheard + 1, telling_thread(telling, wait->thread),
                sleep_step(telling, wait->thread) + 1);
    return true;
}

/* Who of those that arrive at the barrier somewhere in their code has not: "C has ended, D is stuck". */
static void say_missing(Telling *telling, const Wait *wait)
{
    Text *out = &telling->scratch;
    const Word *state = telling_last(telling)->state;
    uint32_t told = 0;
    for (uint32_t lane = 0; lane < telling->lane_count; lane++) {
        ThreadId thread = telling->threads[lane];
        bool is_waiting_too = thread == wait->thread;
        for (uint32_t w = 0; w < telling->waits_found->count; w++) {
            const Wait *other = &telling->waits_found->items[w];
            is_waiting_too |=
                other->thread == thread && other->op == OP_BARRIER_WAIT && other->info.object == wait->info.object;
        }
        if (is_waiting_too || !reach_ever_helps(telling, thread, wait->instr, wait->info.object))
            continue;
        text_format(out, "%s%s %s", told++ == 0 ? ": " : ", ", telling_thread(telling, thread),
                    machine_is_ended(telling->machine, state, thread) ? "has ended"
                    : telling_last(telling)->enabled[thread]          ? "can still arrive"
                                                                      : "is stuck");
    }
    if (told == 0)
        text_add(out, ": nobody else is there to arrive");
}

/* A reader held off by a writer that stands there and has not got the lock yet. */
static const char *held_off(Telling *telling, const Wait *wait)
{
    const Word *state = telling_last(telling)->state;
    ThreadId writer = wait->info.holders[0];
    WaitInfo stands;
    machine_wait(telling->machine, state, writer, telling_last(telling)->enabled[writer], &stands);
    text_format(&telling->scratch, "%s has announced that it wants to write %s (line %u), which holds off new readers",
                telling_thread(telling, writer), telling_object(telling, wait->info.object), stands.line);
    return telling_take(telling);
}

static bool is_timed(const Wait *wait)
{
    return wait->op == OP_SLEEP || wait->op == OP_IO || wait->op == OP_COMPUTE;
}

/* "it sleeps for another 100 ms": nobody has to help. */
static const char *time_left(Telling *telling, const Wait *wait)
{
    text_add(&telling->scratch, wait->op == OP_SLEEP ? "it sleeps for another "
                                : wait->op == OP_IO  ? "its I/O takes another "
                                                     : "it computes for another ");
    duration_add(&telling->scratch, machine_time_left(telling->machine, telling_last(telling)->state, wait->thread));
    return telling_take(telling);
}

/* "main has the event loop at line 4", "both workers of p are busy with f[0] and f[1]" */
static const char *why_not_now(Telling *telling, const Wait *wait)
{
    Text *out = &telling->scratch;
    const WaitInfo *info = &wait->info;
    const Word *state = telling_last(telling)->state;
    if (info->kind == WAIT_CONTROL) {
        WaitInfo stands;
        machine_wait(telling->machine, state, info->holders[0], telling_last(telling)->enabled[info->holders[0]], &stands);
        text_format(out, "%s has %s and stands at line %u", telling_thread(telling, info->holders[0]),
                    telling_domain(telling, wait->thread), stands.line);
        return telling_take(telling);
    }
    uint32_t places = telling->program->domains[telling->program->threads[wait->thread].domain].places;
    if (info->holder_count < places) {
        text_format(out, "others wait longer for a worker of %s", telling_object(telling, info->object));
        return telling_take(telling);
    }
    if (places == 1)
        text_format(out, "the worker of %s is busy with ", telling_object(telling, info->object));
    else
        text_format(out, "all %u workers of %s are busy with ", places, telling_object(telling, info->object));
    say_holders(telling, wait);
    return telling_take(telling);
}

static const char *why(Telling *telling, const Wait *wait)
{
    if (wait->info.kind == WAIT_CONTROL || wait->info.kind == WAIT_PLACE)
        return why_not_now(telling, wait);
    if (is_timed(wait))
        return time_left(telling, wait);
    if (wait->op == OP_RDLOCK && wait->info.kind == WAIT_OTHER && wait->info.holder_count > 0)
        return held_off(telling, wait);
    if (wait->info.kind == WAIT_OWNED)
        say_owned(telling, wait);
    else if (wait->info.kind == WAIT_JOIN)
        say_join(telling, wait);
    if (wait->info.kind == WAIT_OWNED || wait->info.kind == WAIT_JOIN)
        return telling_take(telling);
    const char *lack =
        wait->op == OP_SELECT ? lack_of_arms(telling, wait) : lack_at(telling, wait, wait->instr, wait->info.object);
    const Lack *row = telling_lack(wait->op);
    Words words = {.object = telling_object(telling, wait->info.object)};
    const char *provide = "help";
    if (row != NULL) {
        telling_say(telling, row->provide, &words);
        provide = telling_take(telling);
    }
    text_add(&telling->scratch, lack);
    if (wait->op == OP_BARRIER_WAIT) {
        say_missing(telling, wait);
        return telling_take(telling);
    }
    text_add(&telling->scratch, ": ");
    say_help(telling, wait, provide);
    if (waits_unheard(telling, wait) != NO_ID) {
        text_add(&telling->scratch, "; ");
        waits_say_unheard(telling, wait);
    }
    return telling_take(telling);
}

/* ------------------------------------------------------------------- collecting */

static void add_holder(Telling *telling, Wait *wait, ThreadId thread, ObjectId object, bool holds)
{
    uint32_t lane = telling->lanes[thread];
    SnHolder holder = {.thread = lane, .object = object, .step = SN_NONE, .holds = holds};
    const SnHold *hold = object == NO_ID || !holds ? NULL : holds_open(telling, lane, object);
    if (hold == NULL) { /* a writer that is only announced holds readers off, but owns nothing */
        bool is_once = telling->has_no_past && object != NO_ID && telling->program->objects[object].kind == SYMBOL_ONCE;
        holder.holds = holds && is_once;
    } else if (!telling->has_no_past) {
        holder.step = hold->from_step;
        holder.line = telling->trace->steps[hold->from_step].line;
    }
    wait->holders[wait->holder_count++] = holder;
}

static void find_holders(Telling *telling, Wait *wait)
{
    wait->holders = ARENA_ARRAY(telling->arena, SnHolder, telling->program->thread_count + 64);
    if (wait_is_for_all(wait->info.kind) || wait->info.kind == WAIT_PLACE || wait->op == OP_NEXT_COMPLETED) {
        for (uint32_t i = 0; i < wait->info.holder_count; i++)
            if (telling->lanes[wait->info.holders[i]] != SN_NONE)
                add_holder(telling, wait, wait->info.holders[i], wait->info.object, wait->info.kind == WAIT_OWNED);
        return;
    }
    bool *marks = ARENA_ARRAY(telling->arena, bool, telling->program->thread_count);
    reach_helpers(telling, wait->thread, wait->instr, wait->info.object, marks);
    for (ThreadId t = 0; t < telling->program->thread_count; t++)
        if (marks[t] && telling->lanes[t] != SN_NONE)
            add_holder(telling, wait, t, wait->info.object, false);
}

static void find_wait(Telling *telling, ThreadId thread)
{
    Wait wait = {.thread = thread};
    machine_wait(telling->machine, telling_last(telling)->state, thread, false, &wait.info);
    if (wait.info.kind == WAIT_NONE)
        return;
    if (telling_anybody_enabled(telling))
        machine_wait_control(telling->machine, telling_last(telling)->state, thread, telling_last(telling)->enabled, &wait.info);
    wait.instr = wait.info.instr;
    const Instr *code = &telling->program->code[wait.instr];
    for (uint32_t i = wait.instr + 1; code->op == OP_REGION && i < (uint32_t)code->b; i++)
        if ((program_op_flags[telling->program->code[i].op] & OPF_BLOCKS) != 0) {
            wait.instr = i;
            break;
        }
    wait.op = telling->program->code[wait.instr].op;
    find_holders(telling, &wait);
    ARENA_PUSH(telling->arena, *telling->waits_found, wait);
}

static void publish(Telling *telling, WaitList *list)
{
    SnTrace *trace = telling->trace;
    SnWait *waits = ARENA_ARRAY(telling->arena, SnWait, list->count);
    ArenaVec(SnHolder) holders = {0};
    for (uint32_t w = 0; w < list->count; w++) {
        const Wait *wait = &list->items[w];
        waits[w] = (SnWait){.thread = telling->lanes[wait->thread],
                            .line = wait->info.line,
                            .object = wait->info.object,
                            .target = SN_NONE,
                            .first_holder = holders.count,
                            .holder_count = wait->holder_count};
        waits[w].source = telling_source(telling, wait->instr);
        waits[w].why = why(telling, wait);
        waits[w].is_timed = is_timed(wait) && wait->info.kind != WAIT_CONTROL;
        waits[w].is_for_control = wait->info.kind == WAIT_CONTROL;
        if ((wait->info.kind == WAIT_JOIN || wait->info.kind == WAIT_CONTROL) && wait->holder_count == 1)
            waits[w].target = wait->holders[0].thread;
        for (uint32_t i = 0; i < wait->holder_count; i++)
            ARENA_PUSH(telling->arena, holders, wait->holders[i]);
    }
    trace->waits = waits;
    trace->wait_count = list->count;
    trace->holders = holders.items;
    trace->holder_count = holders.count;
}

void waits_tell(Telling *telling, bool with_daemons)
{
    const Word *state = telling_last(telling)->state;
    telling->waits_found = ARENA_NEW(telling->arena, WaitList);
    StateEnd end = machine_end(telling->machine, state);
    for (uint32_t lane = 0; lane < telling->lane_count && end != STATE_STOPPED; lane++) {
        ThreadId thread = telling->threads[lane];
        bool is_at_rest = !with_daemons && telling->program->threads[thread].is_daemon &&
                          machine_all_ended(telling->machine, state);
        if (!is_at_rest && machine_is_born(telling->machine, state, thread) &&
            !machine_is_ended(telling->machine, state, thread) && !machine_is_cancelled(telling->machine, state, thread) &&
            !telling_last(telling)->enabled[thread])
            find_wait(telling, thread);
    }
    publish(telling, telling->waits_found);
    cycles_tell(telling);
}
