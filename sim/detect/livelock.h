/* livelock.h: when a set of states in which a run can stay for ever is a livelock, or starves a thread.
 *
 * Terms   a *loop* is a reachable, strongly connected set of states with at least one step inside. A run that stays in
 *         it for ever is *weakly fair* when no thread is enabled all the time without ever taking a step; such a run
 *         exists exactly when each thread that is enabled in all states of the loop has a step inside (then the run
 *         that passes all its states and steps again and again is fair). It suffices to look at maximal loops: a
 *         thread that is enabled in all states of one, with no step inside, makes every part of it unfair as well.
 *         Spurious wake-ups (--spurious) lie on no loop and enable nobody: each may happen, but not for ever.
 *         A thread *gets on* when it passes a `progress` or ends.
 * Livelock  a fair loop of the graph without the steps in which somebody gets on. Somebody must be deprived by it: a
 *         thread that is no daemon, has not ended, and is not deadlocked (daemons may go round for ever; who is
 *         deadlocked is told as that, and so is who waits for a lock or the end of such a thread).
 * Starvation  of thread t, deprived as above: a fair loop of the graph without the steps in which t gets on, in which
 *         another thread passes a `progress`. Where neither a `progress` nor its end lies ahead of t in its code,
 *         going round is all that it can do; then the loop must do without all steps of t that others can notice: t
 *         waits, or spins: it reads, fails to take, writes what is there already.
 * Never   of `eventually e`: a fair loop of the states that are reached while e has not been true yet.
 * Row     livelock: the lines of the steps inside. Starvation: the thread, and the lines at which it stands. Never: the
 *         line of the `eventually`. States of the loops are marked.
 * Source  the rule of weak fairness ("justice"): D. Lehmann, A. Pnueli, J. Stavi, "Impartiality, justice and fairness",
 *         ICALP 1981; loops as the accepting sets of a generalised Büchi automaton whose duties are "t steps, or t is
 *         disabled": C. Courcoubetis, M. Vardi, P. Wolper, M. Yannakakis, "Memory-efficient algorithms for the
 *         verification of temporal properties", Formal Methods in System Design 1, 1992. */
#ifndef DETECT_LIVELOCK_H
#define DETECT_LIVELOCK_H

#include "detect/deadlock.h"
#include "trace/monitor.h"

/* ------------------------------------------------------------------ while the search goes on */

/* The steps that pass a `progress`, with who does (step_thread_bit), in order of their ids. Ends of threads may be among
 * them; they lie on no loop. */
typedef struct ProgressLog {
    uint64_t *edges, *threads;
    uint64_t count, edge_room, thread_room;
} ProgressLog;

Status progress_state(ProgressLog *log, const MonitorEvent *event);
/* False: no memory. */
bool progress_add(ProgressLog *log, uint64_t edge, uint64_t threads);
void progress_restart(ProgressLog *log);
void progress_free(ProgressLog *log);
/* Who passes a `progress` on this step; 0: nobody. */
uint64_t progress_on(const ProgressLog *log, uint64_t edge);

/* ---------------------------------------------------------------------------------- judging */

/* A loop in figures. */
typedef struct LoopFacts {
    uint32_t thread_count;
    uint64_t state_count;
    const uint64_t *enabled_in; /* by thread: in how many of the states it has a step */
    const uint64_t *steps;      /* by thread: how many of its steps lie inside */
    uint64_t progressed;        /* who passes a `progress` inside, by step_thread_bit */
} LoopFacts;

bool livelock_is_fair(const LoopFacts *facts);

/* Who is deprived by a loop that has this state, in which `threads` (ascending) have a step; the same for all its
 * states. */
Status livelock_deprived(DeadlockDetector *deadlock, const Machine *machine, const Word *state,
                         const ThreadId *threads, uint32_t thread_count, bool *deprived);
bool livelock_starves(const LoopFacts *facts, ThreadId thread);

/* For each point of the thread (0 .. point_count): whether a `progress` or the thread's end lies ahead in its code.
 * `ahead` has room for them. */
Status livelock_ways_on(const Program *program, ThreadId thread, bool *ahead);
/* No jump leads back: no loop is possible. */
bool livelock_is_straight(const Program *program);

#endif
