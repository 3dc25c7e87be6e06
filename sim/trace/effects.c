/* effects.c: what each step did, as accesses and in words. One describing function, driven by words.def; the few
 * operations whose outcome is not in their log entry alone are asked about in `outcome_of`. */
#include "base/duration.h"
#include "trace/telling.h"

enum { BLOCK_SHOWN = 6 }; /* accesses of an atomic block that are told one by one */

static const Instr *instr_of(const Telling *telling, uint32_t instr)
{
    return &telling->program->code[instr];
}

/* ---------------------------------------------------------------- who is meant */

/* Does the thread sleep on the condition in state `s`? Conditions of one array are taken for one where the index is
 * computed. */
static bool is_asleep(const Telling *telling, uint32_t s, ThreadId thread, ObjectId condition)
{
    const ThreadCode *code = &telling->program->threads[thread];
    uint32_t point = machine_point(telling->machine, telling->states.items[s].state, thread), count;
    if (point == 0 || point > code->point_count)
        return false;
    const Instr *instr = instr_of(telling, code->points[point].instr);
    if (instr->op != OP_CONDITION_SLEEP)
        return false;
    ObjectId first = telling_operand(telling, instr->b, instr->c, &count);
    return condition >= first && condition < first + count;
}

static bool is_woken(const Telling *telling, uint32_t s, ThreadId thread, ObjectId condition)
{
    return telling->steps.items[s].thread != thread && is_asleep(telling, s, thread, condition) &&
           !is_asleep(telling, s + 1, thread, condition);
}

/* The threads that step `s` woke, joined by commas; NULL for none. `*first` is the first of them. */
static const char *woken_by(Telling *telling, uint32_t s, ObjectId condition, ThreadId *first)
{
    uint32_t count = 0, told = 0;
    *first = NO_ID;
    for (ThreadId t = telling->program->thread_count; t-- > 0;)
        if (is_woken(telling, s, t, condition)) {
            *first = t;
            count++;
        }
    for (ThreadId t = 0; t < telling->program->thread_count; t++)
        if (is_woken(telling, s, t, condition)) {
            text_add(&telling->scratch, telling_comma(told++, count));
            text_add(&telling->scratch, telling_thread(telling, t));
        }
    return count == 0 ? NULL : telling_take(telling);
}

/* Who woke the thread that takes its mutex again at step `s`; NO_ID: nobody. */
static ThreadId waker_of(const Telling *telling, uint32_t s, ObjectId condition)
{
    ThreadId sleeper = telling->steps.items[s].thread;
    for (uint32_t i = s; i-- > 0 && telling->steps.items[i].thread != sleeper;)
        if (is_woken(telling, i, sleeper, condition))
            return telling->steps.items[i].thread;
    return NO_ID;
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
        Words words = {
            .object = telling_object(telling, access->object), .before = access->before, .after = access->after};
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
        words->other = woken_by(telling, s, access->object, &outcome.partner);
        outcome.is_other = words->other == NULL;
        break;
    case OP_CONDITION_WAIT:
    case OP_CONDITION_SLEEP:
    case OP_CONDITION_WAKE: {
        uint32_t count;
        ObjectId mutex = telling_operand(telling, instr->d, instr->e, &count);
        words->mutex = count == 1 ? telling_object(telling, mutex) : "the mutex";
        if (instr->op == OP_CONDITION_WAKE) {
            ThreadId waker = waker_of(telling, s, access->object);
            outcome.is_other = waker == NO_ID;
            words->other = waker == NO_ID ? NULL : telling_thread(telling, waker);
        }
        break;
    }
    case OP_BARRIER_ARRIVE:
        words->number = telling->program->objects[access->object].symbol->parties;
        outcome.is_other = access->writes; /* the last one */
        break;
    case OP_PUT: outcome.is_transfer = outcome.is_other = access->partner != NO_ID; break;
    case OP_JOIN:
    case OP_JOIN_HANDLE:
        if (instr->op == OP_JOIN && instr->d == NO_OPERAND && instr->c > 1) { /* a whole family */
            words->other = telling->program->threads[instr->b].symbol->name;
            outcome.partner = NO_ID;
            outcome.is_other = true;
        }
        break;
    case OP_AWAIT_HANDLE: outcome.is_other = access->has_value; break;
    case OP_POOL_START:
        words->number = telling_worker(telling, step->thread);
        outcome.is_other = telling->has_no_past;
        break;
    case OP_SPAWN:
        outcome.is_other = instr->e == SPAWN_SUBMIT;
        if (outcome.is_other)
            words->object = telling_domain(telling, access->partner);
        break;
    case OP_YIELD: outcome.is_other = (instr->flags & INSTR_HANDS_OVER) != 0; break;
    case OP_AWAIT:
        words->values = values_read(telling, step);
        outcome.is_other = words->values[0] == '\0';
        break;
    case OP_SLEEP:
    case OP_IO:
    case OP_COMPUTE:
        outcome.is_other = !telling->program->has_clock;
        if (telling->has_no_past)
            text_add(&telling->scratch, "its time");
        else
            duration_add(&telling->scratch, step->time_ns - step->stood_ns);
        if (instr->op == OP_COMPUTE)
            text_add(&telling->scratch, instr->e == 1 ? " to start and to copy" : " of work done");
        words->values = telling_take(telling);
        break;
    case OP_CORE_TAKE:
        outcome.is_other = telling->program->cores == 0; /* only the interpreter lock is scarce */
        words->values = step->core == SN_NONE ? "a core" : arena_format(telling->arena, "core %u", step->core);
        break;
    default: break;
    }
    return outcome;
}

