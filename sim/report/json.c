/* sn_report_result_json, sn_report_trace_json: CLI.md's objects, written directly into a Text.
 *
 * Not with Jansson: the values of outcomes arrive as JSON texts and counts as decimal strings of any length, and a
 * result with 100,000 outcomes would be built twice. The tests read what is written here with Jansson. */
#include <math.h>
#include <string.h>
#include <utf8proc.h>

#include "report/figures.h"
#include "report/json.h"
#include "report/result.h"

enum { SCHEMA = 1 };

/* -------------------------------------------------------------- pieces */

static void add_string(Text *out, const char *string)
{
    json_string(out, string);
}

void json_string(Text *out, const char *string)
{
    if (string == NULL) {
        text_add(out, "null");
        return;
    }
    size_t length = strlen(string), from = 0;
    text_add_char(out, '"');
    for (size_t at = 0; at < length;) {
        unsigned char byte = (unsigned char)string[at];
        if (byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\') {
            at++;
            continue;
        }
        utf8proc_int32_t code;
        utf8proc_ssize_t taken =
            utf8proc_iterate((const utf8proc_uint8_t *)string + at, (utf8proc_ssize_t)(length - at), &code);
        if (taken > 1) {
            at += (size_t)taken;
            continue;
        }
        text_add_bytes(out, string + from, at - from);
        if (byte == '"' || byte == '\\')
            text_format(out, "\\%c", byte);
        else if (byte == '\n')
            text_add(out, "\\n");
        else if (byte == '\t')
            text_add(out, "\\t");
        else if (byte < 0x80)
            text_format(out, "\\u%04x", byte);
        else
            text_add(out, "\\ufffd");
        from = ++at;
    }
    text_add_bytes(out, string + from, length - from);
    text_add_char(out, '"');
}

/* Nanoseconds, or null. */
static void add_ns(Text *out, bool is_known, int64_t ns)
{
    if (is_known)
        text_format(out, "%lld", (long long)ns);
    else
        text_add(out, "null");
}

static void add_bool(Text *out, bool value)
{
    text_add(out, value ? "true" : "false");
}

static void add_strings(Text *out, const char *const *strings, uint32_t count)
{
    text_add_char(out, '[');
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            text_add(out, ", ");
        add_string(out, strings[i]);
    }
    text_add_char(out, ']');
}

/* `"key": ` of a member; the first of an object has no comma. */
static void key(Text *out, const char *name, bool first)
{
    text_add(out, first ? "\"" : ", \"");
    text_add(out, name);
    text_add(out, "\": ");
}

/* A member of the outermost object, on a line of its own. */
static void field(Text *out, const char *name)
{
    text_add(out, ",\n  \"");
    text_add(out, name);
    text_add(out, "\": ");
}

static void add_number(Text *out, uint64_t number)
{
    text_format(out, "%llu", (unsigned long long)number);
}

/* A number, or null for SN_NONE. */
static void add_index(Text *out, uint32_t index)
{
    if (index == SN_NONE)
        text_add(out, "null");
    else
        add_number(out, index);
}

static void open_list(Text *out, uint32_t count)
{
    text_add(out, count == 0 ? "[" : "[\n");
}

static void close_item(Text *out, uint32_t i, uint32_t count)
{
    text_add(out, i + 1 < count ? ",\n" : "\n  ");
}

/* --------------------------------------------------------------- result */

/* In how many random runs, and what that says about the probability. */
static void add_seen(Text *out, const SnResult *result, const SnSeen *seen)
{
    if (result->sampling.runs == 0)
        return;
    key(out, "seen", false);
    add_number(out, seen->runs);
    key(out, "first_run", false);
    if (seen->first_run == 0)
        text_add(out, "null");
    else
        add_number(out, seen->first_run);
    if (isnan(seen->estimate))
        return;
    key(out, "estimate", false);
    figures_json_number(out, seen->estimate);
    key(out, "estimate_low", false);
    figures_json_number(out, seen->low);
    key(out, "estimate_high", false);
    figures_json_number(out, seen->high);
}

