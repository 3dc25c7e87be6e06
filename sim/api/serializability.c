/* serializability.c: do the interleavings of `serial` blocks end as some order of these blocks, one after the other,
 * does?
 *
 * Rule    view of the outcome: values and output that LANGUAGE.md's `outcome` names, of executions that ended. The
 *         serial orders are explored by the machine's mode serial_only, in which a thread inside a block goes on alone;
 *         what lies outside of blocks interleaves as ever. Orders that get stuck inside a block are none.
 * Source  Papadimitriou, "The serializability of concurrent database updates", JACM 26(4), 1979: final-state
 *         serializability, decided here by looking at all orders. */
#include "api/witness.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#ifdef SNARL_SMALL_TABLES
enum { FIRST_OUTCOMES = 2 };
#else
enum { FIRST_OUTCOMES = 64 };
#endif

enum { LISTED_MAX = 4 }; /* serial outcomes told one by one */

/* What an execution left: values, then the printed strings, which are some machine's. */
typedef struct SerialOutcome {
    int64_t *values;
    const char **output;
    uint32_t value_count, output_count;
} SerialOutcome;

typedef struct SerialOrders {
    Machine *machine; /* in serial_only mode: the strings are its */
    bool is_judged;
    SerialOutcome *items; /* sorted in the end */
    uint32_t count, room;
    uint32_t *slots; /* item + 1; 0 empty */
    uint32_t slot_count;
    SerialOutcome seen; /* the one at hand */
    uint32_t output_room;
} SerialOrders;

static void forget(SerialOrders *orders)
{
    for (uint32_t i = 0; i < orders->count; i++) {
        mem_free(orders->items[i].values);
        mem_free(orders->items[i].output);
    }
    orders->count = 0;
    if (orders->slot_count > 0)
        memset(orders->slots, 0, orders->slot_count * sizeof *orders->slots);
}

void serial_free(Exploration *exploration)
{
    SerialOrders *orders = exploration->serial;
    if (orders == NULL)
        return;
    forget(orders);
    mem_free(orders->items);
    mem_free(orders->slots);
    mem_free(orders->seen.values);
    mem_free(orders->seen.output);
    machine_free(orders->machine);
    mem_free(orders);
    exploration->serial = NULL;
}

/* ---------------------------------------------------------- the set of outcomes */

/* Reads the outcome of an end into `seen`. */
static bool read_outcome(SerialOrders *orders, const Machine *machine, const Word *state)
{
    const Program *program = machine_program(machine);
    SerialOutcome *seen = &orders->seen;
    if (seen->values == NULL)
        seen->values = mem_alloc((size_t)program->outcome_value_count + 1, sizeof *seen->values);
    if (seen->values == NULL)
        return false;
    seen->value_count = program->outcome_value_count;
    seen->output_count = 0;
    machine_outcome_values(machine, state, seen->values);
    if (!program->outcome_has_output)
        return true;
    seen->output_count = machine_output(machine, state, seen->output, orders->output_room);
    if (seen->output_count <= orders->output_room)
        return true;
    const char **larger = mem_resize(seen->output, seen->output_count, sizeof *larger);
    if (larger == NULL)
        return false;
    seen->output = larger;
    orders->output_room = seen->output_count;
    machine_output(machine, state, seen->output, orders->output_room);
    return true;
}

static uint64_t hash_of(const SerialOutcome *outcome)
{
    uint64_t hash = XXH3_64bits(outcome->values, outcome->value_count * sizeof *outcome->values);
    for (uint32_t i = 0; i < outcome->output_count; i++)
        hash = XXH3_64bits_withSeed(outcome->output[i], strlen(outcome->output[i]), hash);
    return hash;
}

/* By values, then output; as outcomes are told. */
static int compare_outcomes(const void *left, const void *right)
{
    const SerialOutcome *a = left, *b = right;
    for (uint32_t i = 0; i < a->value_count; i++)
        if (a->values[i] != b->values[i])
            return a->values[i] < b->values[i] ? -1 : 1;
    for (uint32_t i = 0; i < a->output_count && i < b->output_count; i++) {
        int order = strcmp(a->output[i], b->output[i]);
        if (order != 0)
            return order;
    }
    return (a->output_count > b->output_count) - (a->output_count < b->output_count);
}

/* The slot of the outcome, or the empty one where it belongs. */
static uint32_t find_slot(const SerialOrders *orders, const SerialOutcome *outcome)
{
    uint32_t slot = (uint32_t)hash_of(outcome) & (orders->slot_count - 1);
    while (orders->slots[slot] != 0 && compare_outcomes(&orders->items[orders->slots[slot] - 1], outcome) != 0)
        slot = (slot + 1) & (orders->slot_count - 1);
    return slot;
}

