#include "viz/schedule.h"

#include <math.h>
#include <string.h>

typedef struct Drawing {
    Sheet *sheet;
    const Theme *theme;
    const SnTrace *trace;
    Plan *plan;
    Agnode_t **steps; /* node of each row of the page, by row - first */
    Agnode_t **bars;  /* node of each bar, or NULL off the page */
    Agnode_t *page;   /* stands in for ends off the page */
} Drawing;

static const char *mark(bool is_bad)
{
    return is_bad ? "\xE2\x9C\x97" : "\xE2\x9C\x93";
}

static bool is_on_page(const Plan *plan, uint32_t row)
{
    return row >= plan->first && row < plan->last;
}

static Paint object_paint(const Drawing *d, uint32_t object)
{
    if (object >= d->trace->object_count)
        return (Paint){d->theme->line, d->theme->page};
    return theme_object(d->theme, d->plan->colors[object]);
}

/* ------------------------------------------------------------ lanes, heads */

static void draw_title(Drawing *d)
{
    Plan *plan = d->plan;
    sheet_lines(d->sheet, SHEET_MARGIN, 6, SHEET_WIDTH - SHEET_MARGIN, 26, (Font){FACE_BOLD, 20, d->theme->text}, plan->title_lines, plan->title_count);
}

/* Names of what a thread owned already before the first row of the page. */
static char *held_before(Drawing *d, uint32_t lane, const char **color)
{
    Plan *plan = d->plan;
    char *names = NULL;
    for (uint32_t b = 0; b < plan->bars.count; b++) {
        const PlanBar *bar = &plan->bars.items[b];
        if (bar->lane != lane || bar->from_row >= plan->first || bar->to_row < plan->first)
            continue;
        uint32_t object = d->trace->holds[bar->hold].object;
        char *name = label_clean(plan->arena, d->trace->objects[object].name);
        names = names == NULL ? name : arena_format(plan->arena, "%s, %s", names, name);
        *color = object_paint(d, object).stroke;
    }
    return names;
}

static void draw_lanes(Drawing *d)
{
    Plan *plan = d->plan;
    for (uint32_t l = 0; l < plan->lane_count; l++) {
        const PlanLane *lane = &plan->lanes[l];
        sheet_band(d->sheet, (Rect){lane->left, plan->lanes_top, lane->right, plan->lanes_bottom}, d->theme->lanes[l % 2]);
        const char *name = label_clean(plan->arena, d->trace->threads[lane->thread].name);
        double width = lane->right - lane->left - 6, size = 17;
        while (size > SHEET_SMALLEST && label_width(FACE_BOLD, size, name) > width)
            size--;
        Rect head = {lane->left + 3, plan->lanes_top, lane->right - 3, plan->heads_bottom};
        sheet_text(d->sheet, head, ALIGN_CENTER, (Font){FACE_BOLD, size, d->theme->text}, name);
        const char *color = d->theme->mute;
        char *held = held_before(d, l, &color);
        if (held == NULL)
            continue;
        char *sentence = arena_format(plan->arena, "holds %s", held);
        if (label_width(FACE_SANS, SHEET_SMALLEST, sentence) <= width)
            held = sentence;
        sheet_text(d->sheet, (Rect){lane->left + 3, plan->heads_bottom - 4, lane->right - 3, plan->heads_bottom + 14}, ALIGN_CENTER,
                   (Font){FACE_SANS, SHEET_SMALLEST, color}, held);
    }
}

/* ------------------------------------------------------------------- values */

static const char *value_at(const Drawing *d, uint32_t steps_done, uint32_t watch)
{
    const char *value = d->trace->values[(size_t)steps_done * d->trace->watched_count + watch];
    return label_clean(d->plan->arena, value);
}

static bool is_written(const Drawing *d, uint32_t step, uint32_t watch)
{
    const SnStep *s = &d->trace->steps[step];
    for (uint32_t a = 0; a < s->access_count; a++) {
        const SnAccess *access = &d->trace->accesses[s->first_access + a];
        if (access->object == d->trace->watched[watch] && (access->action == SN_WRITE || access->action == SN_UPDATE))
            return true;
    }
    return strcmp(value_at(d, step, watch), value_at(d, step + 1, watch)) != 0;
}

