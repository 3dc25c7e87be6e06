#include "report/result.h"

#include <math.h>
#include <string.h>

#include "base/duration.h"
#include "report/figures.h"
#include "report/page.h"
#include "report/steps.h"

enum {
    INDENT = 5,             /* of what stands under a finding's heading */
    LONGEST_SCHEDULE = 1500 /* bytes shown without -v */
};

typedef struct Subject {
    const SnResult *result;
    const TraceSource *source;
} Subject;

const char *result_name(const SnScenario *scenario)
{
    const char *name = scenario == NULL ? NULL : sn_scenario_name(scenario);
    return name == NULL ? "scenario" : name;
}

uint32_t result_most_telling(const SnResult *result)
{
    for (uint32_t f = 0; f < result->finding_count; f++) {
        const char *kind = result->findings[f].kind;
        if (strcmp(kind, "data-race") != 0 && strcmp(kind, "lock-order") != 0)
            return f;
    }
    return result->finding_count > 0 ? 0 : SN_NONE;
}

/* ----------------------------------------------------------- verdict line */

/* "lost update on counter" kinds in order, each once: "2 data races, lost update". */
static void add_kinds(Text *out, const SnResult *result)
{
    for (uint32_t f = 0; f < result->finding_count;) {
        uint32_t next = f;
        while (next < result->finding_count && strcmp(result->findings[next].kind, result->findings[f].kind) == 0)
            next++;
        if (f > 0)
            text_add(out, ", ");
        page_user(out, result->findings[f].words);
        if (next - f > 1)
            text_format(out, " (%u)", next - f);
        f = next;
    }
}

/* "all 6 interleavings", "all 13 states" */
static void add_extent(Text *out, const SnResult *result)
{
    if (result->interleavings == NULL || figures_is_infinite(result->interleavings)) {
        text_add(out, "all ");
        figures_plural(out, result->states, "state");
        if (result->interleavings != NULL)
            text_add(out, " of infinitely many interleavings");
    } else if (figures_is_one(result->interleavings)) {
        text_add(out, "the only interleaving");
    } else {
        text_add(out, "all ");
        figures_count(out, result->interleavings);
        text_add(out, " interleavings");
    }
}

static void write_verdict(Page *page, const SnResult *result)
{
    Text *line = &page->scratch;
    uint32_t width;
    if (result->finding_count > 0) {
        page_toned(&page->out, TONE_BAD, "\u2717 FOUND");
        width = 7;
        text_add(line, "  ");
        page_tone(line, TONE_STRONG);
        add_kinds(line, result);
        page_tone(line, TONE_PLAIN);
        text_add(line, " in ");
    } else if (result->complete) {
        page_toned(&page->out, TONE_GOOD, "\u2713 OK");
        width = 4;
        text_add(line, "  nothing found in ");
        add_extent(line, result);
        text_add(line, " of ");
    } else {
        page_toned(&page->out, TONE_WARN, "\u2026 INCOMPLETE");
        width = 12;
        text_add(line, "  nothing found so far in ");
    }
    page_user(line, result_name(result->scenario));
    if (!result->complete) {
        text_add(line, "; not all explored: ");
        page_user(line, result->stopped != NULL ? result->stopped : "stopped early");
    }
    page_paragraph(page, width, width + 2);
}

/* --------------------------------------------------------------- findings */

static void add_list(Text *out, const char *const *names, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            text_add(out, i + 1 == count ? " and " : ", ");
        page_user(out, names[i]);
    }
}

static void heading(Page *page, const SnFinding *finding, uint32_t number)
{
    Text *line = &page->scratch;
    page_tone(line, TONE_BAD);
    text_format(line, "\u2717 %u", number);
    page_tone(line, TONE_STRONG);
    text_format(line, "%s", number < 10 ? "  " : " ");
    page_user(line, finding->words);
    if (finding->object_count > 0) {
        text_add(line, " on ");
        add_list(line, finding->objects, finding->object_count);
    }
    page_tone(line, TONE_PLAIN);
    if (finding->status != NULL) {
        text_add(line, " (");
        page_user(line, finding->status);
        text_add(line, ")");
    }
    if (finding->line_count > 0) {
        page_tone(line, TONE_FAINT);
        text_add(line, finding->line_count == 1 ? "  line " : "  lines ");
        for (uint32_t l = 0; l < finding->line_count; l++)
            text_format(line, "%s%u", l > 0 ? ", " : "", finding->lines[l]);
        page_tone(line, TONE_PLAIN);
    }
    page_paragraph(page, 0, INDENT);
}

