#include "viz/plan.h"

#include <math.h>
#include <string.h>

enum {
    TITLE_LINE = 26,
    HEADS = 28,
    FIRST_VALUES = 22,
    SENTENCE = 19,
    SENTENCES = 5,    /* at most so many lines below the lanes */
    LEAST_PITCH = 44, /* of rows */
    MOST_PITCH = 86,
    MOST_ROWS = 10, /* on a slide */
    MOST_ROWS_LARGE = 24,
    MANY_LANES = 8
};

static const char *word(const Plan *plan, WordId id)
{
    return sheet_word(plan->sheet, id);
}

/* -------------------------------------------------------------------- rows */

static void make_rows(Plan *plan)
{
    const SnTrace *trace = plan->trace;
    plan->row_count = trace->step_count + trace->wait_count;
    plan->rows = ARENA_ARRAY(plan->arena, PlanRow, plan->row_count);
    for (uint32_t s = 0; s < trace->step_count; s++) {
        const SnStep *step = &trace->steps[s];
        plan->rows[s] = (PlanRow){.index = s,
                                  .thread = step->thread,
                                  .line = step->line,
                                  .source = label_clean(plan->arena, step->source),
                                  .effect = label_clean(plan->arena, step->effect)};
        if (trace->has_clock && (s == 0 || step->time_ns != trace->steps[s - 1].time_ns))
            plan->rows[s].time = sn_print_duration(step->time_ns, ARENA_ARRAY(plan->arena, char, 40));
    }
    for (uint32_t w = 0; w < trace->wait_count; w++) {
        const SnWait *wait = &trace->waits[w];
        plan->rows[trace->step_count + w] =
            (PlanRow){.is_wait = true,
                      .index = w,
                      .thread = wait->thread,
                      .line = wait->line,
                      .source = label_clean(plan->arena, wait->source),
                      .effect = label_clean(plan->arena, arena_format(plan->arena, "%s%s", wait->is_timed ? "" : word(plan, WORD_BLOCKED),
                                                                      wait->why != NULL ? wait->why : ""))};
    }
    for (uint32_t n = 0; n < trace->note_count; n++)
        if (trace->notes[n].is_offender && trace->notes[n].step < trace->step_count)
            plan->rows[trace->notes[n].step].is_offender = true;
    for (uint32_t r = 0; r < plan->row_count; r++) {
        PlanRow *row = &plan->rows[r];
        if (row->is_wait)
            row->number = arena_format(plan->arena, word(plan, WORD_END_LINE), (unsigned)row->line);
        else
            row->number = arena_format(plan->arena, "%s%u :%u", row->is_offender ? "\xE2\x9C\x97 " : "",
                                       (unsigned)r + 1, (unsigned)row->line);
    }
}

/* ------------------------------------------------------------------- pages */

static uint32_t sentence_lines(Sheet *sheet, FontFace face, double size, const char *text)
{
    char *lines[2];
    double width = sheet->width - 2 * SHEET_MARGIN;
    return label_wrap(&sheet->arena, face, size, label_clean(&sheet->arena, text), width, lines, 2);
}

bool plan_explains(const SnTrace *trace, const SnWait *wait)
{
    bool has_words =
        wait->target < trace->thread_count || (wait->holder_count > 0 && trace->holders[wait->first_holder].holds);
    size_t length = wait->why != NULL ? strlen(wait->why) : 0;
    /* A short verdict that says it is shown as a whole. */
    bool is_said = length > 0 && strlen(trace->verdict) < 110 && strstr(trace->verdict, wait->why) != NULL;
    return !has_words && !is_said && length > (trace->thread_count < 3 ? 36 : 14);
}

bool plan_same_reason(const SnWait *a, const SnWait *b)
{
    return a->line == b->line && a->object == b->object && a->why != NULL && b->why != NULL &&
           strcmp(a->why, b->why) == 0;
}