static void add_sampling(Text *out, const SnResult *result)
{
    const SnSampling *sampling = &result->sampling;
    static const char *const names[] = {"exhaustive", "random", "pct", "uniform"};
    field(out, "search");
    add_string(out, names[result->search]);
    if (result->preemptions != SN_NONE) {
        field(out, "complete_up_to_preemptions");
        add_number(out, result->preemptions);
    }
    if (sampling->runs == 0)
        return;
    field(out, "runs");
    add_number(out, sampling->runs);
    field(out, "seed");
    add_number(out, sampling->seed);
    field(out, "cut_runs");
    add_number(out, sampling->cut_runs);
    field(out, "longest_run");
    add_number(out, sampling->longest);
    if (sampling->depth == 0)
        return;
    field(out, "pct");
    text_format(out, "{\"depth\": %u, \"threads\": %u, \"guarantee\": ", sampling->depth, sampling->threads);
    figures_json_number(out, sampling->guarantee);
    text_add_char(out, '}');
}

static void add_finding(Text *out, const SnResult *result, const SnFinding *finding)
{
    text_add(out, "    {");
    key(out, "kind", true);
    add_string(out, finding->kind);
    key(out, "message", false);
    add_string(out, finding->message);
    key(out, "objects", false);
    add_strings(out, finding->objects, finding->object_count);
    key(out, "threads", false);
    add_strings(out, finding->threads, finding->thread_count);
    key(out, "lines", false);
    text_add_char(out, '[');
    for (uint32_t l = 0; l < finding->line_count; l++)
        text_format(out, "%s%u", l > 0 ? ", " : "", finding->lines[l]);
    text_add_char(out, ']');
    key(out, "schedule", false);
    add_string(out, finding->schedule);
    key(out, "preemptions", false);
    add_number(out, finding->preemptions);
    key(out, "switches", false);
    add_number(out, finding->switches);
    if (finding->may_be_easier) {
        key(out, "easiest", false);
        add_bool(out, false);
    }
    key(out, "steps", false);
    add_number(out, finding->step_count);
    key(out, "interleavings", false);
    add_string(out, finding->interleavings);
    key(out, "probability", false);
    figures_json_number(out, finding->probability);
    key(out, "probability_exact", false);
    add_string(out, finding->probability_exact);
    if (finding->loop_start != SN_NONE) {
        key(out, "loop_start", false);
        add_number(out, finding->loop_start);
    }
    if (finding->status != NULL) {
        key(out, "status", false);
        add_string(out, finding->status);
    }
    add_seen(out, result, &finding->seen);
    text_add_char(out, '}');
}

static void add_outcome(Text *out, const SnResult *result, const SnOutcome *outcome)
{
    text_add(out, "    {");
    key(out, "values", true);
    text_add_char(out, '{');
    for (uint32_t v = 0; v < result->outcome_name_count; v++) {
        if (v > 0)
            text_add(out, ", ");
        add_string(out, result->outcome_names[v]);
        text_add(out, ": ");
        text_add(out, outcome->values[v]);
    }
    text_add_char(out, '}');
    key(out, "output", false);
    add_strings(out, outcome->output, outcome->output_count);
    key(out, "ended", false);
    add_bool(out, outcome->end == SN_END_OK);
    key(out, "end", false);
    add_string(out, sn_end_name(outcome->end));
    if (outcome->has_final) {
        key(out, "final", false);
        add_bool(out, outcome->final);
    }
    if (outcome->serial != SN_SERIAL_UNKNOWN) {
        key(out, "serializable", false);
        add_bool(out, outcome->serial == SN_SERIAL_YES);
    }
    key(out, "interleavings", false);
    add_string(out, outcome->interleavings);
    key(out, "probability", false);
    figures_json_number(out, outcome->probability);
    key(out, "probability_exact", false);
    add_string(out, outcome->probability_exact);
    key(out, "schedule", false);
    add_string(out, outcome->schedule);
    key(out, "preemptions", false);
    add_number(out, outcome->preemptions);
    key(out, "switches", false);
    add_number(out, outcome->switches);
    if (outcome->may_be_easier) {
        key(out, "easiest", false);
        add_bool(out, false);
    }
    add_seen(out, result, &outcome->seen);
    text_add_char(out, '}');
}