/* "in 4,963 of 10,000 runs, first in run 2; estimate of the probability: 0.496 (0.487 to 0.506)" */
static void runs(Page *page, const SnResult *result, const SnSeen *seen)
{
    Text *line = &page->scratch;
    if (result->sampling.runs == 0)
        return;
    if (seen->runs == 0) {
        text_add(line, "seen beside the runs: none of the ");
        figures_plural(line, result->sampling.runs, "run");
        text_add(line, " took the step");
    } else {
        text_add(line, "in ");
        figures_number(line, seen->runs);
        text_add(line, " of ");
        figures_plural(line, result->sampling.runs, "run");
        text_add(line, ", first in run ");
        figures_number(line, seen->first_run);
    }
    if (!isnan(seen->estimate)) {
        text_add(line, result->search == SN_SEARCH_UNIFORM ? "; estimate of its share: "
                                                           : "; estimate for a random scheduler: ");
        figures_decimal(line, seen->estimate);
        text_add(line, " (95 %: ");
        figures_decimal(line, seen->low);
        text_add(line, " to ");
        figures_decimal(line, seen->high);
        text_add(line, ")");
    }
    text_fill(&page->out, ' ', INDENT);
    page_paragraph(page, INDENT, INDENT);
}

/* "in 4 of 6 interleavings (2/3); random scheduler: 1/2" */
static void frequency(Page *page, const SnResult *result, const SnFinding *finding)
{
    Text *line = &page->scratch;
    const char *part = finding->interleavings, *whole = result->interleavings;
    if (part != NULL) {
        if (figures_is_infinite(part)) {
            text_add(line, "in infinitely many interleavings");
        } else if (whole != NULL && strcmp(part, whole) == 0) {
            text_add(line, figures_is_one(part) ? "in the only interleaving" : "in all ");
            if (!figures_is_one(part)) {
                figures_count(line, part);
                text_add(line, " interleavings");
            }
        } else {
            text_add(line, "in ");
            figures_count(line, part);
            if (whole != NULL && !figures_is_infinite(whole)) {
                text_add(line, " of ");
                figures_count(line, whole);
            }
            text_add(line, figures_is_one(part) && (whole == NULL || figures_is_infinite(whole)) ? " interleaving"
                                                                                                 : " interleavings");
            size_t before = line->length;
            text_add(line, " (");
            if (figures_share(line, part, whole))
                text_add(line, ")");
            else
                line->length = before;
        }
    }
    if (finding->probability_exact != NULL || !isnan(finding->probability)) {
        text_add(line, line->length > 0 ? "; random scheduler: " : "random scheduler: ");
        if (finding->probability >= 1)
            text_add(line, "always");
        else
            figures_probability(line, finding->probability_exact, finding->probability);
    }
    if (line->length == 0)
        return;
    text_fill(&page->out, ' ', INDENT);
    page_paragraph(page, INDENT, INDENT);
}

static void schedule(Page *page, const SnFinding *finding)
{
    static const char label[] = "schedule: ";
    uint32_t indent = INDENT + (uint32_t)sizeof label - 1;
    Text *line = &page->scratch;
    text_fill(&page->out, ' ', INDENT);
    page_toned(&page->out, TONE_FAINT, label);
    if (finding->schedule == NULL || finding->schedule[0] == '\0') {
        text_add(line, "(empty: it is so before any step)");
        page_paragraph(page, indent, indent);
        return;
    }
    figures_schedule(line, finding->schedule);
    const char *steps = page_take(page);
    size_t length = strlen(steps);
    if (length > LONGEST_SCHEDULE && !page->style.verbose) {
        size_t cut = text_prefix(steps, length, LONGEST_SCHEDULE);
        while (cut > 0 && steps[cut] != ' ')
            cut--;
        page_user(line, arena_string(&page->arena, steps, cut));
        text_add(line, " \u2026 (-v or --json shows all of it)");
    } else {
        page_user(line, steps);
    }
    page_tone(line, TONE_FAINT);
    text_add(line, "  (");
    figures_plural(line, finding->preemptions, "preemption");
    text_add(line, ", ");
    figures_number(line, finding->switches);
    text_add(line, finding->switches == 1 ? " switch" : " switches");
    if (finding->loop_start != SN_NONE)
        text_format(line, "; the steps from %u on repeat for ever", finding->loop_start + 1);
    text_add(line, ")");
    page_tone(line, TONE_PLAIN);
    page_paragraph(page, indent, indent);
}

