#include "detect/finding.h"

#include <string.h>

#ifdef SNARL_SMALL_TABLES
enum { FIRST_ROWS = 2, FIRST_MARKS = 2, FIRST_SLOTS = 2 };
#else
enum { FIRST_ROWS = 8, FIRST_MARKS = 16, FIRST_SLOTS = 32 };
#endif

enum { RECALL_SLOTS = 64 };

typedef struct Recall {
    uint32_t kind, object, first_line, second_line;
    uint32_t row; /* + 1; 0: empty */
} Recall;

/* Rows are allocated one by one, so that a Finding stays where it is while the table grows. Slots hold row + 1. */
struct FindingTable {
    Finding **rows;
    uint32_t count, room;
    uint32_t *slots;
    uint32_t slot_count; /* a power of two, at least twice `count` */
    Recall recall[RECALL_SLOTS];
};

FindingTable *finding_table_new(void)
{
    FindingTable *table = mem_alloc(1, sizeof *table);
    if (table == NULL)
        return NULL;
    table->slot_count = FIRST_SLOTS;
    table->slots = mem_alloc(table->slot_count, sizeof *table->slots);
    if (table->slots == NULL) {
        mem_free(table);
        return NULL;
    }
    return table;
}

static void row_free(Finding *row)
{
    if (row == NULL)
        return;
    mem_free(row->objects);
    mem_free(row->lines);
    mem_free(row->threads);
    mem_free(row->blocked_lines);
    mem_free(row->states);
    mem_free(row->edges);
    mem_free(row->edge_from);
    mem_free(row);
}

void finding_table_clear(FindingTable *table)
{
    for (uint32_t i = 0; i < table->count; i++)
        row_free(table->rows[i]);
    table->count = 0;
    memset(table->recall, 0, sizeof table->recall);
    memset(table->slots, 0, table->slot_count * sizeof *table->slots);
}

void finding_table_free(FindingTable *table)
{
    if (table == NULL)
        return;
    finding_table_clear(table);
    mem_free(table->rows);
    mem_free(table->slots);
    mem_free(table);
}

uint32_t finding_count(const FindingTable *table)
{
    return table->count;
}

const Finding *finding_get(const FindingTable *table, uint32_t index)
{
    return table->rows[index];
}

/* ----------------------------------------------------------------- identity */

static bool has_same_threads(const Finding *a, const Finding *b)
{
    return a->thread_count == b->thread_count &&
           (a->thread_count == 0 || memcmp(a->threads, b->threads, a->thread_count * sizeof *a->threads) == 0);
}

/* Deadlocks are told apart by who stands where; everything else by objects and lines. */
static bool is_same(const Finding *a, const Finding *b)
{
    if (a->kind != b->kind || a->eventually != b->eventually ||
        (a->kind == FINDING_STARVATION && !has_same_threads(a, b)))
        return false;
    if (a->kind == FINDING_DEADLOCK)
        return a->thread_count == b->thread_count &&
               (a->thread_count == 0 ||
                (memcmp(a->threads, b->threads, a->thread_count * sizeof *a->threads) == 0 &&
                 memcmp(a->blocked_lines, b->blocked_lines, a->thread_count * sizeof *a->blocked_lines) == 0));
    return a->object_count == b->object_count && a->line_count == b->line_count &&
           (a->object_count == 0 || memcmp(a->objects, b->objects, a->object_count * sizeof *a->objects) == 0) &&
           (a->line_count == 0 || memcmp(a->lines, b->lines, a->line_count * sizeof *a->lines) == 0);
}

static uint64_t mix(uint64_t hash, const uint32_t *numbers, uint32_t count)
{
    hash = (hash ^ count) * UINT64_C(0x9E3779B97F4A7C15);
    for (uint32_t i = 0; i < count; i++) {
        hash = (hash ^ numbers[i]) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 32;
    }
    return hash;
}

static uint64_t hash_of(const Finding *finding)
{
    uint64_t hash = (uint64_t)finding->kind + 1;
    if (finding->kind == FINDING_DEADLOCK) {
        hash = mix(hash, finding->threads, finding->thread_count);
        return mix(hash, finding->blocked_lines, finding->thread_count);
    }
    if (finding->kind == FINDING_STARVATION)
        hash = mix(hash, finding->threads, finding->thread_count);
    hash = mix(hash + finding->eventually, finding->objects, finding->object_count);
    return mix(hash, finding->lines, finding->line_count);
}

