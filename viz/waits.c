#include "viz/waits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "viz/waits_model.h"

typedef struct Drawing {
    Sheet *sheet;
    const Theme *theme;
    const SnTrace *trace;
    WaitModel *model;
} Drawing;

/* ------------------------------------------------------------------- looks */

static Paint node_paint(const Drawing *d, const WaitNode *node)
{
    if (node->ring != 0)
        return d->theme->bad;
    /* Without a cycle, those who wait for ever are the finding. */
    if (d->model->rings.count == 0 && node->kind == WAIT_THREAD && node->is_stuck && d->trace->is_bad)
        return d->theme->bad;
    return (Paint){d->theme->line, d->theme->lanes[0]};
}

static const char *node_form(const Drawing *d, const WaitNode *node)
{
    if (node->kind == WAIT_THREAD)
        return "ellipse";
    if (node->kind != WAIT_OBJECT)
        return "box";
    switch (d->trace->objects[node->index].kind) {
    case SN_CONDITION: return "hexagon";
    case SN_QUEUE: return "cylinder";
    case SN_BARRIER: return "octagon";
    case SN_EVENT: return "diamond";
    case SN_WAITGROUP: return "house";
    case SN_ONCE: return "note";
    case SN_VARIABLE:
    case SN_ATOMIC_VARIABLE:
    case SN_MUTEX:
    case SN_RWLOCK:
    case SN_SEMAPHORE: break;
    }
    return "box";
}

static bool has_form(const Drawing *d, const WaitNode *node, const char *form)
{
    return strcmp(node_form(d, node), form) == 0;
}

/* A dot for each instance of a semaphore: those that are owned, and those that are left. */
static const char *semaphore_dots(const Drawing *d, uint32_t object)
{
    static const char *const dots[] = {"\xE2\x97\x8F", "\xE2\x97\x8F\xE2\x97\x8F", "\xE2\x97\x8F\xE2\x97\x8F\xE2\x97\x8F",
                                       "\xE2\x97\x8F\xE2\x97\x8F\xE2\x97\x8F\xE2\x97\x8F"};
    const SnTrace *trace = d->trace;
    long count = 0;
    for (uint32_t h = 0; h < trace->hold_count; h++)
        count += trace->holds[h].object == object && trace->holds[h].to_step == SN_NONE;
    for (uint32_t w = 0; w < trace->watched_count; w++)
        if (trace->watched[w] == object) {
            const char *value = trace->values[(size_t)trace->step_count * trace->watched_count + w];
            count += value != NULL ? strtol(value, NULL, 10) : 0;
        }
    return count < 1 ? "= 0" : dots[count > 4 ? 3 : count - 1];
}

/* Wide names widen the node a little before they are cut. */
static char *node_label(Drawing *d, WaitNode *node, double widest)
{
    Arena *arena = &d->sheet->arena;
    double size = node->ry >= 30 ? 17 : 14, inset = node->kind == WAIT_THREAD ? 0.88 : 0.92;
    bool is_semaphore = node->kind == WAIT_OBJECT && d->trace->objects[node->index].kind == SN_SEMAPHORE;
    const char *second = is_semaphore ? semaphore_dots(d, node->index) : node->words;
    if (second != NULL && size > 14)
        size = 14;
    while (size > SHEET_SMALLEST && label_width(FACE_BOLD, size, node->name) > 2 * node->rx * inset)
        size--;
    double wanted = label_width(FACE_BOLD, size, node->name) / inset;
    if (wanted > 2 * node->rx)
        node->rx = fmin(wanted, fmax(widest, 2 * node->rx)) / 2;
    char *name = label_cut(arena, FACE_BOLD, size, node->name, 2 * node->rx * inset);
    if (second == NULL || node->ry < 22)
        return arena_format(arena, "<FONT POINT-SIZE=\"%d\"><B>%s</B></FONT>", (int)size, label_html(arena, name));
    return arena_format(arena, "<FONT POINT-SIZE=\"%d\"><B>%s</B></FONT><BR/><FONT POINT-SIZE=\"%d\">%s</FONT>", (int)size, label_html(arena, name),
                        SHEET_SMALLEST, label_html(arena, label_cut(arena, FACE_SANS, SHEET_SMALLEST, second, 2 * node->rx)));
}