/* Does the verdict say more than the finding's message, who waits for whom, or the only note? */
static bool adds_something(const SnTrace *trace, const SnFinding *finding)
{
    if (trace->verdict == NULL || trace->verdict[0] == '\0' || trace->wait_count > 0)
        return false;
    if (finding->message != NULL && strcmp(trace->verdict, finding->message) == 0)
        return false;
    return trace->note_count != 1 || strstr(trace->verdict, trace->notes[0].text) == NULL;
}

static void trace_of(Page *page, const Subject *subject, uint32_t f)
{
    char *message = NULL;
    page->free_trace = subject->source->free;
    SnStatus status = subject->source->finding(subject->result, f, &page->trace, &message);
    const SnTrace *trace = page->trace;
    text_add_char(&page->out, '\n');
    if (status == SN_SYSTEM || trace == NULL) {
        text_fill(&page->out, ' ', INDENT);
        text_add(&page->scratch, "(no steps to show: ");
        page_user(&page->scratch, message != NULL ? message : "no memory");
        text_add(&page->scratch, ")");
        sn_string_free(message);
        page_paragraph(page, INDENT, INDENT);
    } else {
        sn_string_free(message);
        StepsStyle style = {.indent = 2, .all = page->style.verbose, .locals = page->style.verbose};
        steps_table(page, trace, &style);
        if (adds_something(trace, &subject->result->findings[f])) {
            text_add_char(&page->out, '\n');
            text_fill(&page->out, ' ', INDENT);
            page_tone(&page->scratch, TONE_STRONG);
            page_user(&page->scratch, trace->verdict);
            page_paragraph(page, INDENT, INDENT);
        } else if (trace->note_count + trace->wait_count + trace->output_count > 0) {
            text_add_char(&page->out, '\n');
        }
        steps_remarks(page, trace, INDENT);
    }
    page->free_trace(page->trace);
    page->trace = NULL;
}

/* ---------------------------------------------------------------- figures */

static void item(Text *line, bool *first)
{
    if (!*first)
        text_add(line, " \u00B7 ");
    *first = false;
}

static void figures(Page *page, const SnResult *result)
{
    Text *line = &page->scratch;
    bool first = true;
    page_tone(line, TONE_FAINT);
    if (result->interleavings != NULL) {
        item(line, &first);
        if (figures_is_infinite(result->interleavings)) {
            text_add(line, "infinitely many");
        } else {
            figures_count(line, result->interleavings);
        }
        text_add(line, figures_is_one(result->interleavings) ? " interleaving" : " interleavings");
        if (result->dropped != NULL && strcmp(result->dropped, "0") != 0) {
            text_add(line, " and ");
            figures_count(line, result->dropped);
            text_add(line, " dropped by assume");
        }
    }
    if (result->classes != NULL) {
        item(line, &first);
        figures_count(line, result->classes);
        text_add(line, figures_is_one(result->classes) ? " class" : " classes");
    }
    item(line, &first);
    figures_plural(line, result->states, "state");
    item(line, &first);
    figures_plural(line, result->steps, "step");
    if (result->outcome_count > 0) {
        item(line, &first);
        figures_plural(line, result->outcome_count, "outcome");
    }
    if (page->style.verbose) {
        item(line, &first);
        text_format(line, "depth %u", result->max_depth);
        item(line, &first);
        figures_plural(line, result->bytes_per_state, "byte");
        text_add(line, " a state");
        item(line, &first);
        figures_bytes(line, result->peak_bytes);
    }
    item(line, &first);
    figures_seconds(line, result->seconds);
    page_paragraph(page, 0, 0);
    if (result->never_ends > 0) {
        page_tone(line, TONE_FAINT);
        text_add(line, "a random scheduler never comes to an end with probability ");
        figures_decimal(line, result->never_ends);
        page_paragraph(page, 0, 0);
    }
}

static void write_finding(Page *page, const Subject *subject, uint32_t f, bool with_steps)
{
    const SnFinding *finding = &subject->result->findings[f];
    text_add_char(&page->out, '\n');
    heading(page, finding, f + 1);
    if (finding->message != NULL && finding->message[0] != '\0') {
        text_fill(&page->out, ' ', INDENT);
        page_user(&page->scratch, finding->message);
        page_paragraph(page, INDENT, INDENT);
    }
    frequency(page, subject->result, finding);
    runs(page, subject->result, &finding->seen);
    schedule(page, finding);
    if (with_steps)
        trace_of(page, subject, f);
}