static void draw_values(Drawing *d)
{
    Plan *plan = d->plan;
    Font quiet = {FACE_MONO, 13, d->theme->mute};
    for (uint32_t c = 0; c < plan->column_count; c++) {
        const PlanColumn *column = &plan->columns[c];
        Paint paint = object_paint(d, d->trace->watched[column->watch]);
        sheet_text(d->sheet, (Rect){column->left, plan->lanes_top, column->right, plan->heads_bottom}, ALIGN_CENTER,
                   (Font){FACE_MONO_BOLD, 13, paint.stroke}, column->name);
        uint32_t done = plan->first < d->trace->step_count ? plan->first : d->trace->step_count;
        sheet_text(d->sheet, (Rect){column->left, plan->heads_bottom, column->right, plan->heads_bottom + 20}, ALIGN_CENTER, quiet,
                   value_at(d, done, column->watch));
        for (uint32_t r = plan->first; r < plan->last && !plan->rows[r].is_wait; r++) {
            double middle = plan_middle(plan, r);
            Rect cell = {column->left, middle - 14, column->right, middle + 14};
            bool written = is_written(d, r, column->watch);
            if (written) {
                Shape box = {.form = "box", .style = "filled", .stroke = paint.stroke, .fill = paint.fill, .pen = 1.3};
                sheet_shape(d->sheet, cell, &box);
            }
            sheet_text(d->sheet, cell, ALIGN_CENTER, written ? (Font){FACE_MONO_BOLD, 13, d->theme->text} : quiet, value_at(d, r + 1, column->watch));
        }
    }
}

static void draw_numbers(Drawing *d)
{
    Plan *plan = d->plan;
    double left = SHEET_MARGIN + (plan->has_loop ? 16 : 0);
    Font small = {FACE_SANS, SHEET_SMALLEST, d->theme->mute};
    if (plan->column_count > 0 || plan->first > 0)
        sheet_text(d->sheet, (Rect){left, plan->heads_bottom, plan->left_end, plan->heads_bottom + 20}, ALIGN_RIGHT, small,
                   plan->first == 0 ? "start" : "\xE2\x80\xA6");
    for (uint32_t r = plan->first; r < plan->last; r++) {
        const PlanRow *row = &plan->rows[r];
        bool is_bad = row->is_wait || row->is_offender;
        double middle = plan_middle(plan, r);
        Font font = {is_bad ? FACE_BOLD : FACE_SANS, 12, is_bad && d->trace->is_bad ? d->theme->bad.stroke : d->theme->mute};
        sheet_text(d->sheet, (Rect){left, middle - 12, plan->left_end, middle + 12}, ALIGN_RIGHT, font, row->number);
    }
}

/* -------------------------------------------------------------------- boxes */

static const char *action_word(const SnStep *step, Arena *arena)
{
    switch (step->action) {
    case SN_READ: return "read";
    case SN_WRITE: return "write";
    case SN_UPDATE: return "update";
    case SN_TAKE: return "take";
    case SN_GIVE: return "give";
    case SN_SLEEP: return "sleep";
    case SN_WAKE: return "wake";
    case SN_NOTIFY: return "notify";
    case SN_WAIT: return "wait";
    case SN_SEND: return "put";
    case SN_RECEIVE: return "get";
    case SN_TRANSFER: return "pass";
    case SN_BLOCK: return "atomic";
    case SN_OTHER: break;
    }
    const char *source = label_clean(arena, step->source);
    return arena_string(arena, source, strcspn(source, " ("));
}

