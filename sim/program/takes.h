/* takes.h: which operations may have taken the locks that a thread owns at a place of its code.
 *
 * Shape   a *take* is an instruction that takes a mutex or rwlock: lock, rdlock, wrlock, and the end of a `wait c
 *         with m`. Reaching definitions: a take reaches the places behind it up to an unlock of surely the same lock.
 *         Unlocks of recursive mutexes and of read locks end nothing, since an outer one may remain.
 * Owner   takes_free.
 * Source  reaching definitions as in Aho, Lam, Sethi, Ullman, "Compilers", 2nd ed., section 9.2.4. */
#ifndef PROGRAM_TAKES_H
#define PROGRAM_TAKES_H

#include "program/program.h"

typedef struct Takes {
    const Program *program;
    const ThreadCode *thread;
    uint32_t *instrs; /* the takes, ascending addresses */
    uint32_t count, words;
    uint64_t *reach; /* by instruction of the thread: `words` words, a bit for each take that reaches it */
} Takes;

/* The lock that an instruction takes (or, for a sleeper that may wake unasked, could take): its first possible object,
 * and how many from there on it may be. False: it takes no lock. */
bool takes_lock(const Program *program, const Instr *instr, ObjectId *first, uint32_t *count);

/* STATUS_NO_MEMORY leaves nothing behind. */
Status takes_find(const Program *program, const ThreadCode *thread, Takes *takes);
void takes_free(Takes *takes);

/* May the thread own a lock when it stands at this instruction? */
bool takes_any(const Takes *takes, uint32_t address);
/* May it own this one? */
bool takes_may_own(const Takes *takes, uint32_t address, ObjectId lock);
/* The line where the thread took the lock that it owns at this instruction; the first of them, and `*is_unique` false,
 * where several may be it; 0: none. */
uint32_t takes_line(const Takes *takes, uint32_t address, ObjectId lock, bool *is_unique);

#endif
