/* time.c: sn_report_time: how long each task computes, waits and sleeps, how busy the cores are, and what they gain. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "report/busy.h"
#include "report/figures.h"
#include "report/json.h"
#include "report/page.h"
#include "report/result.h"
#include "report/table.h"

enum { BAR = 24, LONGEST_SCHEDULE = 400 };

typedef struct Subject {
    const SnTimeReport *report;
    const Busy *busy; /* one a trace */
} Subject;

/* Three decimals at most, none that are 0: "4", "2.667", "0.001". */
static void add_decimal(Text *out, double value)
{
    char digits[64];
    int length = snprintf(digits, sizeof digits, "%.3f", value);
    while (length > 0 && digits[length - 1] == '0')
        length--;
    if (length > 0 && digits[length - 1] == '.')
        length--;
    text_add_bytes(out, digits, (size_t)length);
}

static double share(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : (double)NAN;
}

static double utilisation(const Busy *busy)
{
    return share(busy->computed_ns, busy->makespan_ns) / busy->core_count;
}

/* ----------------------------------------------------------------- the tasks */

static const char *duration_cell(Page *page, Tone tone, int64_t ns)
{
    page_tone(&page->scratch, tone);
    duration_add(&page->scratch, ns);
    page_tone(&page->scratch, TONE_PLAIN);
    return page_take(page);
}

static bool is_any(const Busy *busy, SnSpanKind kind)
{
    for (uint32_t t = 0; t < busy->trace->thread_count; t++)
        if (busy->tasks[t].spent_ns[kind] > 0)
            return true;
    return false;
}

static void tasks(Page *page, const Busy *busy)
{
    static const struct {
        SnSpanKind kind;
        const char *head;
    } kinds[] = {{SN_SPAN_READY, "waits to run"}, {SN_SPAN_WAIT, "waits"}, {SN_SPAN_COST, "start, copy"}, {SN_SPAN_COMPUTE, "runs"}, {SN_SPAN_IO, "I/O"}, {SN_SPAN_SLEEP, "sleeps"}};
    enum { KINDS = sizeof kinds / sizeof *kinds };
    const SnTrace *trace = busy->trace;
    Table table;
    uint32_t columns[KINDS];
    table_begin(&table, page);
    uint32_t name = table_column(&table, "task", false, 8), start = table_column(&table, "start", true, 0);
    for (uint32_t k = 0; k < KINDS; k++)
        columns[k] = is_any(busy, kinds[k].kind) ? table_column(&table, kinds[k].head, true, 0) : SN_NONE;
    uint32_t end = table_column(&table, "end", true, 0);
    for (uint32_t t = 0; t < trace->thread_count; t++) {
        const BusyTask *task = &busy->tasks[t];
        table_row(&table);
        page_toned(&page->scratch, trace->threads[t].is_daemon ? TONE_FAINT : TONE_STRONG, trace->threads[t].name);
        table_cell(&table, name, page_take(page));
        table_cell(&table, start, duration_cell(page, TONE_FAINT, task->start_ns));
        for (uint32_t k = 0; k < KINDS; k++)
            if (columns[k] != SN_NONE && task->spent_ns[kinds[k].kind] > 0)
                table_cell(&table, columns[k], duration_cell(page, kinds[k].kind == SN_SPAN_READY ? TONE_WARN : TONE_PLAIN, task->spent_ns[kinds[k].kind]));
        if (task->end_ns >= 0)
            table_cell(&table, end, duration_cell(page, task->end_ns == busy->makespan_ns ? TONE_STRONG : TONE_PLAIN, task->end_ns));
    }
    table_fit(&table, 2);
    table_print(&table, 2);
}

/* ----------------------------------------------------------------- the cores */

