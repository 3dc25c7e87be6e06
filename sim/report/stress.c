/* sn_report_stress: what came out of free runs on real threads, beside the exact set of outcomes. */
#include <math.h>
#include <string.h>

#include "report/figures.h"
#include "report/json.h"
#include "report/page.h"
#include "report/result.h"
#include "report/table.h"

enum { LONG_BAR = 16, SHORT_BAR = 8, MINIMUM = 12 };

static Tone tone_of(SnGrade grade)
{
    return grade == SN_GRADE_FORBIDDEN ? TONE_BAD : grade == SN_GRADE_INTERESTING ? TONE_WARN : TONE_GOOD;
}

static const char *end_words(const SnOutcome *outcome)
{
    if (outcome->end == SN_END_OK)
        return outcome->serial == SN_SERIAL_NO ? "no serial order" : outcome->has_final && !outcome->final ? "final" : "ok";
    return outcome->end == SN_END_RUNTIME_ERROR ? "runtime error" : sn_end_name(outcome->end);
}

typedef struct Columns {
    uint32_t values, output, end, runs, share, simulated, bar, grade, seen;
    uint32_t bar_length;
} Columns;

static Columns begin_columns(Page *page, Table *table, const SnResult *explored, uint32_t bar_length)
{
    Columns columns = {.output = SN_NONE, .simulated = SN_NONE, .bar = SN_NONE, .bar_length = bar_length};
    bool has_output = false, has_probability = false;
    for (uint32_t o = 0; o < explored->outcome_count; o++) {
        has_output = has_output || explored->outcomes[o].output_count > 0;
        has_probability = has_probability || !isnan(explored->outcomes[o].probability);
    }
    table_begin(table, page);
    columns.values = table->columns.count;
    for (uint32_t v = 0; v < explored->outcome_name_count; v++) {
        page_user(&page->scratch, explored->outcome_names[v]);
        table_column(table, page_take(page), true, MINIMUM);
    }
    if (has_output)
        columns.output = table_column(table, "output", false, MINIMUM);
    columns.end = table_column(table, "end", false, 0);
    columns.runs = table_column(table, "runs", true, 0);
    columns.share = table_column(table, "share", true, 0);
    if (bar_length > 0)
        columns.bar = table_column(table, "", false, 0);
    if (has_probability)
        columns.simulated = table_column(table, "simulated", true, 0);
    columns.grade = table_column(table, "grade", false, 0);
    columns.seen = table_column(table, "seen", false, 0);
    return columns;
}

static void write_row(Page *page, Table *table, const Columns *columns, const SnStressResult *result, uint32_t number)
{
    const SnOutcome *outcome = &result->explored->outcomes[number];
    const SnStressOutcome *counted = &result->outcomes[number];
    Text *cell = &page->scratch;
    double share = result->runs > 0 ? (double)counted->runs / (double)result->runs : 0;
    table_row(table);
    for (uint32_t v = 0; v < result->explored->outcome_name_count; v++) {
        page_user(cell, outcome->values[v]);
        table_cell(table, columns->values + v, page_take(page));
    }
    for (uint32_t o = 0; columns->output != SN_NONE && o < outcome->output_count; o++) {
        if (o > 0)
            page_toned(cell, TONE_FAINT, " \u21B5 ");
        page_user(cell, outcome->output[o]);
    }
    if (columns->output != SN_NONE)
        table_cell(table, columns->output, page_take(page));
    page_tone(cell, counted->grade == SN_GRADE_FORBIDDEN ? TONE_BAD : TONE_GOOD);
    text_add(cell, counted->grade == SN_GRADE_FORBIDDEN ? "\u2717 " : "\u2713 ");
    page_user(cell, end_words(outcome));
    page_tone(cell, TONE_PLAIN);
    table_cell(table, columns->end, page_take(page));
    figures_number(cell, counted->runs);
    table_cell(table, columns->runs, page_take(page));
    figures_decimal(cell, share);
    table_cell(table, columns->share, page_take(page));
    if (columns->bar != SN_NONE) {
        page_tone(cell, tone_of(counted->grade));
        figures_bar(cell, share, columns->bar_length);
        page_tone(cell, TONE_PLAIN);
        table_cell(table, columns->bar, page_take(page));
    }
    if (columns->simulated != SN_NONE) {
        figures_decimal(cell, outcome->probability);
        table_cell(table, columns->simulated, page_take(page));
    }
    page_toned(cell, tone_of(counted->grade), sn_grade_name(counted->grade));
    table_cell(table, columns->grade, page_take(page));
    if (counted->runs > 0) {
        text_add(cell, "after ");
        figures_seconds(cell, counted->first_seconds);
    } else if (!counted->is_forced) {
        page_toned(cell, TONE_FAINT, "no");
    } else {
        page_toned(cell, counted->agrees ? TONE_WARN : TONE_BAD, counted->agrees ? "by force" : "not even by force");
    }
    table_cell(table, columns->seen, page_take(page));
}

