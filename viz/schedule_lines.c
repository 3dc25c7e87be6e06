#include <math.h>

#include "viz/schedule_drawing.h"

bool schedule_has_row(const Plan *plan, uint32_t row)
{
    return row >= plan->first && row < plan->last;
}

bool schedule_has_come(const Drawing *d, uint32_t row)
{
    if (d->frame == SN_NONE || d->frame == d->trace->step_count)
        return true;
    return row < d->frame;
}

Paint schedule_paint(const Drawing *d, uint32_t object)
{
    if (object >= d->trace->object_count)
        return (Paint){d->theme->line, d->theme->page};
    return theme_object(d->theme, d->plan->colors[object]);
}

/* --------------------------------------------------------------------- bars */

static void bar_edges(const Drawing *d, const PlanBar *bar, double *left, double *right)
{
    *right = d->plan->lanes[bar->lane].box_left - 1.5 - d->plan->bar_pitch * bar->track;
    *left = *right - 7;
}

void schedule_bars(Drawing *d)
{
    Plan *plan = d->plan;
    for (uint32_t b = 0; b < plan->bars.count; b++) {
        const PlanBar *bar = &plan->bars.items[b];
        if (bar->from_row >= plan->last || bar->to_row < plan->first || !schedule_has_come(d, bar->from_row))
            continue;
        uint32_t object = d->trace->holds[bar->hold].object;
        Paint paint = schedule_paint(d, object);
        Rect rect;
        bar_edges(d, bar, &rect.left, &rect.right);
        rect.top = bar->from_row >= plan->first ? plan_middle(plan, bar->from_row) - plan->box_height / 2
                                                : plan->heads_bottom + 16;
        if (bar->to_row != SN_NONE && schedule_has_come(d, bar->to_row) && !schedule_has_row(plan, bar->to_row))
            rect.bottom = plan->lanes_bottom - 2;
        else if (!schedule_has_come(d, bar->to_row)) /* so far */
            rect.bottom = plan_middle(plan, d->frame - 1) + plan->pitch / 2;
        else
            rect.bottom = schedule_has_row(plan, bar->to_row) ? plan_middle(plan, bar->to_row) + plan->box_height / 2
                                                              : plan->lanes_bottom - 2;
        Shape shape = {.name = arena_format(plan->arena, "h%u", (unsigned)bar->hold + 1),
                       .form = "box",
                       .style = "filled",
                       .stroke = paint.stroke,
                       .fill = paint.fill,
                       .pen = 1.2};
        const char *thread = label_clean(plan->arena, d->trace->threads[d->trace->holds[bar->hold].thread].name);
        shape.tooltip =
            arena_format(plan->arena, "%s holds %s", thread, label_clean(plan->arena, d->trace->objects[object].name));
        d->bars[b] = sheet_shape(d->sheet, rect, &shape);
    }
}

/* -------------------------------------------------------------------- lines */

/* Which thread runs: from box to box; down, across, down on a context switch. */
static void draw_path(Drawing *d)
{
    Plan *plan = d->plan;
    Pen pen = {.color = d->theme->path, .width = plan->pitch >= 54 ? 4 : 3, .bend = 5};
    for (uint32_t r = plan->first; r + 1 < plan->last && !plan->rows[r + 1].is_wait && schedule_has_come(d, r + 1);
         r++) {
        Rect from = plan_box(plan, r), to = plan_box(plan, r + 1);
        double x0 = (from.left + from.right) / 2, x1 = (to.left + to.right) / 2, y = (from.bottom + to.top) / 2;
        Point points[4] = {{x0, from.bottom}, {x0, y}, {x1, y}, {x1, to.top}};
        Point straight[2] = {{x0, from.bottom}, {x0, to.top}};
        Agnode_t *tail = d->steps[r - plan->first], *head = d->steps[r + 1 - plan->first];
        if (x0 == x1)
            sheet_route(d->sheet, tail, head, straight, 2, &pen);
        else
            sheet_route(d->sheet, tail, head, points, 4, &pen);
    }
}

/* How far above its box the arrow of a thread runs that waits for itself; clear of the dotted line where there is room.
 */
static double self_gap(const Plan *plan)
{
    double gap = plan->pitch - plan->box_height;
    return gap >= 20 ? gap / 4 + 2 : gap / 2;
}

/* Between the last step and those who are stuck: what follows is no order any more. */
static void draw_end(Drawing *d)
{
    Plan *plan = d->plan;
    uint32_t row = d->trace->step_count;
    if (row == plan->first || !schedule_has_come(d, row) || !schedule_has_row(plan, row) || plan->lane_count == 0)
        return;
    double y = plan_middle(plan, row) - plan->pitch / 2;
    Point points[2] = {{plan->lanes[0].left, y}, {plan->lanes[plan->lane_count - 1].right, y}};
    Pen pen = {.color = d->theme->line, .width = 1.4, .is_dotted = true};
    sheet_route(d->sheet, d->page, d->page, points, 2, &pen);
}

