/* sn_report_outcomes: the table of final outcomes, with how often each comes about. */
#include <math.h>
#include <string.h>

#include "report/figures.h"
#include "report/page.h"
#include "report/result.h"
#include "report/table.h"

enum {
    LONG_BAR = 16, /* columns of a probability of 1; none where the page is too narrow */
    SHORT_BAR = 8,
    MINIMUM = 12, /* columns that output and schedule may be wrapped to */
    LONGEST_SCHEDULE = 400
};

/* How the execution ended, in words and tone. */
static const char *end_cell(Page *page, const SnOutcome *outcome)
{
    Text *cell = &page->scratch;
    if (outcome->end == SN_END_OK) {
        bool breaks = outcome->has_final && !outcome->final;
        if (outcome->serial == SN_SERIAL_NO)
            page_toned(cell, TONE_BAD, breaks ? "\u2717 final, no serial order" : "\u2717 no serial order");
        else
            page_toned(cell, breaks ? TONE_BAD : TONE_GOOD, breaks ? "\u2717 final" : "\u2713 ok");
        return page_take(page);
    }
    bool is_dropped = outcome->end == SN_END_ASSUME || outcome->end == SN_END_RUNNING;
    page_tone(cell, is_dropped ? TONE_FAINT : TONE_BAD);
    text_add(cell, is_dropped ? "\u2026 " : "\u2717 ");
    page_user(cell, outcome->end == SN_END_RUNTIME_ERROR ? "runtime error" : sn_end_name(outcome->end));
    page_tone(cell, TONE_PLAIN);
    return page_take(page);
}

static const char *output_cell(Page *page, const SnOutcome *outcome)
{
    for (uint32_t o = 0; o < outcome->output_count; o++) {
        if (o > 0) {
            page_tone(&page->scratch, TONE_FAINT);
            text_add(&page->scratch, " \u21B5 ");
            page_tone(&page->scratch, TONE_PLAIN);
        }
        page_user(&page->scratch, outcome->output[o]);
    }
    return page_take(page);
}

static const char *schedule_cell(Page *page, const SnOutcome *outcome)
{
    figures_schedule(&page->scratch, outcome->schedule == NULL ? "" : outcome->schedule);
    const char *schedule = page_take(page);
    size_t length = strlen(schedule);
    bool is_cut = length > LONGEST_SCHEDULE && !page->style.verbose;
    if (is_cut)
        schedule = arena_string(&page->arena, schedule, text_prefix(schedule, length, LONGEST_SCHEDULE));
    page_user(&page->scratch, schedule);
    text_add(&page->scratch, is_cut ? " \u2026" : "");
    return page_take(page);
}

typedef struct OutcomeColumns {
    uint32_t values, output, end, count, exact, decimal, runs, bar, schedule;
    uint32_t bar_length;
} OutcomeColumns;

static OutcomeColumns begin_columns(Page *page, Table *table, const SnResult *result, uint32_t bar_length)
{
    bool has_output = false, has_probability = false, has_exact = false;
    for (uint32_t o = 0; o < result->outcome_count; o++) {
        const SnOutcome *outcome = &result->outcomes[o];
        has_output = has_output || outcome->output_count > 0;
        has_probability = has_probability || !isnan(outcome->probability);
        has_exact = has_exact || (outcome->probability_exact != NULL && strlen(outcome->probability_exact) <= 24);
    }
    OutcomeColumns columns = {.output = SN_NONE,
                              .count = SN_NONE,
                              .exact = SN_NONE,
                              .decimal = SN_NONE,
                              .runs = SN_NONE,
                              .bar = SN_NONE,
                              .bar_length = bar_length};
    table_begin(table, page);
    columns.values = table->columns.count;
    for (uint32_t v = 0; v < result->outcome_name_count; v++) {
        page_user(&page->scratch, result->outcome_names[v]);
        table_column(table, page_take(page), true, MINIMUM);
    }
    if (has_output)
        columns.output = table_column(table, "output", false, MINIMUM);
    columns.end = table_column(table, "end", false, 0);
    if (result->interleavings != NULL)
        columns.count = table_column(table, "interleavings", true, 0);
    if (has_exact)
        columns.exact = table_column(table, "probability", true, 0);
    if (has_probability) {
        columns.decimal = table_column(table, has_exact ? "" : "probability", true, 0);
        if (bar_length > 0)
            columns.bar = table_column(table, "", false, 0);
    }
    if (result->sampling.runs > 0) {
        columns.runs = table_column(table, "runs", true, 0);
        columns.decimal = table_column(table, "share", true, 0);
        if (bar_length > 0)
            columns.bar = table_column(table, "", false, 0);
    }
    columns.schedule = table_column(table, "easiest schedule", false, MINIMUM);
    return columns;
}

