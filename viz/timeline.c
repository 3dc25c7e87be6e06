#include "viz/timeline.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { TITLE = 26, GROUP = 20, AXIS = 34, FOOT = 46, LEAST_ROW = 21, MOST_ROW = 84, RIGHT = 76, IDLE_CORES = 8 };
#define LEAST_TEXT 16.0 /* points: narrower bars have none */

typedef struct Timeline {
    Sheet *sheet;
    Arena *arena;
    const Theme *theme;
    const SnTrace *trace;
    uint32_t core_rows, head_rows, rows; /* of all pages: cores; and workers; and tasks */
    uint32_t page, pages, first, last;
    int64_t end_ns;
    double label_right, axis_left, axis_right, rows_top, rows_bottom, pitch;
} Timeline;

static const char *word(const Timeline *t, WordId id)
{
    return sheet_word(t->sheet, id);
}

static char *duration(const Timeline *t, int64_t ns)
{
    return sn_print_duration(ns, ARENA_ARRAY(t->arena, char, 40));
}

/* -------------------------------------------------------------------- rows */

static bool is_computing(const SnTrace *trace)
{
    for (uint32_t s = 0; s < trace->span_count; s++)
        if (trace->spans[s].core != SN_NONE)
            return true;
    return false;
}

/* Cores that were used, and idle ones as long as they are few. */
static uint32_t count_core_rows(const SnTrace *trace)
{
    uint32_t idle = trace->cores < IDLE_CORES ? trace->cores : IDLE_CORES;
    if (!is_computing(trace))
        return 0;
    return trace->cores_used > idle ? trace->cores_used : idle;
}

static double room_for_rows(const Sheet *sheet)
{
    return sheet->height - 12 - 2 * TITLE - 3 * GROUP - AXIS - FOOT - sheet_legend_height(sheet);
}

static uint32_t rows_per_page(const Sheet *sheet)
{
    return (uint32_t)(room_for_rows(sheet) / LEAST_ROW);
}

static uint32_t pages_of(const Sheet *sheet, uint32_t rows)
{
    uint32_t per_page = rows_per_page(sheet);
    return rows <= per_page ? 1 : (rows + per_page - 1) / per_page;
}

uint32_t timeline_pages(Sheet *sheet, const SnTrace *trace)
{
    return pages_of(sheet, count_core_rows(trace) + trace->worker_count + trace->thread_count);
}

static void set_window(Timeline *t, uint32_t page)
{
    uint32_t per_page = rows_per_page(t->sheet);
    t->core_rows = count_core_rows(t->trace);
    t->head_rows = t->core_rows + t->trace->worker_count;
    t->rows = t->head_rows + t->trace->thread_count;
    t->pages = pages_of(t->sheet, t->rows);
    t->page = page == 0 || page > t->pages ? 1 : page;
    t->first = t->pages < 2 ? 0 : (t->page - 1) * per_page;
    t->last = t->first + per_page < t->rows ? t->first + per_page : t->rows;
}

static bool has_cores(const Timeline *t)
{
    return t->first < t->core_rows;
}

static bool has_workers(const Timeline *t)
{
    return t->first < t->head_rows && t->last > t->core_rows && t->head_rows > t->core_rows;
}

static bool has_tasks(const Timeline *t)
{
    return t->last > t->head_rows;
}

/* Above the rows of cores, workers and tasks stands a line with their heading, where there are any on the page. */
static double row_top(const Timeline *t, uint32_t row)
{
    double top = t->rows_top + t->pitch * (row - t->first);
    top += has_cores(t) ? GROUP : 0;
    top += row >= t->core_rows && has_workers(t) ? GROUP : 0;
    return row >= t->head_rows ? top + GROUP : top;
}

static const char *row_name(const Timeline *t, uint32_t row)
{
    if (row < t->core_rows)
        return arena_format(t->arena, word(t, WORD_CORE), (unsigned)row);
    if (row >= t->head_rows)
        return label_clean(t->arena, t->trace->threads[row - t->head_rows].name);
    for (uint32_t s = 0; s < t->trace->shift_count; s++)
        if (t->trace->shifts[s].number == row - t->core_rows)
            return label_clean(t->arena, t->trace->shifts[s].worker);
    return "";
}

