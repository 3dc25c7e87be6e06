#include "report/steps.h"

#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "report/figures.h"
#include "report/table.h"

#define CROSS "\u2717"
#define ARROW "\u2192"

enum {
    LONG_TRACE = 60, /* steps; longer ones are shown in part unless all is asked for */
    SHOWN_AT_START = 8,
    SHOWN_AT_END = 16,
    SHOWN_AROUND = 3,  /* steps around each note */
    LANE_MINIMUM = 13, /* columns */
    EFFECT_MINIMUM = 14,
    STATEMENT_MINIMUM = 16
};

typedef enum Values { VALUES_LOCALS, VALUES_ALL, VALUES_CHANGING, VALUES_NONE } Values;

/* One way to lay the table out. */
typedef struct Layout {
    bool lanes; /* a column for each thread; else one for the name and one for the statement */
    Values values;
} Layout;

/* The columns of the table in the making. */
typedef struct Steps {
    Page *page;
    const SnTrace *trace;
    const StepsStyle *style;
    Layout layout;
    Table table;
    uint32_t mark, time, step, line, first_lane, effect, first_local, first_value;
    uint32_t *value_columns; /* watched index -> column, SN_NONE where it is not shown */
    bool *shown;             /* one a step */
} Steps;

static const char *value_text(const SnTrace *trace, uint32_t step, uint32_t watched)
{
    const char *value = trace->values[(size_t)step * trace->watched_count + watched];
    return value == NULL ? "" : value;
}

static bool value_changes(const SnTrace *trace, uint32_t watched)
{
    for (uint32_t s = 1; s <= trace->step_count; s++)
        if (strcmp(value_text(trace, s, watched), value_text(trace, 0, watched)) != 0)
            return true;
    return false;
}

/* Marked text of the user in the arena. */
static const char *user_cell(Page *page, Tone tone, const char *user)
{
    page_toned(&page->scratch, tone, user);
    return page_take(page);
}

static bool is_offender(const SnTrace *trace, uint32_t step)
{
    for (uint32_t n = 0; n < trace->note_count; n++)
        if (trace->notes[n].step == step && trace->notes[n].is_offender)
            return true;
    return false;
}

static void add_note_numbers(Text *out, const SnTrace *trace, uint32_t step)
{
    for (uint32_t n = 0; n < trace->note_count; n++) {
        if (trace->notes[n].step != step)
            continue;
        page_tone(out, trace->notes[n].is_offender ? TONE_BAD : TONE_WARN);
        text_format(out, " [%u]", n + 1);
        page_tone(out, TONE_PLAIN);
    }
}

/* Effects come with "->" where a value changes; on the page it is an arrow. What a step read says so, lest "x = 0" pass
 * for an assignment. */
static void add_effect(Text *out, const SnStep *step)
{
    if (step->effect == NULL)
        return;
    const char *from = step->effect, *arrow;
    char part[256];
    if (step->action == SN_READ && strncmp(from, "read", 4) != 0)
        text_add(out, "reads ");
    while ((arrow = strstr(from, "->")) != NULL && (size_t)(arrow - from) < sizeof part) {
        memcpy(part, from, (size_t)(arrow - from));
        part[arrow - from] = '\0';
        page_user(out, part);
        text_add(out, ARROW);
        from = arrow + 2;
    }
    page_user(out, from);
}

static bool state_is(const SnTrace *trace, uint32_t after, uint32_t thread, SnThreadState state)
{
    return trace->thread_states != NULL &&
           trace->thread_states[(size_t)after * trace->thread_count + thread] == (uint8_t)state;
}

/* What stands in the column of a thread that does not step. */
static const char *lifeline(Steps *steps, uint32_t after, uint32_t thread)
{
    Page *page = steps->page;
    if (state_is(steps->trace, after, thread, SN_THREAD_READY))
        page_toned(&page->scratch, TONE_FAINT, "\u2502");
    else if (state_is(steps->trace, after, thread, SN_THREAD_BLOCKED))
        page_toned(&page->scratch, TONE_FAINT, "\u250A");
    return page_take(page);
}