static void core_row(Page *page, Table *table, const char *name, int64_t busy_ns, double used)
{
    table_row(table);
    table_cell(table, 0, name);
    table_cell(table, 1, duration_cell(page, TONE_PLAIN, busy_ns));
    Text *cell = &page->scratch;
    if (isnan(used))
        return;
    add_decimal(cell, round(used * 1000) / 10);
    text_add(cell, " %");
    table_cell(table, 2, page_take(page));
    uint32_t filled = (uint32_t)(used * BAR + 0.5);
    page_tone(cell, TONE_GOOD);
    for (uint32_t b = 0; b < BAR; b++) {
        if (b == filled)
            page_tone(cell, TONE_FAINT);
        text_add(cell, b < filled ? "\u2588" : "\u2591");
    }
    page_tone(cell, TONE_PLAIN);
    table_cell(table, 3, page_take(page));
}

static void cores(Page *page, const Busy *busy)
{
    if (busy->core_count == 0 || busy->computed_ns == 0)
        return;
    Table table;
    text_add_char(&page->out, '\n');
    table_begin(&table, page);
    table_column(&table, "core", false, 0);
    table_column(&table, "runs", true, 0);
    table_column(&table, "utilisation", true, 0);
    table_column(&table, "", false, 0);
    for (uint32_t c = 0; c < busy->core_count; c++) {
        text_format(&page->scratch, "%u", c);
        const char *name = page_take(page);
        core_row(page, &table, name, busy->cores_ns[c], share(busy->cores_ns[c], busy->makespan_ns));
    }
    if (busy->core_count > 1)
        core_row(page, &table, "all", busy->computed_ns, utilisation(busy));
    table_fit(&table, 2);
    table_print(&table, 2);
    if (busy->trace->cores == 0 && !busy->trace->has_gil) {
        text_fill(&page->out, ' ', 2);
        page_toned(&page->scratch, TONE_FAINT, "the number of cores has no limit (`cores N` gives it one): these were in use");
        page_paragraph(page, 2, 2);
    }
}

/* --------------------------------------------------------------- the workers */

static void workers(Page *page, const Busy *busy)
{
    const SnTrace *trace = busy->trace;
    if (trace->shift_count == 0)
        return;
    Table table;
    text_add_char(&page->out, '\n');
    table_begin(&table, page);
    table_column(&table, "worker", false, 0);
    table_column(&table, "busy", true, 0);
    table_column(&table, "", true, 0);
    table_column(&table, "", false, 0);
    for (uint32_t s = 0; s < trace->shift_count;) {
        int64_t busy_ns = 0;
        uint32_t first = s;
        for (; s < trace->shift_count && trace->shifts[s].number == trace->shifts[first].number; s++)
            busy_ns += trace->shifts[s].to_ns - trace->shifts[s].from_ns;
        page_user(&page->scratch, trace->shifts[first].worker);
        const char *name = page_take(page);
        core_row(page, &table, name, busy_ns, share(busy_ns, busy->makespan_ns));
    }
    table_fit(&table, 2);
    table_print(&table, 2);
}

/* ------------------------------------------------------------------ the gain */

static void gain_line(Page *page, const char *against, int64_t other_ns, int64_t makespan_ns)
{
    Text *line = &page->scratch;
    text_fill(&page->out, ' ', 2);
    text_add(line, "speed-up ");
    page_tone(line, TONE_STRONG);
    add_decimal(line, share(other_ns, makespan_ns));
    page_tone(line, TONE_PLAIN);
    text_format(line, " against %s: ", against);
    duration_add(line, other_ns);
    page_paragraph(page, 2, 4);
}

static void gain(Page *page, const Busy *busy, bool is_slowest, const SnTime *one_core)
{
    if (busy->makespan_ns == 0 || busy->sequential_ns == 0)
        return;
    text_add_char(&page->out, '\n');
    gain_line(page, "all tasks one after the other", busy->sequential_ns, busy->makespan_ns);
    if (one_core == NULL || !one_core->is_known || busy->computed_ns == 0 || (is_slowest && one_core->is_unbounded))
        return;
    gain_line(page, is_slowest ? "one core, at its slowest" : "one core", is_slowest ? one_core->greatest_ns : one_core->least_ns, busy->makespan_ns);
}

/* ------------------------------------------------------------------- the page */