/* -------------------------------------------------------------------- axis */

static double x_of(const Timeline *t, int64_t ns)
{
    if (t->end_ns == 0)
        return t->axis_left;
    return t->axis_left + (t->axis_right - t->axis_left) * ((double)ns / (double)t->end_ns);
}

/* 1, 2 or 5 times a power of ten, so that at most `most` fit. */
static int64_t tick_step(int64_t end_ns, uint32_t most)
{
    static const int64_t leads[] = {1, 2, 5};
    for (int64_t power = 1; power <= INT64_MAX / 100; power *= 10)
        for (int k = 0; k < 3; k++)
            if (end_ns / (leads[k] * power) <= most)
                return leads[k] * power;
    return end_ns;
}

/* The number of a tick in the unit of the axis, as exact as it takes. */
static char *tick_text(const Timeline *t, int64_t ns, int64_t unit_ns)
{
    char *text = arena_format(t->arena, "%" PRId64, ns / unit_ns);
    int64_t rest = ns % unit_ns;
    if (rest > 0)
        text = arena_format(t->arena, "%s.", text);
    for (int64_t place = unit_ns / 10; rest > 0 && place > 0; place /= 10) {
        text = arena_format(t->arena, "%s%" PRId64, text, rest / place);
        rest %= place;
    }
    return text;
}

static void draw_axis(Timeline *t)
{
    static const struct {
        int64_t ns;
        const char *name;
    } units[] = {{INT64_C(1000000000), "s"}, {1000000, "ms"}, {1000, "us"}, {1, "ns"}};
    double bottom = t->rows_bottom;
    size_t unit = 0;
    while (unit < 3 && t->end_ns < units[unit].ns)
        unit++;
    int64_t step = tick_step(t->end_ns, (uint32_t)((t->axis_right - t->axis_left) / 64));
    for (int64_t ns = 0;; ns += step) {
        double x = x_of(t, ns);
        sheet_band(t->sheet, (Rect){x - 0.3, t->rows_top, x + 0.3, bottom + 4}, t->theme->path);
        sheet_text(t->sheet, (Rect){x - 32, bottom + 4, x + 32, bottom + 19}, ALIGN_CENTER,
                   (Font){FACE_SANS, 12, t->theme->mute}, tick_text(t, ns, units[unit].ns));
        if (step == 0 || ns > t->end_ns - step)
            break;
    }
    sheet_text(t->sheet, (Rect){t->axis_left, bottom + 18, t->axis_right, bottom + 33}, ALIGN_RIGHT,
               (Font){FACE_SANS, SHEET_SMALLEST, t->theme->mute},
               arena_format(t->arena, word(t, WORD_TIME_AXIS), units[unit].name));
}

/* -------------------------------------------------------------------- bars */

/* Text in a bar: as much as fits, or nothing. */
static const char *bar_label(Timeline *t, FontFace face, double size, const char *text, double width)
{
    if (width < LEAST_TEXT || *text == '\0')
        return NULL;
    char *fitted = label_cut(t->arena, face, size, text, width - 6);
    if (strcmp(fitted, text) != 0 && strlen(fitted) < 8) /* hardly more than an ellipsis */
        return NULL;
    bool is_bold = face == FACE_BOLD;
    return arena_format(t->arena, "<FONT FACE=\"%s\" POINT-SIZE=\"%d\">%s%s%s</FONT>",
                        is_bold ? FONT_LIST_SANS : FONT_LIST_MONO, (int)size, is_bold ? "<B>" : "",
                        label_html(t->arena, fitted), is_bold ? "</B>" : "");
}

static Rect bar_of(const Timeline *t, uint32_t row, const SnSpan *span)
{
    double top = row_top(t, row), share = row < t->head_rows ? 0.70 : 0.62, space = t->pitch * (1 - share) / 2;
    double left = x_of(t, span->from_ns), right = x_of(t, span->to_ns);
    if (right - left < 1.5) { /* too short to be seen */
        left = fmin(left, t->axis_right - 1.5);
        right = left + 1.5;
    }
    return (Rect){left, top + space, right, top + t->pitch - space};
}

