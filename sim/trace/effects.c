/* effects.c: what each step did, as accesses and in words. One describing function, driven by words.def; the few operations whose outcome is
 * not in their log entry alone are asked about in `outcome_of`. */
#include "trace/telling.h"

enum { BLOCK_SHOWN = 6 }; /* accesses of an atomic block that are told one by one */

static const Instr *instr_of(const Telling *telling, uint32_t instr)
{
    return &telling->program->code[instr];
}

/* ---------------------------------------------------------------- who is meant */

/* The threads that this step woke, joined by commas; NULL for none. `*first` is the first of them. */
static const char *woken_by(Telling *telling, const ToldStep *step, ThreadId *first)
{
    uint32_t count = 0, told = 0;
    *first = NO_ID;
    for (uint32_t pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < step->access_count; i++) {
            const LoggedAccess *access = &step->accesses[i];
            uint16_t op = instr_of(telling, access->instr)->op;
            ThreadId thread = op == OP_SIGNAL || op == OP_BROADCAST ? access->partner
                              : access->thread != step->thread && op == OP_CONDITION_SLEEP && access->partner == NO_ID ? access->thread : NO_ID;
            if (thread == NO_ID)
                continue;
            if (pass == 0) {
                *first = count++ == 0 ? thread : *first;
            } else {
                text_add(&telling->scratch, telling_comma(told++, count));
                text_add(&telling->scratch, telling_thread(telling, thread));
            }
        }
    return count == 0 ? NULL : telling_take(telling);
}

/* Who woke the thread that takes its mutex again at step `s`; NO_ID: nobody, a spurious wake-up. */
static ThreadId waker_of(Telling *telling, uint32_t s, ObjectId condition)
{
    ThreadId sleeper = telling->steps.items[s].thread;
    for (uint32_t i = s; i-- > 0;) {
        const ToldStep *step = &telling->steps.items[i];
        if (step->thread == sleeper)
            return NO_ID; /* its own step since it fell asleep, or falling asleep itself */
        for (uint32_t a = 0; a < step->access_count; a++) {
            const LoggedAccess *access = &step->accesses[a];
            uint16_t op = instr_of(telling, access->instr)->op;
            bool wakes = (op == OP_SIGNAL || op == OP_BROADCAST) && access->partner == sleeper;
            bool is_let_go = op == OP_CONDITION_SLEEP && access->thread == sleeper;
            if ((wakes || is_let_go) && (access->object == condition || condition == NO_ID))
                return step->thread;
        }
    }
    return NO_ID;
}

/* Whom a JOIN waits for, from its operands; the log entry knows better where it has a partner. */
static const char *joined(Telling *telling, const Instr *instr)
{
    const Program *program = telling->program;
    if (instr->op != OP_JOIN)
        return NULL;
    if (instr->d != NO_OPERAND && instr->d < 0)
        return telling_thread(telling, (ThreadId)instr->b + (ThreadId)program->constants[~instr->d]);
    if (instr->c == 1)
        return telling_thread(telling, (ThreadId)instr->b);
    return program->threads[instr->b].symbol->name;
}

/* ------------------------------------------------------------------ one access */

typedef struct Outcome {
    Words words;
    bool is_other;    /* the second effect of words.def */
    bool is_transfer; /* a put and a get at once */
    ThreadId partner;
} Outcome;

/* "x = 1, y = 0": the variables that an await read in this step. */
static const char *values_read(Telling *telling, const ToldStep *step)
{
    uint32_t told = 0;
    for (uint32_t i = 0; i < step->access_count; i++) {
        const LoggedAccess *access = &step->accesses[i];
        const Instr *instr = instr_of(telling, access->instr);
        if (instr->op != OP_LOAD && instr->op != OP_LENGTH && instr->op != OP_CLOSED)
            continue;
        text_add(&telling->scratch, told++ == 0 ? "" : ", ");
        Words words = {.object = telling_object(telling, access->object), .before = access->before, .after = access->after};
        telling_say(telling, telling_saying(instr->op)->done, &words);
    }
    return telling_take(telling);
}

