/* tables.c: what is true after each step: values of the watched objects, locals, states and lines of the threads. */
#include <string.h>

#include "trace/telling.h"

/* A table has a row for each state. For long runs over many variables it is cut to the first columns. */
enum { TABLE_ENTRIES_MAX = 4000000, COLUMNS_KEPT = 8 };

static uint32_t column_limit(const Telling *telling)
{
    uint32_t rows = telling->states.count > 0 ? telling->states.count : 1, most = TABLE_ENTRIES_MAX / rows;
    return most < COLUMNS_KEPT ? COLUMNS_KEPT : most;
}

/* ------------------------------------------------------------- watched objects */

static bool is_watchable(SymbolKind kind)
{
    return kind == SYMBOL_VARIABLE || kind == SYMBOL_SEMAPHORE || kind == SYMBOL_WAITGROUP || kind == SYMBOL_QUEUE;
}

static void choose_watched(Telling *telling)
{
    const Program *program = telling->program;
    bool *touched = ARENA_ARRAY(telling->arena, bool, program->object_count);
    for (uint32_t s = 0; s < telling->steps.count; s++) {
        const ToldStep *step = &telling->steps.items[s];
        for (uint32_t i = 0; i < step->access_count; i++)
            if (step->accesses[i].object != NO_ID)
                touched[step->accesses[i].object] = true;
    }
    for (uint32_t w = 0; w < telling->trace->wait_count; w++)
        if (telling->trace->waits[w].object != SN_NONE)
            touched[telling->trace->waits[w].object] = true;
    uint32_t *watched = ARENA_ARRAY(telling->arena, uint32_t, program->object_count);
    uint32_t count = 0;
    uint32_t limit = column_limit(telling);
    for (ObjectId o = 0; o < program->object_count && count < limit; o++) /* variables come first in the program, too */
        if (touched[o] && is_watchable(program->objects[o].kind))
            watched[count++] = o;
    telling->trace->watched = watched;
    telling->trace->watched_count = count;
}

/* Equal texts of successive states are one string. */
static const char *take_unless_equal(Telling *telling, const char *before)
{
    Text *scratch = &telling->scratch;
    if (before != NULL && !scratch->failed && strlen(before) == scratch->length &&
        (scratch->length == 0 || memcmp(before, scratch->bytes, scratch->length) == 0)) {
        scratch->length = 0;
        return before;
    }
    return telling_take(telling);
}

/* Only what a step touched can have changed. */
static bool is_touched(const Telling *telling, uint32_t s, ObjectId object)
{
    const ToldStep *step = &telling->steps.items[s];
    for (uint32_t i = 0; i < step->access_count; i++)
        if (step->accesses[i].object == object)
            return true;
    return false;
}

static void tell_values(Telling *telling)
{
    size_t count = telling->trace->watched_count;
    const char **values = ARENA_ARRAY(telling->arena, const char *, telling->states.count *count);
    for (uint32_t s = 0; s < telling->states.count; s++)
        for (size_t w = 0; w < count; w++) {
            ObjectId object = telling->trace->watched[w];
            const char *before = s == 0 ? NULL : values[(s - 1) * count + w];
            if (s > 0 && !is_touched(telling, s - 1, object)) {
                values[s * count + w] = before;
                continue;
            }
            machine_print_value(telling->machine, telling->states.items[s].state, object, &telling->scratch);
            values[s * count + w] = take_unless_equal(telling, before);
        }
    telling->trace->values = values;
}

/* ---------------------------------------------------------------------- locals */

/* A local is shown from the moment on when it was given a value. Which code a thread has run between two points is not
 * recorded; the straight line behind each access and ahead of each point is taken for it, which is right but for
 * branches that both assign. */
typedef struct Assigned {
    bool **registers; /* by lane */
} Assigned;

static void mark_register(bool *registers, const ThreadCode *code, Operand reg, uint32_t count)
{
    for (uint32_t i = 0; reg >= 0 && i < count && (uint32_t)reg + i < code->register_count; i++)
        registers[(uint32_t)reg + i] = true;
}

static void mark_instr(bool *registers, const ThreadCode *code, const Instr *instr)
{
    uint32_t flags = program_op_flags[instr->op];
    if ((flags & OPF_DEF_A) != 0)
        mark_register(registers, code, instr->a, 1);
    if ((flags & OPF_DEF_D) != 0)
        mark_register(registers, code, instr->d, 1);
    if (instr->op == OP_ARRAY_SET)
        mark_register(registers, code, instr->b, (uint32_t)instr->d);
    mark_register(registers, code, instr->result, 1);
}

/* From an access up to the next place to stand at. */
static void mark_behind(const Program *program, const ThreadCode *code, uint32_t instr, bool *registers)
{
    uint32_t end = code->first_instr + code->instr_count;
    for (uint32_t i = instr; i < end; i++) {
        if (i != instr && (program->code[i].flags & INSTR_STEP) != 0)
            return;
        mark_instr(registers, code, &program->code[i]);
        if ((program_op_flags[program->code[i].op] & OPF_ENDS) != 0)
            return;
    }
}