/* How many sentences explain the waits; threads that wait in the same place for the same reason share one. */
static uint32_t count_explanations(const SnTrace *trace)
{
    uint32_t count = 0;
    for (uint32_t w = 0; w < trace->wait_count && count < SENTENCES; w++) {
        bool is_told = !plan_explains(trace, &trace->waits[w]);
        for (uint32_t k = 0; k < w && !is_told; k++)
            is_told = plan_same_reason(&trace->waits[k], &trace->waits[w]);
        count += !is_told;
    }
    return count;
}

static double footer_height(Sheet *sheet, const SnTrace *trace)
{
    uint32_t lines = sentence_lines(sheet, FACE_BOLD, 15, trace->verdict);
    lines += count_explanations(trace);
    for (uint32_t n = 0; n < trace->note_count && lines < SENTENCES; n++)
        lines += sentence_lines(sheet, FACE_SANS, 14, trace->notes[n].text);
    return 8 + SENTENCE * (lines < SENTENCES ? lines : SENTENCES) + sheet_legend_height(sheet);
}

static uint32_t rows_per_page(Sheet *sheet, const SnTrace *trace)
{
    double room = sheet->height - (8 + 2 * TITLE_LINE + HEADS + FIRST_VALUES) - footer_height(sheet, trace);
    if (sentence_lines(sheet, FACE_BOLD, 20, trace->title) < 2)
        room += TITLE_LINE;
    uint32_t rows = (uint32_t)(room / LEAST_PITCH);
    uint32_t most = sheet->height > 600 ? MOST_ROWS_LARGE : MOST_ROWS;
    return rows > most ? most : rows < 1 ? 1 : rows;
}

static uint32_t count_pages(uint32_t rows, uint32_t per_page)
{
    return rows <= per_page ? 1 : (rows + per_page - 1) / per_page;
}

uint32_t plan_pages(Sheet *sheet, const SnTrace *trace)
{
    return count_pages(trace->step_count + trace->wait_count, rows_per_page(sheet, trace));
}

/* All pages are full: they overlap by a row or two rather than leave the last one nearly empty. */
static void set_window(Plan *plan, uint32_t page, uint32_t per_page)
{
    plan->page = page;
    if (plan->pages < 2) {
        plan->first = 0;
        plan->last = plan->row_count;
        return;
    }
    uint64_t slack = plan->row_count - per_page;
    uint32_t gaps = plan->pages - 1;
    plan->first = (uint32_t)((slack * (page - 1) + gaps / 2) / gaps);
    plan->last = plan->first + per_page;
}

/* The page that shows the last note, if possible with the start of its arrow. */
static uint32_t finding_page(Plan *plan, uint32_t per_page)
{
    const SnTrace *trace = plan->trace;
    if (plan->pages == 1 || trace->note_count == 0 || trace->wait_count > 0)
        return plan->pages;
    const SnNote *note = &trace->notes[trace->note_count - 1];
    uint32_t best = plan->pages, best_score = 0;
    for (uint32_t page = 1; page <= plan->pages; page++) {
        set_window(plan, page, per_page);
        uint32_t score = 0;
        if (note->step >= plan->first && note->step < plan->last)
            score += 2;
        if (note->from_step >= plan->first && note->from_step < plan->last)
            score += 1;
        if (score >= 2 && score >= best_score) {
            best = page;
            best_score = score;
        }
    }
    return best;
}

static void make_title(Plan *plan)
{
    const SnTrace *trace = plan->trace;
    const char *title = label_clean(plan->arena, trace->title);
    if (plan->pages > 1) {
        uint32_t last = plan->last < trace->step_count ? plan->last : trace->step_count;
        if (trace->step_count == 0)
            title = arena_format(plan->arena, word(plan, WORD_BEFORE_ANY), title);
        else if (plan->first >= trace->step_count)
            title = arena_format(plan->arena, word(plan, WORD_AFTER_LAST), (unsigned)trace->step_count, title);
        else if (last == plan->first + 1)
            title =
                arena_format(plan->arena, word(plan, WORD_STEP_OF), (unsigned)last, (unsigned)trace->step_count, title);
        else
            title = arena_format(plan->arena, word(plan, WORD_STEPS_OF), (unsigned)plan->first + 1, (unsigned)last,
                                 (unsigned)trace->step_count, title);
    }
    plan->title_count =
        label_wrap(plan->arena, FACE_BOLD, 20, title, plan->sheet->width - 2 * SHEET_MARGIN, plan->title_lines, 2);
    if (plan->title_count == 0) {
        plan->title_lines[0] = label_clean(plan->arena, "");
        plan->title_count = 1;
    }
}

