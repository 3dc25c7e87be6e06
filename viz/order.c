#include "viz/order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "viz/order_drawing.h"

enum { TITLE = 26, HEADS = 30, FOOT = 52, BOX = 40, LARGE_BOX = 52, LEAST_ROW = 62, MOST_ROW = 92, MOST_LANES = 8 };

static const char *word(const OrderDrawing *d, WordId id)
{
    return sheet_word(d->sheet, id);
}

/* -------------------------------------------------------------------- rows */

bool order_has_race(const SnTrace *trace)
{
    return trace->race_first < trace->step_count && trace->race_second < trace->step_count &&
           trace->race_first != trace->race_second;
}

static bool is_racing(const SnTrace *trace, uint32_t step)
{
    return order_has_race(trace) && (step == trace->race_first || step == trace->race_second);
}

static bool is_before(const SnTrace *trace, uint32_t a, uint32_t b)
{
    uint32_t t = trace->steps[a].thread;
    return trace->clocks[(size_t)b * trace->thread_count + t] >= trace->clocks[(size_t)a * trace->thread_count + t];
}

/* The longest chain of orders that leads to each step; the racing steps below all others. */
static uint32_t make_levels(const SnTrace *trace, uint32_t *levels)
{
    uint32_t lowest = 0;
    for (uint32_t o = 0; o < trace->order_count; o++) {
        const SnOrder *order = &trace->orders[o];
        if (levels[order->from_step] + 1 > levels[order->to_step])
            levels[order->to_step] = levels[order->from_step] + 1;
    }
    for (uint32_t s = 0; s < trace->step_count; s++)
        if (!is_racing(trace, s) && levels[s] + 1 > lowest)
            lowest = levels[s] + 1;
    if (order_has_race(trace)) {
        levels[trace->race_first] = levels[trace->race_second] = lowest;
        lowest++;
    }
    return lowest;
}

static uint32_t rows_per_page(const Sheet *sheet)
{
    return (uint32_t)((sheet->height - 8 - 2 * TITLE - HEADS - FOOT - sheet_legend_height(sheet)) / LEAST_ROW);
}

uint32_t order_pages(Sheet *sheet, const SnTrace *trace)
{
    uint32_t *levels = ARENA_ARRAY(&sheet->arena, uint32_t, trace->step_count);
    uint32_t rows = make_levels(trace, levels), per_page = rows_per_page(sheet);
    return rows <= per_page ? 1 : (rows + per_page - 1) / per_page;
}

/* Pages are full, and overlap rather than leave the last one nearly empty. */
static void set_window(OrderDrawing *d, uint32_t page)
{
    uint32_t per_page = rows_per_page(d->sheet);
    d->pages = d->rows <= per_page ? 1 : (d->rows + per_page - 1) / per_page;
    d->page = page == 0 || page > d->pages ? d->pages : page;
    d->first = d->pages < 2 ? 0 : (uint32_t)((uint64_t)(d->rows - per_page) * (d->page - 1) / (d->pages - 1));
    d->last = d->pages < 2 ? d->rows : d->first + per_page;
}

bool order_is_shown(const OrderDrawing *d, uint32_t step)
{
    return d->levels[step] >= d->first && d->levels[step] < d->last &&
           d->lane_of[d->trace->steps[step].thread] != SN_NONE;
}

/* ------------------------------------------------------------------- lanes */

/* Threads that do something on the page, racing ones first where there are too many. */
static void choose_lanes(OrderDrawing *d)
{
    const SnTrace *trace = d->trace;
    bool *shown = ARENA_ARRAY(d->arena, bool, trace->thread_count);
    uint32_t count = 0, stepping = 0;
    if (order_has_race(trace)) {
        shown[trace->steps[trace->race_first].thread] = shown[trace->steps[trace->race_second].thread] = true;
        count = 2;
    }
    for (uint32_t s = trace->step_count; s-- > 0;) {
        uint32_t thread = trace->steps[s].thread;
        if (d->levels[s] < d->first || d->levels[s] >= d->last || shown[thread] || count == MOST_LANES)
            continue;
        shown[thread] = true;
        count++;
    }
    bool *steps = ARENA_ARRAY(d->arena, bool, trace->thread_count);
    for (uint32_t s = 0; s < trace->step_count; s++)
        steps[trace->steps[s].thread] = true;
    d->lane_of = ARENA_ARRAY(d->arena, uint32_t, trace->thread_count);
    d->lane_threads = ARENA_ARRAY(d->arena, uint32_t, trace->thread_count);
    for (uint32_t t = 0; t < trace->thread_count; t++) {
        stepping += steps[t];
        bool fits = trace->thread_count <= MOST_LANES ? steps[t] : shown[t];
        d->lane_of[t] = fits ? d->lane_count : SN_NONE;
        if (fits)
            d->lane_threads[d->lane_count++] = t;
    }
    d->hidden_threads = stepping > d->lane_count ? stepping - d->lane_count : 0;
}