/* The slot of the row with the identity of `key`, or the empty slot where it belongs. */
static uint32_t find_slot(const FindingTable *table, const Finding *key)
{
    uint32_t mask = table->slot_count - 1;
    uint32_t slot = (uint32_t)hash_of(key) & mask;
    while (table->slots[slot] != 0 && !is_same(table->rows[table->slots[slot] - 1], key))
        slot = (slot + 1) & mask;
    return slot;
}

static bool grow_slots(FindingTable *table)
{
    uint32_t *larger = mem_alloc((size_t)table->slot_count * 2, sizeof *larger);
    if (larger == NULL)
        return false;
    mem_free(table->slots);
    table->slots = larger;
    table->slot_count *= 2;
    for (uint32_t i = 0; i < table->count; i++)
        table->slots[find_slot(table, table->rows[i])] = i + 1;
    return true;
}

static bool grow_rows(FindingTable *table)
{
    uint32_t room = table->room == 0 ? FIRST_ROWS : table->room * 2;
    Finding **larger = mem_resize(table->rows, room, sizeof *larger);
    if (larger == NULL)
        return false;
    table->rows = larger;
    table->room = room;
    return true;
}

/* A copy of `count` numbers; an empty list is NULL. */
static bool copy_numbers(uint32_t **copy, const uint32_t *numbers, uint32_t count)
{
    if (count == 0 || numbers == NULL)
        return true;
    *copy = mem_alloc(count, sizeof **copy);
    if (*copy == NULL)
        return false;
    memcpy(*copy, numbers, count * sizeof **copy);
    return true;
}

static Finding *copy_row(const Finding *key)
{
    Finding *row = mem_alloc(1, sizeof *row);
    if (row == NULL)
        return NULL;
    row->kind = key->kind;
    row->object_count = key->object_count;
    row->line_count = key->line_count;
    row->thread_count = key->thread_count;
    row->text = key->text;
    row->is_cycle = key->is_cycle;
    row->eventually = key->eventually;
    if (copy_numbers(&row->objects, key->objects, key->object_count) &&
        copy_numbers(&row->lines, key->lines, key->line_count) &&
        copy_numbers(&row->threads, key->threads, key->thread_count) &&
        copy_numbers(&row->blocked_lines, key->blocked_lines, key->thread_count))
        return row;
    row_free(row);
    return NULL;
}

uint32_t finding_find(const FindingTable *table, const Finding *key)
{
    uint32_t slot = find_slot(table, key);
    return table->slots[slot] == 0 ? NO_ID : table->slots[slot] - 1;
}

uint32_t finding_row(FindingTable *table, const Finding *key)
{
    uint32_t slot = find_slot(table, key);
    if (table->slots[slot] != 0)
        return table->slots[slot] - 1;
    if (table->count == table->room && !grow_rows(table))
        return NO_ID;
    if ((table->count + 1) * 2 > table->slot_count) {
        if (!grow_slots(table))
            return NO_ID;
        slot = find_slot(table, key);
    }
    Finding *row = copy_row(key);
    if (row == NULL)
        return NO_ID;
    table->rows[table->count] = row;
    table->slots[slot] = ++table->count;
    return table->count - 1;
}

static uint32_t recall_slot(FindingKind kind, uint32_t object, uint32_t first_line, uint32_t second_line)
{
    return ((uint32_t)kind * 31 + object * 17 + first_line * 5 + second_line) % RECALL_SLOTS;
}

uint32_t finding_recall(const FindingTable *table, FindingKind kind, uint32_t object, uint32_t first_line,
                        uint32_t second_line)
{
    const Recall *recall = &table->recall[recall_slot(kind, object, first_line, second_line)];
    bool is_it = recall->row != 0 && recall->kind == (uint32_t)kind && recall->object == object &&
                 recall->first_line == first_line && recall->second_line == second_line;
    return is_it ? recall->row - 1 : NO_ID;
}

void finding_remember(FindingTable *table, FindingKind kind, uint32_t object, uint32_t first_line, uint32_t second_line,
                      uint32_t row)
{
    table->recall[recall_slot(kind, object, first_line, second_line)] = (Recall){
        .kind = (uint32_t)kind, .object = object, .first_line = first_line, .second_line = second_line, .row = row + 1};
}

/* -------------------------------------------------------------------- marks */