/* From the place to stand at before `instr`, or from the nearest place that control does not fall into, up to `instr`.
 */
static void mark_ahead(const Program *program, const ThreadCode *code, uint32_t instr, bool *registers)
{
    for (uint32_t i = instr; i-- > code->first_instr;) {
        bool is_end = (program_op_flags[program->code[i].op] & OPF_ENDS) != 0;
        if (is_end || (program->code[i].flags & INSTR_STEP) != 0)
            return;
        mark_instr(registers, code, &program->code[i]);
    }
}

static void mark_state(Telling *telling, uint32_t s, Assigned *assigned)
{
    const Program *program = telling->program;
    const ToldState *state = &telling->states.items[s];
    for (uint32_t lane = 0; lane < telling->lane_count; lane++) {
        ThreadId thread = telling->threads[lane];
        const ThreadCode *code = &program->threads[thread];
        if (!machine_is_born(telling->machine, state->state, thread))
            continue;
        mark_register(assigned->registers[lane], code, 0, code->parameter_count);
        uint32_t point = machine_point(telling->machine, state->state, thread);
        if (point >= 1 && point <= code->point_count)
            mark_ahead(program, code, code->points[point].instr, assigned->registers[lane]);
    }
    if (s == 0)
        return;
    const ToldStep *step = &telling->steps.items[s - 1];
    uint32_t lane = telling->lanes[step->thread];
    mark_behind(program, &program->threads[step->thread], step->instr, assigned->registers[lane]);
    for (uint32_t i = 0; i < step->access_count; i++) {
        uint32_t owner = telling->lanes[step->accesses[i].thread];
        mark_behind(program, &program->threads[step->accesses[i].thread], step->accesses[i].instr,
                    assigned->registers[owner]);
    }
}

/* One column of the table: all locals of a lane with one symbol (a function called twice has each of its locals twice).
 */
typedef struct LocalColumn {
    uint32_t lane;
    const Symbol *symbol;
    const char *name;
} LocalColumn;

static bool is_assigned(const bool *registers, const Local *local)
{
    for (uint32_t i = 0; i < local->length; i++)
        if (registers[(uint32_t)local->reg + i])
            return true;
    return false;
}

/* The value of a column after some step: of the last of its locals that was assigned. Into scratch. */
static void print_local(Telling *telling, const LocalColumn *column, const Word *state, const bool *registers)
{
    ThreadId thread = telling->threads[column->lane];
    const ThreadCode *code = &telling->program->threads[thread];
    const Local *shown = NULL;
    for (uint32_t l = 0; l < code->local_count; l++)
        if (code->locals[l].symbol == column->symbol && is_assigned(registers, &code->locals[l]))
            shown = &code->locals[l];
    if (shown == NULL)
        return;
    bool is_array = shown->symbol->is_array;
    text_add(&telling->scratch, is_array ? "[" : "");
    for (uint32_t i = 0; i < shown->length; i++) {
        int64_t value = machine_register(telling->machine, state, thread, shown->reg + (int32_t)i);
        text_format(&telling->scratch, "%s%lld", i == 0 ? "" : ", ", (long long)value);
    }
    text_add(&telling->scratch, is_array ? "]" : "");
}

static Assigned assigned_new(Telling *telling)
{
    Assigned assigned = {ARENA_ARRAY(telling->arena, bool *, telling->lane_count)};
    for (uint32_t lane = 0; lane < telling->lane_count; lane++)
        assigned.registers[lane] =
            ARENA_ARRAY(telling->arena, bool, telling->program->threads[telling->threads[lane]].register_count);
    return assigned;
}

/* Columns for what is assigned somewhere in the trace. */
static LocalColumn *choose_columns(Telling *telling, uint32_t *count)
{
    Assigned assigned = assigned_new(telling);
    uint32_t room = 0;
    for (uint32_t s = 0; s < telling->states.count; s++)
        mark_state(telling, s, &assigned);
    for (uint32_t lane = 0; lane < telling->lane_count; lane++)
        room += telling->program->threads[telling->threads[lane]].local_count;
    LocalColumn *columns = ARENA_ARRAY(telling->arena, LocalColumn, room);
    *count = 0;
    for (uint32_t lane = 0; lane < telling->lane_count; lane++) {
        const ThreadCode *code = &telling->program->threads[telling->threads[lane]];
        for (uint32_t l = 0; l < code->local_count; l++) {
            const Local *local = &code->locals[l];
            bool is_new = is_assigned(assigned.registers[lane], local);
            for (uint32_t c = 0; c < *count; c++)
                is_new = is_new && !(columns[c].lane == lane && columns[c].symbol == local->symbol);
            if (is_new && *count < column_limit(telling))
                columns[(*count)++] = (LocalColumn){lane, local->symbol, local->name};
        }
    }
    return columns;
}

/* Local work is done by the thread that steps and by those that it lets go on; these stand elsewhere afterwards. */
static bool has_moved(const Telling *telling, uint32_t s, uint32_t lane)
{
    ThreadId thread = telling->threads[lane];
    return s == 0 || telling->steps.items[s - 1].thread == thread ||
           machine_point(telling->machine, telling->states.items[s].state, thread) !=
               machine_point(telling->machine, telling->states.items[s - 1].state, thread);
}