/* A `try` that did not find its operation enabled; one on a closed queue fails as a get does. */
static bool is_failed_try(const Instr *instr, const LoggedAccess *access)
{
    return access->failed && !access->has_value && (instr->flags & INSTR_TRY) != 0;
}

static void say_access(Telling *telling, const LoggedAccess *access, const Outcome *outcome)
{
    const Instr *instr = instr_of(telling, access->instr);
    const Saying *saying = telling_saying(instr->op);
    if (is_failed_try(instr, access)) {
        text_format(&telling->scratch, "try %s%s%s: fails", saying->verb, access->object == NO_ID ? "" : " ",
                    outcome->words.object);
        return;
    }
    if (access->writes && (instr->op == OP_PUT || instr->op == OP_PUBLISH) && access->partner == NO_ID && access->copies != 1) {
        telling_say(telling, access->copies == 0 ? "%a is lost on its way to %o" : "%o ← %a, %a: arrives twice", &outcome->words);
        return;
    }
    telling_say(telling, outcome->is_other && saying->other != NULL ? saying->other : saying->done, &outcome->words);
}

static SnAction action_of(const Telling *telling, const LoggedAccess *access, const Outcome *outcome)
{
    const Instr *instr = instr_of(telling, access->instr);
    SnAction action = telling_saying(instr->op)->action;
    if (is_failed_try(instr, access))
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

/* The arm of a select that was taken, from the first thing that it did; the select itself for `else`. */
static uint32_t taken_arm(const Telling *telling, const ToldStep *step)
{
    const Program *program = telling->program;
    const Instr *select = instr_of(telling, step->instr);
    for (uint32_t i = 0; i < step->access_count; i++) {
        uint32_t at = step->accesses[i].instr;
        for (Operand arm = 0; arm < select->a && step->accesses[i].thread == step->thread; arm++) {
            uint32_t instr = (uint32_t)program->lists[select->b + arm];
            bool is_guard = at > instr && program->code[instr].op == OP_AWAIT && at < (uint32_t)program->code[instr].b;
            if (at == instr || is_guard)
                return instr;
        }
    }
    return step->instr;
}

/* The log entry of a step's own instruction; NULL when it left none (an await leaves only its reads). */
static const LoggedAccess *access_of(const ToldStep *step, uint32_t instr)
{
    for (uint32_t i = 0; i < step->access_count; i++)
        if (step->accesses[i].thread == step->thread && step->accesses[i].instr == instr)
            return &step->accesses[i];
    return NULL;
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

/* A step that ended the execution before it did anything is told by what went wrong. */
static bool tell_failure(Telling *telling, const ToldStep *step, SnStep *out)
{
    if (!step->stops || step->issue_count == 0)
        return false;
    const Issue *issue = &step->issues[step->issue_count - 1];
    const char *text = issue->text == NULL ? "" : issue->text;
    out->action = SN_OTHER;
    out->object = issue->object;
    out->effect = issue->object == NO_ID
                      ? arena_format(telling->arena, "%s", text)
                      : arena_format(telling->arena, "%s: %s", telling_object(telling, issue->object), text);
    return true;
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
    if (told == 0 && tell_failure(telling, step, out))
        return;
    out->effect = told == 0 ? telling_saying(OP_REGION)->done : telling_take(telling);
    if (!is_single)
        out->action = SN_BLOCK;
    else if (reads && writes)
        out->action = SN_UPDATE;
}

static void tell_simple(Telling *telling, uint32_t s, SnStep *out)
{
    const ToldStep *step = &telling->steps.items[s];
    uint32_t instr = instr_of(telling, step->instr)->op == OP_SELECT ? taken_arm(telling, step) : step->instr;
    LoggedAccess nothing = {.instr = instr, .thread = step->thread, .object = NO_ID, .partner = NO_ID};
    const LoggedAccess *access = access_of(step, instr);
    out->line = telling_line(telling, instr);
    out->source = telling_source(telling, instr);
    if (access == NULL && tell_failure(telling, step, out))
        return;
    if (access == NULL)
        access = &nothing;
    Outcome outcome = outcome_of(telling, s, access);
    say_access(telling, access, &outcome);
    out->effect = telling_take(telling);
    out->action = action_of(telling, access, &outcome);
    out->object = access->object;
    if (instr_of(telling, instr)->op == OP_AWAIT && step->access_count > 0)
        out->object = step->accesses[0].object;
    if (outcome.partner != NO_ID)
        out->partner = telling->lanes[outcome.partner];
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
        SnAccess told = {access->object, action_of(telling, access, &outcome), access->has_value, access->before,
                         access->after};
        ARENA_PUSH(telling->arena, telling->accesses, told);
    }
    out->access_count = telling->accesses.count - out->first_access;
}

/* Behind the step others of its domain may go on. */
static void tell_handing_over(Telling *telling, uint32_t s, SnStep *out)
{
    ThreadId thread = telling->steps.items[s].thread;
    uint32_t domain = telling->program->threads[thread].domain;
    const Word *after = telling->states.items[s + 1].state;
    if (domain == NO_ID || telling->program->domains[domain].kind == DOMAIN_POOL || telling->steps.items[s].stops)
        return;
    if (!machine_is_ended(telling->machine, after, thread) && machine_controller(telling->machine, after, domain) == NO_ID)
        out->effect = arena_format(telling->arena, "%s; hands over", out->effect);
}

static void tell_step(Telling *telling, uint32_t s, SnStep *out)
{
    const ToldStep *step = &telling->steps.items[s];
    const Site *site = &telling->program->sites[telling->program->code[step->instr].site];
    uint16_t op = instr_of(telling, step->instr)->op;
    *out = (SnStep){.thread = telling->lanes[step->thread],
                    .choice = step->choice,
                    .choices = step->choices,
                    .line = telling_line(telling, step->instr),
                    .column = site->part.column,
                    .object = SN_NONE,
                    .partner = SN_NONE,
                    .time_ns = step->time_ns};
    if (op == OP_REGION) {
        out->source = telling_source(telling, step->instr);
        tell_block(telling, s, out);
    } else {
        tell_simple(telling, s, out);
    }
    tell_accesses(telling, s, out);
    tell_handing_over(telling, s, out);
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
