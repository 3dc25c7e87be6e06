/* machine.c: machines, their start, and all steps of a state. */
#include "machine/machine.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "machine/execute.h"
#include "machine/memo.h"
#include "machine/remembered.h"

/* ------------------------------------------------------------ interning */

/* Runs `body` with the texts arena usable; what runs out of memory gives NULL or 0. */
const char *machine_text(Machine *m, const char *format, ...) {
    char buffer[512];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(buffer, sizeof buffer, format, args);
    va_end(args);
    if (length < 0) return NULL;
    char *long_text = NULL;
    if ((size_t)length >= sizeof buffer) {
        long_text = mem_alloc((size_t)length + 1, 1);
        if (!long_text) return NULL;
        va_start(args, format);
        vsnprintf(long_text, (size_t)length + 1, format, args);
        va_end(args);
    }
    const char *volatile text = NULL;
    pthread_mutex_lock(&m->intern);
    jmp_buf escape;
    m->texts.escape = &escape;
    if (!setjmp(escape)) text = arena_string(&m->texts, long_text ? long_text : buffer, (size_t)length);
    pthread_mutex_unlock(&m->intern);
    mem_free(long_text);
    return text;
}

static bool same_stop(const Issue *a, const Issue *b) {
    return a->kind == b->kind && a->is_assume == b->is_assume && a->thread == b->thread && a->object == b->object && a->line == b->line && strcmp(a->text, b->text) == 0;
}

uint32_t machine_intern_stop(Machine *m, const Issue *issue) {
    volatile uint32_t number = 0;
    pthread_mutex_lock(&m->intern);
    jmp_buf escape;
    m->texts.escape = &escape;
    if (!setjmp(escape)) {
        for (uint32_t i = 0; i < m->stops.count && number == 0; i++)
            if (same_stop(&m->stops.items[i], issue)) number = i + 1;
        if (number == 0) {
            ARENA_PUSH(&m->texts, m->stops, *issue);
            number = m->stops.count;
        }
    }
    pthread_mutex_unlock(&m->intern);
    return number;
}

static uint64_t output_hash(uint32_t parent, const char *text) { return XXH3_64bits_withSeed(text, strlen(text), parent); }

static void grow_output_table(Machine *m) {
    uint32_t size = m->output_table_size ? m->output_table_size * 2 : 64;
    uint32_t *table = arena_alloc(&m->texts, size, sizeof *table);
    for (uint32_t n = 1; n < m->outputs.count; n++) {
        uint32_t at = (uint32_t)output_hash(m->outputs.items[n].parent, m->outputs.items[n].text) & (size - 1);
        while (table[at]) at = (at + 1) & (size - 1);
        table[at] = n;
    }
    m->output_table = table;
    m->output_table_size = size;
}

uint32_t machine_intern_output(Machine *m, uint32_t parent, const char *text) {
    volatile uint32_t number = 0;
    pthread_mutex_lock(&m->intern);
    jmp_buf escape;
    m->texts.escape = &escape;
    if (!setjmp(escape)) {
        if (m->outputs.count == 0) ARENA_PUSH(&m->texts, m->outputs, ((OutputNode){0, ""}));
        if (m->outputs.count * 2 >= m->output_table_size) grow_output_table(m);
        uint32_t at = (uint32_t)output_hash(parent, text) & (m->output_table_size - 1);
        while (m->output_table[at]) {
            const OutputNode *node = &m->outputs.items[m->output_table[at]];
            if (node->parent == parent && strcmp(node->text, text) == 0) break;
            at = (at + 1) & (m->output_table_size - 1);
        }
        if (!m->output_table[at]) {
            OutputNode node = {parent, arena_string(&m->texts, text, strlen(text))};
            ARENA_PUSH(&m->texts, m->outputs, node);
            m->output_table[at] = m->outputs.count - 1;
        }
        number = m->output_table[at];
    }
    pthread_mutex_unlock(&m->intern);
    return number;
}

/* ------------------------------------------------------------- machines */