/* Also after sorting, which changes the numbers. */
static void fill_slots(SerialOrders *orders)
{
    memset(orders->slots, 0, orders->slot_count * sizeof *orders->slots);
    for (uint32_t i = 0; i < orders->count; i++)
        orders->slots[find_slot(orders, &orders->items[i])] = i + 1;
}

static bool make_room(SerialOrders *orders)
{
    if (orders->count < orders->room)
        return true;
    uint32_t room = orders->room == 0 ? FIRST_OUTCOMES : orders->room * 2;
    SerialOutcome *items = mem_resize(orders->items, room, sizeof *items);
    if (items != NULL)
        orders->items = items;
    uint32_t *slots = mem_resize(orders->slots, (size_t)room * 2, sizeof *slots);
    if (slots != NULL)
        orders->slots = slots;
    if (items == NULL || slots == NULL)
        return false;
    orders->room = room;
    orders->slot_count = room * 2;
    fill_slots(orders);
    return true;
}

static bool add_seen(SerialOrders *orders)
{
    const SerialOutcome *seen = &orders->seen;
    if (!make_room(orders))
        return false;
    uint32_t slot = find_slot(orders, seen);
    if (orders->slots[slot] != 0)
        return true;
    SerialOutcome copy = *seen;
    copy.values = mem_alloc((size_t)seen->value_count + 1, sizeof *copy.values);
    copy.output = mem_alloc((size_t)seen->output_count + 1, sizeof *copy.output);
    if (copy.values == NULL || copy.output == NULL) {
        mem_free(copy.values);
        mem_free(copy.output);
        return false;
    }
    memcpy(copy.values, seen->values, seen->value_count * sizeof *copy.values);
    if (seen->output_count > 0)
        memcpy(copy.output, seen->output, seen->output_count * sizeof *copy.output);
    orders->items[orders->count++] = copy;
    orders->slots[slot] = orders->count;
    return true;
}

/* ---------------------------------------------------------- exploring the orders */

static Status on_state(void *context, const MonitorEvent *event)
{
    SerialOrders *orders = context;
    if (event->is_start_report || event->expansion->count + event->expansion->left_out > 0 ||
        machine_end(event->machine, event->state) != STATE_OK)
        return STATUS_OK;
    return read_outcome(orders, event->machine, event->state) && add_seen(orders) ? STATUS_OK : STATUS_NO_MEMORY;
}

static void on_restart(void *context)
{
    forget(context);
}

static bool goes_on(void *context, uint64_t states, uint64_t steps, uint64_t frontier, size_t bytes, double seconds)
{
    (void)states, (void)steps, (void)frontier, (void)bytes, (void)seconds;
    return exploration_goes_on(context);
}

static Status explore(Exploration *exploration)
{
    SerialOrders *orders = exploration->serial;
    const SnExploreOptions *options = &exploration->options;
    const MachineOptions machine_options = {.serial_only = true, .skip_lost_updates = true};
    Status status = machine_new(exploration->scenario->program, &machine_options, &orders->machine);
    if (status != STATUS_OK)
        return status;
    const SearchOptions search_options = {.max_states = options->max_states,
                                          .max_memory = exploration->memory_bytes / 3,
                                          .skip_edges = true,
                                          .skip_known = true,
                                          .progress = goes_on,
                                          .progress_context = exploration};
    const Monitor monitor = {.context = orders, .state = on_state, .restart = on_restart};
    Graph *graph = NULL;
    exploration->phase = "serial orders";
    status = search_run(orders->machine, &search_options, &monitor, &graph);
    orders->is_judged = status == STATUS_OK && graph != NULL && graph->is_complete;
    graph_free(graph);
    if (orders->count > 1) {
        qsort(orders->items, orders->count, sizeof *orders->items, compare_outcomes);
        fill_slots(orders);
    }
    return STATUS_OK;
}

/* -------------------------------------------------------------------------- judging */

SnSerial serial_judge(Exploration *exploration, const Machine *machine, const Word *state)
{
    SerialOrders *orders = exploration->serial;
    if (orders == NULL || !orders->is_judged || !read_outcome(orders, machine, state))
        return SN_SERIAL_UNKNOWN;
    bool is_known = orders->count > 0 && orders->slots[find_slot(orders, &orders->seen)] != 0;
    return is_known ? SN_SERIAL_YES : SN_SERIAL_NO;
}