static Outcome outcome_of(Telling *telling, uint32_t s, const LoggedAccess *access)
{
    const ToldStep *step = &telling->steps.items[s];
    const Instr *instr = instr_of(telling, access->instr);
    Outcome outcome = {.partner = access->partner, .is_other = access->failed};
    Words *words = &outcome.words;
    words->object = telling_object(telling, access->object);
    words->before = access->before;
    words->after = access->after;
    words->text = step->printed;
    if (access->partner != NO_ID)
        words->other = telling_thread(telling, access->partner);
    switch (instr->op) {
    case OP_SIGNAL:
    case OP_BROADCAST:
        words->other = woken_by(telling, step, &outcome.partner);
        outcome.is_other = words->other == NULL;
        break;
    case OP_CONDITION_WAIT:
    case OP_CONDITION_WAKE: {
        uint32_t count;
        ObjectId mutex = telling_operand(telling, instr->d, instr->e, &count);
        words->mutex = count == 1 ? telling_object(telling, mutex) : "the mutex";
        if (instr->op == OP_CONDITION_WAKE) {
            ObjectId condition = telling_operand(telling, instr->b, instr->c, &count);
            ThreadId waker = waker_of(telling, s, count == 1 ? condition : NO_ID);
            outcome.is_other = waker == NO_ID;
            words->other = waker == NO_ID ? NULL : telling_thread(telling, waker);
        }
        break;
    }
    case OP_BARRIER_ARRIVE: {
        int64_t left = machine_value(telling->machine, telling->states.items[s + 1].state, access->object);
        words->number = telling->program->objects[access->object].symbol->parties;
        words->before = left;
        outcome.is_other = left == 0;
        break;
    }
    case OP_PUT:
        outcome.is_transfer = outcome.is_other = access->partner != NO_ID;
        break;
    case OP_GET:
        outcome.is_other = !access->has_value;
        break;
    case OP_ONCE_ENTER:
        outcome.is_other = telling->program->code[access->instr].op == OP_ONCE_ENTER &&
                           machine_value(telling->machine, telling->states.items[s].state, access->object) == 2;
        break;
    case OP_JOIN:
    case OP_JOIN_HANDLE:
        if (words->other == NULL)
            words->other = joined(telling, instr);
        outcome.is_other = words->other == NULL;
        break;
    case OP_AWAIT:
        words->values = values_read(telling, step);
        break;
    default:
        break;
    }
    return outcome;
}

static void say_access(Telling *telling, const LoggedAccess *access, const Outcome *outcome)
{
    const Instr *instr = instr_of(telling, access->instr);
    const Saying *saying = telling_saying(instr->op);
    if (access->failed && (instr->flags & INSTR_TRY) != 0) {
        text_format(&telling->scratch, "try %s%s%s: fails", saying->verb, access->object == NO_ID ? "" : " ", outcome->words.object);
        return;
    }
    telling_say(telling, outcome->is_other && saying->other != NULL ? saying->other : saying->done, &outcome->words);
}

static SnAction action_of(const Telling *telling, const LoggedAccess *access, const Outcome *outcome)
{
    const Instr *instr = instr_of(telling, access->instr);
    SnAction action = telling_saying(instr->op)->action;
    if (access->failed && (instr->flags & INSTR_TRY) != 0)
        return SN_OTHER;
    if (outcome->is_transfer)
        return SN_TRANSFER;
    if (outcome->is_other && action == SN_UPDATE)
        return SN_READ; /* a cas that did not exchange */
    if (outcome->is_other && action == SN_TAKE)
        return SN_WAIT; /* a once that is done already */
    return action;
}

/* ------------------------------------------------------------------- one step */

/* The log entry that a step is about: that of its own instruction, or of the arm that was taken. */
static const LoggedAccess *main_access(const Telling *telling, const ToldStep *step)
{
    const LoggedAccess *first = NULL;
    for (uint32_t i = 0; i < step->access_count; i++) {
        const LoggedAccess *access = &step->accesses[i];
        if (access->thread != step->thread)
            continue;
        const Instr *instr = instr_of(telling, access->instr);
        if (access->instr == step->instr && instr->op != OP_SELECT && instr->op != OP_REGION)
            return access;
        if ((instr->flags & INSTR_ARM) != 0 && !access->failed)
            return access;
        if (first == NULL && instr->op != OP_SELECT && instr->op != OP_REGION)
            first = access;
    }
    return first;
}

static bool is_told(const Telling *telling, const ToldStep *step, const LoggedAccess *access)
{
    uint16_t op = instr_of(telling, access->instr)->op;
    return access->thread == step->thread && op != OP_REGION && op != OP_SELECT && op != OP_AWAIT;
}

/* In a block that is one step a read whose variable is written right after is told by the write: "x: 0 -> 1". */
static bool is_told_by_next(const Telling *telling, const ToldStep *step, uint32_t i)
{
    if (instr_of(telling, step->accesses[i].instr)->op != OP_LOAD || i + 1 >= step->access_count)
        return false;
    const LoggedAccess *next = &step->accesses[i + 1];
    return instr_of(telling, next->instr)->op == OP_STORE && next->object == step->accesses[i].object;
}