Status machine_new(const Program *program, const MachineOptions *options, Machine **out) {
    *out = NULL;
    Machine *m = mem_alloc(1, sizeof *m);
    if (!m) return STATUS_NO_MEMORY;
    m->program = program;
    if (options) m->options = *options;
    m->widen = m->more_slots = m->more_room = NO_ID;
    m->keeps_output = program->outcome_has_output && program->has_print;
    pthread_mutex_init(&m->intern, NULL);
    Status status = layout_build(m);
    if (status != STATUS_OK) {
        machine_free(m);
        return status;
    }
    *out = m;
    return STATUS_OK;
}

void machine_free(Machine *m) {
    if (!m) return;
    arena_free(&m->arena);
    arena_free(&m->texts);
    arena_free(&m->program_arena);
    mem_free(m->rooms);
    mem_free(m->seen);
    pthread_mutex_destroy(&m->intern);
    mem_free(m);
}

const Program *machine_program(const Machine *m) { return m->program; }
uint32_t machine_words(const Machine *m) { return m->words; }
uint32_t machine_bits(const Machine *m) { return m->bits; }
uint32_t machine_bytes(const Machine *m) { return (m->words - 1) * (uint32_t)sizeof(Word) + (m->last_bits + 7) / 8 + (m->last_bits == 0); }

/* One more slot for a spawned function: its code is lowered again, and what was learned about ranges is forgotten with the fields. */
static Status add_slot(Machine *m) {
    uint32_t *slots = mem_alloc(m->program->function_count, sizeof *slots);
    if (!slots) return STATUS_NO_MEMORY;
    for (uint32_t f = 0; f < m->program->function_count; f++) slots[f] = m->program->functions[f].slot_count + (f == m->more_slots);
    LowerOptions options = m->program->options;
    options.spawn_slots = slots;
    Program *program;
    Status status = program_lower(&m->program_arena, m->program->scenario, &options, NULL, &program);
    mem_free(slots);
    if (status != STATUS_OK) return status;
    m->program = program;
    m->field_count = 0;
    if (m->narrowness == LAYOUT_NARROW) m->narrowness = LAYOUT_BY_GROUP;
    return STATUS_OK;
}

/* Room for half as many items again in a queue without a bound; what was learned about ranges is forgotten with the fields. */
static Status add_room(Machine *m) {
    uint32_t count = m->program->object_count - m->program->variable_count, queue = m->more_room - m->program->variable_count;
    if (!m->rooms) {
        m->rooms = mem_alloc(count, sizeof *m->rooms);
        if (!m->rooms) return STATUS_NO_MEMORY;
        for (uint32_t i = 0; i < count; i++) m->rooms[i] = 1;
    }
    m->rooms[queue] += 1 + m->rooms[queue] / 2;
    m->field_count = 0;
    if (m->narrowness == LAYOUT_NARROW) m->narrowness = LAYOUT_BY_GROUP;
    return STATUS_OK;
}

Status machine_relayout(Machine *m) {
    Status status = STATUS_OK;
    if (m->more_room != NO_ID)
        status = add_room(m);
    else if (m->more_slots != NO_ID)
        status = add_slot(m);
    else if (m->widen != NO_ID)
        layout_widen(m);
    m->widen = m->more_slots = m->more_room = NO_ID;
    return status == STATUS_OK ? layout_build(m) : status;
}

Status machine_note(Machine *m) { return layout_note(m); }
uint64_t machine_news(const Machine *m) { return m->news; }

Status machine_narrow(Machine *m) {
    layout_noted(m);
    return layout_build(m);
}

void expansion_free(Expansion *e) {
    mem_free(e->states);
    mem_free(e->steps);
    mem_free(e->issues);
    mem_free(e->notes);
    Scratch *s = e->scratch;
    if (s) {
        mem_free(s->registers);
        mem_free(s->tokens);
        mem_free(s->chooser.taken);
        mem_free(s->chooser.options);
        mem_free(s->values);
        mem_free(s->probe);
        memo_free(s->memo);
        mem_free(s);
    }
    *e = (Expansion){0};
}