static void add_lock_order(Text *out, const SnLockOrder *order)
{
    static const char *const statuses[] = {[SN_CYCLE_NONE] = NULL,
                                           [SN_CYCLE_REFUTED] = "refuted",
                                           [SN_CYCLE_UNCONFIRMED] = "unconfirmed",
                                           [SN_CYCLE_CONFIRMED] = "confirmed"};
    text_add(out, "{");
    key(out, "edges", true);
    open_list(out, order->edge_count);
    for (uint32_t e = 0; e < order->edge_count; e++) {
        const SnLockEdge *edge = &order->edges[e];
        text_add(out, "    {");
        key(out, "from", true);
        add_string(out, order->locks[edge->from]);
        key(out, "to", false);
        add_string(out, order->locks[edge->to]);
        key(out, "thread", false);
        add_string(out, edge->thread);
        key(out, "from_line", false);
        add_number(out, edge->from_line);
        key(out, "to_line", false);
        add_number(out, edge->to_line);
        key(out, "cycle", false);
        add_string(out, statuses[edge->status]);
        text_add_char(out, '}');
        close_item(out, e, order->edge_count);
    }
    text_add_char(out, ']');
    key(out, "cycles", false);
    open_list(out, order->cycle_count);
    for (uint32_t c = 0; c < order->cycle_count; c++) {
        const SnLockCycle *cycle = &order->cycles[c];
        text_add(out, "    {");
        key(out, "locks", true);
        text_add_char(out, '[');
        for (uint32_t e = 0; e < cycle->edge_count; e++) {
            text_add(out, e > 0 ? ", " : "");
            add_string(out, order->locks[order->edges[cycle->edges[e]].from]);
        }
        text_add_char(out, ']');
        key(out, "edges", false);
        text_add_char(out, '[');
        for (uint32_t e = 0; e < cycle->edge_count; e++)
            text_format(out, "%s%u", e > 0 ? ", " : "", cycle->edges[e]);
        text_add_char(out, ']');
        key(out, "status", false);
        add_string(out, statuses[cycle->status]);
        key(out, "why", false);
        add_string(out, cycle->why);
        text_add_char(out, '}');
        close_item(out, c, order->cycle_count);
    }
    text_add(out, "]}");
}

/* Only with a clock. */
static void add_time(Text *out, const SnTime *time)
{
    if (!time->has_clock)
        return;
    field(out, "time");
    text_add_char(out, '{');
    key(out, "exact", true);
    add_bool(out, time->is_exact);
    key(out, "least", false);
    add_ns(out, time->is_known, time->least_ns);
    key(out, "greatest", false);
    add_ns(out, time->is_known && !time->is_unbounded, time->greatest_ns);
    key(out, "unbounded", false);
    add_bool(out, time->is_unbounded);
    key(out, "least_schedule", false);
    add_string(out, time->least_schedule);
    key(out, "greatest_schedule", false);
    add_string(out, time->greatest_schedule);
    if (time->has_takes) {
        text_format(out, ", \"takes\": [%lld, %lld]", (long long)time->takes_least_ns, (long long)time->takes_most_ns);
        key(out, "as_expected", false);
        add_bool(out, time->is_as_expected);
    }
    text_add_char(out, '}');
}