static void write_remark(Page *page, uint64_t count, const char *words)
{
    if (count == 0)
        return;
    figures_plural(&page->scratch, count, "run");
    text_add(&page->scratch, words);
    page_paragraph(page, 0, 2);
}

static void write_remarks(Page *page, const SnStressResult *result)
{
    Text *line = &page->scratch;
    for (uint32_t s = 0; s < result->stranger_count; s++) {
        page_tone(line, result->explored->complete ? TONE_BAD : TONE_WARN);
        text_add(line, result->explored->complete ? "\u2717 not among the simulated outcomes: " : "\u2026 not among the outcomes simulated so far: ");
        page_tone(line, TONE_PLAIN);
        page_user(line, result->strangers[s].values);
        text_add(line, " in ");
        figures_plural(line, result->strangers[s].runs, "run");
        page_paragraph(page, 0, 2);
    }
    for (uint32_t o = 0; o < result->outcome_count; o++)
        if (result->outcomes[o].difference != NULL) {
            text_format(line, "outcome %u could not be forced: ", o + 1);
            page_user(line, result->outcomes[o].difference);
            page_paragraph(page, 0, 2);
        }
    write_remark(page, result->dropped_runs, " dropped by an assume");
    write_remark(page, result->cut_runs, " did not end within a fifth of a second, and were broken off");
    if (result->runs == 0) {
        text_add(line, "no run came to an end");
        page_paragraph(page, 0, 2);
    }
    page_tone(line, TONE_FAINT);
    text_add(line, result->is_stepwise ? "one step at a time, in the order in which the system lets the threads come"
                                       : "nothing stands between the threads and the processors");
    if (result->was_weak)
        text_add(line, "; without /proc, deadlocks were told by silence");
    page_tone(line, TONE_PLAIN);
    page_paragraph(page, 0, 2);
}

static void write_stress(Page *page, const void *subject)
{
    const SnStressResult *result = subject;
    Text *line = &page->scratch;
    page_tone(line, TONE_STRONG);
    page_user(line, result_name(result->explored->scenario));
    page_tone(line, TONE_PLAIN);
    text_add(line, ": ");
    figures_plural(line, result->runs, "run");
    text_add(line, " of real threads in ");
    figures_seconds(line, result->seconds);
    text_format(line, " on %u processor%s: seen %u of ", result->processors, result->processors == 1 ? "" : "s", result->seen);
    figures_plural(line, result->outcome_count, "outcome");
    if (result->forced > 0)
        text_format(line, ", %u more by force", result->forced);
    if (result->stranger_runs > 0) {
        text_add(line, "; ");
        page_tone(line, result->explored->complete ? TONE_BAD : TONE_WARN);
        figures_plural(line, result->stranger_runs, "run");
        text_add(line, result->explored->complete ? " ended as none that was simulated" : " ended as none that was simulated so far");
        page_tone(line, TONE_PLAIN);
    }
    page_paragraph(page, 0, 2);
    if (page->style.quiet)
        return;
    text_add_char(&page->out, '\n');
    static const uint32_t bars[] = {LONG_BAR, SHORT_BAR, 0};
    Table table;
    for (size_t b = 0; b < sizeof bars / sizeof *bars; b++) {
        Columns columns = begin_columns(page, &table, result->explored, bars[b]);
        for (uint32_t o = 0; o < result->outcome_count; o++)
            write_row(page, &table, &columns, result, o);
        if (table_fit(&table, 0))
            break;
    }
    table_print(&table, 0);
    text_add_char(&page->out, '\n');
    write_remarks(page, result);
}

