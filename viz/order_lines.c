#include <math.h>

#include "viz/order_drawing.h"

enum { TRACK = 14, PLATE = 18, PLATE_TEXT = 12, RACE_PLATE = 26, RACE_TEXT = 14, WIDE_LANES = 4 };

/* ------------------------------------------------------------------ planning */

static uint32_t lane_of(const OrderDrawing *d, uint32_t step)
{
    return d->lane_of[d->trace->steps[step].thread];
}

/* Half rows that an arrow takes in a gutter. */
static bool takes(const OrderArrow *arrow, uint32_t gutter, uint32_t *from, uint32_t *to, uint32_t *track)
{
    if (gutter == arrow->out) {
        *from = 2 * arrow->top;
        *to = arrow->out == arrow->in ? 2 * arrow->bottom : 2 * arrow->bottom - 1;
        *track = arrow->track_out;
        return true;
    }
    *from = 2 * arrow->bottom - 1;
    *to = 2 * arrow->bottom;
    *track = arrow->track_in;
    return gutter == arrow->in;
}

/* First fit among the arrows before. */
static uint32_t free_track(OrderDrawing *d, const OrderArrow *arrow, uint32_t gutter)
{
    uint32_t from, to, other_from, other_to, track, taken = 0, own;
    takes(arrow, gutter, &from, &to, &own);
    for (uint32_t i = 0; i < d->arrows.count; i++)
        if (takes(&d->arrows.items[i], gutter, &other_from, &other_to, &track) && other_from <= to && from <= other_to)
            taken |= UINT32_C(1) << track;
    for (own = 0; own < 7 && (taken >> own & 1) != 0;)
        own++; /* more than eight share the last one */
    if (own + 1 > d->tracks[gutter])
        d->tracks[gutter] = own + 1;
    return own;
}

static void plan_arrow(OrderDrawing *d, uint32_t index)
{
    const SnOrder *order = &d->trace->orders[index];
    uint32_t from = lane_of(d, order->from_step), to = lane_of(d, order->to_step);
    uint32_t top = d->levels[order->from_step], bottom = d->levels[order->to_step];
    if (from == SN_NONE || to == SN_NONE || from == to || bottom < d->first || top >= d->last)
        return;
    OrderArrow arrow = {.order = index, .starts = top >= d->first, .ends = bottom < d->last};
    if (!arrow.starts && !arrow.ends)
        return;
    arrow.top = arrow.starts ? top : d->first;
    arrow.bottom = arrow.ends ? bottom : d->last;
    arrow.out = from < to ? from + 1 : from;
    arrow.in = from < to ? to : to + 1;
    if (!arrow.ends) /* it leaves the page in the gutter in which it began */
        arrow.in = arrow.out;
    else if (!arrow.starts)
        arrow.out = arrow.in;
    arrow.track_out = free_track(d, &arrow, arrow.out);
    arrow.track_in = arrow.in == arrow.out ? arrow.track_out : free_track(d, &arrow, arrow.in);
    for (uint32_t i = 0; i < d->arrows.count; i++)
        arrow.cross += d->arrows.items[i].in != d->arrows.items[i].out && d->arrows.items[i].bottom == arrow.bottom;
    ARENA_PUSH(d->arena, d->arrows, arrow);
}

/* An end of an arrow at a side of a box. */
static bool is_at(const OrderDrawing *d, const OrderArrow *arrow, bool is_from, uint32_t step, bool right_side)
{
    const SnOrder *order = &d->trace->orders[arrow->order];
    uint32_t here = is_from ? order->from_step : order->to_step;
    uint32_t gutter = is_from ? arrow->out : arrow->in;
    return here == step && (is_from ? arrow->starts : arrow->ends) && (gutter > lane_of(d, step)) == right_side;
}