static char *tooltip(const Timeline *t, const SnSpan *span)
{
    return arena_format(t->arena, "%s: %s, %s \xE2\x80\x93 %s, line %u: %s",
                        label_clean(t->arena, t->trace->threads[span->thread].name), sn_span_name(span->kind),
                        duration(t, span->from_ns), duration(t, span->to_ns), (unsigned)span->line,
                        label_clean(t->arena, span->source));
}

static const char *span_text(const Timeline *t, const SnSpan *span)
{
    switch (span->kind) {
    case SN_SPAN_READY: return word(t, t->trace->cores == 0 ? WORD_LOCKED : WORD_READY);
    case SN_SPAN_WAIT:
        if (span->object != SN_NONE)
            return arena_format(t->arena, word(t, WORD_WAITS_FOR),
                                label_clean(t->arena, t->trace->objects[span->object].name));
        break;
    case SN_SPAN_SLEEP: return "";
    case SN_SPAN_COST: return word(t, WORD_COST);
    default: break;
    }
    return label_clean(t->arena, span->source);
}

/* On the row of a core the bar has the name of the task; on the row of the task, what it does. */
static void draw_bar(Timeline *t, uint32_t row, const SnSpan *span)
{
    Rect bar = bar_of(t, row, span);
    bool is_core = row < t->head_rows;
    Paint paint = theme_object(t->theme, span->thread);
    Shape shape = {.form = "box", .style = "filled", .stroke = paint.stroke, .fill = paint.fill, .pen = 1.2, .tooltip = tooltip(t, span)};
    double size = fmin(15, fmax(SHEET_SMALLEST, (bar.bottom - bar.top) * 0.6)), width = bar.right - bar.left;
    switch (span->kind) {
    case SN_SPAN_COMPUTE: break;
    case SN_SPAN_COST:
        shape.style = width > 24 ? "filled,diagonals" : "filled";
        break;
    case SN_SPAN_IO:
        shape.style = width > 24 ? "filled,diagonals" : "filled";
        shape.fill = t->theme->page;
        break;
    case SN_SPAN_SLEEP: {
        double middle = (bar.top + bar.bottom) / 2;
        bar.top = middle - 1.5;
        bar.bottom = middle + 1.5;
        shape.fill = paint.stroke;
        shape.pen = 0.4;
        break;
    }
    case SN_SPAN_READY:
    case SN_SPAN_WAIT: /* the colour of the lane: the grid does not run through the words */
        shape.style = span->kind == SN_SPAN_READY ? "filled,dashed" : "filled,dotted";
        shape.fill = t->theme->lanes[row % 2];
        shape.text = t->theme->mute;
        break;
    }
    if (is_core)
        shape.html = bar_label(t, FACE_BOLD, size, label_clean(t->arena, t->trace->threads[span->thread].name), width);
    else if (bar.bottom - bar.top >= 11)
        shape.html = bar_label(t, FACE_MONO, fmin(size, 13), span_text(t, span), width);
    sheet_shape(t->sheet, bar, &shape);
}

/* Slices of a task that follow each other on a core are one bar. */
static bool joins(const SnSpan *a, const SnSpan *b)
{
    return a->thread == b->thread && a->kind == b->kind && a->core == b->core && a->to_ns == b->from_ns &&
           a->line == b->line && a->core != SN_NONE;
}

static void draw_bars(Timeline *t)
{
    const SnTrace *trace = t->trace;
    for (uint32_t s = 0; s < trace->span_count;) {
        SnSpan span = trace->spans[s++];
        while (s < trace->span_count && joins(&span, &trace->spans[s]))
            span.to_ns = trace->spans[s++].to_ns;
        uint32_t row = t->head_rows + span.thread;
        if (row >= t->first && row < t->last)
            draw_bar(t, row, &span);
        if (span.core != SN_NONE && span.core >= t->first && span.core < t->last && span.core < t->core_rows)
            draw_bar(t, span.core, &span);
    }
}

/* A worker that has a task: the task's name, and how long, whatever the task does. */
static void draw_shifts(Timeline *t)
{
    for (uint32_t s = 0; s < t->trace->shift_count; s++) {
        const SnShift *shift = &t->trace->shifts[s];
        uint32_t row = t->core_rows + shift->number;
        SnSpan span = {.thread = shift->thread, .kind = SN_SPAN_COMPUTE, .core = SN_NONE, .object = SN_NONE, .source = shift->worker,
                       .from_ns = shift->from_ns, .to_ns = shift->to_ns};
        if (row >= t->first && row < t->last)
            draw_bar(t, row, &span);
    }
}