static char *plate_label(Drawing *d, const WaitNode *node)
{
    Arena *arena = &d->sheet->arena;
    char *lines[3], *html = NULL;
    uint32_t room = node->ry >= 27 ? 3 : node->ry >= 18 ? 2 : 1;
    uint32_t count = label_wrap(arena, FACE_SANS, 12, node->words, 2 * node->rx - 12, lines, room);
    for (uint32_t i = 0; i < count; i++)
        html = html == NULL ? label_html(arena, lines[i]) : arena_format(arena, "%s<BR/>%s", html, label_html(arena, lines[i]));
    return html != NULL ? html : label_html(arena, "");
}

static void draw_node(Drawing *d, uint32_t n)
{
    WaitNode *node = &d->model->nodes.items[n];
    Arena *arena = &d->sheet->arena;
    if (!node->is_placed)
        return;
    Paint paint = node_paint(d, node);
    double widest = node->ring != 0 ? fmin(128, d->model->rings.items[node->ring - 1].spacing * 0.62) : 116;
    Shape shape = {.form = node_form(d, node), .style = "filled", .stroke = paint.stroke, .fill = paint.fill, .pen = node->ring != 0 ? 3 : 1.8};
    switch (node->kind) {
    case WAIT_PLATE:
        shape.html = plate_label(d, node);
        shape.style = "filled,rounded,dashed";
        shape.pen = 1.4;
        shape.tooltip = arena_format(arena, "who could help: %s", node->words);
        break;
    case WAIT_MORE:
        shape.html = node_label(d, node, widest);
        shape.style = "filled,rounded,dashed";
        break;
    case WAIT_THREAD:
        shape.html = node_label(d, node, widest);
        shape.tooltip = arena_format(arena, "thread %s", node->name);
        break;
    case WAIT_OBJECT:
        if (has_form(d, node, "hexagon") || has_form(d, node, "diamond"))
            node->rx *= 1.3;
        shape.html = node_label(d, node, widest);
        shape.tooltip = arena_format(arena, "object %s", node->name);
        break;
    }
    static const char *const letters[] = {"t", "o", "p", "m"};
    shape.name = arena_format(arena, "%s%u_%u", letters[node->kind], (unsigned)node->ring, (unsigned)n + 1);
    node->node = sheet_shape(d->sheet, (Rect){node->at.x - node->rx, node->at.y - node->ry, node->at.x + node->rx, node->at.y + node->ry}, &shape);
}

/* -------------------------------------------------------------------- edges */

static const char *edge_word(WaitEdgeKind kind)
{
    switch (kind) {
    case EDGE_WAITS: return "waits";
    case EDGE_HOLDS: return "holds";
    case EDGE_JOINS: return "joins";
    case EDGE_HELP: break;
    }
    return "";
}

static char *edge_text(Drawing *d, const WaitEdge *edge)
{
    if (edge->line == 0)
        return arena_format(&d->sheet->arena, "%s", edge_word(edge->kind));
    return arena_format(&d->sheet->arena, "%s :%u", edge_word(edge->kind), (unsigned)edge->line);
}

/* Where a line from the middle of a node towards `to` leaves it, `gap` further out. */
static Point leave(const Drawing *d, const WaitNode *node, Point to, double gap)
{
    double dx = to.x - node->at.x, dy = to.y - node->at.y, length = hypot(dx, dy);
    if (length < 1e-6)
        return node->at;
    dx /= length;
    dy /= length;
    double reach;
    bool is_round = has_form(d, node, "ellipse") || has_form(d, node, "hexagon") || has_form(d, node, "octagon");
    if (is_round)
        reach = 1 / sqrt(dx * dx / (node->rx * node->rx) + dy * dy / (node->ry * node->ry));
    else if (has_form(d, node, "diamond"))
        reach = 1 / (fabs(dx) / node->rx + fabs(dy) / node->ry);
    else
        reach = fmin(fabs(dx) > 1e-9 ? node->rx / fabs(dx) : 1e9, fabs(dy) > 1e-9 ? node->ry / fabs(dy) : 1e9);
    return (Point){node->at.x + dx * (reach + gap), node->at.y + dy * (reach + gap)};
}

static bool meets_node(const Drawing *d, Rect rect)
{
    for (uint32_t n = 0; n < d->model->nodes.count; n++) {
        const WaitNode *node = &d->model->nodes.items[n];
        if (node->is_placed && rect.left < node->at.x + node->rx + 2 && rect.right > node->at.x - node->rx - 2 &&
            rect.top < node->at.y + node->ry + 2 && rect.bottom > node->at.y - node->ry - 2)
            return true;
    }
    return false;
}

/* A label beside a line, on the side of `normal`: just clear of the line, further out where a node is in the way,
 * left out where that does not help. */