/* Several ends at one side of a box are spread: those that come in above those that leave. */
static void spread_ends(OrderDrawing *d, uint32_t step, bool right_side)
{
    uint32_t count = 0, k = 0;
    for (int is_from = 0; is_from < 2; is_from++)
        for (uint32_t i = 0; i < d->arrows.count; i++)
            count += is_at(d, &d->arrows.items[i], is_from != 0, step, right_side);
    if (count < 2)
        return;
    double gap = fmin(10, 26.0 / (count - 1));
    for (int is_from = 0; is_from < 2; is_from++)
        for (uint32_t i = 0; i < d->arrows.count; i++) {
            OrderArrow *arrow = &d->arrows.items[i];
            if (!is_at(d, arrow, is_from != 0, step, right_side))
                continue;
            double offset = gap * (k++ - (count - 1) / 2.0);
            if (is_from != 0)
                arrow->from_y = offset;
            else
                arrow->to_y = offset;
        }
}

void order_plan_arrows(OrderDrawing *d)
{
    d->tracks = ARENA_ARRAY(d->arena, uint32_t, d->lane_count + 1);
    for (uint32_t o = 0; o < d->trace->order_count; o++)
        if (d->trace->orders[o].kind != SN_ORDER_PROGRAM)
            plan_arrow(d, o);
    for (uint32_t s = 0; s < d->trace->step_count; s++)
        if (order_is_shown(d, s)) {
            spread_ends(d, s, false);
            spread_ends(d, s, true);
        }
}

/* ---------------------------------------------------------------------- race */

static const char *race_words(const OrderDrawing *d)
{
    return sheet_word(d->sheet, d->is_concurrent ? WORD_NO_ORDER : WORD_RACE_ONLY);
}

/* The racing lanes are neighbours, with this gutter between. */
static bool is_race_gutter(const OrderDrawing *d, uint32_t gutter)
{
    if (!order_has_race(d->trace) || d->last != d->rows)
        return false;
    uint32_t a = lane_of(d, d->trace->race_first), b = lane_of(d, d->trace->race_second);
    return a != SN_NONE && b != SN_NONE && (a < b ? b : a) == gutter && (a < b ? b - a : a - b) == 1;
}

double order_gutter(const OrderDrawing *d, uint32_t gutter)
{
    double width = d->tracks[gutter] > 0                    ? 36 + TRACK * (d->tracks[gutter] - 1.0)
                   : gutter == 0 || gutter == d->lane_count ? 8
                                                            : 26;
    if (d->lane_count <= WIDE_LANES && is_race_gutter(d, gutter))
        width = fmax(width, label_width(FACE_BOLD, RACE_TEXT, race_words(d)) + 90);
    return width;
}

static void draw_race(OrderDrawing *d)
{
    uint32_t first = d->trace->race_first, second = d->trace->race_second;
    if (!order_has_race(d->trace) || !order_is_shown(d, first) || !order_is_shown(d, second))
        return;
    if (lane_of(d, first) > lane_of(d, second)) {
        uint32_t swap = first;
        first = second;
        second = swap;
    }
    Rect left = order_box(d, first), right = order_box(d, second);
    double y = (left.top + left.bottom) / 2, from = left.right + 5.5, to = right.left - 5.5, middle = (from + to) / 2;
    double half = label_width(FACE_BOLD, RACE_TEXT, race_words(d)) / 2 + 10;
    bool is_inline = to - from > 2 * half + 50;
    double at = is_inline ? y : left.bottom + d->gap / 2 - 2;
    middle = fmin(fmax(middle, SHEET_MARGIN + half), d->sheet->width - SHEET_MARGIN - half);
    Shape plate = {.name = "race",
                   .form = "box",
                   .style = "filled,rounded",
                   .stroke = d->theme->bad.stroke,
                   .fill = d->theme->page,
                   .pen = 2.2};
    Rect rect = {middle - half, at - RACE_PLATE / 2.0, middle + half, at + RACE_PLATE / 2.0};
    if (!is_inline) {
        rect.top = at - 10;
        rect.bottom = at + 10;
    }
    Agnode_t *node = sheet_shape(d->sheet, rect, &plate);
    sheet_text(d->sheet, rect, ALIGN_CENTER, (Font){FACE_BOLD, RACE_TEXT, d->theme->bad.stroke}, race_words(d));
    Pen pen = {.color = d->theme->bad.stroke, .width = 2.6, .is_dashed = true, .arrow = to - from > 40 ? 0.9 : 0.5};
    double start = is_inline ? rect.left : (from + to) / 2, end = is_inline ? rect.right : start;
    sheet_route(d->sheet, node, d->nodes[first], (Point[]){{start, y}, {from, y}}, 2, &pen);
    sheet_route(d->sheet, node, d->nodes[second], (Point[]){{end, y}, {to, y}}, 2, &pen);
}

