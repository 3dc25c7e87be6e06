/* interned.h: states that go from the machine of one process to that of another, both of the same program and in the
 * same layout.
 *
 * Two fields of a state are numbers that each machine gives in its own order: how the execution stopped, and what was
 * printed so far. All other bits mean the same everywhere. So each machine tells the others what its new numbers stand
 * for, before it sends states with them; who receives keeps a map from the sender's numbers to its own.
 *
 * Owner   the map, interned_map_free. Errors STATUS_NO_MEMORY.
 * Threads none may expand meanwhile. */
#ifndef MACHINE_INTERNED_H
#define MACHINE_INTERNED_H

#include "machine/machine.h"

/* How many there are. */
typedef struct Interned {
    uint32_t stops, outputs;
} Interned;

typedef struct InternedMap { /* by number of the sender */
    uint32_t *stops, *outputs;
    uint32_t stop_count, output_count;
} InternedMap;

/* What did not fit in the last STATUS_RELAYOUT. */
typedef struct Overflow {
    int64_t value;
    uint32_t field, function;
} Overflow;

void machine_common_bits(const Machine *machine, Word *mask); /* those that mean the same in every process */
Interned machine_interned(const Machine *machine);
/* What the numbers from `from` on stand for, appended. */
void machine_tell_interned(const Machine *machine, Interned from, Text *out);
/* The same at the other end. */
Status machine_learn_interned(Machine *machine, const char *bytes, size_t length, InternedMap *map);
void interned_map_free(InternedMap *map);
/* Every number so far has room in a state. False: machine_relayout makes it. */
bool machine_interned_fits(Machine *machine);
/* A state of the sender becomes one of this machine. */
void machine_adopt(const Machine *machine, const InternedMap *map, Word *state);

Overflow machine_overflow(const Machine *machine);
/* As if it had happened here: machine_relayout comes next. */
void machine_set_overflow(Machine *machine, Overflow overflow);

#endif