static void execution(Page *page, const SnTimeReport *report, uint32_t which, const Busy *busy)
{
    const SnTrace *trace = report->traces[which];
    Text *line = &page->scratch;
    text_add_char(&page->out, '\n');
    page_tone(line, TONE_STRONG);
    page_user(line, report->names[which]);
    text_add(line, ": ");
    duration_add(line, busy->makespan_ns);
    page_tone(line, TONE_PLAIN);
    if (trace->end != SN_END_OK)
        text_format(line, " (it ended with: %s)", sn_end_name(trace->end));
    page_paragraph(page, 0, 2);
    if (strlen(trace->schedule) <= LONGEST_SCHEDULE || page->style.verbose) {
        text_fill(&page->out, ' ', 2);
        page_tone(line, TONE_FAINT);
        text_add(line, "schedule: ");
        figures_schedule(line, trace->schedule);
        page_tone(line, TONE_PLAIN);
        page_paragraph(page, 2, 2);
    }
    text_add_char(&page->out, '\n');
    tasks(page, busy);
    cores(page, busy);
    workers(page, busy);
    gain(page, busy, which > 0, report->one_core);
}

static void write_time(Page *page, const void *given)
{
    const Subject *subject = given;
    const SnTimeReport *report = subject->report;
    Text *line = &page->scratch;
    page_tone(line, TONE_STRONG);
    page_user(line, result_name(report->scenario));
    page_tone(line, TONE_PLAIN);
    text_add(line, ": ");
    if (report->time != NULL) {
        result_add_time(line, report->time);
        text_add(line, report->time->is_known && !report->time->is_exact ? ", of the executions explored" : "");
    } else if (report->trace_count > 0) {
        duration_add(line, subject->busy[0].makespan_ns);
    }
    page_paragraph(page, 0, 2);
    for (uint32_t t = 0; t < report->trace_count && !page->style.quiet; t++)
        execution(page, report, t, &subject->busy[t]);
}

/* ----------------------------------------------------------------------- JSON */

static void json_ns(Text *out, const char *key, int64_t ns)
{
    text_format(out, ", \"%s\": %lld", key, (long long)ns);
}

static void json_share(Text *out, const char *key, double value)
{
    text_format(out, ", \"%s\": ", key);
    figures_json_number(out, value);
}

static void json_task(Text *out, const SnTrace *trace, const BusyTask *task, uint32_t t)
{
    text_add(out, "        {\"task\": ");
    json_string(out, trace->threads[t].name);
    text_format(out, ", \"daemon\": %s", trace->threads[t].is_daemon ? "true" : "false");
    json_ns(out, "start", task->start_ns);
    for (uint32_t kind = 0; kind < BUSY_KINDS; kind++)
        json_ns(out, sn_span_name((SnSpanKind)kind), task->spent_ns[kind]);
    if (task->end_ns >= 0)
        json_ns(out, "end", task->end_ns);
    else
        text_add(out, ", \"end\": null");
    text_add_char(out, '}');
}

static void json_span(Text *out, const SnTrace *trace, const SnSpan *span)
{
    text_add(out, "        {\"task\": ");
    json_string(out, trace->threads[span->thread].name);
    text_format(out, ", \"kind\": \"%s\"", sn_span_name(span->kind));
    json_ns(out, "from", span->from_ns);
    json_ns(out, "to", span->to_ns);
    if (span->core != SN_NONE)
        text_format(out, ", \"core\": %u", span->core);
    if (span->object != SN_NONE) {
        text_add(out, ", \"object\": ");
        json_string(out, trace->objects[span->object].name);
    }
    text_format(out, ", \"line\": %u}", span->line);
}

