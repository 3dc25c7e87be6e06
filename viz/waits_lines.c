#include <math.h>

#include "viz/waits_drawing.h"

/* -------------------------------------------------------------------- edges */

static char *edge_text(WaitDrawing *d, const WaitEdge *edge)
{
    static const WordId words[] = {[EDGE_WAITS] = WORD_WAITS, [EDGE_HOLDS] = WORD_HOLDS, [EDGE_JOINS] = WORD_JOINS};
    Arena *arena = &d->sheet->arena;
    const WaitNode *tail = &d->model->nodes.items[edge->tail];
    if (edge->kind == EDGE_HELP) {
        const char *help =
            tail->kind == WAIT_OBJECT ? sheet_word(d->sheet, waits_help(d->trace->objects[tail->index].kind)) : "";
        return arena_format(arena, sheet_word(d->sheet, WORD_COULD), help);
    }
    const char *word = sheet_word(d->sheet, words[edge->kind]);
    return edge->line == 0 ? arena_format(arena, "%s", word)
                           : arena_format(arena, "%s :%u", word, (unsigned)edge->line);
}

/* Where a line from the middle of a node towards `to` leaves it, `gap` further out. */
static Point leave(const WaitDrawing *d, const WaitNode *node, Point to, double gap)
{
    double dx = to.x - node->at.x, dy = to.y - node->at.y, length = hypot(dx, dy);
    if (length < 1e-6)
        return node->at;
    dx /= length;
    dy /= length;
    double reach;
    bool is_round =
        waits_has_form(d, node, "ellipse") || waits_has_form(d, node, "hexagon") || waits_has_form(d, node, "octagon");
    if (is_round)
        reach = 1 / sqrt(dx * dx / (node->rx * node->rx) + dy * dy / (node->ry * node->ry));
    else if (waits_has_form(d, node, "diamond"))
        reach = 1 / (fabs(dx) / node->rx + fabs(dy) / node->ry);
    else
        reach = fmin(fabs(dx) > 1e-9 ? node->rx / fabs(dx) : 1e9, fabs(dy) > 1e-9 ? node->ry / fabs(dy) : 1e9);
    return (Point){node->at.x + dx * (reach + gap), node->at.y + dy * (reach + gap)};
}

static bool meets_rect(Rect a, Rect b)
{
    return a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;
}

/* Clips the line against each side of the rectangle in turn (Liang and Barsky 1984). */
static bool meets_line(Rect rect, const Point line[2])
{
    double from = 0, to = 1, dx = line[1].x - line[0].x, dy = line[1].y - line[0].y;
    const double p[4] = {-dx, dx, -dy, dy};
    const double q[4] = {line[0].x - rect.left, rect.right - line[0].x, line[0].y - rect.top, rect.bottom - line[0].y};
    if (dx == 0 && dy == 0)
        return false;
    for (int i = 0; i < 4; i++) {
        if (p[i] == 0) {
            if (q[i] < 0)
                return false;
        } else if (p[i] < 0) {
            from = fmax(from, q[i] / p[i]);
        } else {
            to = fmin(to, q[i] / p[i]);
        }
    }
    return from <= to;
}

static bool is_free_place(const WaitDrawing *d, Rect rect)
{
    if (rect.left < 4 || rect.right > d->sheet->width - 4)
        return false;
    for (uint32_t n = 0; n < d->model->nodes.count; n++) {
        const WaitNode *node = &d->model->nodes.items[n];
        Rect box = {node->at.x - node->rx - 2, node->at.y - node->ry - 2, node->at.x + node->rx + 2,
                    node->at.y + node->ry + 2};
        if (node->is_placed && meets_rect(rect, box))
            return false;
    }
    for (uint32_t e = 0; e < d->model->edges.count; e++)
        if (meets_line(rect, d->lines[e]))
            return false;
    for (uint32_t l = 0; l < d->labels.count; l++)
        if (meets_rect(rect, d->labels.items[l]))
            return false;
    return true;
}

/* A label beside a line, on the side of `normal`: near its middle, and clear of all lines, nodes and other labels; left
 * out where there is no such place. */
static void draw_label(WaitDrawing *d, const Point line[2], Point normal, bool both_sides, const char *text,
                       double size, const char *color)
{
    static const double parts[] = {0.5, 0.42, 0.58, 0.34, 0.66, 0.26};
    double w = label_width(FACE_SANS, size, text) / 2 + 1, h = size * 0.62;
    double near = fabs(normal.x) * w + fabs(normal.y) * h + 4;
    for (int further = 0; further < 12; further++)
        for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++)
            for (int side = 1; side >= (both_sides ? -1 : 1); side -= 2) {
                double away = side * (near + 3 * further);
                Point at = {line[0].x + (line[1].x - line[0].x) * parts[p] + normal.x * away,
                            line[0].y + (line[1].y - line[0].y) * parts[p] + normal.y * away};
                Rect rect = {at.x - w - 1, at.y - h, at.x + w + 1, at.y + h};
                if (!is_free_place(d, rect))
                    continue;
                ARENA_PUSH(&d->sheet->arena, d->labels, rect);
                sheet_text(d->sheet, rect, ALIGN_CENTER, (Font){FACE_SANS, size, color}, text);
                return;
            }
}