/* -------------------------------------------------------------------- arrows */

static double track_x(const OrderDrawing *d, uint32_t gutter, uint32_t track)
{
    double left = gutter == 0 ? SHEET_MARGIN : d->box_left[gutter - 1] + d->box_width + d->pad;
    return left + (order_gutter(d, gutter) - TRACK * (d->tracks[gutter] - 1.0)) / 2 + TRACK * (double)track;
}

/* Rings stand out of their boxes. */
static double ring_of(const OrderDrawing *d, uint32_t step)
{
    return step == d->trace->race_first || step == d->trace->race_second ? 5.5 : 0;
}

static void draw_program(OrderDrawing *d)
{
    Pen pen = {.color = d->theme->mute, .width = 1.4, .arrow = 0.6};
    for (uint32_t o = 0; o < d->trace->order_count; o++) {
        const SnOrder *order = &d->trace->orders[o];
        if (order->kind != SN_ORDER_PROGRAM)
            continue;
        bool starts = order_is_shown(d, order->from_step), ends = order_is_shown(d, order->to_step);
        uint32_t lane = lane_of(d, order->to_step);
        bool passes = d->levels[order->from_step] < d->last && d->levels[order->to_step] >= d->first;
        if (lane == SN_NONE || (!starts && !ends && !passes))
            continue;
        double x = d->box_left[lane] + d->box_width / 2;
        double from = starts ? order_box(d, order->from_step).bottom : d->rows_top - 2;
        double to = ends ? order_box(d, order->to_step).top - ring_of(d, order->to_step) - 1 : d->lanes_bottom - 2;
        Pen here = pen;
        here.arrow = ends ? pen.arrow : 0;
        if (to > from)
            sheet_route(d->sheet, starts ? d->nodes[order->from_step] : d->sheet->page,
                        ends ? d->nodes[order->to_step] : d->sheet->page, (Point[]){{x, from}, {x, to}}, 2, &here);
    }
}

/* x of the side of a box on which a gutter lies. */
static double side_x(const OrderDrawing *d, uint32_t step, uint32_t gutter, double out)
{
    Rect box = order_box(d, step);
    return gutter > lane_of(d, step) ? box.right + out : box.left - out;
}

static void draw_arrow(OrderDrawing *d, const OrderArrow *arrow)
{
    const SnOrder *order = &d->trace->orders[arrow->order];
    Point points[6];
    uint32_t count = 0;
    double x = track_x(d, arrow->out, arrow->track_out);
    if (arrow->starts) {
        double y = order_middle(d, d->levels[order->from_step]) + arrow->from_y;
        points[count++] = (Point){side_x(d, order->from_step, arrow->out, 0.5), y};
        points[count++] = (Point){x, y};
    } else {
        points[count++] = (Point){x, d->rows_top - 2};
    }
    if (arrow->ends) {
        double y = order_middle(d, arrow->bottom) + arrow->to_y;
        if (arrow->in != arrow->out) {
            double above = order_box(d, order->to_step).top - 7 - 5 * (double)(arrow->cross % 3);
            points[count++] = (Point){x, above};
            x = track_x(d, arrow->in, arrow->track_in);
            points[count++] = (Point){x, above};
        }
        points[count++] = (Point){x, y};
        points[count++] = (Point){side_x(d, order->to_step, arrow->in, 1 + ring_of(d, order->to_step)), y};
    } else {
        points[count++] = (Point){x, d->lanes_bottom - 2};
    }
    Pen pen = {.color = d->theme->objects[0].stroke, .width = 2.4, .arrow = arrow->ends ? 0.8 : 0, .bend = 6};
    sheet_route(d->sheet, arrow->starts ? d->nodes[order->from_step] : d->sheet->page,
                arrow->ends ? d->nodes[order->to_step] : d->sheet->page, points, count, &pen);
}