/* Gutters get what their arrows need, boxes the rest. */
static void make_widths(OrderDrawing *d)
{
    double gutters = 0, left = SHEET_MARGIN, right = d->sheet->width - SHEET_MARGIN;
    for (uint32_t g = 0; g <= d->lane_count; g++)
        gutters += order_gutter(d, g);
    double lanes = d->lane_count > 0 ? d->lane_count : 1;
    double box = fmin(fmax((right - left - gutters) / lanes, 36), (d->lane_count < 3 ? 0.32 : 0.25) * d->sheet->width);
    d->pad = fmax(0, (right - left - gutters - box * lanes) / (2 * lanes));
    double x = left;
    for (uint32_t l = 0; l < d->lane_count; l++) {
        x += order_gutter(d, l) + d->pad;
        d->box_left[l] = x;
        x += box + d->pad;
    }
    d->box_width = box;
}

/* ------------------------------------------------------------------- boxes */

double order_middle(const OrderDrawing *d, uint32_t row)
{
    return d->rows_top + d->pitch * ((double)row - d->first + 0.5);
}

Rect order_box(const OrderDrawing *d, uint32_t step)
{
    double middle = order_middle(d, d->levels[step]), left = d->box_left[d->lane_of[d->trace->steps[step].thread]];
    return (Rect){left, middle - d->box_height / 2, left + d->box_width, middle + d->box_height / 2};
}

static char *clock_text(const OrderDrawing *d, uint32_t step)
{
    const SnTrace *trace = d->trace;
    char *text = arena_format(d->arena, "[");
    for (uint32_t t = 0; t < trace->thread_count; t++)
        text = arena_format(d->arena, "%s%s%u", text, t == 0 ? "" : ",",
                            (unsigned)trace->clocks[(size_t)step * trace->thread_count + t]);
    return arena_format(d->arena, "%s]", text);
}

/* Line, clock and effect; in a narrow box as much of the clock as can be, without commas where that is plain. */
static char *second_line(const OrderDrawing *d, uint32_t step, double size, double width)
{
    const SnTrace *trace = d->trace;
    const SnStep *s = &trace->steps[step];
    char *clock = clock_text(d, step), *line = arena_format(d->arena, ":%u %s", (unsigned)s->line, clock);
    if (label_width(FACE_MONO, size, line) <= width)
        return arena_format(d->arena, "%s  %s", line, label_clean(d->arena, s->effect));
    const uint32_t *numbers = trace->clocks + (size_t)step * trace->thread_count;
    bool is_plain = label_width(FACE_MONO, size, clock) > width;
    char *digits = arena_format(d->arena, "[");
    for (uint32_t t = 0; t < trace->thread_count && is_plain; t++) {
        is_plain = numbers[t] < 10;
        digits = arena_format(d->arena, "%s%u", digits, (unsigned)numbers[t]);
    }
    return is_plain ? arena_format(d->arena, "%s]", digits) : clock;
}