/* ------------------------------------------------------------------- lanes */

static void mark_rows(const Plan *plan, uint32_t first, uint32_t last, bool *shown)
{
    for (uint32_t r = first; r < last; r++)
        shown[plan->rows[r].thread] = true;
}

static uint32_t count_marks(const bool *marks, uint32_t count)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < count; i++)
        total += marks[i];
    return total;
}

/* With many threads only those that step or wait; if that is not enough, only those of this page and the holders
 * for which they wait. */
static void choose_lanes(Plan *plan)
{
    const SnTrace *trace = plan->trace;
    bool *shown = ARENA_ARRAY(plan->arena, bool, trace->thread_count);
    if (trace->thread_count <= MANY_LANES) {
        for (uint32_t t = 0; t < trace->thread_count; t++)
            shown[t] = true;
    } else {
        mark_rows(plan, 0, plan->row_count, shown);
        if (count_marks(shown, trace->thread_count) > MANY_LANES) {
            memset(shown, 0, trace->thread_count * sizeof *shown);
            mark_rows(plan, plan->first, plan->last, shown);
            for (uint32_t r = plan->first; r < plan->last; r++) {
                if (!plan->rows[r].is_wait)
                    continue;
                const SnWait *wait = &trace->waits[plan->rows[r].index];
                for (uint32_t h = 0; h < wait->holder_count && count_marks(shown, trace->thread_count) < MOST_ROWS; h++)
                    shown[trace->holders[wait->first_holder + h].thread] = true;
            }
        }
    }
    plan->lane_count = count_marks(shown, trace->thread_count);
    plan->hidden_threads = trace->thread_count - plan->lane_count;
    plan->lanes = ARENA_ARRAY(plan->arena, PlanLane, plan->lane_count);
    for (uint32_t t = 0, lane = 0; t < trace->thread_count; t++)
        if (shown[t])
            plan->lanes[lane++].thread = t;
}

uint32_t plan_lane(const Plan *plan, uint32_t thread)
{
    for (uint32_t l = 0; l < plan->lane_count; l++)
        if (plan->lanes[l].thread == thread)
            return l;
    return SN_NONE;
}

/* ------------------------------------------------------------------ colours */

/* Paints go to the objects that the picture shows, in the order of declaration. */
static void choose_colors(Plan *plan)
{
    const SnTrace *trace = plan->trace;
    bool *used = ARENA_ARRAY(plan->arena, bool, trace->object_count);
    for (uint32_t s = 0; s < trace->step_count; s++)
        if (trace->steps[s].object < trace->object_count)
            used[trace->steps[s].object] = true;
    for (uint32_t h = 0; h < trace->hold_count; h++)
        if (trace->holds[h].object < trace->object_count)
            used[trace->holds[h].object] = true;
    for (uint32_t w = 0; w < trace->watched_count; w++)
        used[trace->watched[w]] = true;
    plan->colors = ARENA_ARRAY(plan->arena, uint32_t, trace->object_count);
    uint32_t next = 0;
    for (uint32_t o = 0; o < trace->object_count; o++)
        if (used[o])
            plan->colors[o] = next++;
}

/* ----------------------------------------------------------------- columns */

static const char *value_at(const SnTrace *trace, uint32_t steps_done, uint32_t watch)
{
    const char *value = trace->values[(size_t)steps_done * trace->watched_count + watch];
    return value != NULL ? value : "";
}