void step_log_free(StepLog *log) {
    mem_free(log->accesses);
    *log = (StepLog){0};
}

/* ------------------------------------------------------------ execution */

__attribute__((noinline)) Status exec_renew(Machine *m, Expansion *e) {
    if (!e->scratch) {
        e->scratch = mem_alloc(1, sizeof(Scratch));
        if (!e->scratch) return STATUS_NO_MEMORY;
    }
    Scratch *s = e->scratch;
    if (s->generation != m->generation) {
        s->generation = m->generation;
        s->actor_room = 0;
        if (e->room > 0) { /* states of another width */
            mem_free(e->states);
            mem_free(e->steps);
            e->states = NULL;
            e->steps = NULL;
            e->room = 0;
        }
        int64_t *values = mem_resize(s->values, (size_t)m->program->property_registers + 1, sizeof *values);
        if (!values) {
            s->generation = 0;
            return STATUS_NO_MEMORY;
        }
        s->values = values;
        Word *probe = m->program->has_clock ? mem_resize(s->probe, m->words, sizeof *probe) : NULL;
        if (m->program->has_clock && !probe) {
            s->generation = 0;
            return STATUS_NO_MEMORY;
        }
        if (probe) s->probe = probe;
        memo_free(s->memo);
        s->memo = m->options.skip_memo || !memo_is_possible(m->program) ? NULL : memo_new(m);
    }
    return STATUS_OK;
}

Exec exec_of(Machine *m, Expansion *e) {
    Scratch *s = e->scratch;
    s->actor_count = 0;
    s->chooser.depth = s->chooser.position = 0;
    return (Exec){.machine = m, .program = m->program, .expansion = e, .scratch = s, .overflow = NO_ID, .overflow_function = NO_ID, .overflow_queue = NO_ID};
}

static Status begin(Machine *m, Expansion *e, Exec *x) {
    Status status = exec_renew(m, e);
    if (status != STATUS_OK) return status;
    e->count = e->issue_count = 0;
    *x = exec_of(m, e);
    return STATUS_OK;
}

__attribute__((noinline)) Status exec_make_room(Expansion *e, uint32_t more, uint32_t words) {
    uint32_t room = e->room ? e->room * 2 : 16;
    while (room - e->count < more) room *= 2;
    Word *states = mem_resize(e->states, (size_t)room * words, sizeof *states);
    if (states) e->states = states;
    StepInfo *steps = mem_resize(e->steps, room, sizeof *steps);
    if (steps) e->steps = steps;
    if (!states || !steps) return STATUS_NO_MEMORY;
    e->room = room;
    return STATUS_OK;
}

/* Every `always` must hold behind a step. */
static Effect check_always(Exec *x) {
    Effect effect = EFFECT_NEXT;
    for (uint32_t i = 0; i < x->program->always_count; i++) {
        const Property *property = &x->program->always[i];
        int64_t value = 0;
        const char *text = NULL;
        if (!exec_property(x, property, x->scratch->values, &value, &text))
            return x->stops ? effect : exec_stop_at(x, FINDING_RUNTIME_ERROR, false, NO_ID, NO_ID, property->line, text);
        if (value != 0) continue;
        if (x->stops) { /* each that is false is told, the first ends the execution */
            effect = exec_issue(x, FINDING_INVARIANT, NO_ID, NO_ID, property->line, property->text);
            if (effect != EFFECT_STOPPED && effect != EFFECT_NEXT) return effect;
            x->expansion->issues[x->expansion->issue_count - 1].is_stop = true;
            effect = EFFECT_STOPPED;
        } else {
            effect = exec_stop_at(x, FINDING_INVARIANT, false, NO_ID, NO_ID, property->line, property->text);
            if (effect != EFFECT_STOPPED) return effect;
        }
    }
    return effect;
}