static void draw_box(OrderDrawing *d, uint32_t step)
{
    const SnStep *s = &d->trace->steps[step];
    Rect box = order_box(d, step);
    bool races = is_racing(d->trace, step) || (!order_has_race(d->trace) && step == d->trace->race_first);
    if (races) {
        Shape ring = {.form = "box",
                      .style = "filled,rounded",
                      .stroke = d->theme->bad.stroke,
                      .fill = d->theme->page,
                      .pen = 2.6};
        sheet_shape(d->sheet, (Rect){box.left - 4, box.top - 4, box.right + 4, box.bottom + 4}, &ring);
    }
    bool has_object = s->object < d->trace->object_count;
    Paint paint = has_object ? theme_object(d->theme, d->colors[s->object]) : (Paint){d->theme->line, d->theme->page};
    double width = box.right - box.left - 14;
    const char *source = label_clean(d->arena, s->source), *clock = clock_text(d, step);
    double size = d->box_height > BOX ? 17 : 14, small = d->box_height > BOX ? 13 : SHEET_SMALLEST;
    while (size > SHEET_SMALLEST && label_width(FACE_MONO, size, source) > width)
        size--;
    if (label_width(FACE_MONO, small, clock) > width - 30)
        small = SHEET_SMALLEST;
    char *second = second_line(d, step, small, width);
    const char *html = arena_format(
        d->arena,
        "<TABLE BORDER=\"0\" CELLPADDING=\"0\" CELLSPACING=\"0\">"
        "<TR><TD ALIGN=\"LEFT\" WIDTH=\"%ld\"><FONT FACE=\"%s\" POINT-SIZE=\"%d\">%s</FONT></TD></TR>"
        "<TR><TD ALIGN=\"LEFT\" WIDTH=\"%ld\"><FONT FACE=\"%s\" POINT-SIZE=\"%d\">%s</FONT></TD></TR></TABLE>",
        lround(width), FONT_LIST_MONO, (int)size,
        label_html(d->arena, label_cut(d->arena, FACE_MONO, size, source, width)), lround(width), FONT_LIST_MONO,
        (int)small, label_html(d->arena, label_cut(d->arena, FACE_MONO, small, second, width)));
    Shape shape = {.name = arena_format(d->arena, "s%u", (unsigned)step + 1),
                   .form = "box",
                   .style = "filled,rounded",
                   .stroke = races ? d->theme->bad.stroke : paint.stroke,
                   .fill = paint.fill,
                   .pen = 1.4,
                   .html = html};
    shape.tooltip = arena_format(d->arena, "%s step %u, line %u: %s \xE2\x80\x94 %s %s",
                                 label_clean(d->arena, d->trace->threads[s->thread].name), (unsigned)step + 1,
                                 (unsigned)s->line, source, label_clean(d->arena, s->effect), clock);
    d->nodes[step] = sheet_shape(d->sheet, box, &shape);
}

static void draw_lanes(OrderDrawing *d)
{
    for (uint32_t l = 0; l < d->lane_count; l++) {
        double left = d->box_left[l] - d->pad - 6, right = d->box_left[l] + d->box_width + d->pad + 6;
        sheet_band(d->sheet, (Rect){left, d->lanes_top, right, d->lanes_bottom}, d->theme->lanes[l % 2]);
        const char *name = label_clean(d->arena, d->trace->threads[d->lane_threads[l]].name);
        double size = 17;
        while (size > SHEET_SMALLEST && label_width(FACE_BOLD, size, name) > right - left - 4)
            size--;
        sheet_text(d->sheet, (Rect){left + 2, d->lanes_top, right - 2, d->lanes_top + HEADS}, ALIGN_CENTER,
                   (Font){FACE_BOLD, size, d->theme->text}, name);
    }
}

/* -------------------------------------------------------------------- texts */

static char *verdict(OrderDrawing *d)
{
    const SnTrace *trace = d->trace;
    const char *mark = trace->is_bad ? "\xE2\x9C\x97" : "\xE2\x9C\x93";
    if (!d->is_concurrent)
        return arena_format(d->arena, "%s %s", mark, label_clean(d->arena, trace->verdict));
    uint32_t a = trace->race_first, b = trace->race_second;
    const SnStep *one = &trace->steps[a], *two = &trace->steps[b];
    return arena_format(d->arena, "%s %s", mark,
                        arena_format(d->arena, word(d, WORD_NEITHER),
                                     label_clean(d->arena, trace->threads[one->thread].name), (unsigned)one->line,
                                     clock_text(d, a), label_clean(d->arena, trace->threads[two->thread].name),
                                     (unsigned)two->line, clock_text(d, b)));
}