static void outcome_row(Page *page, Table *table, const SnResult *result, const OutcomeColumns *columns,
                        const SnOutcome *outcome)
{
    Text *cell = &page->scratch;
    table_row(table);
    for (uint32_t v = 0; v < result->outcome_name_count; v++) {
        page_user(cell, outcome->values[v]);
        table_cell(table, columns->values + v, page_take(page));
    }
    if (columns->output != SN_NONE)
        table_cell(table, columns->output, output_cell(page, outcome));
    table_cell(table, columns->end, end_cell(page, outcome));
    if (columns->count != SN_NONE && outcome->interleavings != NULL) {
        figures_count(cell, outcome->interleavings);
        table_cell(table, columns->count, page_take(page));
    }
    if (columns->exact != SN_NONE && outcome->probability_exact != NULL && strlen(outcome->probability_exact) <= 24) {
        page_user(cell, outcome->probability_exact);
        table_cell(table, columns->exact, page_take(page));
    }
    double share = outcome->probability;
    if (columns->runs != SN_NONE) {
        share = (double)outcome->seen.runs / (double)result->sampling.runs;
        figures_number(cell, outcome->seen.runs);
        table_cell(table, columns->runs, page_take(page));
    }
    bool is_whole = share >= 1 && columns->exact != SN_NONE; /* "1" is there already */
    if (columns->decimal != SN_NONE && !isnan(share) && !is_whole) {
        figures_decimal(cell, share);
        table_cell(table, columns->decimal, page_take(page));
    }
    if (columns->bar != SN_NONE && !isnan(share)) {
        bool bad =
            outcome->end != SN_END_OK || (outcome->has_final && !outcome->final) || outcome->serial == SN_SERIAL_NO;
        page_tone(cell, bad ? TONE_BAD : TONE_GOOD);
        figures_bar(cell, share, columns->bar_length);
        page_tone(cell, TONE_PLAIN);
        table_cell(table, columns->bar, page_take(page));
    }
    table_cell(table, columns->schedule, schedule_cell(page, outcome));
}

static void write_outcomes(Page *page, const void *subject)
{
    const SnResult *result = subject;
    Text *line = &page->scratch;
    page_tone(line, TONE_STRONG);
    page_user(line, result_name(result->scenario));
    page_tone(line, TONE_PLAIN);
    text_add(line, ": ");
    figures_plural(line, result->outcome_count, "outcome");
    if (result->interleavings != NULL) {
        text_add(line, " of ");
        if (figures_is_infinite(result->interleavings))
            text_add(line, "infinitely many");
        else
            figures_count(line, result->interleavings);
        text_add(line, figures_is_one(result->interleavings) ? " interleaving" : " interleavings");
    }
    page_paragraph(page, 0, 2);
    if (!result->complete) {
        page_tone(line, TONE_WARN);
        text_add(line, "\u2026 INCOMPLETE  ");
        page_tone(line, TONE_PLAIN);
        page_user(line, result->stopped != NULL ? result->stopped : "stopped early");
        page_paragraph(page, 0, 2);
    }
    if (page->style.quiet || result->outcome_count == 0)
        return;
    text_add_char(&page->out, '\n');
    static const uint32_t bars[] = {LONG_BAR, SHORT_BAR, 0};
    Table table;
    for (size_t b = 0; b < sizeof bars / sizeof *bars; b++) {
        OutcomeColumns columns = begin_columns(page, &table, result, bars[b]);
        for (uint32_t o = 0; o < result->outcome_count; o++)
            outcome_row(page, &table, result, &columns, &result->outcomes[o]);
        if (table_fit(&table, 0))
            break;
    }
    table_print(&table, 0);
    if (result->never_ends > 0) {
        page_tone(line, TONE_FAINT);
        text_add(line, "a random scheduler never comes to an end with probability ");
        figures_decimal(line, result->never_ends);
        page_tone(line, TONE_PLAIN);
        text_add_char(&page->out, '\n');
        page_paragraph(page, 0, 0);
    }
}

char *sn_report_outcomes(const SnResult *result, const SnTextStyle *style)
{
    return page_make(style, write_outcomes, result);
}
