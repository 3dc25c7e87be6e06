/* times.c: in which time the executions finish on the virtual clock. */
#include "api/exploration.h"
#include "base/duration.h"
#include "trace/replay.h"

const char *sn_span_name(SnSpanKind kind)
{
    switch (kind) {
    case SN_SPAN_COMPUTE: return "compute";
    case SN_SPAN_COST: return "cost";
    case SN_SPAN_READY: return "ready";
    case SN_SPAN_IO: return "io";
    case SN_SPAN_SLEEP: return "sleep";
    case SN_SPAN_WAIT: break;
    }
    return "wait";
}

char *sn_print_duration(int64_t ns, char text[40])
{
    return duration_print(ns, text);
}

/* ------------------------------------------------------------------ listening */

static Status on_state(void *context, const MonitorEvent *event)
{
    Exploration *exploration = context;
    const Monitor *detectors = &exploration->monitor;
    Status status = weights_state(&exploration->weights, event);
    return status == STATUS_OK ? detectors->state(detectors->context, event) : status;
}

static void on_restart(void *context)
{
    Exploration *exploration = context;
    weights_restart(&exploration->weights);
    exploration->monitor.restart(exploration->monitor.context);
}

Monitor times_monitor(Exploration *exploration)
{
    exploration->monitor = detectors_monitor(&exploration->detectors);
    return (Monitor){.context = exploration, .state = on_state, .restart = on_restart};
}

/* -------------------------------------------------------------------- telling */

static bool is_finish(void *context, StateId state)
{
    const Exploration *exploration = context;
    return machine_all_ended(exploration->machine, graph_state(exploration->graph, state));
}

static const char *schedule_of(Exploration *exploration, const TimePath *path)
{
    schedule_print_steps(machine_program(exploration->machine), path->steps, path->count, &exploration->text);
    return exploration_take_text(exploration);
}

/* "takes 2 s is not so (line 3): the executions take 1 s to 3 s" */
static void note_mismatch(Exploration *exploration)
{
    const Scenario *tree = exploration->scenario->tree;
    Text *text = &exploration->text;
    text_format(text, "`takes` in line %u says ", tree->takes_span.line);
    duration_add(text, tree->takes_least_ns);
    if (tree->takes_most_ns != tree->takes_least_ns) {
        text_add(text, " to ");
        duration_add(text, tree->takes_most_ns);
    }
    const SnTime *time = &exploration->owned->result.time;
    text_add(text, time->is_known ? ", but executions take " : ", but no execution finishes");
    if (time->is_known)
        duration_add(text, time->least_ns);
    if (time->is_known && time->is_unbounded)
        text_add(text, " and more, without bound");
    else if (time->is_known && time->greatest_ns != time->least_ns) {
        text_add(text, " to ");
        duration_add(text, time->greatest_ns);
    }
    exploration_add_note(exploration, exploration_take_text(exploration));
}

static bool is_as_expected(const SnTime *time)
{
    return time->is_known && !time->is_unbounded && time->least_ns == time->takes_least_ns &&
           time->greatest_ns == time->takes_most_ns;
}

/* ----------------------------------------------------------------- standing still */

typedef struct Standstill {
    uint32_t loop_start;
    bool time_passes; /* inside the loop */
    bool is_awaited;  /* somebody's time runs there */
} Standstill;

static Status look(void *context, Machine *machine, const ReplayState *state)
{
    Standstill *stands = context;
    if (state->step > stands->loop_start)
        stands->time_passes = stands->time_passes || state->elapsed_ns > 0;
    for (ThreadId t = 0; t < machine_program(machine)->thread_count && state->step >= stands->loop_start; t++)
        stands->is_awaited = stands->is_awaited || machine_time_left(machine, state->state, t) > 0;
    return STATUS_OK;
}

/* Somebody goes round for ever at one instant while another's sleep would have to end: a remark, once, on why it does not. */
static Status note_standstill(Exploration *exploration)
{
    const SnResult *result = &exploration->owned->result;
    Machine *machine = exploration->replayer; /* may be laid out anew, unlike that of the graph */
    for (uint32_t f = 0; f < result->finding_count && machine != NULL; f++) {
        const SnFinding *finding = &result->findings[f];
        if (finding->loop_start == SN_NONE)
            continue;
        Standstill stands = {.loop_start = finding->loop_start};
        const ReplayListener listener = {.context = &stands, .state = look};
        Refusal refusal;
        char *message = NULL;
        schedule_free(&exploration->schedule);
        Status status = schedule_parse(machine_program(machine), finding->schedule, &exploration->schedule, &message);
        mem_free(message);
        if (status == STATUS_OK)
            status = replay_walk(machine, &exploration->schedule, &listener, &refusal);
        schedule_free(&exploration->schedule);
        if (status == STATUS_NO_MEMORY)
            return status;
        if (status == STATUS_OK && stands.is_awaited && !stands.time_passes) {
            exploration_add_note(exploration, "time stands still as long as somebody can step: what goes round without a `sleep` or `compute` "
                                              "keeps the others' sleep from ending");
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

Status times_report(Exploration *exploration)
{
    SnResult *result = &exploration->owned->result;
    SnTime *time = &result->time;
    const Scenario *tree = exploration->scenario->tree;
    TimeRange *range = &exploration->range;
    if (!tree->has_clock)
        return STATUS_OK;
    exploration->phase = "times";
    Work work = {.keep_going = exploration_goes_on, .context = exploration};
    Status status = timing_range(exploration->graph, &exploration->weights, is_finish, exploration, &work, range);
    time->has_clock = true;
    if (status == STATUS_INTERRUPTED) {
        exploration_add_note(exploration, "the times of the executions were not looked at: interrupted");
        return STATUS_OK;
    }
    if (status != STATUS_OK)
        return status;
    time->is_exact = result->complete;
    time->is_known = range->is_any;
    if (range->is_any) {
        time->least_ns = range->least.ns;
        time->least_schedule = schedule_of(exploration, &range->least);
        time->is_unbounded = range->is_unbounded;
    }
    if (range->is_any && !range->is_unbounded) {
        time->greatest_ns = range->greatest.ns;
        time->greatest_schedule = schedule_of(exploration, &range->greatest);
    }
    timing_range_free(range);
    status = note_standstill(exploration);
    if (status != STATUS_OK || tree->takes_low == NULL)
        return status;
    time->has_takes = true;
    time->takes_least_ns = tree->takes_least_ns;
    time->takes_most_ns = tree->takes_most_ns;
    time->is_as_expected = is_as_expected(time);
    if (!time->is_as_expected && result->complete)
        note_mismatch(exploration);
    return STATUS_OK;
}

void times_free(Exploration *exploration)
{
    timing_range_free(&exploration->range);
    weights_free(&exploration->weights);
}