static void tell_block(Telling *telling, uint32_t s, SnStep *out)
{
    const ToldStep *step = &telling->steps.items[s];
    uint32_t told = 0, left = 0;
    bool is_single = true;
    out->object = SN_NONE;
    out->action = SN_BLOCK;
    bool reads = false, writes = false;
    for (uint32_t i = 0; i < step->access_count; i++) {
        const LoggedAccess *access = &step->accesses[i];
        if (!is_told(telling, step, access))
            continue;
        Outcome outcome = outcome_of(telling, s, access);
        if (access->object != NO_ID) {
            SnAction action = action_of(telling, access, &outcome);
            if (out->object == SN_NONE)
                out->action = action;
            else if (access->object != out->object || (action != SN_READ && action != SN_WRITE))
                is_single = false;
            if (out->object == SN_NONE || (access->writes && !writes))
                out->object = access->object;
            reads |= action == SN_READ;
            writes |= action == SN_WRITE || action == SN_UPDATE;
        }
        if (is_told_by_next(telling, step, i))
            continue;
        if (told == BLOCK_SHOWN) {
            left++;
            continue;
        }
        text_add(&telling->scratch, told++ == 0 ? "" : ", ");
        say_access(telling, access, &outcome);
    }
    if (left > 0)
        text_format(&telling->scratch, ", ... (%u more)", left);
    out->effect = told == 0 ? telling_saying(OP_REGION)->done : telling_take(telling);
    if (!is_single)
        out->action = SN_BLOCK;
    else if (reads && writes)
        out->action = SN_UPDATE;
}

static void tell_simple(Telling *telling, uint32_t s, SnStep *out)
{
    const ToldStep *step = &telling->steps.items[s];
    LoggedAccess nothing = {.instr = step->instr, .thread = step->thread, .object = NO_ID, .partner = NO_ID};
    const LoggedAccess *access = main_access(telling, step);
    if (access == NULL)
        access = &nothing;
    Outcome outcome = outcome_of(telling, s, access);
    say_access(telling, access, &outcome);
    out->effect = telling_take(telling);
    out->action = action_of(telling, access, &outcome);
    out->object = access->object;
    if (out->object == NO_ID && out->action == SN_WAIT && step->access_count > 0)
        out->object = step->accesses[0].object;
    if (outcome.partner != NO_ID)
        out->partner = telling->lanes[outcome.partner];
    if ((instr_of(telling, access->instr)->flags & INSTR_ARM) != 0) {
        out->line = telling_line(telling, access->instr);
        out->source = telling_source(telling, access->instr);
    }
}

static void tell_accesses(Telling *telling, uint32_t s, SnStep *out)
{
    const ToldStep *step = &telling->steps.items[s];
    out->first_access = telling->accesses.count;
    for (uint32_t i = 0; i < step->access_count; i++) {
        const LoggedAccess *access = &step->accesses[i];
        if (access->thread != step->thread || access->object == NO_ID)
            continue;
        Outcome outcome = outcome_of(telling, s, access);
        SnAccess told = {access->object, action_of(telling, access, &outcome), access->has_value, access->before, access->after};
        ARENA_PUSH(telling->arena, telling->accesses, told);
    }
    out->access_count = telling->accesses.count - out->first_access;
}

static void tell_step(Telling *telling, uint32_t s, SnStep *out)
{
    const ToldStep *step = &telling->steps.items[s];
    const Site *site = &telling->program->sites[telling->program->code[step->instr].site];
    uint16_t op = instr_of(telling, step->instr)->op;
    *out = (SnStep){.thread = telling->lanes[step->thread], .choice = step->choice, .choices = step->choices,
                    .line = telling_line(telling, step->instr), .column = site->part.column, .object = SN_NONE, .partner = SN_NONE};
    out->source = telling_source(telling, step->instr);
    if (op == OP_REGION)
        tell_block(telling, s, out);
    else
        tell_simple(telling, s, out);
    tell_accesses(telling, s, out);
    if (s > 0) {
        ThreadId before = telling->steps.items[s - 1].thread;
        out->is_switch = before != step->thread;
        out->is_preemption = out->is_switch && telling->states.items[s].enabled[before];
    }
}

void effects_tell(Telling *telling)
{
    SnStep *steps = ARENA_ARRAY(telling->arena, SnStep, telling->steps.count);
    for (uint32_t s = 0; s < telling->steps.count; s++)
        tell_step(telling, s, &steps[s]);
    telling->trace->steps = steps;
    telling->trace->step_count = telling->steps.count;
    telling->trace->accesses = telling->accesses.items;
    telling->trace->access_count = telling->accesses.count;
}