static void draw_label(Drawing *d, Point middle, Point normal, const char *text, double size, const char *color)
{
    double w = label_width(FACE_SANS, size, text) / 2 + 1, h = size * 0.62;
    double away = fabs(normal.x) * w + fabs(normal.y) * h + 5;
    for (int attempt = 0; attempt < 16; attempt++, away += 3) {
        Point at = {middle.x + normal.x * away, middle.y + normal.y * away};
        Rect rect = {at.x - w - 1, at.y - h, at.x + w + 1, at.y + h};
        if (meets_node(d, rect))
            continue;
        sheet_text(d->sheet, rect, ALIGN_CENTER, (Font){FACE_SANS, size, color}, text);
        return;
    }
}

/* Two nodes that point at each other: two bows, else one line would hide the other. */
static void draw_bow(Drawing *d, const WaitEdge *edge, const Pen *pen, double size)
{
    WaitNode *tail = &d->model->nodes.items[edge->tail], *head = &d->model->nodes.items[edge->head];
    double side = tail->at.x < head->at.x ? -1 : 1; /* towards the right above, back below */
    Point aim1 = {tail->at.x - side * 8, tail->at.y + side * 14}, aim2 = {head->at.x + side * 8, head->at.y + side * 14};
    if (edge->tail == edge->head) {
        Point loop[4] = {{tail->at.x - 14, tail->at.y - tail->ry - 2},
                         {tail->at.x - 60, tail->at.y - tail->ry - 70},
                         {tail->at.x + 60, tail->at.y - tail->ry - 70},
                         {tail->at.x + 14, tail->at.y - tail->ry - 2}};
        sheet_curve(d->sheet, tail->node, head->node, loop, pen);
        draw_label(d, (Point){tail->at.x, tail->at.y - tail->ry - 56}, (Point){0, -1}, edge_text(d, edge), size, pen->color);
        return;
    }
    Point start = leave(d, tail, aim1, 3), end = leave(d, head, aim2, 1);
    double third = (end.x - start.x) / 4, lift = side * 62;
    Point curve[4] = {start, {start.x + third, start.y + lift}, {end.x - third, end.y + lift}, end};
    sheet_curve(d->sheet, tail->node, head->node, curve, pen);
    Point middle = {(start.x + end.x) / 2, (start.y + end.y) / 2 + lift * 0.75};
    draw_label(d, middle, (Point){0, side}, edge_text(d, edge), size, pen->color);
}

static void draw_edge(Drawing *d, const WaitEdge *edge)
{
    WaitModel *m = d->model;
    WaitNode *tail = &m->nodes.items[edge->tail], *head = &m->nodes.items[edge->head];
    if (!tail->is_placed || !head->is_placed)
        return;
    bool is_red = edge->ring != 0 || (m->rings.count == 0 && d->trace->is_bad && edge->kind != EDGE_HOLDS && edge->kind != EDGE_HELP);
    Pen pen = {.color = is_red ? d->theme->bad.stroke : d->theme->mute,
               .width = edge->ring != 0 ? 3 : 1.8,
               .is_dashed = edge->kind == EDGE_WAITS || edge->kind == EDGE_JOINS,
               .is_dotted = edge->kind == EDGE_HELP,
               .arrow = edge->ring != 0 ? 0.9 : 0.8};
    const WaitRing *ring = edge->ring != 0 ? &m->rings.items[edge->ring - 1] : NULL;
    double size = ring == NULL ? 12 : ring->spacing > 150 ? 15 : ring->spacing > 100 ? 13 : SHEET_SMALLEST;
    if (ring != NULL && ring->count <= 2) {
        draw_bow(d, edge, &pen, size);
        return;
    }
    Point start = leave(d, tail, head->at, 3), end = leave(d, head, tail->at, 1.5);
    Point points[2] = {start, end};
    if (hypot(end.x - start.x, end.y - start.y) < 10 * pen.arrow + 4)
        pen.arrow = 0.5;
    sheet_route(d->sheet, tail->node, head->node, points, 2, &pen);
    if (edge->kind == EDGE_HELP || (ring != NULL && (ring->spacing < 62 || edge->line == 0)))
        return;
    Point middle = {(start.x + end.x) / 2, (start.y + end.y) / 2};
    double length = hypot(end.x - start.x, end.y - start.y);
    Point normal = {(end.y - start.y) / length, -(end.x - start.x) / length};
    if (ring != NULL) { /* outwards */
        if (normal.x * (middle.x - ring->center.x) + normal.y * (middle.y - ring->center.y) < 0)
            normal = (Point){-normal.x, -normal.y};
    } else if (normal.y > 0) { /* above */
        normal = (Point){-normal.x, -normal.y};
    }
    draw_label(d, middle, normal, edge_text(d, edge), size, pen.color);
}

