/* uses.h: what each thread may still touch, and how.
 *
 * Terms   a *use* is a place with a manner. Places are the objects; beside them the output, the order of spawning, the
 *         handles that are joined, the end of each thread, who stands at a queue without room, and what properties look at. A *step kind* is a
 *         point of a thread, or, where the operation there takes its index from a register, that point at one element.
 *         The *future* of a point are the uses of all steps that its thread may take from there on, and of the threads
 *         that these spawn.
 * Rule    Two step kinds conflict when they use a place in manners that do. Steps without conflict that are both
 *         possible in a state commute there, and neither takes the other away; one may well make the other possible.
 *
 *           READ    conflicts with all that changes the place
 *           WRITE   conflicts with all; also `try`, arms of a select, what stands in a block, counting of a waitgroup,
 *                   release below a maximum, signals, arrivals, `do`, announcements
 *           ADD     release        commutes with ADD and TAKE
 *           TAKE    acquire        commutes with ADD
 *           SET, CLEAR, WAIT       of events: set commutes with set and wait, clear with clear, wait with wait; a
 *                                  thread's end is a SET, a join a WAIT, but a `try join` or `when join` a READ
 *           LOCK    lock, wrlock   commutes with GIVE: who could take it finds it free, so nobody gives it back
 *           SHARE   rdlock         commutes with SHARE and GIVE
 *           GIVE    unlock, also that of `wait`: commutes with GIVE, LOCK, SHARE
 *           SLEEP   going to sleep on a condition: commutes with SLEEP
 *           PUT, GET, CLOSE        of queues with room: put commutes with get, close with get
 *
 *         A step kind that *stops* (an assertion that was seen to fail, `destroy`) conflicts with every other.
 *         Writes to what an `always` looks at conflict with each other, and so do, where daemons may outlive the other
 *         threads, writes to what a `finally` looks at and the steps with which a thread may end: every order of them
 *         is kept.
 * Seen    Of the elements of an array that a step may touch, the futures have only those that somebody was seen to stand
 *         before (uses_see). A search begins with none, and begins anew with more, until it sees no other: then nobody
 *         can ever come to stand before another. For suppose somebody does, at the end of w, and nobody before him in
 *         w: w is an execution of a program in which such steps are not possible. The search was one of that
 *         program, which keeps its ends: in one that goes on from w he stands there, and was seen.
 * Finer than dependence.h, which must tell apart what only a whole execution can: here the steps that a state allows
 *         are compared, so acquire and release, or set and wait, need no order.
 * Limits  64 threads, and tables of some hundred megabytes; no virtual clock, interpreter lock, event loop, fibres,
 *         pools or limited cores (where steps depend on each other that touch nothing in common), no fork, no queues
 *         that lose, repeat, reorder or want acknowledgements: `*is_unfit`.
 * Owner   uses_free. For one program: make another one after machine_relayout.
 * Source  conflicts of operations by their class: P. Godefroid, "Partial-order methods for the verification of
 *         concurrent systems", LNCS 1032, 1996, chapter 3; the futures are those of W. Overman's algorithm there, 4.4.
 */
#ifndef EXPLORE_USES_H
#define EXPLORE_USES_H

#include "base/record.h"
#include "machine/machine.h"

enum { USES_THREADS_MAX = 64 };

typedef uint32_t StepKind;
typedef uint64_t ThreadSet; /* bit t: thread t */

typedef struct Uses Uses;

/* NULL: no memory, or `*is_unfit`. */
Uses *uses_new(const Program *program, bool *is_unfit);
void uses_free(Uses *uses);

/* The step that a thread standing at this point (1 .. point_count) takes next. */
StepKind uses_kind(const Uses *uses, const Machine *machine, const Word *state, ThreadId thread, uint32_t point);
/* Steps of this kind were seen to end the execution: they conflict with all others. False: known already. */
bool uses_add_stop(Uses *uses, ThreadId thread, uint32_t point);
/* A thread stood before a step of this kind. False: known already. */
bool uses_see(Uses *uses, StepKind kind);
/* The same step of another thread whose code is equal. */
StepKind uses_alike(const Uses *uses, StepKind kind, ThreadId from, ThreadId to, uint32_t point);
/* What was added and seen so far, and what of it the answers mind, in a file; false: see record.h. */
bool uses_save(const Uses *uses, Record *record);
/* Into the uses of an equal program. STATUS_INVALID: it is another. */
Status uses_restore(Uses *uses, Record *record);
/* From here on the answers mind what was added and seen. */
void uses_refresh(Uses *uses);

/* Two next steps. */
bool uses_conflict(const Uses *uses, StepKind a, StepKind b);
/* A next step, and anything that a thread may do that stands at this point. */
bool uses_meet(const Uses *uses, StepKind step, ThreadId thread, uint32_t point);
/* Can anything that a thread does from this point on make the step possible? */
bool uses_may_enable(const Uses *uses, StepKind step, ThreadId thread, uint32_t point);

#endif
