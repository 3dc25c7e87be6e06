/* sn_report_result_json: CLI.md's object of a result. */
#include <math.h>

#include "report/figures.h"
#include "report/json.h"
#include "report/result.h"

/* In how many random runs, and what that says about the probability. */
static void add_seen(Text *out, const SnResult *result, const SnSeen *seen)
{
    if (result->sampling.runs == 0)
        return;
    json_key(out, "seen", false);
    json_number(out, seen->runs);
    json_key(out, "first_run", false);
    if (seen->first_run == 0)
        text_add(out, "null");
    else
        json_number(out, seen->first_run);
    if (isnan(seen->estimate))
        return;
    json_key(out, "estimate", false);
    figures_json_number(out, seen->estimate);
    json_key(out, "estimate_low", false);
    figures_json_number(out, seen->low);
    json_key(out, "estimate_high", false);
    figures_json_number(out, seen->high);
}

static void add_sampling(Text *out, const SnResult *result)
{
    const SnSampling *sampling = &result->sampling;
    static const char *const names[] = {"exhaustive", "random", "pct", "uniform"};
    json_field(out, "search");
    json_string(out, names[result->search]);
    if (result->preemptions != SN_NONE) {
        json_field(out, "complete_up_to_preemptions");
        json_number(out, result->preemptions);
    }
    if (sampling->runs == 0)
        return;
    json_field(out, "runs");
    json_number(out, sampling->runs);
    json_field(out, "seed");
    json_number(out, sampling->seed);
    json_field(out, "cut_runs");
    json_number(out, sampling->cut_runs);
    json_field(out, "longest_run");
    json_number(out, sampling->longest);
    if (sampling->depth == 0)
        return;
    json_field(out, "pct");
    text_format(out, "{\"depth\": %u, \"threads\": %u, \"guarantee\": ", sampling->depth, sampling->threads);
    figures_json_number(out, sampling->guarantee);
    text_add_char(out, '}');
}

static void add_finding(Text *out, const SnResult *result, const SnFinding *finding)
{
    text_add(out, "    {");
    json_key(out, "kind", true);
    json_string(out, finding->kind);
    json_key(out, "message", false);
    json_string(out, finding->message);
    json_key(out, "objects", false);
    json_strings(out, finding->objects, finding->object_count);
    json_key(out, "threads", false);
    json_strings(out, finding->threads, finding->thread_count);
    json_key(out, "lines", false);
    text_add_char(out, '[');
    for (uint32_t l = 0; l < finding->line_count; l++)
        text_format(out, "%s%u", l > 0 ? ", " : "", finding->lines[l]);
    text_add_char(out, ']');
    json_key(out, "schedule", false);
    json_string(out, finding->schedule);
    json_key(out, "preemptions", false);
    json_number(out, finding->preemptions);
    json_key(out, "switches", false);
    json_number(out, finding->switches);
    if (finding->may_be_easier) {
        json_key(out, "easiest", false);
        json_bool(out, false);
    }
    json_key(out, "steps", false);
    json_number(out, finding->step_count);
    json_key(out, "interleavings", false);
    json_string(out, finding->interleavings);
    json_key(out, "probability", false);
    figures_json_number(out, finding->probability);
    json_key(out, "probability_exact", false);
    json_string(out, finding->probability_exact);
    if (finding->loop_start != SN_NONE) {
        json_key(out, "loop_start", false);
        json_number(out, finding->loop_start);
    }
    if (finding->status != NULL) {
        json_key(out, "status", false);
        json_string(out, finding->status);
    }
    add_seen(out, result, &finding->seen);
    text_add_char(out, '}');
}