/* The thread that a step of another one moves on: what a joint step did to it. */
static const char *partner_text(const SnStep *step)
{
    switch (step->action) {
    case SN_NOTIFY: return "\u2190 woken";
    case SN_TRANSFER: return "\u2190 receives";
    default: return NULL;
    }
}

static void begin_columns(Steps *steps)
{
    Table *table = &steps->table;
    const SnTrace *trace = steps->trace;
    Page *page = steps->page;
    table_begin(table, page);
    steps->mark = table_column(table, "", false, 0);
    if (trace->has_clock)
        steps->time = table_column(table, "time", true, 0);
    steps->step = table_column(table, "step", true, 0);
    steps->line = table_column(table, "line", true, 0);
    steps->first_lane = table->columns.count;
    if (steps->layout.lanes) {
        for (uint32_t t = 0; t < trace->thread_count; t++) {
            page_user(&page->scratch, trace->threads[t].name);
            table_column(table, page_take(page), false, LANE_MINIMUM);
        }
    } else {
        table_column(table, "thread", false, 0);
        table_column(table, "statement", false, STATEMENT_MINIMUM);
    }
    steps->effect = table_column(table, "effect", false, EFFECT_MINIMUM);
    steps->first_local = table->columns.count;
    if (steps->layout.values == VALUES_LOCALS) {
        for (uint32_t l = 0; l < trace->local_count; l++) {
            page_user(&page->scratch, trace->threads[trace->local_threads[l]].name);
            text_add_char(&page->scratch, '.');
            page_user(&page->scratch, trace->local_names[l]);
            table_column(table, page_take(page), true, 0);
        }
    }
    for (uint32_t w = 0; w < trace->watched_count; w++) {
        bool is_shown =
            steps->layout.values <= VALUES_ALL || (steps->layout.values == VALUES_CHANGING && value_changes(trace, w));
        steps->value_columns[w] = SN_NONE;
        if (!is_shown)
            continue;
        page_user(&page->scratch, trace->objects[trace->watched[w]].name);
        steps->value_columns[w] = table_column(table, page_take(page), true, 0);
    }
}

/* Values after `after` steps into the last row. A value that the last step changed stands out. */
static void value_cells(Steps *steps, uint32_t after)
{
    const SnTrace *trace = steps->trace;
    for (uint32_t w = 0; w < trace->watched_count; w++) {
        if (steps->value_columns[w] == SN_NONE)
            continue;
        const char *value = value_text(trace, after, w);
        bool changed = after > 0 && strcmp(value, value_text(trace, after - 1, w)) != 0;
        table_cell(&steps->table, steps->value_columns[w],
                   user_cell(steps->page, changed ? TONE_CHANGED : TONE_FAINT, value));
    }
    if (steps->layout.values != VALUES_LOCALS)
        return;
    for (uint32_t l = 0; l < trace->local_count; l++) {
        const char *value = trace->local_values[(size_t)after * trace->local_count + l];
        table_cell(&steps->table, steps->first_local + l, user_cell(steps->page, TONE_FAINT, value));
    }
}

static const char *number_cell(Page *page, Tone tone, uint32_t number)
{
    if (number == 0)
        return "";
    page_tone(&page->scratch, tone);
    text_format(&page->scratch, "%u", number);
    page_tone(&page->scratch, TONE_PLAIN);
    return page_take(page);
}

static const char *time_cell(Page *page, int64_t ns)
{
    page_tone(&page->scratch, TONE_STRONG);
    duration_add(&page->scratch, ns);
    page_tone(&page->scratch, TONE_PLAIN);
    return page_take(page);
}