static Effect take_step(Exec *x, ThreadId thread) {
    Actor actor;
    x->stepping = thread;
    x->stops = false;
    x->progressed = 0;
    x->local_operations = x->accesses = 0;
    if (!exec_push(x, &actor, thread)) return EFFECT_NO_MEMORY;
    const Instr *instr = &x->program->code[actor.at];
    Effect effect = exec_enter_serial(x, thread, instr);
    if (effect == EFFECT_NEXT && x->program->threads[thread].domain != NO_ID) effect = exec_enter_domain(x, thread);
    if (effect == EFFECT_NEXT) effect = exec_operation(x, &actor, instr);
    if (effect == EFFECT_NEXT) effect = exec_run(x, &actor, NO_ID);
    if (effect == EFFECT_NEXT || effect == EFFECT_STOPPED) {
        Effect saved = exec_save(x, &actor);
        if (saved != EFFECT_NEXT) effect = saved;
    }
    exec_pop(x);
    if (effect == EFFECT_NEXT && x->program->has_domains) effect = exec_check_blocking(x);
    if (effect == EFFECT_NEXT && x->program->always_count > 0) effect = check_always(x);
    x->scratch->actor_count = 0;
    return effect;
}

static Status failure(Machine *m, const Exec *x, Effect effect) {
    if (effect != EFFECT_RELAYOUT) return STATUS_NO_MEMORY;
    pthread_mutex_lock(&m->intern);
    m->widen = x->overflow;
    m->widen_to = x->overflow_value;
    m->more_slots = x->overflow == NO_ID ? x->overflow_function : NO_ID;
    m->more_room = x->overflow == NO_ID ? x->overflow_queue : NO_ID;
    pthread_mutex_unlock(&m->intern);
    return STATUS_RELAYOUT;
}

static bool next_choice(Chooser *c) {
    while (c->depth > 0 && c->taken[c->depth - 1] + 1 >= c->options[c->depth - 1]) c->depth--;
    if (c->depth == 0) return false;
    c->taken[c->depth - 1]++;
    return true;
}

Status exec_expand_thread(Exec *x, const Word *state, ThreadId thread, uint32_t logged, StepLog *log) {
    Machine *m = x->machine;
    Expansion *e = x->expansion;
    Chooser *chooser = &x->scratch->chooser;
    uint32_t first = e->count, log_start = log ? log->count : 0;
    chooser->depth = 0;
    do {
        Status status = exec_reserve(e, 1, m->words);
        if (status != STATUS_OK) return status;
        x->state = &e->states[(size_t)e->count * m->words];
        memcpy(x->state, state, m->words * sizeof(Word));
        uint32_t issues = e->issue_count;
        chooser->position = 0;
        x->log = log && e->count - first + 1 == logged ? log : NULL;
        Effect effect = take_step(x, thread);
        chooser->depth = chooser->position;
        if (effect == EFFECT_NEXT || effect == EFFECT_STOPPED) {
            e->steps[e->count] = (StepInfo){.thread = thread, .choice = e->count - first + 1, .first_issue = issues,
                                            .issue_count = e->issue_count - issues, .stops = x->stops,
                                            .progresses = x->progressed != 0, .progressed = x->progressed};
            e->count++;
        } else if (effect == EFFECT_BLOCKED) {
            e->issue_count = issues;
            if (x->log) {
                x->log->count = log_start;
                x->log->printed = NULL;
            }
        } else {
            return failure(m, x, effect);
        }
    } while (next_choice(chooser));
    for (uint32_t i = first; i < e->count; i++) {
        e->steps[i].choice = i - first + 1;
        e->steps[i].choices = e->count - first;
    }
    return STATUS_OK;
}

/* Whether the thread has a step in x->state, a copy of `state` each time it is tried. What it reports is dropped. */
static Effect can_step(Exec *x, const Word *state, ThreadId thread) {
    Machine *m = x->machine;
    Chooser *chooser = &x->scratch->chooser;
    uint32_t issues = x->expansion->issue_count;
    Effect effect;
    x->log = NULL;
    chooser->depth = 0;
    do { /* of the results of a step some may be blocked */
        memcpy(x->state, state, m->words * sizeof(Word));
        chooser->position = 0;
        effect = take_step(x, thread);
        chooser->depth = chooser->position;
        x->expansion->issue_count = issues;
    } while (effect == EFFECT_BLOCKED && next_choice(chooser));
    return effect;
}