char *sn_report_result_json(const SnResult *result)
{
    Text out = {0};
    text_format(&out, "{\n  \"schema\": %d", SCHEMA);
    field(&out, "scenario");
    add_string(&out, result_name(result->scenario));
    field(&out, "verdict");
    add_string(&out, result->verdict);
    field(&out, "complete");
    add_bool(&out, result->complete);
    if (result->stopped != NULL) {
        field(&out, "stopped");
        add_string(&out, result->stopped);
    }
    add_sampling(&out, result);
    field(&out, "states");
    add_number(&out, result->states);
    field(&out, "expanded");
    add_number(&out, result->expanded);
    field(&out, "steps");
    add_number(&out, result->steps);
    field(&out, "max_depth");
    add_number(&out, result->max_depth);
    if (result->is_reduced) {
        field(&out, "reduced");
        add_bool(&out, true);
    }
    field(&out, "interleavings");
    add_string(&out, result->interleavings);
    field(&out, "dropped");
    add_string(&out, result->dropped);
    field(&out, "classes");
    add_string(&out, result->classes);
    field(&out, "never_ends");
    figures_json_number(&out, result->never_ends);
    field(&out, "findings");
    open_list(&out, result->finding_count);
    for (uint32_t f = 0; f < result->finding_count; f++) {
        add_finding(&out, result, &result->findings[f]);
        close_item(&out, f, result->finding_count);
    }
    text_add_char(&out, ']');
    field(&out, "outcomes");
    open_list(&out, result->outcome_count);
    for (uint32_t o = 0; o < result->outcome_count; o++) {
        add_outcome(&out, result, &result->outcomes[o]);
        close_item(&out, o, result->outcome_count);
    }
    text_add_char(&out, ']');
    field(&out, "lock_order");
    add_lock_order(&out, &result->lock_order);
    add_time(&out, &result->time);
    field(&out, "notes");
    add_strings(&out, result->notes, result->note_count);
    field(&out, "bytes_per_state");
    add_number(&out, result->bytes_per_state);
    field(&out, "seconds");
    figures_json_number(&out, round(result->seconds * 1e6) / 1e6);
    field(&out, "peak_bytes");
    add_number(&out, result->peak_bytes);
    text_add(&out, "\n}\n");
    return text_take(&out);
}

/* ---------------------------------------------------------------- trace */

static const char *action_name(SnAction action)
{
    static const char *const names[] = {
        [SN_READ] = "read",   [SN_WRITE] = "write", [SN_UPDATE] = "update",   [SN_TAKE] = "take",
        [SN_GIVE] = "give",   [SN_SLEEP] = "sleep", [SN_WAKE] = "wake",       [SN_NOTIFY] = "notify",
        [SN_WAIT] = "wait",   [SN_SEND] = "send",   [SN_RECEIVE] = "receive", [SN_TRANSFER] = "transfer",
        [SN_BLOCK] = "block", [SN_OTHER] = "other",
    };
    return names[action];
}

static const char *object_kind_name(SnObjectKind kind)
{
    static const char *const names[] = {
        [SN_VARIABLE] = "shared",     [SN_ATOMIC_VARIABLE] = "atomic",
        [SN_MUTEX] = "mutex",         [SN_RWLOCK] = "rwlock",
        [SN_SEMAPHORE] = "semaphore", [SN_CONDITION] = "condition",
        [SN_BARRIER] = "barrier",     [SN_EVENT] = "event",
        [SN_QUEUE] = "queue",         [SN_ONCE] = "once",
        [SN_WAITGROUP] = "waitgroup", [SN_POOL] = "pool",
    };
    return names[kind];
}

static void add_object_name(Text *out, const SnTrace *trace, uint32_t object)
{
    add_string(out, object == SN_NONE ? NULL : trace->objects[object].name);
}

static void add_thread_name(Text *out, const SnTrace *trace, uint32_t thread)
{
    add_string(out, thread == SN_NONE ? NULL : trace->threads[thread].name);
}