static void step_row(Steps *steps, uint32_t s)
{
    Page *page = steps->page;
    Table *table = &steps->table;
    const SnTrace *trace = steps->trace;
    const SnStep *step = &trace->steps[s];
    bool offends = is_offender(trace, s);

    table_row(table);
    if (offends)
        table_cell(table, steps->mark, user_cell(page, TONE_BAD, CROSS));
    bool is_later = trace->has_clock && (s == 0 || step->time_ns != trace->steps[s - 1].time_ns);
    if (is_later)
        table_cell(table, steps->time, time_cell(page, step->time_ns));
    table_cell(table, steps->step, number_cell(page, offends ? TONE_BAD : TONE_PLAIN, s + 1));
    table_cell(table, steps->line, number_cell(page, TONE_FAINT, step->line));

    page_toned(&page->scratch, offends ? TONE_BAD : TONE_PLAIN, step->source);
    if (step->choices > 1) {
        page_tone(&page->scratch, TONE_FAINT);
        text_format(&page->scratch, " :%u", step->choice);
        page_tone(&page->scratch, TONE_PLAIN);
    }
    const char *statement = page_take(page);
    if (steps->layout.lanes) {
        for (uint32_t t = 0; t < trace->thread_count; t++) {
            const char *joined = t == step->partner ? partner_text(step) : NULL;
            if (t == step->thread)
                table_cell(table, steps->first_lane + t, statement);
            else if (joined != NULL)
                table_cell(table, steps->first_lane + t, user_cell(page, TONE_FAINT, joined));
            else
                table_cell(table, steps->first_lane + t, lifeline(steps, s + 1, t));
        }
    } else {
        bool other = s == 0 || step->is_switch || trace->steps[s - 1].thread != step->thread;
        table_cell(table, steps->first_lane,
                   user_cell(page, other ? TONE_STRONG : TONE_FAINT, trace->threads[step->thread].name));
        table_cell(table, steps->first_lane + 1, statement);
    }
    add_effect(&page->scratch, step);
    add_note_numbers(&page->scratch, trace, s);
    table_cell(table, steps->effect, page_take(page));
    value_cells(steps, s + 1);
}

static bool in_cycle(const SnTrace *trace, uint32_t thread)
{
    for (uint32_t c = 0; c < trace->cycle_count; c++)
        for (uint32_t i = trace->cycle_start[c]; i < trace->cycle_start[c + 1]; i++)
            if (trace->cycle_threads[i] == thread)
                return true;
    return false;
}

/* Where a blocked thread stands at the end. */
static void wait_row(Steps *steps, const SnWait *wait)
{
    Page *page = steps->page;
    Table *table = &steps->table;
    const SnTrace *trace = steps->trace;
    bool bad =
        in_cycle(trace, wait->thread) || (trace->end == SN_END_DEADLOCK && !trace->threads[wait->thread].is_daemon);

    table_row(table);
    if (bad)
        table_cell(table, steps->mark, user_cell(page, TONE_BAD, CROSS));
    table_cell(table, steps->step, user_cell(page, bad ? TONE_BAD : TONE_FAINT, wait->is_timed ? "later" : "stuck"));
    table_cell(table, steps->line, number_cell(page, TONE_FAINT, wait->line));
    const char *statement = user_cell(page, bad ? TONE_BAD : TONE_FAINT, wait->source);
    if (steps->layout.lanes) {
        for (uint32_t t = 0; t < trace->thread_count; t++)
            table_cell(table, steps->first_lane + t,
                       t == wait->thread ? statement : lifeline(steps, trace->step_count, t));
    } else {
        table_cell(table, steps->first_lane, user_cell(page, TONE_STRONG, trace->threads[wait->thread].name));
        table_cell(table, steps->first_lane + 1, statement);
    }
    if (wait->object != SN_NONE) {
        text_add(&page->scratch, "waits for ");
        page_user(&page->scratch, trace->objects[wait->object].name);
    } else if (wait->target != SN_NONE) {
        text_add(&page->scratch, wait->is_for_control ? "waits while " : "waits for the end of ");
        page_user(&page->scratch, trace->threads[wait->target].name);
        text_add(&page->scratch, wait->is_for_control ? " has control" : "");
    } else if (wait->is_timed) {
        page_user(&page->scratch, wait->why);
    } else {
        text_add(&page->scratch, "waits");
    }
    table_cell(table, steps->effect, page_take(page));
}