/* ------------------------------------------------------------------- footer */

/* "T1 -> B -> T2 -> A -> T1", or how many there are where that is too long. */
static char *cycle_text(Drawing *d, const WaitRing *ring, double width)
{
    Arena *arena = &d->sheet->arena;
    const SnTrace *trace = d->trace;
    uint32_t start = trace->cycle_start[ring->cycle], count = trace->cycle_start[ring->cycle + 1] - start, objects = 0;
    const char *arrow = " \xE2\x86\x92 ";
    char *text = arena_string(arena, "", 0);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t thread = trace->cycle_threads[start + i];
        text = arena_format(arena, "%s%s%s", text, label_clean(arena, trace->threads[thread].name), arrow);
        for (uint32_t w = 0; w < trace->wait_count; w++)
            if (trace->waits[w].thread == thread && trace->waits[w].object < trace->object_count) {
                text = arena_format(arena, "%s%s%s", text, label_clean(arena, trace->objects[trace->waits[w].object].name), arrow);
                objects++;
                break;
            }
    }
    text = arena_format(arena, "cycle: %s%s", text, label_clean(arena, trace->threads[trace->cycle_threads[start]].name));
    if (label_width(FACE_BOLD, 12, text) <= width)
        return text;
    return arena_format(arena, "cycle of %u threads and %u objects", (unsigned)count, (unsigned)objects);
}

static char *outside_text(Drawing *d)
{
    const WaitModel *m = d->model;
    Arena *arena = &d->sheet->arena;
    if (m->rings.count == 0 || m->outside == 0)
        return NULL;
    const char *cycles = m->rings.count + m->hidden_rings == 1 ? "the cycle" : "a cycle";
    if (m->outside > 1)
        return arena_format(arena, "(%u more threads wait, but are not part of %s)", (unsigned)m->outside, cycles);
    for (uint32_t n = 0; n < m->nodes.count; n++) {
        const WaitNode *node = &m->nodes.items[n];
        if (node->kind == WAIT_THREAD && node->ring == 0 && node->is_stuck)
            return arena_format(arena, "(%s waits too, but is not part of %s)", node->name, cycles);
    }
    return NULL;
}

typedef struct Footer {
    char *lines[8];
    Font fonts[8];
    uint32_t count;
} Footer;

static void add_line(Footer *footer, char *line, Font font)
{
    if (footer->count < 8) {
        footer->lines[footer->count] = line;
        footer->fonts[footer->count++] = font;
    }
}

/* The sentences below the picture, before it is known how much room is left for it. */
static void make_footer(Drawing *d, Footer *footer)
{
    Arena *arena = &d->sheet->arena;
    const SnTrace *trace = d->trace;
    const WaitModel *m = d->model;
    const double width = SHEET_WIDTH - 2 * SHEET_MARGIN;
    const char *color = trace->is_bad ? d->theme->bad.stroke : d->theme->good.stroke;
    Font bold = {FACE_BOLD, 15, color}, plain = {FACE_SANS, 14, d->theme->text};
    const char *sign = trace->is_bad ? "\xE2\x9C\x97" : "\xE2\x9C\x93";
    char *outside = outside_text(d), *lines[2];
    for (uint32_t r = 0; r < m->rings.count && r < 3; r++) {
        char *line = arena_format(arena, "%s %s", sign, cycle_text(d, &m->rings.items[r], width - 30));
        if (outside != NULL && m->rings.count == 1) {
            char *both = arena_format(arena, "%s   %s", line, outside);
            if (label_width(FACE_BOLD, 15, both) <= width) {
                line = both;
                outside = NULL;
            }
        }
        Font font = bold;
        while (font.size > 12 && label_width(FACE_BOLD, font.size, line) > width)
            font.size--;
        add_line(footer, line, font);
    }
    uint32_t unsaid = m->hidden_rings + (m->rings.count > 3 ? m->rings.count - 3 : 0);
    if (unsaid > 0)
        add_line(footer, arena_format(arena, "%s and %u more cycles", sign, (unsigned)unsaid), bold);
    if (outside != NULL)
        add_line(footer, label_cut(arena, FACE_SANS, 14, outside, width), plain);
    const char *verdict = label_clean(arena, trace->verdict);
    if (*verdict != '\0') {
        Font font = m->rings.count > 0 ? plain : bold;
        if (m->rings.count == 0)
            verdict = arena_format(arena, "%s %s", sign, verdict);
        uint32_t count = label_wrap(arena, font.face, font.size, verdict, width, lines, 2);
        for (uint32_t i = 0; i < count; i++)
            add_line(footer, lines[i], font);
    }
    if (m->rings.count > 0)
        return;
    uint32_t told = 0;
    for (uint32_t w = 0; w < trace->wait_count && told < 4; w++) {
        const SnWait *wait = &trace->waits[w];
        if (wait->why == NULL || *wait->why == '\0')
            continue;
        char *line = arena_format(arena, "%s :%u \xE2\x80\x94 %s", label_clean(arena, trace->threads[wait->thread].name), (unsigned)wait->line,
                                  label_clean(arena, wait->why));
        add_line(footer, label_cut(arena, FACE_SANS, 13, line, width), (Font){FACE_SANS, 13, d->theme->text});
        told++;
    }
}