/* How much a reader needs to see a variable: those of the notes first, then those that change, then the rest. */
static uint32_t interest(const SnTrace *trace, uint32_t watch)
{
    for (uint32_t n = 0; n < trace->note_count; n++)
        if (trace->notes[n].step < trace->step_count &&
            trace->steps[trace->notes[n].step].object == trace->watched[watch])
            return 2;
    for (uint32_t s = 0; s < trace->step_count; s++)
        if (strcmp(value_at(trace, s, watch), value_at(trace, s + 1, watch)) != 0)
            return 1;
    return 0;
}

static double column_width(Plan *plan, uint32_t watch, double widest)
{
    const SnTrace *trace = plan->trace;
    double width =
        label_width(FACE_MONO_BOLD, 13, label_clean(plan->arena, trace->objects[trace->watched[watch]].name)) + 4;
    for (uint32_t s = 0; s <= trace->step_count && width < widest; s++)
        width = fmax(width, label_width(FACE_MONO_BOLD, 13, label_clean(plan->arena, value_at(trace, s, watch))) + 12);
    return fmin(fmax(width, 46), widest);
}

static void choose_columns(Plan *plan, double room, double widest)
{
    const SnTrace *trace = plan->trace;
    uint32_t count = trace->watched_count;
    bool *chosen = ARENA_ARRAY(plan->arena, bool, count);
    double *widths = ARENA_ARRAY(plan->arena, double, count);
    for (uint32_t w = 0; w < count; w++)
        widths[w] = column_width(plan, w, widest) + 8;
    plan->column_count = 0;
    for (int level = 2; level >= 0; level--)
        for (uint32_t w = 0; w < count; w++) {
            if (chosen[w] || widths[w] > room || interest(trace, w) != (uint32_t)level)
                continue;
            chosen[w] = true;
            room -= widths[w];
            plan->column_count++;
        }
    plan->hidden_columns = count - plan->column_count;
    plan->columns = ARENA_ARRAY(plan->arena, PlanColumn, plan->column_count);
    for (uint32_t w = 0, c = 0; w < count; w++)
        if (chosen[w])
            plan->columns[c++] = (PlanColumn){.watch = w,
                                              .right = widths[w] - 8,
                                              .name = label_clean(plan->arena, trace->objects[trace->watched[w]].name)};
}

static double columns_width(const Plan *plan)
{
    double width = 0;
    for (uint32_t c = 0; c < plan->column_count; c++)
        width += plan->columns[c].right - plan->columns[c].left + 8;
    return width;
}

/* ------------------------------------------------------------------ widths */

static double numbers_width(const Plan *plan)
{
    double width = 34;
    for (uint32_t r = 0; r < plan->row_count; r++)
        width = fmax(width, label_width(FACE_BOLD, 12, plan->rows[r].number));
    for (uint32_t r = 0; r < plan->row_count; r++)
        if (plan->rows[r].time != NULL)
            width = fmax(width, label_width(FACE_BOLD, SHEET_SMALLEST, plan->rows[r].time) + 1);
    return width + (plan->is_frame ? 16 : 0); /* for the mark at the current step */
}

/* True when all texts fit into boxes of this width with this size. */
static bool all_fit(const Plan *plan, double box, double source_size, double effect_size)
{
    for (uint32_t r = 0; r < plan->row_count; r++) {
        const PlanRow *row = &plan->rows[r];
        if (label_width(FACE_MONO, source_size, row->source) > box - 14)
            return false;
        if (!row->is_wait && label_width(FACE_MONO, effect_size, row->effect) > box - 14)
            return false;
    }
    return true;
}

static bool is_tight(const Plan *plan)
{
    return plan->lane_count >= 7 || (plan->lane_count >= 3 && plan->sheet->width < 600);
}

static double lane_pad(const Plan *plan)
{
    return plan->lane_count >= 7 ? 6 : is_tight(plan) ? 4 : 10;
}

static double lane_gap(const Plan *plan)
{
    return is_tight(plan) ? 3 : 6;
}

