/* oracle_expand.c: all steps of one state, and what is found in it. */
#include <stdlib.h>
#include <string.h>

#include "oracle.h"

#define THREAD_BIT(thread) (UINT64_C(1) << (thread))

/* What the attempts at the next step of a thread told. */
typedef struct Next {
    bool enabled;
    uint64_t waits_for;
    Access *accesses;
    uint32_t access_count, access_room;
} Next;

/* Goes to the next combination of choices; false when all were tried. */
static bool next_choices(Run *run)
{
    uint32_t count = run->choice_at;
    while (count > 0 && run->chosen[count - 1] + 1 >= run->offered[count - 1])
        count--;
    if (count == 0)
        return false;
    run->chosen[count - 1]++;
    run->choice_count = count;
    return true;
}

static State *room_for_successor(const Model *model, Node *node)
{
    if (node->count == node->room) {
        uint32_t room = node->room == 0 ? 4 : 2 * node->room;
        node->successors = must_resize(node->successors, room, sizeof *node->successors);
        for (uint32_t i = node->room; i < room; i++)
            node->successors[i] = (Successor){.state = state_new(model)};
        node->room = room;
    }
    node->successors[node->count].events = (FindingSet){0};
    return node->successors[node->count].state;
}

/* What the thread itself accesses: the rest of a receiver's statement is no next step of the receiver. */
static void keep_accesses(Next *next, const Run *run, uint32_t thread)
{
    if (next->access_room < next->access_count + run->access_count) {
        next->access_room = 2 * next->access_room + run->access_count;
        next->accesses = must_resize(next->accesses, next->access_room, sizeof *next->accesses);
    }
    for (uint32_t i = 0; i < run->access_count; i++)
        if (run->accesses[i].thread == thread) next->accesses[next->access_count++] = run->accesses[i];
}

/* What a coroutine that has not got the loop waits for beside it: those that keep its operation from being done. */
static uint64_t owners_waited_for(const Model *model, const State *state, uint32_t thread)
{
    FindingSet events = {0};
    State *copy = state_new(model);
    Run run = {.model = model, .state = copy, .events = &events, .is_probe = true};
    bool is_enabled = false;
    do {
        run.choice_at = 0;
        run.access_count = 0;
        run.blocked = false;
        state_copy(model, copy, state);
        interpret_step(&run, thread);
        is_enabled = is_enabled || !run.blocked;
    } while (next_choices(&run));
    state_free(copy);
    free(run.accesses);
    return is_enabled ? 0 : run.waits_for;
}

static void try_steps(const Model *model, const State *state, uint32_t thread, Node *node, Next *next)
{
    if (!models_may_step(model, state, thread)) {
        if (state->threads[thread].is_coroutine && state->loop != NO_THREAD)
            next->waits_for = THREAD_BIT(state->loop) | owners_waited_for(model, state, thread);
        return;
    }
    Run run = {.model = model};
    do {
        run.state = room_for_successor(model, node);
        run.events = &node->successors[node->count].events;
        run.choice_at = 0;
        run.access_count = 0;
        run.blocked = run.progresses = false;
        state_copy(model, run.state, state);
        interpret_step(&run, thread);
        if (run.blocked)
            continue;
        models_settle(model, run.state, thread, run.events);
        node->successors[node->count].thread = thread;
        node->successors[node->count].progresses = run.progresses;
        node->count++;
        next->enabled = true;
        keep_accesses(next, &run, thread);
    } while (next_choices(&run));
    next->waits_for = next->enabled ? 0 : run.waits_for;
    free(run.accesses);
}

bool expand_waits_at(const Model *model, const State *state, uint32_t number, uint32_t object)
{
    const Thread *thread = &state->threads[number];
    if (thread->ended || thread->frame_count == 0)
        return false;
    const Frame *frame = &thread->frames[thread->frame_count - 1];
    if (frame->stage == STAGE_ASLEEP || frame->stage == STAGE_ARRIVED) {
        uint32_t arm = frame->kind == FRAME_STMT ? (uint32_t)frame->v[0].n : 0; /* in a select */
        return thread->values[frame->base + arm * SLOT_COUNT + SLOT_OBJECT].n == (int64_t)object;
    }
    if (frame->stage < STAGE_STEP)
        return false;
    FindingSet events = {0};
    State *copy = state_new(model);
    Run run = {.model = model, .state = copy, .events = &events, .is_probe = true};
    bool is_enabled = false;
    do {
        run.choice_at = 0;
        run.access_count = 0;
        run.blocked = false;
        state_copy(model, copy, state);
        interpret_step(&run, number);
        is_enabled = is_enabled || !run.blocked;
    } while (next_choices(&run));
    state_free(copy);
    free(run.accesses);
    return !is_enabled && (run.blocked_objects[object / 64] >> (object % 64) & 1) != 0;
}

