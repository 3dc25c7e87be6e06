/* finding.h: the table of what was found: one row for each kind, set of objects and line, with every place where it happens.
 *
 * Shape   rows in order of first occurrence; the order of the report is the business of api/, which knows the schedules.
 * Owner   finding_table_free.
 * Identity  kind, objects, lines, the `eventually` (deadlock: the set of blocked threads with their lines; starvation:
 *         the thread, too). */
#ifndef DETECT_FINDING_H
#define DETECT_FINDING_H

#include "machine/machine.h"

typedef struct Finding {
    FindingKind kind;
    ObjectId *objects;  uint32_t object_count; /* ascending */
    uint32_t *lines;    uint32_t line_count;   /* ascending, distinct; part of the identity */
    ThreadId *threads;  uint32_t thread_count; /* deadlock: the blocked ones, part of the identity, with blocked_lines; else of the first occurrence */
    uint32_t *blocked_lines;                   /* deadlock: the line of each thread */
    const char *text;                          /* assertion text, what the misuse is; NULL */
    uint32_t eventually;                       /* final, livelock: number of the `eventually` that is broken, from 1; 0: none */
    bool is_cycle;                             /* deadlock: some threads wait in a cycle while others can still step; lock order: confirmed */
    uint32_t *states;   uint64_t state_count, state_room; /* happens in these states */
    uint64_t *edges;    uint64_t edge_count, edge_room;   /* happens on these edges */
    uint32_t *edge_from;                       /* the state of each of the edges */
} Finding;

typedef struct FindingTable FindingTable;

FindingTable *finding_table_new(void); /* NULL: no memory */
void finding_table_free(FindingTable *table);
void finding_table_clear(FindingTable *table);
uint32_t finding_count(const FindingTable *table);
/* Stays where it is until the table is cleared. */
const Finding *finding_get(const FindingTable *table, uint32_t index);

/* The row with the identity of `key`, or NO_ID. */
uint32_t finding_find(const FindingTable *table, const Finding *key);
/* Finds or adds the row with the identity of `key` (its states and edges are ignored; arrays are copied). NO_ID: no memory. */
uint32_t finding_row(FindingTable *table, const Finding *key);
/* A memory of the rows that were looked up lately, by numbers that decide the identity; for detectors that find the same rows in millions of
 * states. NO_ID: not remembered. */
uint32_t finding_recall(const FindingTable *table, FindingKind kind, uint32_t object, uint32_t first_line, uint32_t second_line);
void finding_remember(FindingTable *table, FindingKind kind, uint32_t object, uint32_t first_line, uint32_t second_line, uint32_t row);
/* Both ignore a repetition of the newest entry. False: no memory. */
bool finding_add_state(FindingTable *table, uint32_t row, uint32_t state);
bool finding_add_edge(FindingTable *table, uint32_t row, uint32_t from, uint64_t edge);
/* Forgets the marks of a row for which `keeps` is false; `edge` is UINT64_MAX for a marked state. The row stays, perhaps empty. */
void finding_keep_marks(FindingTable *table, uint32_t row, bool (*keeps)(void *context, uint32_t state, uint64_t edge),
                        void *context);
/* Marks that were added in any order, each once, into ascending order. False: no memory. */
bool finding_sort_marks(FindingTable *table, uint32_t row);

#endif