/* The least width of boxes whose statement stands beside the lanes: room for the commonest words. */
static double least_box(const Plan *plan)
{
    static const WordId words[] = {WORD_READ, WORD_WRITE, WORD_TAKE, WORD_GIVE};
    double width = 42;
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        width = fmax(width, label_width(FACE_SANS, SHEET_SMALLEST, word(plan, words[w])) + 7 + (plan->is_frame ? 8 : 0));
    return plan->lane_count > MANY_LANES ? 36 : width;
}

/* What a lane needs beside its box. */
static double lane_extra(const Plan *plan, const PlanLane *lane)
{
    double gutter = lane->tracks > 0 ? 16 + plan->track_pitch * (lane->tracks - 1) + 14 : lane_pad(plan);
    double bars = lane->bars > 0 ? plan->bar_pitch * lane->bars + 1 : 0;
    return lane_pad(plan) + bars + gutter + lane_gap(plan);
}

/* Columns of values get three tenths of the width, and more where the texts of the boxes leave it. */
static double column_room(const Plan *plan, double width, double extra)
{
    double widest = 150;
    for (uint32_t r = 0; r < plan->row_count; r++)
        widest = fmax(widest, label_width(FACE_MONO, 13, plan->rows[r].source) + 20);
    double left = width - extra - fmin(widest, 420) * plan->lane_count;
    return fmax(0.30 * width, fmin(left, 0.55 * width));
}

/* What the statements take beside the lanes, at most 250. */
static double aside_width(const Plan *plan)
{
    double width = 150;
    for (uint32_t r = 0; r < plan->row_count; r++) {
        width = fmax(width, label_width(FACE_MONO, 12, plan->rows[r].source) + 12);
        if (!plan->rows[r].is_wait)
            width = fmax(width, label_width(FACE_MONO, SHEET_SMALLEST, plan->rows[r].effect) + 12);
    }
    return fmin(width, 250);
}

static void make_widths(Plan *plan)
{
    plan->has_loop = plan->trace->loop_start < plan->trace->step_count;
    plan->track_pitch = plan->lane_count <= 2 ? 22 : 20;
    plan->bar_pitch = 9;
    plan->left_end = SHEET_MARGIN + (plan->has_loop ? 16 : 0) + numbers_width(plan);
    double from = plan->left_end + 10, to = plan->sheet->width - SHEET_MARGIN;
    double extra = 0;
    for (uint32_t l = 0; l < plan->lane_count; l++)
        extra += lane_extra(plan, &plan->lanes[l]);
    double lanes = plan->lane_count > 0 ? plan->lane_count : 1;

    choose_columns(plan, column_room(plan, to - from, extra), 110);
    double box = (to - from - columns_width(plan) - extra) / lanes;
    plan->is_aside = plan->lane_count >= 3 && !all_fit(plan, box, SHEET_SMALLEST, SHEET_SMALLEST);
    if (plan->is_aside) {
        choose_columns(plan, plan->lane_count > MANY_LANES ? 60 : 150, 74);
        double room = to - from - columns_width(plan) - extra;
        box = fmin(fmax((room - aside_width(plan)) / lanes, least_box(plan)), 110);
        plan->aside_right = to - columns_width(plan) - 6;
    } else {
        box = fmin(box, plan->lane_count == 1 ? 640 : 420);
    }

    double x = from;
    for (uint32_t l = 0; l < plan->lane_count; l++) {
        PlanLane *lane = &plan->lanes[l];
        lane->left = x;
        lane->box_left = x + lane_pad(plan) + (lane->bars > 0 ? plan->bar_pitch * lane->bars + 1 : 0);
        lane->box_right = lane->box_left + box;
        x += box + lane_extra(plan, lane);
        lane->right = x - lane_gap(plan);
    }
    plan->aside_left = x + 4;
    if (plan->is_aside)
        x = plan->aside_right;
    for (uint32_t c = 0; c < plan->column_count; c++) {
        PlanColumn *column = &plan->columns[c];
        double width = column->right - column->left;
        column->left = x + 8;
        column->right = column->left + width;
        x = column->right;
    }
}

/* ----------------------------------------------------------------- heights */