/* The blocks' lines and threads are the row. */
static uint32_t make_row(Exploration *exploration)
{
    const Program *program = machine_program(exploration->machine);
    uint32_t *lines = mem_alloc(program->code_count, sizeof *lines);
    ThreadId *threads = mem_alloc(program->thread_count, sizeof *threads);
    Finding key = {.kind = FINDING_NOT_SERIALIZABLE, .lines = lines, .threads = threads};
    uint32_t row = NO_ID;
    for (ThreadId t = 0; t < program->thread_count && lines != NULL && threads != NULL; t++) {
        const ThreadCode *code = &program->threads[t];
        bool has_block = false;
        for (uint32_t i = code->first_instr; i < code->first_instr + code->instr_count; i++) {
            if (program->code[i].op != OP_SERIAL_BEGIN)
                continue;
            has_block = true;
            uint32_t line = program->sites[program->code[i].site].part.line, at = key.line_count;
            while (at > 0 && lines[at - 1] > line)
                at--;
            if (at > 0 && lines[at - 1] == line)
                continue;
            memmove(lines + at + 1, lines + at, (key.line_count++ - at) * sizeof *lines);
            lines[at] = line;
        }
        if (has_block)
            threads[key.thread_count++] = t;
    }
    if (lines != NULL && threads != NULL)
        row = finding_row(exploration->detectors.table, &key);
    mem_free(lines);
    mem_free(threads);
    return row;
}

static Status mark_ends(Exploration *exploration)
{
    const Graph *graph = exploration->graph;
    uint32_t row = NO_ID;
    for (StateId s = 0; s < graph->expanded_count; s++) {
        if (graph->first_edge[s] != graph->first_edge[s + 1])
            continue;
        const Word *state = graph_state(graph, s);
        if (machine_end(exploration->machine, state) != STATE_OK)
            continue;
        SnSerial serial = serial_judge(exploration, exploration->machine, state);
        if (serial == SN_SERIAL_UNKNOWN)
            return STATUS_NO_MEMORY;
        if (serial == SN_SERIAL_YES)
            continue;
        if (row == NO_ID)
            row = make_row(exploration);
        if (row == NO_ID || !finding_add_state(exploration->detectors.table, row, s))
            return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

Status serial_find(Exploration *exploration)
{
    if (!machine_program(exploration->machine)->has_serial)
        return STATUS_OK;
    exploration->serial = mem_alloc(1, sizeof *exploration->serial);
    if (exploration->serial == NULL)
        return STATUS_NO_MEMORY;
    Status status = explore(exploration);
    if (status != STATUS_OK)
        return status;
    if (exploration->serial->is_judged)
        return mark_ends(exploration);
    exploration_add_note(exploration,
                         "the serial orders were not all explored: whether the outcomes are serializable is not known");
    return STATUS_OK;
}

/* -------------------------------------------------------------------------- sentences */

/* "a = 1, b = [2, 3], output "x"" */
static void add_outcome(Text *text, const Program *program, const SerialOutcome *outcome)
{
    const char *separator = "";
    for (uint32_t c = 0; c < program->outcome_count; c++) {
        const OutcomeColumn *column = &program->outcome[c];
        text_format(text, "%s%s = ", separator, column->text);
        text_add(text, column->is_array ? "[" : "");
        for (uint32_t i = 0; i < column->count; i++)
            text_format(text, "%s%" PRId64, i == 0 ? "" : ", ", outcome->values[column->first + i]);
        text_add(text, column->is_array ? "]" : "");
        separator = ", ";
    }
    if (!program->outcome_has_output || (!program->has_print && program->outcome_count > 0))
        return;
    text_format(text, "%soutput", separator);
    for (uint32_t i = 0; i < outcome->output_count; i++)
        text_format(text, "%s \"%s\"", i == 0 ? "" : ",", outcome->output[i]);
    text_add(text, outcome->output_count == 0 ? " (none)" : "");
}

bool serial_message(Exploration *exploration, const Machine *machine, const Word *state)
{
    SerialOrders *orders = exploration->serial;
    const Program *program = machine_program(machine);
    Text *text = &exploration->text;
    if (!read_outcome(orders, machine, state))
        return false;
    add_outcome(text, program, &orders->seen);
    text_add(text, " comes from no serial order of the blocks; ");
    if (orders->count == 0) {
        text_add(text, "in each of them a thread waits inside its block for ever");
        return true;
    }
    text_add(text, orders->count == 1 ? "each of them gives: " : "those give: ");
    for (uint32_t i = 0; i < orders->count && i < LISTED_MAX; i++) {
        text_add(text, i == 0 ? "" : "; ");
        add_outcome(text, program, &orders->items[i]);
    }
    if (orders->count > LISTED_MAX)
        text_format(text, "; and %u more", orders->count - LISTED_MAX);
    return true;
}