/* ------------------------------------------------------------------- rows drawn */

static int64_t busy_of(const SnTrace *trace, uint32_t core)
{
    int64_t busy = 0;
    for (uint32_t s = 0; s < trace->span_count; s++)
        if (trace->spans[s].core != SN_NONE && (core == SN_NONE || trace->spans[s].core == core))
            busy += trace->spans[s].to_ns - trace->spans[s].from_ns;
    return busy;
}

static int64_t shifts_of(const SnTrace *trace, uint32_t worker)
{
    int64_t busy = 0;
    for (uint32_t s = 0; s < trace->shift_count; s++)
        if (trace->shifts[s].number == worker)
            busy += trace->shifts[s].to_ns - trace->shifts[s].from_ns;
    return busy;
}

static char *percent(const Timeline *t, double share)
{
    return arena_format(t->arena, "%.0f %%", share * 100);
}

static const char *right_text(const Timeline *t, uint32_t row)
{
    if (row < t->core_rows)
        return percent(t, (double)busy_of(t->trace, row) / (double)t->end_ns);
    if (row < t->head_rows)
        return percent(t, (double)shifts_of(t->trace, row - t->core_rows) / (double)t->end_ns);
    int64_t end = t->trace->thread_ends[row - t->head_rows];
    return end < 0 ? "\xE2\x80\x93" : duration(t, end);
}

static void draw_group(Timeline *t, double top, WordId left, WordId right)
{
    Font font = {FACE_SANS, 12, t->theme->mute};
    sheet_text(t->sheet, (Rect){SHEET_MARGIN, top, t->label_right, top + GROUP - 2}, ALIGN_LEFT, font, word(t, left));
    sheet_text(t->sheet, (Rect){t->axis_right + 6, top, t->axis_right + RIGHT, top + GROUP - 2}, ALIGN_LEFT, font, word(t, right));
}

static void draw_row(Timeline *t, uint32_t row)
{
    double top = row_top(t, row), size = fmin(15, fmax(SHEET_SMALLEST, t->pitch * 0.5));
    bool is_daemon = row >= t->head_rows && t->trace->threads[row - t->head_rows].is_daemon;
    sheet_band(t->sheet, (Rect){t->axis_left, top, t->axis_right, top + t->pitch}, t->theme->lanes[row % 2]);
    sheet_text(t->sheet, (Rect){SHEET_MARGIN, top, t->label_right, top + t->pitch}, ALIGN_LEFT,
               (Font){FACE_BOLD, size, is_daemon ? t->theme->mute : t->theme->text}, row_name(t, row));
    sheet_text(t->sheet, (Rect){t->axis_right + 6, top, t->axis_right + RIGHT, top + t->pitch}, ALIGN_LEFT,
               (Font){FACE_SANS, 12, t->theme->text}, right_text(t, row));
}

/* ------------------------------------------------------------------------ texts */

static char *verdict(Timeline *t)
{
    const SnTrace *trace = t->trace;
    const char *mark = trace->is_bad ? "\xE2\x9C\x97" : "\xE2\x9C\x93";
    char *text = arena_format(t->arena, "%s %s", mark, label_clean(t->arena, trace->verdict));
    if (trace->is_bad || t->core_rows == 0)
        return text;
    uint32_t cores = trace->cores > 0 ? trace->cores : trace->cores_used;
    double share = (double)busy_of(trace, SN_NONE) / (double)t->end_ns / cores;
    const char *utilisation = arena_format(t->arena, word(t, WORD_UTILISATION), (unsigned)cores, percent(t, share));
    /* The trace's sentence is English; where all is well nothing is lost without it. */
    return arena_format(t->arena, "%s%s %s", t->sheet->language == SN_LANGUAGE_ENGLISH ? text : mark,
                        t->sheet->language == SN_LANGUAGE_ENGLISH ? ";" : "", utilisation);
}