static Status can_anyone_step(Exec *x, const Word *state, bool *answer) {
    const Machine *m = x->machine;
    *answer = true;
    for (ThreadId t = 0; t < m->program->thread_count; t++) {
        int64_t p = machine_get(m, state, m->threads[t].pc);
        if (p == 0 || p > m->program->threads[t].point_count || machine_is_spurious(m, state, t)) continue;
        Effect effect = can_step(x, state, t);
        if (effect == EFFECT_NEXT || effect == EFFECT_STOPPED) return STATUS_OK;
        if (effect != EFFECT_BLOCKED) return failure(x->machine, x, effect);
    }
    *answer = false;
    return STATUS_OK;
}

/* Time passes as long as nobody can step, and ends with the last thread that is no daemon. */
static Status let_time_pass(Exec *x, Word *state, int64_t *elapsed_ns) {
    Machine *m = x->machine;
    *elapsed_ns = 0;
    for (;;) {
        int64_t next = clock_next(m, state);
        bool somebody;
        if (next == 0 || machine_get(m, state, m->stop) != 0 || machine_all_ended(m, state)) return STATUS_OK;
        x->state = x->scratch->probe;
        Status status = can_anyone_step(x, state, &somebody);
        if (status != STATUS_OK || somebody) return status;
        clock_pass(m, state, next);
        if (__builtin_add_overflow(*elapsed_ns, next, elapsed_ns)) *elapsed_ns = INT64_MAX;
    }
}

/* The same behind each step of the expansion. */
static Status let_times_pass(Exec *x) {
    Expansion *e = x->expansion;
    Status status = STATUS_OK;
    for (uint32_t i = 0; i < e->count && status == STATUS_OK; i++) status = let_time_pass(x, &e->states[(size_t)i * x->machine->words], &e->steps[i].elapsed_ns);
    return status;
}

Status machine_expand(Machine *m, const Word *state, Expansion *e) {
    Status status = STATUS_OK;
    if (!e->scratch || ((Scratch *)e->scratch)->generation != m->generation) {
        status = exec_renew(m, e);
        if (status != STATUS_OK) return status;
    }
    e->count = e->issue_count = e->left_out = 0;
    if (machine_get(m, state, m->stop) != 0) return STATUS_OK;
    if (((Scratch *)e->scratch)->memo) {
        status = remembered_expand(m, state, e);
        if (status != STATUS_OK || !m->program->has_clock) return status;
        Exec x = exec_of(m, e);
        return let_times_pass(&x);
    }
    Exec x = exec_of(m, e);
    for (ThreadId t = 0; t < m->program->thread_count && status == STATUS_OK; t++) {
        int64_t p = machine_get(m, state, m->threads[t].pc);
        if (p != 0 && p <= m->program->threads[t].point_count) status = exec_expand_thread(&x, state, t, 0, NULL);
    }
    return status == STATUS_OK && m->program->has_clock ? let_times_pass(&x) : status;
}

Status machine_expand_carried(Machine *m, const Word *state, uint64_t known, Expansion *e) {
    Status status = STATUS_OK;
    if (!e->scratch || ((Scratch *)e->scratch)->generation != m->generation) status = exec_renew(m, e);
    e->count = e->issue_count = e->left_out = 0;
    if (status != STATUS_OK || machine_get(m, state, m->stop) != 0) return status;
    if (((Scratch *)e->scratch)->memo) return remembered_expand_carried(m, state, known, e);
    remembered_forget(e);
    return known == 0 ? machine_expand(m, state, e) : STATUS_NO_MEMORY; /* what was known came from a scratch that had memory */
}