/* Two nodes that point at each other: two bows, else one line would hide the other. */
static void draw_bow(WaitDrawing *d, const WaitEdge *edge, const Pen *pen, double size)
{
    WaitNode *tail = &d->model->nodes.items[edge->tail], *head = &d->model->nodes.items[edge->head];
    double side = tail->at.x < head->at.x ? -1 : 1; /* towards the right above, back below */
    Point aim1 = {tail->at.x - side * 8, tail->at.y + side * 14},
          aim2 = {head->at.x + side * 8, head->at.y + side * 14};
    if (edge->tail == edge->head) {
        double x = tail->at.x, top = tail->at.y - tail->ry - 2, height = 1.5 * tail->ry;
        Point loop[4] = {{x - 14, top}, {x - 60, top - height}, {x + 60, top - height}, {x + 14, top}};
        sheet_curve(d->sheet, tail->node, head->node, loop, pen);
        Point crest[2] = {{x - 20, top - 0.75 * height}, {x + 20, top - 0.75 * height}};
        draw_label(d, crest, (Point){0, -1}, false, edge_text(d, edge), size, pen->color);
        return;
    }
    Point start = leave(d, tail, aim1, 3), end = leave(d, head, aim2, 1);
    double third = (end.x - start.x) / 4, lift = side * 1.6 * fmax(tail->ry, head->ry);
    Point curve[4] = {start, {start.x + third, start.y + lift}, {end.x - third, end.y + lift}, end};
    sheet_curve(d->sheet, tail->node, head->node, curve, pen);
    Point crest[2] = {{start.x, start.y + lift * 0.75}, {end.x, end.y + lift * 0.75}};
    draw_label(d, crest, (Point){0, side}, false, edge_text(d, edge), size, pen->color);
}

static double label_size(const WaitRing *ring)
{
    return ring == NULL ? 12 : ring->spacing > 150 ? 15 : ring->spacing > 100 ? 13 : SHEET_SMALLEST;
}

static const WaitRing *ring_of(const WaitDrawing *d, const WaitEdge *edge)
{
    return edge->ring != 0 ? &d->model->rings.items[edge->ring - 1] : NULL;
}

static Pen edge_pen(const WaitDrawing *d, const WaitEdge *edge)
{
    bool is_red = edge->ring != 0 || (d->model->rings.count == 0 && d->trace->is_bad && edge->kind != EDGE_HOLDS &&
                                      edge->kind != EDGE_HELP);
    return (Pen){.color = is_red ? d->theme->bad.stroke : d->theme->mute,
                 .width = edge->ring != 0 ? 3 : 1.8,
                 .is_dashed = edge->kind == EDGE_WAITS || edge->kind == EDGE_JOINS,
                 .is_dotted = edge->kind == EDGE_HELP,
                 .arrow = edge->ring != 0 ? 0.9 : 0.8};
}

static void draw_edge(WaitDrawing *d, uint32_t e)
{
    const WaitEdge *edge = &d->model->edges.items[e];
    WaitNode *tail = &d->model->nodes.items[edge->tail], *head = &d->model->nodes.items[edge->head];
    const WaitRing *ring = ring_of(d, edge);
    if (!tail->is_placed || !head->is_placed)
        return;
    Pen pen = edge_pen(d, edge);
    if (ring != NULL && ring->count <= 2) {
        draw_bow(d, edge, &pen, label_size(ring));
        return;
    }
    Point *line = d->lines[e];
    line[0] = leave(d, tail, head->at, 3);
    line[1] = leave(d, head, tail->at, 1.5);
    if (hypot(line[1].x - line[0].x, line[1].y - line[0].y) < 10 * pen.arrow + 4)
        pen.arrow = 0.5;
    sheet_route(d->sheet, tail->node, head->node, line, 2, &pen);
}

/* After all lines are known. */
static void draw_edge_label(WaitDrawing *d, uint32_t e)
{
    const WaitEdge *edge = &d->model->edges.items[e];
    const WaitRing *ring = ring_of(d, edge);
    const Point *line = d->lines[e];
    double dx = line[1].x - line[0].x, dy = line[1].y - line[0].y, length = hypot(dx, dy);
    if (length < 1 ||
        (ring == NULL ? edge->kind == EDGE_HELP : ring->spacing < 62 || (edge->line == 0 && edge->kind != EDGE_HELP)))
        return;
    Point normal = {dy / length, -dx / length};
    bool is_wrong_side = normal.y > 0; /* above, but outwards from a ring */
    if (ring != NULL)
        is_wrong_side = normal.x * ((line[0].x + line[1].x) / 2 - ring->center.x) +
                            normal.y * ((line[0].y + line[1].y) / 2 - ring->center.y) <
                        0;
    if (is_wrong_side)
        normal = (Point){-normal.x, -normal.y};
    draw_label(d, line, normal, ring == NULL, edge_text(d, edge), label_size(ring), edge_pen(d, edge).color);
}

void waits_lines(WaitDrawing *d)
{
    uint32_t count = d->model->edges.count;
    d->lines = arena_alloc(&d->sheet->arena, count, sizeof *d->lines);
    for (uint32_t e = 0; e < count; e++)
        draw_edge(d, e);
    for (uint32_t e = 0; e < count; e++)
        draw_edge_label(d, e);
}