static char *two_lines(Drawing *d, double width, const char *face, double size1, const char *text1, double size2, const char *text2)
{
    Arena *arena = d->plan->arena;
    return arena_format(arena,
                        "<TABLE BORDER=\"0\" CELLPADDING=\"0\" CELLSPACING=\"0\">"
                        "<TR><TD ALIGN=\"LEFT\" WIDTH=\"%ld\"><FONT FACE=\"%s\" POINT-SIZE=\"%d\">%s</FONT></TD></TR>"
                        "<TR><TD ALIGN=\"LEFT\" WIDTH=\"%ld\"><FONT FACE=\"%s\" POINT-SIZE=\"%d\">%s</FONT></TD></TR></TABLE>",
                        lround(width), face, (int)size1, label_html(arena, text1), lround(width), face, (int)size2, label_html(arena, text2));
}

/* Why a thread is blocked, as long as it fits. */
static const char *wait_words(Drawing *d, const PlanRow *row, double size, double width)
{
    if (label_width(FACE_MONO, size, row->effect) <= width)
        return row->effect;
    const SnTrace *trace = d->trace;
    const SnWait *wait = &trace->waits[row->index];
    Arena *arena = d->plan->arena;
    const SnHolder *holder = wait->holder_count > 0 ? &trace->holders[wait->first_holder] : NULL;
    const char *words = NULL;
    if (wait->target < trace->thread_count)
        words = arena_format(arena, "blocked: waits for %s", label_clean(arena, trace->threads[wait->target].name));
    else if (holder != NULL && holder->holds && wait->holder_count == 1)
        words = arena_format(arena, "blocked: held by %s", label_clean(arena, trace->threads[holder->thread].name));
    else if (holder != NULL && holder->holds)
        words = arena_format(arena, "blocked: %u hold it", (unsigned)wait->holder_count);
    else
        return row->effect;
    return label_width(FACE_MONO, size, words) <= width ? words : words + strlen("blocked: ");
}

static char *box_label(Drawing *d, uint32_t r, double width)
{
    Plan *plan = d->plan;
    const PlanRow *row = &plan->rows[r];
    Arena *arena = plan->arena;
    if (plan->is_aside) {
        const char *word = row->is_wait ? "waits" : action_word(&d->trace->steps[row->index], arena);
        uint32_t object = row->is_wait ? d->trace->waits[row->index].object : d->trace->steps[row->index].object;
        const char *name = object < d->trace->object_count ? label_clean(arena, d->trace->objects[object].name) : "";
        if (width < 36 && label_width(FACE_SANS, SHEET_SMALLEST, name) > width)
            name = ""; /* two letters and an ellipsis tell nothing; the text beside names it */
        return two_lines(d, width, FONT_LIST_SANS, SHEET_SMALLEST, label_cut(arena, FACE_SANS, SHEET_SMALLEST, word, width), SHEET_SMALLEST,
                         label_cut(arena, FACE_SANS, SHEET_SMALLEST, name, width));
    }
    const char *effect = row->is_wait ? wait_words(d, row, plan->effect_size, width) : row->effect;
    return two_lines(d, width, FONT_LIST_MONO, plan->source_size, label_cut(arena, FACE_MONO, plan->source_size, row->source, width), plan->effect_size,
                     label_cut(arena, FACE_MONO, plan->effect_size, effect, width));
}

/* A ringed box is a little narrower, so that the ring ends where other boxes do and meets no bar. */
static void draw_box(Drawing *d, uint32_t r)
{
    Plan *plan = d->plan;
    const PlanRow *row = &plan->rows[r];
    Rect box = plan_box(plan, r);
    if (row->is_offender) {
        Shape ring = {.form = "box",
                      .style = "filled,rounded",
                      .stroke = d->theme->bad.stroke,
                      .fill = d->theme->page,
                      .pen = 2.6};
        double out = fmin(4, (plan->pitch - plan->box_height) / 2 - 2);
        sheet_shape(d->sheet, (Rect){box.left, box.top - out, box.right, box.bottom + out}, &ring);
        box.left += 4;
        box.right -= 4;
    }
    double pad = plan->is_aside ? 3 : 7;
    Shape shape = {.form = "box", .style = "filled,rounded", .pen = 1.4};
    Paint paint;
    const char *what;
    if (row->is_wait) {
        shape.name = arena_format(plan->arena, "w%u", (unsigned)row->index + 1);
        shape.style = "filled,rounded,dashed";
        shape.pen = 2.2;
        paint = d->theme->bad;
        what = "stands at";
    } else {
        shape.name = arena_format(plan->arena, "s%u", (unsigned)r + 1);
        paint = object_paint(d, d->trace->steps[row->index].object);
        if (row->is_offender)
            paint.stroke = d->theme->bad.stroke;
        what = arena_format(plan->arena, "step %u,", (unsigned)r + 1);
    }
    shape.stroke = paint.stroke;
    shape.fill = paint.fill;
    shape.html = box_label(d, r, box.right - box.left - 2 * pad);
    shape.tooltip = arena_format(plan->arena, "%s %s line %u: %s \xE2\x80\x94 %s", label_clean(plan->arena, d->trace->threads[row->thread].name),
                                 what, (unsigned)row->line, row->source, row->effect);
    d->steps[r - plan->first] = sheet_shape(d->sheet, box, &shape);
}