static void draw_footer(Timeline *t)
{
    static const WordId legends[] = {[SN_SPAN_COMPUTE] = WORD_LEGEND_RUN, [SN_SPAN_COST] = WORD_LEGEND_COST, [SN_SPAN_READY] = WORD_LEGEND_READY, [SN_SPAN_IO] = WORD_LEGEND_IO,
                                     [SN_SPAN_SLEEP] = WORD_LEGEND_SLEEP, [SN_SPAN_WAIT] = WORD_LEGEND_WAIT};
    const SnTrace *trace = t->trace;
    double left = SHEET_MARGIN, right = t->sheet->width - SHEET_MARGIN;
    const char *color = trace->is_bad ? t->theme->bad.stroke : t->theme->good.stroke;
    char *lines[2];
    uint32_t count = label_wrap(t->arena, FACE_BOLD, 15, verdict(t), right - left, lines, 2);
    double bottom = t->sheet->height - sheet_legend_height(t->sheet) - 4;
    sheet_lines(t->sheet, left, bottom - 20 * count, right, 20, (Font){FACE_BOLD, 15, color}, lines, count);
    char *text = arena_format(t->arena, "%s", "");
    for (uint32_t kind = 0; kind < sizeof legends / sizeof *legends; kind++) {
        bool is_there = false;
        for (uint32_t s = 0; s < trace->span_count; s++)
            is_there |= trace->spans[s].kind == (SnSpanKind)kind;
        if (is_there)
            text = arena_format(t->arena, "%s%s%s", text, *text == '\0' ? "" : "   ", word(t, legends[kind]));
    }
    if (t->pages > 1)
        text = arena_format(t->arena, "%s   %s", arena_format(t->arena, word(t, WORD_PAGE_OF), (unsigned)t->page, (unsigned)t->pages), text);
    sheet_legend(t->sheet, text);
}

static void make_columns(Timeline *t)
{
    double widest = 40, most = t->sheet->width * 0.2;
    for (uint32_t row = t->first; row < t->last; row++)
        widest = fmax(widest, label_width(FACE_BOLD, 15, row_name(t, row)));
    t->label_right = SHEET_MARGIN + fmin(widest, most) + 1;
    t->axis_left = t->label_right + 10;
    t->axis_right = t->sheet->width - SHEET_MARGIN - RIGHT;
}

void timeline_draw(Sheet *sheet, const SnTrace *trace, uint32_t page)
{
    Timeline timeline = {.sheet = sheet, .arena = &sheet->arena, .theme = sheet->theme, .trace = trace, .end_ns = trace->end_ns};
    Timeline *t = &timeline;
    set_window(t, page);
    make_columns(t);
    char *title[2];
    char *text = arena_format(t->arena, "%s: %s", label_clean(t->arena, trace->title), duration(t, trace->end_ns));
    uint32_t lines = label_wrap(t->arena, FACE_BOLD, 20, text, sheet->width - 2 * SHEET_MARGIN, title, 2);
    sheet_lines(sheet, SHEET_MARGIN, 6, sheet->width - SHEET_MARGIN, TITLE, (Font){FACE_BOLD, 20, t->theme->text}, title, lines);
    t->rows_top = 10 + TITLE * fmax(1, lines);
    uint32_t rows = t->last > t->first ? t->last - t->first : 1;
    t->pitch = fmin(MOST_ROW, room_for_rows(sheet) / rows);
    t->rows_bottom = row_top(t, t->last > t->first ? t->last - 1 : t->first) + t->pitch;
    if (has_cores(t))
        draw_group(t, t->rows_top, WORD_BY_CORE, WORD_BUSY);
    if (has_workers(t))
        draw_group(t, row_top(t, t->first > t->core_rows ? t->first : t->core_rows) - GROUP, WORD_BY_WORKER, WORD_BUSY);
    if (has_tasks(t))
        draw_group(t, row_top(t, t->first > t->head_rows ? t->first : t->head_rows) - GROUP, WORD_BY_TASK, WORD_END_AT);
    for (uint32_t row = t->first; row < t->last; row++)
        draw_row(t, row);
    draw_axis(t);
    draw_bars(t);
    draw_shifts(t);
    draw_footer(t);
    sheet_finish(sheet);
}