static void choose_sizes(Plan *plan)
{
    static const struct {
        double pitch, box, source, effect;
    } sizes[] = {{74, 53, 19, 15}, {60, 47, 17, 14}, {54, 43, 15, 13}, {48, 37, 13, 11}, {0, 33, 12, 11}};
    uint32_t k = 0;
    while (plan->pitch < sizes[k].pitch)
        k++;
    plan->box_height = sizes[k].box;
    plan->source_size = sizes[k].source;
    plan->effect_size = sizes[k].effect;
    if (plan->is_aside) {
        plan->source_size = plan->effect_size = SHEET_SMALLEST;
        return;
    }
    double box = plan->lane_count > 0 ? plan->lanes[0].box_right - plan->lanes[0].box_left : 0;
    while (plan->source_size > SHEET_SMALLEST && !all_fit(plan, box, plan->source_size, plan->effect_size)) {
        plan->source_size--;
        plan->effect_size = fmax(SHEET_SMALLEST, fmin(plan->effect_size, plan->source_size - 1));
    }
}

static void make_heights(Plan *plan, Sheet *sheet)
{
    uint32_t rows = plan->last - plan->first;
    plan->lanes_top = 10 + TITLE_LINE * plan->title_count;
    plan->heads_bottom = plan->lanes_top + HEADS;
    plan->rows_top = plan->heads_bottom + (plan->column_count > 0 || plan->first > 0 ? FIRST_VALUES : 6);
    double room = plan->sheet->height - plan->rows_top - 4 - footer_height(sheet, plan->trace);
    plan->pitch = rows > 0 ? fmin(room / rows, MOST_PITCH) : MOST_PITCH;
    choose_sizes(plan);
    plan->lanes_bottom = plan->rows_top + plan->pitch * (rows > 0 ? rows : 1) + 4;
}

/* The page on which a frame is seen best: the first one that has its last step; who is blocked belongs to the last. */
static uint32_t frame_page(Plan *plan, uint32_t frame, uint32_t per_page)
{
    uint32_t page = 1, row = frame > 0 ? frame - 1 : 0;
    if (frame == plan->trace->step_count && plan->trace->wait_count > 0)
        return plan->pages;
    for (set_window(plan, page, per_page); page < plan->pages && row >= plan->last; set_window(plan, page, per_page))
        page++;
    return page;
}

Plan *plan_make(Sheet *sheet, const SnTrace *trace, uint32_t page, uint32_t frame)
{
    Arena *arena = &sheet->arena;
    Plan *plan = ARENA_NEW(arena, Plan);
    plan->trace = trace;
    plan->sheet = sheet;
    plan->arena = arena;
    make_rows(plan);
    uint32_t per_page = rows_per_page(sheet, trace);
    plan->pages = count_pages(plan->row_count, per_page);
    plan->is_frame = frame != SN_NONE;
    if (plan->is_frame)
        page = frame_page(plan, frame, per_page);
    else if (page == 0)
        page = finding_page(plan, per_page);
    set_window(plan, page > plan->pages ? plan->pages : page, per_page);
    make_title(plan);
    choose_lanes(plan);
    choose_colors(plan);
    plan_bars(plan);
    plan_arrows(plan);
    make_widths(plan);
    make_heights(plan, sheet);
    plan_ends(plan);
    return plan;
}

/* ----------------------------------------------------------------- lookups */

double plan_middle(const Plan *plan, uint32_t row)
{
    return plan->rows_top + plan->pitch * ((double)row - plan->first + 0.5);
}

Rect plan_box(const Plan *plan, uint32_t row)
{
    const PlanLane *lane = &plan->lanes[plan_lane(plan, plan->rows[row].thread)];
    double middle = plan_middle(plan, row);
    Rect box = {lane->box_left, middle - plan->box_height / 2, lane->box_right, middle + plan->box_height / 2};
    return box;
}

double plan_track(const Plan *plan, const PlanArrow *arrow)
{
    return plan->lanes[arrow->lane].box_right + 16 + plan->track_pitch * arrow->track;
}