Status machine_step(Machine *m, const Word *state, ThreadId thread, uint32_t choice, Word *next, uint32_t *choices, StepInfo *info, Expansion *scratch, StepLog *log) {
    Exec x;
    *choices = 0;
    Status status = begin(m, scratch, &x);
    if (status != STATUS_OK) return status;
    int64_t p = machine_get(m, state, m->threads[thread].pc);
    if (machine_get(m, state, m->stop) != 0 || p == 0 || p > m->program->threads[thread].point_count) return STATUS_OK;
    if (log) {
        log->count = 0;
        log->printed = NULL;
    }
    status = exec_expand_thread(&x, state, thread, choice, log);
    if (status == STATUS_OK && m->program->has_clock) status = let_times_pass(&x);
    if (status != STATUS_OK) return status;
    *choices = scratch->count;
    if (choice == 0 || choice > scratch->count) return STATUS_OK;
    *info = scratch->steps[choice - 1];
    memcpy(next, &scratch->states[(size_t)(choice - 1) * m->words], m->words * sizeof(Word));
    return STATUS_OK;
}

/* ---------------------------------------------------------------- start */

static Effect put_initial(Exec *x) {
    const Machine *m = x->machine;
    const Program *program = x->program;
    for (FieldId id = 0; id < m->field_count; id++)
        if (field_fits(m->fields[id], 0)) field_put(x->state, m->fields[id], 0);
    for (ThreadId t = 0; t < program->thread_count; t++) {
        const PointLayout *ended = &m->threads[t].points[0]; /* there all threads are until they start */
        for (uint32_t s = 0; s < m->threads[t].slot_count; s++) machine_clear(m, x->state, m->threads[t].first_slot + s);
        for (uint32_t k = 0; k < ended->kept_count; k++) EXEC_PUT(x, ended->kept[k].field, 0);
    }
    for (ThreadId t = 0; t < program->thread_count; t++)
        if (program->threads[t].is_spawned) EXEC_PUT(x, m->threads[t].pc, program->threads[t].unborn_point);
    for (ObjectId o = 0; o < program->object_count; o++) {
        const Object *object = &program->objects[o];
        const Symbol *symbol = object->symbol;
        const ObjectLayout *layout = &m->objects[o];
        if (object->kind == SYMBOL_QUEUE) {
            for (uint32_t k = 0; k < layout->room; k++) EXEC_PUT(x, layout->first_item + k, k < symbol->initial_count ? symbol->initial[k] : 0);
            EXEC_PUT(x, layout->value, symbol->initial_count);
        } else if (object->kind == SYMBOL_MUTEX || object->kind == SYMBOL_ONCE) {
            EXEC_PUT(x, layout->value, 0);
        } else if (object->kind == SYMBOL_VARIABLE || object->kind == SYMBOL_SEMAPHORE || object->kind == SYMBOL_WAITGROUP) {
            EXEC_PUT(x, layout->value, object->element < symbol->initial_count ? symbol->initial[object->element] : 0);
        }
    }
    return EFFECT_NEXT;
}

static Effect start_threads(Exec *x) {
    Effect effect = put_initial(x);
    x->stepping = NO_ID;
    for (ThreadId t = 0; t < x->program->declared_count && effect == EFFECT_NEXT; t++) {
        Actor actor;
        x->local_operations = 0;
        if (!exec_push(x, &actor, t)) return EFFECT_NO_MEMORY;
        effect = exec_let_go_on(x, &actor, x->program->threads[t].entry);
        exec_pop(x);
    }
    if (effect == EFFECT_NEXT && x->program->has_domains) effect = exec_start_main(x);
    if (effect == EFFECT_NEXT) effect = check_always(x);
    return effect;
}

Status machine_start(Machine *m, Word *state, Expansion *e) {
    Exec x;
    Status status = begin(m, e, &x);
    if (status != STATUS_OK) return status;
    memset(state, 0, m->words * sizeof *state);
    x.state = state;
    Effect effect = start_threads(&x);
    e->elapsed_ns = 0;
    if (effect != EFFECT_NEXT && effect != EFFECT_STOPPED) return failure(m, &x, effect);
    return m->program->has_clock ? let_time_pass(&x, state, &e->elapsed_ns) : STATUS_OK;
}