/* Watched values and locals after `after` steps, as members of an object. */
static void add_values(Text *out, const SnTrace *trace, uint32_t after)
{
    key(out, "values", false);
    text_add_char(out, '{');
    for (uint32_t w = 0; w < trace->watched_count; w++) {
        if (w > 0)
            text_add(out, ", ");
        add_object_name(out, trace, trace->watched[w]);
        text_add(out, ": ");
        add_string(out, trace->values[(size_t)after * trace->watched_count + w]);
    }
    text_add_char(out, '}');
    key(out, "locals", false);
    text_add_char(out, '[');
    for (uint32_t l = 0; l < trace->local_count; l++) {
        text_add(out, l > 0 ? ", [" : "[");
        add_thread_name(out, trace, trace->local_threads[l]);
        text_add(out, ", ");
        add_string(out, trace->local_names[l]);
        text_add(out, ", ");
        add_string(out, trace->local_values[(size_t)after * trace->local_count + l]);
        text_add_char(out, ']');
    }
    text_add_char(out, ']');
}

static void add_step(Text *out, const SnTrace *trace, uint32_t s)
{
    const SnStep *step = &trace->steps[s];
    text_add(out, "    {");
    key(out, "step", true);
    add_number(out, (uint64_t)s + 1);
    key(out, "thread", false);
    add_thread_name(out, trace, step->thread);
    key(out, "choice", false);
    add_number(out, step->choice);
    key(out, "choices", false);
    add_number(out, step->choices);
    key(out, "line", false);
    add_number(out, step->line);
    key(out, "column", false);
    add_number(out, step->column);
    key(out, "source", false);
    add_string(out, step->source);
    key(out, "effect", false);
    add_string(out, step->effect);
    key(out, "action", false);
    add_string(out, action_name(step->action));
    key(out, "object", false);
    add_object_name(out, trace, step->object);
    key(out, "partner", false);
    add_thread_name(out, trace, step->partner);
    key(out, "switch", false);
    add_bool(out, step->is_switch);
    key(out, "preemption", false);
    add_bool(out, step->is_preemption);
    if (trace->has_clock) {
        key(out, "time_ns", false);
        add_ns(out, true, step->time_ns);
    }
    key(out, "accesses", false);
    text_add_char(out, '[');
    for (uint32_t a = 0; a < step->access_count; a++) {
        const SnAccess *access = &trace->accesses[step->first_access + a];
        text_add(out, a > 0 ? ", {" : "{");
        key(out, "object", true);
        add_object_name(out, trace, access->object);
        key(out, "action", false);
        add_string(out, action_name(access->action));
        if (access->has_value)
            text_format(out, ", \"before\": %lld, \"after\": %lld", (long long)access->before,
                        (long long)access->after);
        text_add_char(out, '}');
    }
    text_add_char(out, ']');
    add_values(out, trace, s + 1);
    text_add_char(out, '}');
}

static void add_wait(Text *out, const SnTrace *trace, const SnWait *wait)
{
    text_add(out, "    {");
    key(out, "thread", true);
    add_thread_name(out, trace, wait->thread);
    key(out, "line", false);
    add_number(out, wait->line);
    key(out, "source", false);
    add_string(out, wait->source);
    key(out, "object", false);
    add_object_name(out, trace, wait->object);
    key(out, "target", false);
    add_thread_name(out, trace, wait->target);
    key(out, "why", false);
    add_string(out, wait->why);
    key(out, "holders", false);
    text_add_char(out, '[');
    for (uint32_t h = 0; h < wait->holder_count; h++) {
        const SnHolder *holder = &trace->holders[wait->first_holder + h];
        text_add(out, h > 0 ? ", {" : "{");
        key(out, "thread", true);
        add_thread_name(out, trace, holder->thread);
        key(out, "holds", false);
        add_bool(out, holder->holds);
        key(out, "line", false);
        add_number(out, holder->line);
        key(out, "step", false);
        add_index(out, holder->step == SN_NONE ? SN_NONE : holder->step + 1);
        text_add_char(out, '}');
    }
    text_add(out, "]}");
}