/* Of several bars of one thread for the object, the one that an arrow from `lane` meets first. */
static bool is_nearest_bar(const Drawing *d, uint32_t b, uint32_t object, uint32_t lane)
{
    const PlanBar *bar = &d->plan->bars.items[b];
    for (uint32_t k = 0; k < d->plan->bars.count; k++) {
        const PlanBar *other = &d->plan->bars.items[k];
        if (k == b || d->bars[k] == NULL || other->lane != bar->lane || other->to_row != SN_NONE ||
            d->trace->holds[other->hold].object != object)
            continue;
        if (lane < bar->lane ? other->track > bar->track : other->track < bar->track)
            return false;
    }
    return true;
}

/* Dashed, from a blocked box to the bars of the threads that own what it waits for. */
static void draw_wait_arrows(Drawing *d, uint32_t r)
{
    Plan *plan = d->plan;
    const SnWait *wait = &d->trace->waits[plan->rows[r].index];
    uint32_t lane = plan_lane(plan, plan->rows[r].thread), drawn = 0;
    Rect box = plan_box(plan, r);
    Pen pen = {.color = d->theme->bad.stroke, .width = 2.2, .is_dashed = true, .arrow = 0.8, .bend = 5};
    for (uint32_t b = 0; b < plan->bars.count && drawn < 3; b++) {
        const PlanBar *bar = &plan->bars.items[b];
        if (d->bars[b] == NULL || d->trace->holds[bar->hold].object != wait->object || bar->to_row != SN_NONE ||
            !is_nearest_bar(d, b, wait->object, lane))
            continue;
        static const double spread[3] = {0, -9, 9};
        double left, right, y = plan_middle(plan, r) + spread[drawn++];
        bar_edges(d, bar, &left, &right);
        Agnode_t *tail = d->steps[r - plan->first];
        if (bar->lane == lane) { /* its own: over the top of the box */
            double top = box.top - self_gap(plan);
            Point points[3] = {{box.left + 26, box.top}, {box.left + 26, top}, {right + 0.6, top}};
            pen.arrow = 0.7;
            sheet_route(d->sheet, tail, d->bars[b], points, 3, &pen);
            continue;
        }
        bool goes_right = left > box.right;
        Point points[2] = {{goes_right ? box.right + 1 : box.left - 1, y}, {goes_right ? left - 0.6 : right + 0.6, y}};
        sheet_route(d->sheet, tail, d->bars[b], points, 2, &pen);
    }
}

static void draw_arrow(Drawing *d, const PlanArrow *arrow)
{
    Plan *plan = d->plan;
    const SnNote *note = &d->trace->notes[arrow->note];
    bool starts = schedule_has_row(plan, arrow->from_row), ends = schedule_has_row(plan, arrow->to_row);
    double x = plan_track(plan, arrow);
    Point points[4];
    uint32_t count = 0;
    if (starts) {
        Rect box = plan_box(plan, arrow->from_row);
        double y = plan_middle(plan, arrow->from_row) + arrow->from_y;
        points[count++] = (Point){arrow->from_lane == arrow->lane ? box.right + 1 : box.left - 1, y};
        points[count++] = (Point){x, y};
    } else {
        points[count++] = (Point){x, arrow->from_row < plan->first ? plan->rows_top - 8 : plan->lanes_bottom - 2};
    }
    Pen pen = {.color = d->trace->is_bad ? d->theme->bad.stroke : d->theme->text,
               .width = 2.2,
               .is_dashed = note->is_stale_read,
               .bend = 6};
    if (ends) {
        Rect box = plan_box(plan, arrow->to_row);
        double y = plan_middle(plan, arrow->to_row) + arrow->to_y;
        points[count++] = (Point){x, y};
        points[count++] = (Point){arrow->to_lane == arrow->lane ? box.right + 1.5 : box.left - 1.5, y};
        pen.arrow = 0.8;
    } else {
        points[count++] = (Point){x, arrow->to_row < plan->first ? plan->rows_top - 8 : plan->lanes_bottom - 2};
    }
    sheet_route(d->sheet, starts ? d->steps[arrow->from_row - plan->first] : d->page,
                ends ? d->steps[arrow->to_row - plan->first] : d->page, points, count, &pen);
}