/* Which steps of a long trace are worth a row. */
static void choose_shown(Steps *steps)
{
    const SnTrace *trace = steps->trace;
    bool all = steps->style->all || trace->step_count <= LONG_TRACE;
    for (uint32_t s = 0; s < trace->step_count; s++)
        steps->shown[s] = all || s < SHOWN_AT_START || s + SHOWN_AT_END >= trace->step_count;
    for (uint32_t n = 0; n < trace->note_count; n++) {
        uint32_t places[2] = {trace->notes[n].step, trace->notes[n].from_step};
        for (int p = 0; p < 2; p++) {
            if (places[p] >= trace->step_count)
                continue;
            uint32_t from = places[p] > SHOWN_AROUND ? places[p] - SHOWN_AROUND : 0;
            for (uint32_t s = from; s < trace->step_count && s <= places[p] + SHOWN_AROUND; s++)
                steps->shown[s] = true;
        }
    }
}

static void loop_row(Steps *steps)
{
    Page *page = steps->page;
    page_toned(&page->scratch, TONE_BAD, "      \u21BB from here on the steps repeat for ever:");
    table_span(&steps->table, page_take(page));
}

static bool lay_out(Steps *steps, Layout layout)
{
    const SnTrace *trace = steps->trace;
    Page *page = steps->page;
    steps->layout = layout;
    begin_columns(steps);
    if (trace->watched_count > 0 && layout.values != VALUES_NONE) {
        table_row(&steps->table);
        value_cells(steps, 0);
    }
    for (uint32_t s = 0; s < trace->step_count; s++) {
        if (s == trace->loop_start)
            loop_row(steps);
        if (steps->shown[s]) {
            step_row(steps, s);
            continue;
        }
        uint32_t from = s;
        while (s + 1 < trace->step_count && !steps->shown[s + 1] && s + 1 != trace->loop_start)
            s++;
        page_tone(&page->scratch, TONE_FAINT);
        text_format(&page->scratch, "      \u22EE  steps %u to %u (-v shows them)", from + 1, s + 1);
        page_tone(&page->scratch, TONE_PLAIN);
        table_span(&steps->table, page_take(page));
    }
    for (uint32_t w = 0; w < trace->wait_count; w++)
        wait_row(steps, &trace->waits[w]);
    return table_fit(&steps->table, steps->style->indent);
}

void steps_table(Page *page, const SnTrace *trace, const StepsStyle *style)
{
    static const Layout layouts[] = {
        {true, VALUES_LOCALS}, {true, VALUES_ALL},       {true, VALUES_CHANGING},
        {false, VALUES_ALL},   {false, VALUES_CHANGING}, {false, VALUES_NONE},
    };
    Steps steps = {.page = page, .trace = trace, .style = style};
    if (trace->step_count == 0 && trace->wait_count == 0)
        return;
    steps.value_columns = ARENA_ARRAY(&page->arena, uint32_t, (size_t)trace->watched_count + 1);
    steps.shown = ARENA_ARRAY(&page->arena, bool, (size_t)trace->step_count + 1);
    choose_shown(&steps);
    size_t first = style->locals && trace->local_count > 0 ? 0 : 1;
    for (size_t l = first; l < sizeof layouts / sizeof *layouts; l++)
        if (lay_out(&steps, layouts[l]))
            break;
    table_print(&steps.table, style->indent);
}

/* -------------------------------------------------------------- remarks */

static void note_line(Page *page, const SnTrace *trace, uint32_t n, uint32_t indent)
{
    const SnNote *note = &trace->notes[n];
    char label[24];
    int width = snprintf(label, sizeof label, "[%u] ", n + 1);
    text_fill(&page->out, ' ', indent);
    page_toned(&page->out, note->is_offender ? TONE_BAD : TONE_WARN, label);
    if (note->step < trace->step_count)
        text_format(&page->scratch, "step %u: ", note->step + 1);
    page_user(&page->scratch, note->text);
    page_paragraph(page, indent + (uint32_t)width, indent + (uint32_t)width);
}