/* Names the shapes that are in the picture. */
static char *legend(Drawing *d)
{
    static const struct {
        SnObjectKind kind;
        const char *words;
    } kinds[] = {{SN_MUTEX, "square: lock"},
                 {SN_RWLOCK, "square: lock"},
                 {SN_SEMAPHORE, "square with dots: semaphore"},
                 {SN_CONDITION, "hexagon: condition variable"},
                 {SN_QUEUE, "cylinder: queue"},
                 {SN_BARRIER, "octagon: barrier"},
                 {SN_EVENT, "diamond: event"},
                 {SN_WAITGROUP, "house: wait group"},
                 {SN_ONCE, "note: once"}};
    const WaitModel *m = d->model;
    Arena *arena = &d->sheet->arena;
    char *text = arena_string(arena, "circle: thread", 14);
    uint32_t unplaced = 0;
    bool has_lock = false, has_help = false;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (uint32_t n = 0; n < m->nodes.count; n++) {
            const WaitNode *node = &m->nodes.items[n];
            if (node->kind != WAIT_OBJECT || d->trace->objects[node->index].kind != kinds[k].kind)
                continue;
            if (k > 1 || !has_lock)
                text = arena_format(arena, "%s   %s", text, kinds[k].words);
            has_lock |= k <= 1;
            break;
        }
    for (uint32_t n = 0; n < m->nodes.count; n++)
        unplaced += !m->nodes.items[n].is_placed && m->nodes.items[n].kind == WAIT_THREAD;
    for (uint32_t e = 0; e < m->edges.count; e++)
        has_help |= m->edges.items[e].kind == EDGE_HELP;
    text = arena_format(arena, "%s   solid arrow: is held by   dashed arrow: waits for%s", text, has_help ? "   dotted arrow: who could help" : "");
    if (unplaced > 0)
        text = arena_format(arena, "%u more threads wait and are not shown   %s", (unsigned)unplaced, text);
    return text;
}

void waits_draw(Sheet *sheet, const SnTrace *trace, uint32_t page)
{
    (void)page;
    const double left = SHEET_MARGIN, right = SHEET_WIDTH - SHEET_MARGIN, pitch = 19;
    Arena *arena = &sheet->arena;
    Drawing drawing = {.sheet = sheet, .theme = sheet->theme, .trace = trace, .model = waits_build(trace, arena)};
    Drawing *d = &drawing;
    char *title[2];
    uint32_t title_lines = label_wrap(arena, FACE_BOLD, 20, label_clean(arena, trace->title), right - left, title, 2);
    sheet_lines(sheet, left, 6, right, 26, (Font){FACE_BOLD, 20, d->theme->text}, title, title_lines);

    Footer footer = {.count = 0};
    make_footer(d, &footer);
    double top = SHEET_HEIGHT - 22 - pitch * footer.count;
    waits_place(d->model, (Rect){left, 16 + 26 * fmax(1, title_lines), right, top - 8});
    for (uint32_t n = 0; n < d->model->nodes.count; n++)
        draw_node(d, n);
    for (uint32_t e = 0; e < d->model->edges.count; e++)
        draw_edge(d, &d->model->edges.items[e]);
    for (uint32_t i = 0; i < footer.count; i++)
        top = sheet_lines(sheet, left, top, right, pitch, footer.fonts[i], &footer.lines[i], 1);
    sheet_text(sheet, (Rect){left, SHEET_HEIGHT - 20, right, SHEET_HEIGHT - 4}, ALIGN_LEFT, (Font){FACE_SANS, SHEET_SMALLEST, d->theme->mute}, legend(d));
    sheet_finish(sheet);
}