/* Who asks for which lock while owning another: `a → b  T1 :4 → :5`. */
static void lock_order(Page *page, const SnLockOrder *order)
{
    static const char *const words[] = {"", "  (in a cycle that cannot deadlock)", "  (in a cycle, unconfirmed)",
                                        "  (in a cycle that deadlocks)"};
    Text *line = &page->scratch;
    if (order->edge_count == 0)
        return;
    text_add(&page->out, "lock order:\n");
    for (uint32_t e = 0; e < order->edge_count; e++) {
        const SnLockEdge *edge = &order->edges[e];
        text_fill(&page->out, ' ', INDENT);
        page_user(line, order->locks[edge->from]);
        text_add(line, " \u2192 ");
        page_user(line, order->locks[edge->to]);
        text_add(line, "  ");
        page_user(line, edge->thread);
        if (edge->from_line != 0)
            text_format(line, " :%u \u2192", edge->from_line);
        text_format(line, " :%u", edge->to_line);
        page_tone(line, edge->status >= SN_CYCLE_UNCONFIRMED ? TONE_BAD : TONE_FAINT);
        text_add(line, words[edge->status]);
        page_tone(line, TONE_PLAIN);
        page_paragraph(page, INDENT, INDENT + 2);
    }
    text_add_char(&page->out, '\n');
}

void result_add_time(Text *line, const SnTime *time)
{
    if (!time->is_known) {
        text_add(line, time->is_exact ? "no execution finishes" : "no execution that finishes was explored");
        return;
    }
    duration_add(line, time->least_ns);
    if (time->is_unbounded) {
        text_add(line, " and more, without bound");
    } else if (time->greatest_ns != time->least_ns) {
        text_add(line, " to ");
        duration_add(line, time->greatest_ns);
    } else if (time->is_exact) {
        text_add(line, " in every execution that finishes");
    }
}

/* "time: 2 s in every execution", "time: 300 ms to 600 ms". */
static void times(Page *page, const SnTime *time)
{
    Text *line = &page->scratch;
    if (!time->has_clock)
        return;
    page_tone(line, TONE_STRONG);
    text_add(line, "time: ");
    result_add_time(line, time);
    if (!time->is_known) {
        page_tone(line, TONE_PLAIN);
        page_paragraph(page, 0, 6);
        return;
    }
    page_tone(line, TONE_PLAIN);
    if (!time->is_exact)
        text_add(line, ", of the executions explored");
    if (time->has_takes)
        text_add(line, time->is_as_expected ? ", as `takes` says" : ", not as `takes` says");
    page_paragraph(page, 0, 6);
    if (!time->is_unbounded && time->greatest_ns == time->least_ns)
        return;
    text_fill(&page->out, ' ', INDENT);
    text_add(line, "least:    ");
    figures_schedule(line, time->least_schedule);
    page_paragraph(page, INDENT, INDENT + 10);
    if (time->greatest_schedule == NULL)
        return;
    text_fill(&page->out, ' ', INDENT);
    text_add(line, "greatest: ");
    figures_schedule(line, time->greatest_schedule);
    page_paragraph(page, INDENT, INDENT + 10);
}

/* The finding that tells most comes first, with its steps; the others keep their order, and all keep their numbers. */
static void write_result(Page *page, const void *given)
{
    const Subject *subject = given;
    const SnResult *result = subject->result;
    write_verdict(page, result);
    if (page->style.quiet)
        return;
    uint32_t telling = result_most_telling(result);
    if (!page->style.verbose && telling != SN_NONE)
        write_finding(page, subject, telling, true);
    for (uint32_t f = 0; f < result->finding_count; f++)
        if (page->style.verbose || f != telling)
            write_finding(page, subject, f, page->style.verbose);
    text_add_char(&page->out, '\n');
    for (uint32_t n = 0; n < result->note_count; n++) {
        page_toned(&page->out, TONE_WARN, "note: ");
        page_user(&page->scratch, result->notes[n]);
        page_paragraph(page, 6, 6);
    }
    if (page->style.verbose)
        lock_order(page, &result->lock_order);
    times(page, &result->time);
    figures(page, result);
}

char *result_report(const SnResult *result, const SnTextStyle *style, const TraceSource *source)
{
    const Subject subject = {result, source};
    return page_make(style, write_result, &subject);
}

char *sn_report_result(const SnResult *result, const SnTextStyle *style)
{
    static const TraceSource source = {sn_trace_finding, sn_trace_free};
    return result_report(result, style, &source);
}