/* ---------------------------------------------------------------------- races */

static void find_races_of(const Model *model, const Next *a, const Next *b, FindingSet *here)
{
    for (uint32_t i = 0; i < a->access_count; i++) {
        for (uint32_t k = 0; k < b->access_count; k++) {
            const Access *x = &a->accesses[i], *y = &b->accesses[k];
            bool races = x->element == y->element && (x->writes || y->writes) && !(x->is_atomic && y->is_atomic);
            if (!races || x->thread == y->thread || model->elements[x->element].is_atomic)
                continue;
            FindingKey key = {.kind = FINDING_DATA_RACE, .object = model->elements[x->element].name};
            key.lines[key.line_count++] = x->line < y->line ? x->line : y->line;
            if (x->line != y->line)
                key.lines[key.line_count++] = x->line < y->line ? y->line : x->line;
            finding_set_add(here, finding_number(&key));
        }
    }
}

/* ------------------------------------------------------------------ deadlocks */

static void add_blocked(const State *state, uint64_t threads, FindingSet *here)
{
    static char names[MAX_THREADS][128];
    FindingKey key = {.kind = FINDING_DEADLOCK};
    for (uint32_t t = 0; t < state->thread_count; t++) {
        if ((threads & THREAD_BIT(t)) == 0)
            continue;
        strncpy(names[key.thread_count], thread_name(state, t), sizeof names[0] - 1);
        uint32_t place = key.thread_count++; /* by name: in which order they were started makes no difference */
        for (; place > 0 && strcmp(key.threads[place - 1], names[key.thread_count - 1]) > 0; place--) {
            key.threads[place] = key.threads[place - 1];
            key.lines[place] = key.lines[place - 1];
        }
        key.threads[place] = names[key.thread_count - 1];
        key.lines[place] = interpret_line(state, t);
    }
    key.line_count = key.thread_count;
    finding_set_add(here, finding_number(&key));
}

/* Threads that wait for each other: t reaches u and u reaches t. */
static void find_cycles(const State *state, const Next *nexts, FindingSet *here)
{
    uint64_t reach[MAX_THREADS] = {0};
    for (uint32_t t = 0; t < state->thread_count; t++)
        reach[t] = nexts[t].waits_for;
    for (uint32_t k = 0; k < state->thread_count; k++)
        for (uint32_t t = 0; t < state->thread_count; t++)
            if ((reach[t] & THREAD_BIT(k)) != 0)
                reach[t] |= reach[k];
    uint64_t done = 0;
    for (uint32_t t = 0; t < state->thread_count; t++) {
        if ((reach[t] & THREAD_BIT(t)) == 0 || (done & THREAD_BIT(t)) != 0)
            continue;
        uint64_t component = 0;
        for (uint32_t u = 0; u < state->thread_count; u++)
            if ((reach[t] & THREAD_BIT(u)) != 0 && (reach[u] & THREAD_BIT(t)) != 0)
                component |= THREAD_BIT(u);
        done |= component;
        add_blocked(state, component, here);
    }
}

/* ----------------------------------------------------------------- properties */

static bool all_ended(const Model *model, const State *state)
{
    for (uint32_t t = 0; t < state->thread_count; t++)
        if (models_counts(model, state, t))
            return false;
    return true;
}

/* Every property that is false is found; one that cannot be evaluated is a runtime error. True when all hold. */
static bool check_properties(const Model *model, State *state, const ExprList *properties, FindingKind kind,
                             FindingSet *here)
{
    FindingSet events = {0};
    Run run = {.model = model, .state = state, .events = &events};
    bool all_hold = true;
    for (uint32_t i = 0; i < properties->count; i++) {
        Value value;
        uint32_t line = properties->items[i]->span.line;
        if (!evaluate(&run, NO_THREAD, properties->items[i], true, &value, &line)) {
            finding_set_add(here, finding_simple(FINDING_RUNTIME_ERROR, NULL, line));
            state->stop = STOP_RUNTIME_ERROR;
            return false;
        }
        if (value.n == 0) {
            finding_set_add(here, finding_simple(kind, NULL, line));
            all_hold = false;
        }
    }
    return all_hold;
}