static uint64_t larger_room(uint64_t room)
{
    return room == 0 ? FIRST_MARKS : room + room / 2 + 1;
}

bool finding_add_state(FindingTable *table, uint32_t row, uint32_t state)
{
    Finding *finding = table->rows[row];
    if (finding->state_count > 0 && finding->states[finding->state_count - 1] == state)
        return true;
    if (finding->state_count == finding->state_room) {
        uint64_t room = larger_room(finding->state_room);
        uint32_t *states = mem_resize(finding->states, room, sizeof *states);
        if (states == NULL)
            return false;
        finding->states = states;
        finding->state_room = room;
    }
    finding->states[finding->state_count++] = state;
    return true;
}

bool finding_add_edge(FindingTable *table, uint32_t row, uint32_t from, uint64_t edge)
{
    Finding *finding = table->rows[row];
    if (finding->edge_count > 0 && finding->edges[finding->edge_count - 1] == edge)
        return true;
    if (finding->edge_count == finding->edge_room) {
        uint64_t room = larger_room(finding->edge_room);
        uint64_t *edges = mem_resize(finding->edges, room, sizeof *edges);
        if (edges == NULL)
            return false;
        finding->edges = edges;
        uint32_t *edge_from = mem_resize(finding->edge_from, room, sizeof *edge_from);
        if (edge_from == NULL)
            return false; /* `edges` is larger than edge_room says, which harms nobody */
        finding->edge_from = edge_from;
        finding->edge_room = room;
    }
    finding->edges[finding->edge_count] = edge;
    finding->edge_from[finding->edge_count++] = from;
    return true;
}

void finding_keep_marks(FindingTable *table, uint32_t row, bool (*keeps)(void *context, uint32_t state, uint64_t edge),
                        void *context)
{
    Finding *finding = table->rows[row];
    uint64_t kept = 0;
    for (uint64_t i = 0; i < finding->state_count; i++)
        if (keeps(context, finding->states[i], UINT64_MAX))
            finding->states[kept++] = finding->states[i];
    finding->state_count = kept;
    kept = 0;
    for (uint64_t i = 0; i < finding->edge_count; i++)
        if (keeps(context, finding->edge_from[i], finding->edges[i])) {
            finding->edges[kept] = finding->edges[i];
            finding->edge_from[kept++] = finding->edge_from[i];
        }
    finding->edge_count = kept;
}

/* Eleven bits at a time, from the lowest; digits in which all agree are left out. */
static void sort_numbers(uint64_t *numbers, uint64_t *spare, uint64_t count)
{
    enum { BITS = 11, DIGITS = 1 << BITS };
    uint64_t *from = numbers, *to = spare;
    for (uint32_t shift = 0; shift < 64; shift += BITS) {
        uint64_t starts[DIGITS + 1] = {0};
        for (uint64_t i = 0; i < count; i++)
            starts[(from[i] >> shift & (DIGITS - 1)) + 1]++;
        bool is_same = false;
        for (uint32_t d = 0; d < DIGITS; d++) {
            is_same |= starts[d + 1] == count;
            starts[d + 1] += starts[d];
        }
        if (is_same)
            continue;
        for (uint64_t i = 0; i < count; i++)
            to[starts[from[i] >> shift & (DIGITS - 1)]++] = from[i];
        uint64_t *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != numbers)
        memcpy(numbers, from, count * sizeof *numbers);
}

static bool sort_states(uint32_t *states, uint64_t count)
{
    uint64_t *wide = mem_alloc(count * 2, sizeof *wide);
    if (wide == NULL)
        return false;
    for (uint64_t i = 0; i < count; i++)
        wide[i] = states[i];
    sort_numbers(wide, wide + count, count);
    for (uint64_t i = 0; i < count; i++)
        states[i] = (uint32_t)wide[i];
    mem_free(wide);
    return true;
}

bool finding_sort_marks(FindingTable *table, uint32_t row)
{
    Finding *finding = table->rows[row];
    if (finding->state_count > 1 && !sort_states(finding->states, finding->state_count))
        return false;
    if (finding->edge_count < 2)
        return true;
    uint64_t *spare = mem_alloc(finding->edge_count, sizeof *spare);
    if (spare == NULL)
        return false;
    sort_numbers(finding->edges, spare, finding->edge_count);
    mem_free(spare);
    return sort_states(finding->edge_from, finding->edge_count); /* edges are numbered in the order of their states */
}
