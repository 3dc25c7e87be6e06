#include "report/busy.h"

#include <string.h>

#include "base/memory.h"

static int64_t add(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static int64_t makespan(const SnTrace *trace)
{
    int64_t last = 0;
    for (uint32_t t = 0; t < trace->thread_count; t++) {
        if (trace->threads[t].is_daemon)
            continue;
        if (trace->thread_ends[t] < 0)
            return trace->end_ns;
        if (trace->thread_ends[t] > last)
            last = trace->thread_ends[t];
    }
    return last;
}

bool busy_sum(const SnTrace *trace, Busy *busy)
{
    *busy = (Busy){.trace = trace, .core_count = trace->cores > 0 ? trace->cores : trace->cores_used};
    busy->tasks = mem_alloc((size_t)trace->thread_count + 1, sizeof *busy->tasks);
    busy->cores_ns = mem_alloc((size_t)busy->core_count + 1, sizeof *busy->cores_ns);
    if (busy->tasks == NULL || busy->cores_ns == NULL) {
        busy_free(busy);
        return false;
    }
    for (uint32_t t = 0; t < trace->thread_count; t++) {
        busy->tasks[t].start_ns = trace->thread_starts[t];
        busy->tasks[t].end_ns = trace->thread_ends[t];
    }
    for (uint32_t s = 0; s < trace->span_count; s++) {
        const SnSpan *span = &trace->spans[s];
        int64_t length = span->to_ns - span->from_ns, *spent = &busy->tasks[span->thread].spent_ns[span->kind];
        *spent = add(*spent, length);
        if (span->core != SN_NONE) {
            busy->cores_ns[span->core] += length;
            busy->computed_ns = add(busy->computed_ns, length);
        }
        bool is_work = span->kind == SN_SPAN_COMPUTE || span->kind == SN_SPAN_IO || span->kind == SN_SPAN_SLEEP;
        if (is_work && !trace->threads[span->thread].is_daemon)
            busy->sequential_ns = add(busy->sequential_ns, length);
    }
    busy->makespan_ns = makespan(trace);
    return true;
}

void busy_free(Busy *busy)
{
    mem_free(busy->tasks);
    mem_free(busy->cores_ns);
    memset(busy, 0, sizeof *busy);
}