static const char *plate_text(const OrderDrawing *d, const SnOrder *order)
{
    if (order->object < d->trace->object_count)
        return label_clean(d->arena, d->trace->objects[order->object].name);
    return sheet_word(d->sheet, order->kind == SN_ORDER_SPAWN     ? WORD_SPAWN
                                : order->kind == SN_ORDER_CONTROL ? WORD_CONTROL
                                                                  : WORD_JOIN);
}

static bool overlaps(const Rect *a, const Rect *b)
{
    return a->left < b->right && a->right > b->left && a->top < b->bottom && a->bottom > b->top;
}

/* In a gap between rows along the vertical part, clear of the plates before. */
static void draw_plate(OrderDrawing *d, const OrderArrow *arrow, Rect *plates, uint32_t *plate_count)
{
    const SnOrder *order = &d->trace->orders[arrow->order];
    double widest = fmin(120, d->box_width + 20), x = track_x(d, arrow->out, arrow->track_out);
    const char *text = label_cut(d->arena, FACE_BOLD, PLATE_TEXT, plate_text(d, order), widest);
    double half = label_width(FACE_BOLD, PLATE_TEXT, text) / 2 + 6;
    double at = fmin(fmax(x, half + 2), d->sheet->width - half - 2);
    uint32_t last = arrow->bottom > arrow->top + 1 ? arrow->bottom - 1 : arrow->top;
    if (arrow->top == arrow->bottom) /* it comes from the page before, and ends in the first row */
        return;
    Rect rect = {0};
    for (uint32_t row = arrow->top; row <= last; row++) {
        double y = order_middle(d, row) + d->pitch / 2 - (arrow->in != arrow->out ? 3 : 0);
        bool is_free = true;
        rect = (Rect){at - half, y - PLATE / 2.0, at + half, y + PLATE / 2.0};
        for (uint32_t p = 0; p < *plate_count; p++)
            is_free &= !overlaps(&rect, &plates[p]);
        if (is_free)
            break;
    }
    rect.bottom = fmin(rect.bottom, d->lanes_bottom);
    plates[(*plate_count)++] = rect;
    Shape plate = {.name = arena_format(d->arena, "o%u", (unsigned)arrow->order + 1),
                   .form = "box",
                   .style = "filled,rounded",
                   .stroke = d->theme->objects[0].stroke,
                   .fill = d->theme->page,
                   .pen = 1.4};
    plate.tooltip = arena_format(d->arena, "step %u happens before step %u: %s", (unsigned)order->from_step + 1,
                                 (unsigned)order->to_step + 1, plate_text(d, order));
    sheet_shape(d->sheet, rect, &plate);
    sheet_text(d->sheet, (Rect){rect.left + 2, rect.top, rect.right - 2, rect.bottom}, ALIGN_CENTER,
               (Font){FACE_BOLD, PLATE_TEXT, d->theme->objects[0].stroke}, text);
}

void order_arrows(OrderDrawing *d)
{
    Rect *plates = ARENA_ARRAY(d->arena, Rect, d->arrows.count);
    uint32_t count = 0;
    draw_program(d);
    for (uint32_t i = 0; i < d->arrows.count; i++)
        draw_arrow(d, &d->arrows.items[i]);
    for (uint32_t i = 0; i < d->arrows.count; i++)
        draw_plate(d, &d->arrows.items[i], plates, &count);
    draw_race(d);
}