/* Is the reason that one thread holds the object, and nothing more? */
static bool is_plainly_held(const SnTrace *trace, const SnWait *wait)
{
    if (wait->object == SN_NONE || wait->holder_count != 1 || !trace->holders[wait->first_holder].holds)
        return false;
    const char *object = trace->objects[wait->object].name;
    size_t length = strlen(object);
    return wait->why == NULL ||
           (strncmp(wait->why, object, length) == 0 && strncmp(wait->why + length, " is held by ", 12) == 0 &&
            strchr(wait->why, ':') == NULL);
}

/* "T1 waits for b, held by T2 (line 12)"; other reasons as the trace words them. */
static void wait_line(Page *page, const SnTrace *trace, const SnWait *wait, uint32_t indent)
{
    Text *line = &page->scratch;
    text_fill(&page->out, ' ', indent);
    page_toned(line, TONE_STRONG, trace->threads[wait->thread].name);
    if (is_plainly_held(trace, wait)) {
        const SnHolder *holder = &trace->holders[wait->first_holder];
        text_add(line, " waits for ");
        page_toned(line, TONE_STRONG, trace->objects[wait->object].name);
        text_add(line, ", held by ");
        if (holder->thread == wait->thread)
            text_add(line, "itself");
        else
            page_toned(line, TONE_STRONG, trace->threads[holder->thread].name);
        if (holder->line != 0)
            text_format(line, " (line %u)", holder->line);
    } else {
        text_add(line, " waits");
        if (wait->line != 0)
            text_format(line, " at line %u", wait->line);
        text_add(line, ": ");
        page_user(line, wait->why != NULL ? wait->why : wait->source);
    }
    page_paragraph(page, indent, indent + 4);
}

static const SnWait *wait_of(const SnTrace *trace, uint32_t thread)
{
    for (uint32_t w = 0; w < trace->wait_count; w++)
        if (trace->waits[w].thread == thread)
            return &trace->waits[w];
    return NULL;
}

static void cycle_line(Page *page, const SnTrace *trace, uint32_t cycle, uint32_t indent)
{
    Text *line = &page->scratch;
    uint32_t from = trace->cycle_start[cycle], to = trace->cycle_start[cycle + 1];
    text_fill(&page->out, ' ', indent);
    page_toned(&page->out, TONE_BAD, "cycle: ");
    for (uint32_t i = from; i <= to && to > from; i++) {
        uint32_t thread = trace->cycle_threads[i == to ? from : i];
        page_toned(line, TONE_STRONG, trace->threads[thread].name);
        if (i == to)
            break;
        const SnWait *wait = wait_of(trace, thread);
        text_add(line, " " ARROW " ");
        if (wait != NULL && wait->object != SN_NONE) {
            page_user(line, trace->objects[wait->object].name);
            text_add(line, " " ARROW " ");
        }
    }
    page_paragraph(page, indent + 7, indent + 7);
}

void steps_remarks(Page *page, const SnTrace *trace, uint32_t indent)
{
    for (uint32_t n = 0; n < trace->note_count; n++)
        note_line(page, trace, n, indent);
    for (uint32_t w = 0; w < trace->wait_count; w++)
        wait_line(page, trace, &trace->waits[w], indent);
    for (uint32_t c = 0; c < trace->cycle_count; c++)
        cycle_line(page, trace, c, indent);
    for (uint32_t o = 0; o < trace->output_count; o++) {
        text_fill(&page->out, ' ', indent);
        page_toned(&page->out, TONE_FAINT, "output: ");
        page_user(&page->scratch, trace->output[o]);
        page_paragraph(page, indent + 8, indent + 8);
    }
}