char *sn_report_trace_json(const SnTrace *trace)
{
    Text out = {0};
    text_format(&out, "{\n  \"schema\": %d", SCHEMA);
    field(&out, "scenario");
    add_string(&out, result_name(trace->scenario));
    field(&out, "title");
    add_string(&out, trace->title);
    field(&out, "verdict");
    add_string(&out, trace->verdict);
    field(&out, "bad");
    add_bool(&out, trace->is_bad);
    field(&out, "schedule");
    add_string(&out, trace->schedule);
    field(&out, "end");
    add_string(&out, sn_end_name(trace->end));
    field(&out, "end_message");
    add_string(&out, trace->end_message);
    field(&out, "threads");
    text_add_char(&out, '[');
    for (uint32_t t = 0; t < trace->thread_count; t++) {
        text_add(&out, t > 0 ? ", {" : "{");
        key(&out, "name", true);
        add_string(&out, trace->threads[t].name);
        key(&out, "daemon", false);
        add_bool(&out, trace->threads[t].is_daemon);
        text_format(&out, ", \"line\": %u}", trace->threads[t].line);
    }
    text_add_char(&out, ']');
    field(&out, "objects");
    text_add_char(&out, '[');
    for (uint32_t o = 0; o < trace->object_count; o++) {
        text_add(&out, o > 0 ? ", {" : "{");
        key(&out, "name", true);
        add_string(&out, trace->objects[o].name);
        key(&out, "kind", false);
        add_string(&out, object_kind_name(trace->objects[o].kind));
        text_format(&out, ", \"line\": %u}", trace->objects[o].line);
    }
    text_add_char(&out, ']');
    field(&out, "start");
    text_add(&out, "{\"step\": 0");
    add_values(&out, trace, 0);
    text_add_char(&out, '}');
    field(&out, "steps");
    open_list(&out, trace->step_count);
    for (uint32_t s = 0; s < trace->step_count; s++) {
        add_step(&out, trace, s);
        close_item(&out, s, trace->step_count);
    }
    text_add_char(&out, ']');
    field(&out, "notes");
    open_list(&out, trace->note_count);
    for (uint32_t n = 0; n < trace->note_count; n++) {
        const SnNote *note = &trace->notes[n];
        text_add(&out, "    {");
        key(&out, "step", true);
        add_index(&out, note->step == SN_NONE ? SN_NONE : note->step + 1);
        key(&out, "from_step", false);
        add_index(&out, note->from_step == SN_NONE ? SN_NONE : note->from_step + 1);
        key(&out, "stale_read", false);
        add_bool(&out, note->is_stale_read);
        key(&out, "offender", false);
        add_bool(&out, note->is_offender);
        key(&out, "text", false);
        add_string(&out, note->text);
        text_add_char(&out, '}');
        close_item(&out, n, trace->note_count);
    }
    text_add_char(&out, ']');
    field(&out, "waits");
    open_list(&out, trace->wait_count);
    for (uint32_t w = 0; w < trace->wait_count; w++) {
        add_wait(&out, trace, &trace->waits[w]);
        close_item(&out, w, trace->wait_count);
    }
    text_add_char(&out, ']');
    field(&out, "cycles");
    text_add_char(&out, '[');
    for (uint32_t c = 0; c < trace->cycle_count; c++) {
        text_add(&out, c > 0 ? ", [" : "[");
        for (uint32_t i = trace->cycle_start[c]; i < trace->cycle_start[c + 1]; i++) {
            if (i > trace->cycle_start[c])
                text_add(&out, ", ");
            add_thread_name(&out, trace, trace->cycle_threads[i]);
        }
        text_add_char(&out, ']');
    }
    text_add_char(&out, ']');
    field(&out, "output");
    add_strings(&out, trace->output, trace->output_count);
    field(&out, "loop_start");
    add_index(&out, trace->loop_start);
    text_add(&out, "\n}\n");
    return text_take(&out);
}