static void end_here(const Model *model, const State *state, Node *node, bool ended, bool final_holds)
{
    static const char *const names[] = {"", "assertion", "invariant", "misuse", "runtime-error", "assume"};
    const char *end = state->stop != STOP_NONE ? names[state->stop] : ended ? "ok" : "deadlock";
    node->is_end = true;
    node->is_dropped = state->stop == STOP_ASSUME;
    node->outcome = outcome_number(model, state, end, ended, final_holds);
}

void expand(const Model *model, State *state, Node *node)
{
    node->count = 0;
    node->here = (FindingSet){0};
    node->is_end = node->is_dropped = false;
    if (state->stop == STOP_NONE &&
        !check_properties(model, state, &model->scenario->always, FINDING_INVARIANT, &node->here) &&
        state->stop == STOP_NONE)
        state->stop = STOP_INVARIANT;
    if (state->stop != STOP_NONE) {
        end_here(model, state, node, all_ended(model, state), false);
        return;
    }
    Next nexts[MAX_THREADS] = {0};
    for (uint32_t t = 0; t < state->thread_count; t++)
        if (!state->threads[t].ended)
            try_steps(model, state, t, node, &nexts[t]);
    for (uint32_t t = 0; t < state->thread_count; t++)
        for (uint32_t u = t + 1; u < state->thread_count; u++)
            if (models_race(model, state, t, u))
                find_races_of(model, &nexts[t], &nexts[u], &node->here);
    bool ended = all_ended(model, state), final_holds = false;
    if (ended)
        final_holds = check_properties(model, state, &model->scenario->finally, FINDING_FINAL, &node->here);
    if (node->count == 0 && !ended) {
        uint64_t blocked = 0;
        for (uint32_t t = 0; t < state->thread_count; t++)
            if (models_counts(model, state, t))
                blocked |= THREAD_BIT(t);
        add_blocked(state, blocked, &node->here);
    } else {
        find_cycles(state, nexts, &node->here);
    }
    if (node->count == 0 || state->stop != STOP_NONE) {
        node->count = 0;
        end_here(model, state, node, ended, final_holds);
    }
    for (uint32_t t = 0; t < state->thread_count; t++)
        free(nexts[t].accesses);
}

void node_free(Node *node)
{
    for (uint32_t i = 0; i < node->room; i++)
        state_free(node->successors[i].state);
    free(node->successors);
    *node = (Node){0};
}

State *expand_start(const Model *model, FindingSet *events)
{
    State *state = state_new(model);
    memory_declare(model, state->variables);
    for (uint32_t i = 0; i < model->object_count; i++) {
        const Symbol *symbol = model->objects[i].symbol;
        state->objects[i].owner = -1;
        uint32_t element = i - model_object(model, symbol, 0);
        if (symbol->kind == SYMBOL_SEMAPHORE || symbol->kind == SYMBOL_WAITGROUP)
            state->objects[i].count = symbol->initial[element];
        if (symbol->kind == SYMBOL_QUEUE) {
            state->objects[i].count = symbol->initial_count;
            for (uint32_t k = 0; k < symbol->initial_count; k++)
                state->items[model->objects[i].first_item + k] = symbol->initial[k];
        }
    }
    for (uint32_t i = 0; i < model->scenario->threads.count; i++)
        for (uint32_t k = 0; k < model->scenario->threads.items[i]->length; k++)
            state_add_thread(model, state, model->scenario->threads.items[i], k);
    state->loop = NO_THREAD;
    if (model->scenario->run != NULL) {
        const Expr *call = model->scenario->run;
        state->main = state_add_thread(model, state, call->symbol, 0);
        for (uint32_t i = 0; i < call->arguments.count; i++)
            state->threads[state->main].locals[model_local(model, call->symbol->parameters.items[i])] =
                value_of(call->arguments.items[i]->value);
    }
    state->declared_count = state->thread_count;
    for (uint32_t t = 0; t < state->declared_count; t++)
        if (state->threads[t].symbol->is_process)
            memory_begin(model, state, t);
    Run run = {.model = model, .state = state, .events = events};
    for (uint32_t t = 0; t < state->declared_count && state->stop == STOP_NONE; t++) {
        run.local_work = 0;
        coroutines_begin(model, state, t);
        if (!state->threads[t].has_to_begin)
            interpret_advance(&run, t);
    }
    free(run.accesses);
    state->control = -1;
    models_settle(model, state, NO_THREAD, events);
    return state;
}
