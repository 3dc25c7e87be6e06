/* race.h: data races: two threads whose next accesses touch the same plain variable, one of them writing.
 *
 * Rule    in a reachable state two threads that both have a step are about to access the same element of a `shared`
 *         variable, at least one writes, and not both accesses are atomic (inside `atomic` or `await`, or cas,
 *         fetch_add, exchange).
 * Row     object and the set of the two lines; marks the state.
 * Speed   what each point of the program may touch is worked out once: most threads are passed over by one look
 *         into a table, and a plain load or store at a fixed place needs no look into the state. Only computed
 *         indices, blocks and selects ask the machine.
 * Owner   race_free; the detector follows machine_program when the layout changes. */
#ifndef DETECT_RACE_H
#define DETECT_RACE_H

#include "detect/finding.h"
#include "trace/monitor.h"

typedef struct RaceDetector RaceDetector;

/* One racing pair; first < second. */
typedef struct RacePair {
    ObjectId object;
    ThreadId first, second;
    uint32_t first_line, second_line;
    bool first_writes, second_writes;
} RacePair;

RaceDetector *race_new(FindingTable *table); /* NULL: no memory */
void race_free(RaceDetector *detector);

/* The pairs that race in a state, where `threads` (ascending) are those that have a step. `*pairs` lives until the next
 * call. */
Status race_scan(RaceDetector *detector, Machine *machine, const Word *state, const ThreadId *threads,
                 uint32_t thread_count, const RacePair **pairs, uint32_t *pair_count);

/* The row's identity for a pair: fills `key`, whose arrays point into `object` and `lines` (room for 1 and 2). */
void race_key(const RacePair *pair, ObjectId *object, uint32_t *lines, Finding *key);

Status race_state(RaceDetector *detector, const MonitorEvent *event);
void race_restart(RaceDetector *detector);

/* The plain variables that a step from this point of a program may read, and may write: bit `object modulo 64` of each. False: no memory. */
bool race_touches(RaceDetector *detector, const Program *program, ThreadId thread, uint32_t point, uint64_t *reads, uint64_t *writes);

#endif