static void tell_locals(Telling *telling)
{
    SnTrace *trace = telling->trace;
    uint32_t count;
    LocalColumn *columns = choose_columns(telling, &count);
    const char **names = ARENA_ARRAY(telling->arena, const char *, count);
    uint32_t *threads = ARENA_ARRAY(telling->arena, uint32_t, count);
    for (uint32_t c = 0; c < count; c++) {
        names[c] = arena_string(telling->arena, columns[c].name, strlen(columns[c].name));
        threads[c] = columns[c].lane;
    }
    const char **values = ARENA_ARRAY(telling->arena, const char *, (size_t)telling->states.count *count);
    Assigned assigned = assigned_new(telling);
    for (uint32_t s = 0; s < telling->states.count; s++) {
        mark_state(telling, s, &assigned);
        for (uint32_t c = 0; c < count; c++) {
            const char *before = s == 0 ? NULL : values[(size_t)(s - 1) * count + c];
            if (!has_moved(telling, s, columns[c].lane)) {
                values[(size_t)s * count + c] = before;
                continue;
            }
            print_local(telling, &columns[c], telling->states.items[s].state, assigned.registers[columns[c].lane]);
            values[(size_t)s * count + c] = take_unless_equal(telling, before);
        }
    }
    trace->local_names = names;
    trace->local_threads = threads;
    trace->local_count = count;
    trace->local_values = values;
}

/* ------------------------------------------------------------------- threads */

static bool is_stopped(const Telling *telling, uint32_t s)
{
    return machine_end(telling->machine, telling->states.items[s].state) == STATE_STOPPED;
}

static SnThreadState thread_state(const Telling *telling, uint32_t s, ThreadId thread, bool stopped)
{
    const Word *state = telling->states.items[s].state;
    if (!machine_is_born(telling->machine, state, thread))
        return SN_THREAD_NOT_STARTED;
    /* Nobody can step in a stopped state, and who stopped it looks as if it had ended; what could be done one step
     * before is what interests. */
    if (stopped && s == 0)
        return SN_THREAD_READY;
    if (stopped && telling->steps.items[s - 1].thread == thread)
        return SN_THREAD_READY;
    if (machine_is_ended(telling->machine, state, thread))
        return SN_THREAD_ENDED;
    if (stopped)
        return telling->states.items[s - 1].enabled[thread] ? SN_THREAD_READY : SN_THREAD_BLOCKED;
    return telling->states.items[s].enabled[thread] ? SN_THREAD_READY : SN_THREAD_BLOCKED;
}

static uint32_t thread_line(const Telling *telling, uint32_t s, ThreadId thread, bool stopped)
{
    const Word *state = telling->states.items[s].state;
    if (stopped && s > 0 && telling->steps.items[s - 1].thread == thread) {
        const ToldStep *step = &telling->steps.items[s - 1];
        return step->issue_count > 0 ? step->issues[0].line : telling_line(telling, step->instr);
    }
    const ThreadCode *code = &telling->program->threads[thread];
    uint32_t point = machine_point(telling->machine, state, thread);
    if (point == 0 || point > code->point_count)
        return 0;
    return telling_line(telling, code->points[point].instr);
}

static void tell_threads(Telling *telling)
{
    size_t lanes = telling->lane_count;
    uint8_t *states = ARENA_ARRAY(telling->arena, uint8_t, telling->states.count * lanes);
    uint32_t *lines = ARENA_ARRAY(telling->arena, uint32_t, telling->states.count * lanes);
    for (uint32_t s = 0; s < telling->states.count; s++) {
        bool stopped = s + 1 == telling->states.count && is_stopped(telling, s);
        for (size_t lane = 0; lane < lanes; lane++) {
            ThreadId thread = telling->threads[lane];
            SnThreadState state = thread_state(telling, s, thread, stopped);
            states[s * lanes + lane] = (uint8_t)state;
            lines[s * lanes + lane] = state == SN_THREAD_ENDED ? 0 : thread_line(telling, s, thread, stopped);
        }
    }
    telling->trace->thread_states = states;
    telling->trace->thread_lines = lines;
}

static void tell_output(Telling *telling)
{
    /* The machine keeps the output only where it is part of the outcome. */
    const Word *state = telling_last(telling)->state;
    uint32_t kept = machine_output(telling->machine, state, NULL, 0), count = 0;
    const char **strings = ARENA_ARRAY(telling->arena, const char *, (size_t)kept + telling->steps.count);
    machine_output(telling->machine, state, strings, kept);
    for (; count < kept; count++)
        strings[count] = arena_string(telling->arena, strings[count], strlen(strings[count]));
    for (uint32_t s = 0; s < telling->steps.count && kept == 0; s++)
        if (telling->steps.items[s].printed != NULL)
            strings[count++] = telling->steps.items[s].printed;
    telling->trace->output = strings;
    telling->trace->output_count = count;
}

void tables_tell(Telling *telling)
{
    choose_watched(telling);
    tell_values(telling);
    tell_locals(telling);
    tell_threads(telling);
    tell_output(telling);
}