static void draw_footer(OrderDrawing *d)
{
    const double left = SHEET_MARGIN, right = d->sheet->width - SHEET_MARGIN;
    const char *color = d->trace->is_bad ? d->theme->bad.stroke : d->theme->good.stroke;
    char *lines[2];
    uint32_t count = label_wrap(d->arena, FACE_BOLD, 15, verdict(d), right - left, lines, 2);
    double y = sheet_lines(d->sheet, left, d->lanes_bottom + 4, right, 20, (Font){FACE_BOLD, 15, color}, lines, count);
    if (d->is_concurrent && count == 1) { /* and why that is so */
        count = label_wrap(d->arena, FACE_SANS, 13, label_clean(d->arena, d->trace->verdict), right - left, lines, 1);
        sheet_lines(d->sheet, left, y, right, 19, (Font){FACE_SANS, 13, d->theme->text}, lines, count);
    }
    bool has_sync = false;
    for (uint32_t o = 0; o < d->trace->order_count; o++)
        has_sync |= d->trace->orders[o].kind != SN_ORDER_PROGRAM;
    char *text = arena_format(d->arena, "%s   %s", word(d, WORD_LEGEND_CLOCK), word(d, WORD_LEGEND_PROGRAM));
    if (has_sync)
        text = arena_format(d->arena, "%s   %s", text, word(d, WORD_LEGEND_SYNC));
    if (d->hidden_threads > 0) {
        char *hidden = arena_format(d->arena, word(d, WORD_IDLE_THREADS), (unsigned)d->hidden_threads,
                                    (unsigned)d->trace->thread_count);
        text = arena_format(d->arena, "%s   %s", hidden, text);
    }
    if (d->pages > 1) {
        char *page = arena_format(d->arena, word(d, WORD_PAGE_OF), (unsigned)d->page, (unsigned)d->pages);
        text = arena_format(d->arena, "%s   %s", page, text);
    }
    sheet_legend(d->sheet, text);
}

/* ---------------------------------------------------------------------- all */

static void choose_colors(OrderDrawing *d)
{
    const SnTrace *trace = d->trace;
    bool *used = ARENA_ARRAY(d->arena, bool, trace->object_count);
    for (uint32_t s = 0; s < trace->step_count; s++)
        if (trace->steps[s].object < trace->object_count)
            used[trace->steps[s].object] = true;
    d->colors = ARENA_ARRAY(d->arena, uint32_t, trace->object_count);
    for (uint32_t o = 0, next = 0; o < trace->object_count; o++)
        if (used[o])
            d->colors[o] = next++;
}

void order_draw(Sheet *sheet, const SnTrace *trace, uint32_t page)
{
    OrderDrawing drawing = {.sheet = sheet, .arena = &sheet->arena, .theme = sheet->theme, .trace = trace};
    OrderDrawing *d = &drawing;
    const double left = SHEET_MARGIN, right = sheet->width - SHEET_MARGIN;
    d->levels = ARENA_ARRAY(d->arena, uint32_t, trace->step_count);
    d->rows = make_levels(trace, d->levels);
    d->is_concurrent = order_has_race(trace) && !is_before(trace, trace->race_first, trace->race_second) &&
                       !is_before(trace, trace->race_second, trace->race_first);
    set_window(d, page);
    choose_lanes(d);
    choose_colors(d);
    d->nodes = ARENA_ARRAY(d->arena, Agnode_t *, trace->step_count);
    d->box_left = ARENA_ARRAY(d->arena, double, d->lane_count);

    char *title[2], *text = arena_format(d->arena, word(d, WORD_HAPPENS_BEFORE), label_clean(d->arena, trace->title));
    uint32_t lines = label_wrap(d->arena, FACE_BOLD, 20, text, right - left, title, 2);
    sheet_lines(sheet, left, 6, right, TITLE, (Font){FACE_BOLD, 20, d->theme->text}, title, lines);
    d->lanes_top = 10 + TITLE * fmax(1, lines);
    d->rows_top = d->lanes_top + HEADS;
    uint32_t rows = d->last > d->first ? d->last - d->first : 1;
    d->pitch = fmin(MOST_ROW, (sheet->height - FOOT - sheet_legend_height(sheet) - d->rows_top) / rows);
    d->box_height = d->pitch >= LARGE_BOX + 28 ? LARGE_BOX : BOX;
    d->gap = d->pitch - d->box_height;
    d->lanes_bottom = d->rows_top + d->pitch * rows + 2;

    order_plan_arrows(d);
    make_widths(d);
    draw_lanes(d);
    if (trace->step_count == 0)
        sheet_text(sheet, (Rect){left, d->rows_top, right, d->lanes_bottom}, ALIGN_CENTER,
                   (Font){FACE_SANS, 15, d->theme->mute}, word(d, WORD_NO_STEP));
    for (uint32_t s = 0; s < trace->step_count; s++)
        if (order_is_shown(d, s))
            draw_box(d, s);
    order_arrows(d);
    draw_footer(d);
    sheet_finish(sheet);
}
