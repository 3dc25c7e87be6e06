/* wakeup.h: wake-up trees: what is still to be explored behind a prefix, as sequences that share their beginnings.
 *
 * Shape   Nodes of one pool, by number; 0 is none. The tree of a prefix is the list of its first nodes, oldest first,
 *         which is the order in which they are explored. An Act is a thread's next step: with its result, and what it
 *         touches when it is taken there.
 * Owner   the pool; a list is freed by wakeup_drop, or handed on. Errors false: no memory.
 * Source  Abdulla, Aronis, Jonsson, Sagonas, "Source sets: a foundation for optimal dynamic partial order reduction",
 *         J. ACM 64(4), 2017, sections 6 and 7. There a tree holds the branch that is being explored as well; here that
 *         branch has left it, since a sequence that is inserted never begins with it. */
#ifndef EXPLORE_WAKEUP_H
#define EXPLORE_WAKEUP_H

#include "explore/dependence.h"

typedef struct Act {
    ThreadId thread;
    uint32_t choice, choices; /* which result of how many */
    FootprintId footprint;
} Act;

typedef uint32_t WakeId;

typedef struct WakeNode {
    Act act;
    WakeId next;        /* sibling */
    WakeId first, last; /* children */
} WakeNode;

typedef struct WakePool {
    WakeNode *nodes;
    uint32_t count, room;
    WakeId free; /* list by `next` */
} WakePool;

typedef struct WakeList {
    WakeId first, last;
} WakeList;

void wakeup_free(WakePool *pool);
/* Where the sequence can begin with the act: it does not come after anything there (index of the act in the
 * sequence), or it conflicts with nothing there (`count`). NO_ID: no. */
uint32_t wakeup_initial(Dependence *dependence, Act act, const Act *sequence, uint32_t count);
/* Adds the sequence, unless one that is there, or a part of it, makes it superfluous. The sequence is used up. */
bool wakeup_insert(WakePool *pool, Dependence *dependence, WakeList *list, Act *sequence, uint32_t count);
/* The act as the youngest child of `parent`, or of the list where that is 0; 0: no memory. */
WakeId wakeup_append(WakePool *pool, WakeList *list, WakeId parent, Act act);
/* Takes the oldest branch out; its children become `*below`. */
Act wakeup_take(WakePool *pool, WakeList *list, WakeList *below);
void wakeup_drop(WakePool *pool, WakeList *list);

#endif