char *sn_report_stress(const SnStressResult *result, const SnTextStyle *style)
{
    return page_make(style, write_stress, result);
}

/* ------------------------------------------------------------------- JSON */

static void add_outcome(Text *out, const SnStressResult *result, uint32_t number)
{
    const SnOutcome *outcome = &result->explored->outcomes[number];
    const SnStressOutcome *counted = &result->outcomes[number];
    text_add(out, "    {\"values\": {");
    for (uint32_t v = 0; v < result->explored->outcome_name_count; v++) {
        text_add(out, v > 0 ? ", " : "");
        json_string(out, outcome->names[v]);
        text_format(out, ": %s", outcome->values[v]);
    }
    text_add(out, "}, \"output\": [");
    for (uint32_t o = 0; o < outcome->output_count; o++) {
        text_add(out, o > 0 ? ", " : "");
        json_string(out, outcome->output[o]);
    }
    text_format(out, "], \"end\": \"%s\", ", sn_end_name(outcome->end));
    if (outcome->has_final)
        text_format(out, "\"final\": %s, ", outcome->final ? "true" : "false");
    text_format(out, "\"runs\": %llu, \"share\": ", (unsigned long long)counted->runs);
    figures_json_number(out, result->runs > 0 ? (double)counted->runs / (double)result->runs : 0);
    text_add(out, ", \"probability\": ");
    figures_json_number(out, outcome->probability);
    text_add(out, ", \"first_seconds\": ");
    figures_json_number(out, counted->first_seconds);
    text_format(out, ", \"grade\": \"%s\", \"forced\": %s}", sn_grade_name(counted->grade),
                !counted->is_forced ? "null" : counted->agrees ? "true" : "false");
}

char *sn_report_stress_json(const SnStressResult *result)
{
    Text out = {0};
    text_add(&out, "{\n  \"schema\": 1,\n  \"scenario\": ");
    json_string(&out, result_name(result->explored->scenario));
    text_format(&out, ",\n  \"runs\": %llu,\n  \"dropped_runs\": %llu,\n  \"cut_runs\": %llu,\n  \"replaced\": %llu,\n", (unsigned long long)result->runs,
                (unsigned long long)result->dropped_runs, (unsigned long long)result->cut_runs, (unsigned long long)result->replaced);
    text_format(&out, "  \"seen\": %u,\n  \"forced\": %u,\n  \"processors\": %u,\n  \"stepwise\": %s,\n  \"weak\": %s,\n", result->seen, result->forced,
                result->processors, result->is_stepwise ? "true" : "false", result->was_weak ? "true" : "false");
    text_add(&out, "  \"outcomes\": [\n");
    for (uint32_t o = 0; o < result->outcome_count; o++) {
        add_outcome(&out, result, o);
        text_add(&out, o + 1 < result->outcome_count ? ",\n" : "\n");
    }
    text_format(&out, "  ],\n  \"outside_runs\": %llu,\n  \"outside\": [", (unsigned long long)result->stranger_runs);
    for (uint32_t s = 0; s < result->stranger_count; s++) {
        text_add(&out, s > 0 ? ", {\"values\": " : "{\"values\": ");
        json_string(&out, result->strangers[s].values);
        text_format(&out, ", \"runs\": %llu}", (unsigned long long)result->strangers[s].runs);
    }
    text_add(&out, "],\n  \"seconds\": ");
    figures_json_number(&out, result->seconds);
    text_add(&out, "\n}\n");
    return text_take(&out);
}