static void add_outcome(Text *out, const SnResult *result, const SnOutcome *outcome)
{
    text_add(out, "    {");
    json_key(out, "values", true);
    text_add_char(out, '{');
    for (uint32_t v = 0; v < result->outcome_name_count; v++) {
        if (v > 0)
            text_add(out, ", ");
        json_string(out, result->outcome_names[v]);
        text_add(out, ": ");
        text_add(out, outcome->values[v]);
    }
    text_add_char(out, '}');
    json_key(out, "output", false);
    json_strings(out, outcome->output, outcome->output_count);
    json_key(out, "ended", false);
    json_bool(out, outcome->end == SN_END_OK);
    json_key(out, "end", false);
    json_string(out, sn_end_name(outcome->end));
    if (outcome->has_final) {
        json_key(out, "final", false);
        json_bool(out, outcome->final);
    }
    if (outcome->serial != SN_SERIAL_UNKNOWN) {
        json_key(out, "serializable", false);
        json_bool(out, outcome->serial == SN_SERIAL_YES);
    }
    json_key(out, "interleavings", false);
    json_string(out, outcome->interleavings);
    json_key(out, "probability", false);
    figures_json_number(out, outcome->probability);
    json_key(out, "probability_exact", false);
    json_string(out, outcome->probability_exact);
    json_key(out, "schedule", false);
    json_string(out, outcome->schedule);
    json_key(out, "preemptions", false);
    json_number(out, outcome->preemptions);
    json_key(out, "switches", false);
    json_number(out, outcome->switches);
    if (outcome->may_be_easier) {
        json_key(out, "easiest", false);
        json_bool(out, false);
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
    json_key(out, "edges", true);
    json_open_list(out, order->edge_count);
    for (uint32_t e = 0; e < order->edge_count; e++) {
        const SnLockEdge *edge = &order->edges[e];
        text_add(out, "    {");
        json_key(out, "from", true);
        json_string(out, order->locks[edge->from]);
        json_key(out, "to", false);
        json_string(out, order->locks[edge->to]);
        json_key(out, "thread", false);
        json_string(out, edge->thread);
        json_key(out, "from_line", false);
        json_number(out, edge->from_line);
        json_key(out, "to_line", false);
        json_number(out, edge->to_line);
        json_key(out, "cycle", false);
        json_string(out, statuses[edge->status]);
        text_add_char(out, '}');
        json_close_item(out, e, order->edge_count);
    }
    text_add_char(out, ']');
    json_key(out, "cycles", false);
    json_open_list(out, order->cycle_count);
    for (uint32_t c = 0; c < order->cycle_count; c++) {
        const SnLockCycle *cycle = &order->cycles[c];
        text_add(out, "    {");
        json_key(out, "locks", true);
        text_add_char(out, '[');
        for (uint32_t e = 0; e < cycle->edge_count; e++) {
            text_add(out, e > 0 ? ", " : "");
            json_string(out, order->locks[order->edges[cycle->edges[e]].from]);
        }
        text_add_char(out, ']');
        json_key(out, "edges", false);
        text_add_char(out, '[');
        for (uint32_t e = 0; e < cycle->edge_count; e++)
            text_format(out, "%s%u", e > 0 ? ", " : "", cycle->edges[e]);
        text_add_char(out, ']');
        json_key(out, "status", false);
        json_string(out, statuses[cycle->status]);
        json_key(out, "why", false);
        json_string(out, cycle->why);
        text_add_char(out, '}');
        json_close_item(out, c, order->cycle_count);
    }
    text_add(out, "]}");
}

/* Only with a clock. */
static void add_time(Text *out, const SnTime *time)
{
    if (!time->has_clock)
        return;
    json_field(out, "time");
    text_add_char(out, '{');
    json_key(out, "exact", true);
    json_bool(out, time->is_exact);
    json_key(out, "least", false);
    json_known_ns(out, time->is_known, time->least_ns);
    json_key(out, "greatest", false);
    json_known_ns(out, time->is_known && !time->is_unbounded, time->greatest_ns);
    json_key(out, "unbounded", false);
    json_bool(out, time->is_unbounded);
    json_key(out, "least_schedule", false);
    json_string(out, time->least_schedule);
    json_key(out, "greatest_schedule", false);
    json_string(out, time->greatest_schedule);
    if (time->has_takes) {
        text_format(out, ", \"takes\": [%lld, %lld]", (long long)time->takes_least_ns, (long long)time->takes_most_ns);
        json_key(out, "as_expected", false);
        json_bool(out, time->is_as_expected);
    }
    text_add_char(out, '}');
}

char *sn_report_result_json(const SnResult *result)
{
    Text out = {0};
    text_format(&out, "{\n  \"schema\": %d", JSON_SCHEMA);
    json_field(&out, "scenario");
    json_string(&out, result_name(result->scenario));
    json_field(&out, "verdict");
    json_string(&out, result->verdict);
    json_field(&out, "complete");
    json_bool(&out, result->complete);
    if (result->stopped != NULL) {
        json_field(&out, "stopped");
        json_string(&out, result->stopped);
    }
    add_sampling(&out, result);
    json_field(&out, "states");
    json_number(&out, result->states);
    json_field(&out, "expanded");
    json_number(&out, result->expanded);
    json_field(&out, "steps");
    json_number(&out, result->steps);
    json_field(&out, "max_depth");
    json_number(&out, result->max_depth);
    if (result->is_reduced) {
        json_field(&out, "reduced");
        json_bool(&out, true);
    }
    json_field(&out, "interleavings");
    json_string(&out, result->interleavings);
    json_field(&out, "dropped");
    json_string(&out, result->dropped);
    json_field(&out, "classes");
    json_string(&out, result->classes);
    json_field(&out, "never_ends");
    figures_json_number(&out, result->never_ends);
    json_field(&out, "findings");
    json_open_list(&out, result->finding_count);
    for (uint32_t f = 0; f < result->finding_count; f++) {
        add_finding(&out, result, &result->findings[f]);
        json_close_item(&out, f, result->finding_count);
    }
    text_add_char(&out, ']');
    json_field(&out, "outcomes");
    json_open_list(&out, result->outcome_count);
    for (uint32_t o = 0; o < result->outcome_count; o++) {
        add_outcome(&out, result, &result->outcomes[o]);
        json_close_item(&out, o, result->outcome_count);
    }
    text_add_char(&out, ']');
    json_field(&out, "lock_order");
    add_lock_order(&out, &result->lock_order);
    add_time(&out, &result->time);
    json_field(&out, "notes");
    json_strings(&out, result->notes, result->note_count);
    json_field(&out, "bytes_per_state");
    json_number(&out, result->bytes_per_state);
    json_field(&out, "seconds");
    figures_json_number(&out, round(result->seconds * 1e6) / 1e6);
    json_field(&out, "peak_bytes");
    json_number(&out, result->peak_bytes);
    text_add(&out, "\n}\n");
    return text_take(&out);
}