static void json_execution(Text *out, const SnTimeReport *report, uint32_t which, const Busy *busy)
{
    const SnTrace *trace = report->traces[which];
    text_add(out, "    {\n      \"name\": ");
    json_string(out, report->names[which]);
    text_add(out, ",\n      \"schedule\": ");
    json_string(out, trace->schedule);
    text_add(out, ",\n      \"end\": ");
    json_string(out, sn_end_name(trace->end));
    text_format(out, ",\n      \"makespan\": %lld", (long long)busy->makespan_ns);
    text_format(out, ",\n      \"sequential\": %lld", (long long)busy->sequential_ns);
    text_add(out, ",\n      \"speedup\": ");
    figures_json_number(out, share(busy->sequential_ns, busy->makespan_ns));
    text_add(out, ",\n      \"tasks\": [");
    for (uint32_t t = 0; t < trace->thread_count; t++) {
        text_add(out, t > 0 ? ",\n" : "\n");
        json_task(out, trace, &busy->tasks[t], t);
    }
    text_add(out, "\n      ],\n      \"cores\": [");
    for (uint32_t c = 0; c < busy->core_count; c++) {
        text_format(out, "%s        {\"core\": %u", c > 0 ? ",\n" : "\n", c);
        json_ns(out, "compute", busy->cores_ns[c]);
        json_share(out, "utilisation", share(busy->cores_ns[c], busy->makespan_ns));
        text_add_char(out, '}');
    }
    text_add(out, busy->core_count > 0 ? "\n      ]" : "]");
    text_add(out, ",\n      \"utilisation\": ");
    figures_json_number(out, busy->core_count > 0 ? utilisation(busy) : (double)NAN);
    text_add(out, ",\n      \"shifts\": [");
    for (uint32_t s = 0; s < trace->shift_count; s++) {
        const SnShift *shift = &trace->shifts[s];
        text_add(out, s > 0 ? ",\n        {\"worker\": " : "\n        {\"worker\": ");
        json_string(out, shift->worker);
        text_add(out, ", \"task\": ");
        json_string(out, trace->threads[shift->thread].name);
        json_ns(out, "from", shift->from_ns);
        json_ns(out, "to", shift->to_ns);
        text_add_char(out, '}');
    }
    text_add(out, trace->shift_count > 0 ? "\n      ]" : "]");
    text_add(out, ",\n      \"spans\": [");
    for (uint32_t s = 0; s < trace->span_count; s++) {
        text_add(out, s > 0 ? ",\n" : "\n");
        json_span(out, trace, &trace->spans[s]);
    }
    text_add(out, trace->span_count > 0 ? "\n      ]\n    }" : "]\n    }");
}

static void json_range(Text *out, const char *key, const SnTime *time)
{
    text_format(out, ",\n  \"%s\": ", key);
    if (time == NULL) {
        text_add(out, "null");
        return;
    }
    text_format(out, "{\"exact\": %s, \"least\": ", time->is_exact ? "true" : "false");
    if (time->is_known)
        text_format(out, "%lld, \"greatest\": ", (long long)time->least_ns);
    else
        text_add(out, "null, \"greatest\": ");
    if (time->is_known && !time->is_unbounded)
        text_format(out, "%lld}", (long long)time->greatest_ns);
    else
        text_add(out, "null}");
}

static char *write_json(const SnTimeReport *report, const Busy *busy)
{
    Text out = {0};
    text_add(&out, "{\n  \"schema\": 1,\n  \"scenario\": ");
    json_string(&out, result_name(report->scenario));
    json_range(&out, "time", report->time);
    json_range(&out, "one_core", report->one_core);
    text_add(&out, ",\n  \"executions\": [");
    for (uint32_t t = 0; t < report->trace_count; t++) {
        text_add(&out, t > 0 ? ",\n" : "\n");
        json_execution(&out, report, t, &busy[t]);
    }
    text_add(&out, report->trace_count > 0 ? "\n  ]\n}\n" : "]\n}\n");
    return text_take(&out);
}

/* ----------------------------------------------------------------------- main */

static char *make(const SnTimeReport *report, const SnTextStyle *style)
{
    Busy busy[2] = {0};
    bool is_summed = true;
    char *text = NULL;
    for (uint32_t t = 0; t < report->trace_count && is_summed; t++)
        is_summed = busy_sum(report->traces[t], &busy[t]);
    const Subject subject = {report, busy};
    if (is_summed)
        text = style != NULL ? page_make(style, write_time, &subject) : write_json(report, busy);
    busy_free(&busy[0]);
    busy_free(&busy[1]);
    return text;
}

char *sn_report_time(const SnTimeReport *report, const SnTextStyle *style)
{
    return make(report, style);
}

char *sn_report_time_json(const SnTimeReport *report)
{
    return make(report, NULL);
}