/* A remark without an arrow: a short line from the box to its badge. */
static void draw_stub(Drawing *d, const PlanArrow *arrow)
{
    Plan *plan = d->plan;
    double y = plan_middle(plan, arrow->to_row) + arrow->to_y;
    Point points[2] = {{plan_box(plan, arrow->to_row).right + 1, y}, {plan_track(plan, arrow), y}};
    Pen pen = {.color = d->trace->is_bad ? d->theme->bad.stroke : d->theme->text, .width = 1.6};
    sheet_route(d->sheet, d->steps[arrow->to_row - plan->first], d->page, points, 2, &pen);
}

/* Rows between the ends of an arrow that are on the page. */
static bool visible_span(const Plan *plan, const PlanArrow *arrow, uint32_t *top, uint32_t *bottom)
{
    uint32_t a = arrow->from_row == SN_NONE ? arrow->to_row : arrow->from_row, b = arrow->to_row;
    *top = a < b ? a : b;
    *bottom = a < b ? b : a;
    if (*bottom < plan->first || *top >= plan->last)
        return false;
    return true;
}

/* On the vertical part, in the gap between two rows that is nearest to its middle and free of other badges. */
static Point badge_place(const Drawing *d, const PlanArrow *arrow, const Point *placed, uint32_t count)
{
    const Plan *plan = d->plan;
    uint32_t top, bottom;
    double x = plan_track(plan, arrow);
    visible_span(plan, arrow, &top, &bottom);
    if (arrow->from_row == SN_NONE)
        return (Point){x, plan_middle(plan, arrow->to_row) + arrow->to_y};
    uint32_t first = (top < plan->first ? plan->first : top + 1), last = bottom >= plan->last ? plan->last : bottom;
    double middle = (plan_middle(plan, first) + plan_middle(plan, last)) / 2 - plan->pitch / 2;
    Point best = {x, middle};
    double best_distance = 1e9;
    for (uint32_t r = first; r <= last; r++) {
        Point at = {x, plan_middle(plan, r) - plan->pitch / 2};
        double distance = fabs(at.y - middle);
        for (uint32_t k = 0; k < count; k++)
            if (fabs(placed[k].x - at.x) < 22 && fabs(placed[k].y - at.y) < 22)
                distance += 1000;
        if (distance < best_distance - 0.01) {
            best = at;
            best_distance = distance;
        }
    }
    return best;
}

static void draw_notes(Drawing *d)
{
    Plan *plan = d->plan;
    Point *placed = ARENA_ARRAY(plan->arena, Point, plan->arrows.count);
    uint32_t count = 0, top, bottom;
    const char *color = d->trace->is_bad ? d->theme->bad.stroke : d->theme->text;
    for (uint32_t i = 0; i < plan->arrows.count; i++) {
        const PlanArrow *arrow = &plan->arrows.items[i];
        if (!visible_span(plan, arrow, &top, &bottom) || !schedule_has_come(d, bottom))
            continue;
        if (arrow->from_row == SN_NONE)
            draw_stub(d, arrow);
        else
            draw_arrow(d, arrow);
        placed[count] = badge_place(d, arrow, placed, count);
        sheet_badge(d->sheet, placed[count++], 17, arrow->note + 1, color);
    }
}

/* Steps that repeat for ever: a line on the far left, back from the last row to the first of the loop. */
static void draw_loop(Drawing *d)
{
    Plan *plan = d->plan;
    uint32_t start = d->trace->loop_start, end = d->trace->step_count - 1;
    if (!plan->has_loop || !schedule_has_come(d, end) || end < plan->first || start >= plan->last)
        return;
    double x = SHEET_MARGIN + 2, inner = SHEET_MARGIN + 14;
    bool has_end = schedule_has_row(plan, end), has_start = schedule_has_row(plan, start);
    double low = has_end ? plan_middle(plan, end) + 8 : plan->lanes_bottom - 2;
    double high = has_start ? plan_middle(plan, start) - 8 : plan->rows_top - 8;
    Point points[4];
    uint32_t count = 0;
    if (has_end)
        points[count++] = (Point){inner, low};
    points[count++] = (Point){x, low};
    points[count++] = (Point){x, high};
    if (has_start)
        points[count++] = (Point){inner + 2, high};
    Pen pen = {.color = d->trace->is_bad ? d->theme->bad.stroke : d->theme->mute,
               .width = 2.2,
               .arrow = has_start ? 0.7 : 0,
               .bend = 6};
    sheet_route(d->sheet, d->page, d->page, points, count, &pen);
}

void schedule_lines(Drawing *d)
{
    Plan *plan = d->plan;
    draw_path(d);
    draw_end(d);
    draw_notes(d);
    for (uint32_t r = plan->first; r < plan->last; r++)
        if (plan->rows[r].is_wait && schedule_has_come(d, r))
            draw_wait_arrows(d, r);
    draw_loop(d);
}