static void draw_aside(Drawing *d, uint32_t r)
{
    Plan *plan = d->plan;
    const PlanRow *row = &plan->rows[r];
    double middle = plan_middle(plan, r);
    Font source = {FACE_MONO, 12, row->is_wait ? d->theme->bad.stroke : d->theme->text};
    Font effect = {FACE_MONO, SHEET_SMALLEST, row->is_wait ? d->theme->bad.stroke : d->theme->mute};
    sheet_text(d->sheet, (Rect){plan->aside_left, middle - 16, plan->aside_right, middle}, ALIGN_LEFT, source, row->source);
    const char *words = row->is_wait ? wait_words(d, row, SHEET_SMALLEST, plan->aside_right - plan->aside_left) : row->effect;
    sheet_text(d->sheet, (Rect){plan->aside_left, middle, plan->aside_right, middle + 15}, ALIGN_LEFT, effect, words);
}

/* --------------------------------------------------------------------- bars */

static void bar_edges(const Drawing *d, const PlanBar *bar, double *left, double *right)
{
    *right = d->plan->lanes[bar->lane].box_left - 1.5 - d->plan->bar_pitch * bar->track;
    *left = *right - 7;
}

static void draw_bars(Drawing *d)
{
    Plan *plan = d->plan;
    for (uint32_t b = 0; b < plan->bars.count; b++) {
        const PlanBar *bar = &plan->bars.items[b];
        if (bar->from_row >= plan->last || bar->to_row < plan->first)
            continue;
        uint32_t object = d->trace->holds[bar->hold].object;
        Paint paint = object_paint(d, object);
        Rect rect;
        bar_edges(d, bar, &rect.left, &rect.right);
        rect.top = bar->from_row >= plan->first ? plan_middle(plan, bar->from_row) - plan->box_height / 2 : plan->heads_bottom + 16;
        rect.bottom = is_on_page(plan, bar->to_row) ? plan_middle(plan, bar->to_row) + plan->box_height / 2 : plan->lanes_bottom - 2;
        Shape shape = {.name = arena_format(plan->arena, "h%u", (unsigned)bar->hold + 1),
                       .form = "box",
                       .style = "filled",
                       .stroke = paint.stroke,
                       .fill = paint.fill,
                       .pen = 1.2};
        const char *thread = label_clean(plan->arena, d->trace->threads[d->trace->holds[bar->hold].thread].name);
        shape.tooltip = arena_format(plan->arena, "%s holds %s", thread, label_clean(plan->arena, d->trace->objects[object].name));
        d->bars[b] = sheet_shape(d->sheet, rect, &shape);
    }
}

/* -------------------------------------------------------------------- lines */

