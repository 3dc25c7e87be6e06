/* build.h: from a schedule to an SnTrace: every step in words, what the threads wait for, and the remarks of a
 * finding.
 *
 * Shape   ids of objects in the trace are the program's; threads are the declared ones and those that were spawned
 *         on the way.
 * Owner   the trace owns all of its memory (trace_free) and points to nothing but `scenario`, which it does not look
 *         into.
 * Errors  STATUS_INVALID with a sentence in `*message` (mem_free) when a step is not possible; STATUS_NO_MEMORY.
 *         `message` may be NULL. Outputs are set empty first.
 * Machine any machine of the scenario; one with keep_locals shows the locals. It may be laid out anew. */
#ifndef TRACE_BUILD_H
#define TRACE_BUILD_H

#include "snarl/snarl.h"

#include "machine/machine.h"
#include "trace/schedule.h"

/* The finding that a trace shows. Ids of threads are those of the program given to trace_build; of objects those of any
 * program of the scenario. */
typedef struct TraceSubject {
    FindingKind kind;
    const ObjectId *objects;
    uint32_t object_count;
    const uint32_t *lines;
    uint32_t line_count;
    const ThreadId *threads;
    uint32_t thread_count;
    const char *text;    /* of the assertion, misuse, error; NULL: taken from the issue of the last step */
    bool is_cycle;       /* deadlock: a cycle while others can still step */
    uint32_t loop_start; /* livelock, starvation: steps before the loop; NO_ID otherwise */
    uint32_t eventually; /* final, livelock: number of the `eventually` that is broken, from 1; 0: none */
} TraceSubject;

/* Replays the steps and builds the trace. `program`: whose thread ids `steps` and `subject` use; NULL: the machine's.
 * Without a subject the trace explains its own end: a deadlock, a failed assertion, else a lost update on the way. */
Status trace_build(const SnScenario *scenario, Machine *machine, const Program *program, const ScheduleStep *steps,
                   uint32_t count, const TraceSubject *subject, SnTrace **trace, char **message);
/* The same from named steps; `subject->threads` are those of `program`. */
Status trace_build_schedule(const SnScenario *scenario, Machine *machine, const Program *program,
                            const Schedule *schedule, const TraceSubject *subject, SnTrace **trace, char **message);
/* Marks that the steps from `loop_start` on repeat for ever. */
Status trace_set_loop(SnTrace *trace, uint32_t loop_start);
/* sn_trace_free. Accepts NULL. */
void trace_free(SnTrace *trace);

/* The independent check: replays the steps and says whether they show the finding at their end. `*reason` (may be NULL;
 * static text) says what was missing. Errors as trace_build, but an impossible step is `*shown = false`, not an error.
 */
Status trace_check(Machine *machine, const Program *program, const ScheduleStep *steps, uint32_t count,
                   const TraceSubject *subject, bool *shown, const char **reason);

/* "step 3: B cannot step: m is held by A (line 4); A could" for the refusal of a schedule, whose steps before it are
 * `done`. NULL: no memory. */
struct Refusal;
char *trace_refusal_text(Machine *machine, const Schedule *done, const struct Refusal *refusal);

#endif