/* Which thread runs: from box to box; down, across, down on a context switch. */
static void draw_path(Drawing *d)
{
    Plan *plan = d->plan;
    Pen pen = {.color = d->theme->path, .width = plan->pitch >= 54 ? 4 : 3, .bend = 5};
    for (uint32_t r = plan->first; r + 1 < plan->last && !plan->rows[r + 1].is_wait; r++) {
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

/* How far above its box the arrow of a thread runs that waits for itself; clear of the dotted line where there is room. */
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
    if (row == plan->first || !is_on_page(plan, row) || plan->lane_count == 0)
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
        if (k == b || d->bars[k] == NULL || other->lane != bar->lane || other->to_row != SN_NONE || d->trace->holds[other->hold].object != object)
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
    bool starts = is_on_page(plan, arrow->from_row), ends = is_on_page(plan, arrow->to_row);
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
    Pen pen = {.color = d->trace->is_bad ? d->theme->bad.stroke : d->theme->text, .width = 2.2, .is_dashed = note->is_stale_read, .bend = 6};
    if (ends) {
        Rect box = plan_box(plan, arrow->to_row);
        double y = plan_middle(plan, arrow->to_row) + arrow->to_y;
        points[count++] = (Point){x, y};
        points[count++] = (Point){arrow->to_lane == arrow->lane ? box.right + 1.5 : box.left - 1.5, y};
        pen.arrow = 0.8;
    } else {
        points[count++] = (Point){x, arrow->to_row < plan->first ? plan->rows_top - 8 : plan->lanes_bottom - 2};
    }
    sheet_route(d->sheet, starts ? d->steps[arrow->from_row - plan->first] : d->page, ends ? d->steps[arrow->to_row - plan->first] : d->page, points,
                count, &pen);
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
        if (!visible_span(plan, arrow, &top, &bottom))
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
    if (!plan->has_loop || end < plan->first || start >= plan->last)
        return;
    double x = SHEET_MARGIN + 2, inner = SHEET_MARGIN + 14;
    bool has_end = is_on_page(plan, end), has_start = is_on_page(plan, start);
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
    Pen pen = {.color = d->trace->is_bad ? d->theme->bad.stroke : d->theme->mute, .width = 2.2, .arrow = has_start ? 0.7 : 0, .bend = 6};
    sheet_route(d->sheet, d->page, d->page, points, count, &pen);
}

/* ------------------------------------------------------------------- footer */

/* Notes with a step or an arrow on this page. */
static bool concerns_page(const Drawing *d, uint32_t note)
{
    const SnNote *n = &d->trace->notes[note];
    if (d->plan->pages == 1)
        return true;
    return is_on_page(d->plan, n->step) || (n->from_step != SN_NONE && is_on_page(d->plan, n->from_step));
}

static char *legend(Drawing *d)
{
    Plan *plan = d->plan;
    Arena *arena = plan->arena;
    char *text = arena_string(arena, "", 0);
    if (plan->pages > 1)
        text = arena_format(arena, "page %u of %u   ", (unsigned)plan->page, (unsigned)plan->pages);
    if (plan->hidden_threads > 0)
        text = arena_format(arena, "%s%u of %u threads do nothing here and are not shown   ", text, (unsigned)plan->hidden_threads,
                            (unsigned)d->trace->thread_count);
    if (plan->hidden_columns > 0)
        text = arena_format(arena, "%s%u more variables are not shown   ", text, (unsigned)plan->hidden_columns);
    if (d->trace->step_count > 1)
        text = arena_format(arena, "%sgrey path: which thread runs   ", text);
    if (plan->bars.count > 0)
        text = arena_format(arena, "%sbar: owns a lock   ", text);
    if (d->trace->wait_count > 0)
        text = arena_format(arena, "%sdashed box: blocked   ", text);
    for (uint32_t n = 0; n < d->trace->note_count; n++)
        if (d->trace->notes[n].is_stale_read && concerns_page(d, n)) {
            text = arena_format(arena, "%sdashed arrow: stale value   ", text);
            break;
        }
    if (plan->has_loop)
        text = arena_format(arena, "%sarrow on the left: repeats for ever", text);
    return text;
}

static void draw_footer(Drawing *d)
{
    Plan *plan = d->plan;
    Arena *arena = plan->arena;
    const double width = SHEET_WIDTH - 2 * SHEET_MARGIN, left = SHEET_MARGIN, right = SHEET_WIDTH - SHEET_MARGIN, pitch = 19;
    const char *verdict_color = d->trace->is_bad ? d->theme->bad.stroke : d->theme->good.stroke;
    double top = plan->lanes_bottom + 5, lowest = SHEET_HEIGHT - 20;
    char *verdict[2], *lines[2];
    uint32_t verdict_lines = 0;
    const char *sentence = label_clean(arena, d->trace->verdict);
    if (*sentence != '\0')
        verdict_lines = label_wrap(arena, FACE_BOLD, 15, arena_format(arena, "%s %s", mark(d->trace->is_bad), sentence), width, verdict, 2);
    uint32_t room = (uint32_t)fmax(0, (lowest - top) / pitch);
    room = room > verdict_lines ? room - verdict_lines : 0;
    for (uint32_t n = 0; n < d->trace->note_count && room > 0; n++) {
        if (!concerns_page(d, n))
            continue;
        const char *text = arena_format(arena, "%s %s", sheet_numeral(d->sheet, n + 1), label_clean(arena, d->trace->notes[n].text));
        uint32_t count = label_wrap(arena, FACE_SANS, 14, text, width, lines, room < 2 ? room : 2);
        top = sheet_lines(d->sheet, left, top, right, pitch, (Font){FACE_SANS, 14, d->trace->is_bad ? verdict_color : d->theme->text}, lines, count);
        room -= count;
    }
    for (uint32_t w = 0; w < d->trace->wait_count && room > 0; w++) {
        const SnWait *wait = &d->trace->waits[w];
        if (!plan_explains(d->trace, wait))
            continue;
        const char *text = arena_format(arena, "%s :%u \xE2\x80\x94 %s", label_clean(arena, d->trace->threads[wait->thread].name), (unsigned)wait->line,
                                        label_clean(arena, wait->why));
        uint32_t count = label_wrap(arena, FACE_SANS, 14, text, width, lines, 1);
        top = sheet_lines(d->sheet, left, top, right, pitch, (Font){FACE_SANS, 14, d->trace->is_bad ? verdict_color : d->theme->text}, lines, count);
        room -= count;
    }
    sheet_lines(d->sheet, left, top, right, pitch, (Font){FACE_BOLD, 15, verdict_color}, verdict, verdict_lines);
    sheet_text(d->sheet, (Rect){left, SHEET_HEIGHT - 20, right, SHEET_HEIGHT - 4}, ALIGN_LEFT, (Font){FACE_SANS, SHEET_SMALLEST, d->theme->mute},
               legend(d));
}

void schedule_draw(Sheet *sheet, const SnTrace *trace, uint32_t page)
{
    Plan *plan = plan_make(trace, page, &sheet->arena);
    Drawing drawing = {.sheet = sheet, .theme = sheet->theme, .trace = trace, .plan = plan};
    Drawing *d = &drawing;
    d->page = sheet->page;
    d->steps = ARENA_ARRAY(plan->arena, Agnode_t *, plan->last - plan->first);
    d->bars = ARENA_ARRAY(plan->arena, Agnode_t *, plan->bars.count);
    draw_title(d);
    draw_lanes(d);
    draw_numbers(d);
    draw_values(d);
    draw_bars(d);
    for (uint32_t r = plan->first; r < plan->last; r++) {
        draw_box(d, r);
        if (plan->is_aside)
            draw_aside(d, r);
    }
    if (plan->row_count == 0 && plan->lane_count > 0) {
        Rect all = {plan->lanes[0].left, plan->rows_top, plan->lanes[plan->lane_count - 1].right, plan->lanes_bottom};
        sheet_text(sheet, all, ALIGN_CENTER, (Font){FACE_SANS, 15, d->theme->mute}, "no step was taken");
    }
    draw_path(d);
    draw_end(d);
    draw_notes(d);
    for (uint32_t r = plan->first; r < plan->last; r++)
        if (plan->rows[r].is_wait)
            draw_wait_arrows(d, r);
    draw_loop(d);
    draw_footer(d);
    sheet_finish(sheet);
}
