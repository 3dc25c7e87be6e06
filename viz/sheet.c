#include "viz/sheet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "viz/graph.h"

/* ------------------------------------------------------------------- page */

Point sheet_size(SnPageSize size)
{
    switch (size) {
    case SN_SIZE_PAGE: return (Point){595, 842};
    case SN_SIZE_WIDE: return (Point){1920, 1080};
    case SN_SIZE_SLIDE: break;
    }
    return (Point){960, 540};
}

bool sheet_open(Sheet *sheet, const SnDrawOptions *options, const char *title)
{
    Point size = sheet_size(options->size);
    *sheet =
        (Sheet){.theme = theme_get(options->theme), .language = options->language, .width = size.x, .height = size.y};
    sheet->arena.escape = &sheet->escape;
    sheet->graph = graph_open(title);
    if (sheet->graph == NULL)
        return false;
    Agraph_t *graph = sheet->graph;
    graph_default(graph, AGRAPH, "layout", "nop2"); /* so that "dot -Tsvg" draws our DOT as it is */
    graph_default(graph, AGRAPH, "margin", "0");
    graph_default(graph, AGRAPH, "pad", "0");
    graph_default(graph, AGRAPH, "outputorder", "edgesfirst");
    graph_default(graph, AGRAPH, "splines", "true");
    graph_default(graph, AGRAPH, "bgcolor", sheet->theme->page);
    graph_default(graph, AGNODE, "label", "");
    graph_default(graph, AGNODE, "shape", "none");
    graph_default(graph, AGNODE, "fixedsize", "true");
    graph_default(graph, AGNODE, "fontname", FONT_LIST_SANS);
    graph_default(graph, AGNODE, "fontsize", "12");
    graph_default(graph, AGNODE, "fontcolor", sheet->theme->text);
    graph_default(graph, AGEDGE, "dir", "none");
    return true;
}

void sheet_close(Sheet *sheet)
{
    graph_close(sheet->graph);
    text_free(&sheet->background);
    arena_free(&sheet->arena);
    sheet->graph = NULL;
}

/* longjmp lands here, in a frame that keeps no locals across it. */
bool sheet_try(Sheet *sheet, void (*body)(Sheet *sheet, void *context), void *context)
{
    if (setjmp(sheet->escape) != 0)
        return false;
    if (sheet->graph != NULL && sheet->page == NULL) {
        /* nop2 computes the page from the nodes: this one spans it. */
        Shape page = {.name = "page", .form = "box", .style = "invis"};
        sheet->page = sheet_shape(sheet, (Rect){0, 0, sheet->width, sheet->height}, &page);
    }
    body(sheet, context);
    return true;
}

/* Leaves sheet_try when a Text could not grow. */
static void require(Sheet *sheet, const Text *text)
{
    if (text->failed)
        longjmp(sheet->escape, 1);
}

void sheet_finish(Sheet *sheet)
{
    require(sheet, &sheet->background);
    if (sheet->background.length > 0)
        graph_set(sheet->graph, "_background", sheet->background.bytes);
}

const char *sheet_word(const Sheet *sheet, WordId word)
{
    return words_get(sheet->language, word);
}

void sheet_band(Sheet *sheet, Rect rect, const char *color)
{
    Text *xdot = &sheet->background;
    double x[4] = {rect.left, rect.right, rect.right, rect.left};
    double y[4] = {rect.top, rect.top, rect.bottom, rect.bottom};
    text_format(xdot, "%sc 7 -%s C 7 -%s P 4", xdot->length > 0 ? " " : "", color, color);
    for (int i = 0; i < 4; i++) {
        text_add_char(xdot, ' ');
        graph_add_number(xdot, x[i]);
        text_add_char(xdot, ' ');
        graph_add_number(xdot, sheet->height - y[i]);
    }
    require(sheet, xdot);
}

/* ------------------------------------------------------------------- nodes */

static void set_position(Sheet *sheet, Agnode_t *node, double x, double y)
{
    char text[81];
    int length = graph_number(text, 40, x);
    text[length++] = ',';
    graph_number(text + length, 40, sheet->height - y);
    graph_set(node, "pos", text);
}

/* Sizes are inches: five digits keep them exact to a thousandth of a point. */
static void set_inches(Agnode_t *node, const char *name, double points)
{
    char text[32];
    long parts = lround(points / 72 * 1e5);
    snprintf(text, sizeof text, "%ld.%05ld", parts / 100000, parts % 100000);
    graph_set(node, name, text);
}

Agnode_t *sheet_shape(Sheet *sheet, Rect rect, const Shape *shape)
{
    char number[16];
    snprintf(number, sizeof number, "n%u", (unsigned)++sheet->made);
    const char *name = shape->name != NULL ? shape->name : number;
    Agnode_t *node = graph_node(sheet->graph, name);
    set_inches(node, "width", rect.right - rect.left);
    set_inches(node, "height", rect.bottom - rect.top);
    set_position(sheet, node, (rect.left + rect.right) / 2, (rect.top + rect.bottom) / 2);
    if (shape->form != NULL)
        graph_set(node, "shape", shape->form);
    if (shape->style != NULL)
        graph_set(node, "style", shape->style);
    if (shape->stroke != NULL)
        graph_set(node, "color", shape->stroke);
    if (shape->fill != NULL)
        graph_set(node, "fillcolor", shape->fill);
    if (shape->pen > 0)
        graph_set_number(node, "penwidth", shape->pen);
    if (shape->text != NULL)
        graph_set(node, "fontcolor", shape->text);
    if (shape->html != NULL)
        graph_set_html(node, "label", shape->html);
    if (shape->tooltip != NULL)
        graph_set(node, "tooltip", label_tooltip(&sheet->arena, shape->tooltip));
    graph_set(node, "id", name);
    return node;
}

static bool is_bold(FontFace face)
{
    return face == FACE_BOLD || face == FACE_MONO_BOLD;
}

static const char *font_list(FontFace face)
{
    return face == FACE_SANS || face == FACE_BOLD ? FONT_LIST_SANS : FONT_LIST_MONO;
}

static void text_node(Sheet *sheet, Rect rect, Align align, Font font, const char *text)
{
    static const char *const words[] = {"LEFT", "CENTER", "RIGHT"};
    Arena *arena = &sheet->arena;
    const char *html =
        arena_format(arena,
                     "<TABLE BORDER=\"0\" CELLPADDING=\"0\" CELLSPACING=\"0\"><TR><TD ALIGN=\"%s\" WIDTH=\"%ld\" "
                     "HEIGHT=\"%ld\">%s%s%s</TD></TR></TABLE>",
                     words[align], lround(rect.right - rect.left), lround(rect.bottom - rect.top),
                     is_bold(font.face) ? "<B>" : "", label_html(arena, text), is_bold(font.face) ? "</B>" : "");
    Shape shape = {.html = html, .text = font.color};
    Agnode_t *node = sheet_shape(sheet, rect, &shape);
    graph_set(node, "fontname", font_list(font.face));
    graph_set_number(node, "fontsize", font.size);
}

void sheet_text(Sheet *sheet, Rect rect, Align align, Font font, const char *text)
{
    if (*text == '\0')
        return;
    char *fitted = label_cut(&sheet->arena, font.face, font.size, text, rect.right - rect.left);
    text_node(sheet, rect, align, font, fitted);
}

double sheet_lines(Sheet *sheet, double left, double top, double right, double pitch, Font font, char *const *lines,
                   uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        text_node(sheet, (Rect){left, top + pitch * i, right, top + pitch * (i + 1)}, ALIGN_LEFT, font, lines[i]);
    return top + pitch * count;
}

static bool has_short_lines(const Sheet *sheet)
{
    return sheet->width < 700;
}

double sheet_legend_height(const Sheet *sheet)
{
    return has_short_lines(sheet) ? 36 : 20;
}

void sheet_legend(Sheet *sheet, const char *text)
{
    char *lines[2];
    double left = SHEET_MARGIN, right = sheet->width - SHEET_MARGIN;
    uint32_t count =
        label_wrap(&sheet->arena, FACE_SANS, SHEET_SMALLEST, text, right - left, lines, has_short_lines(sheet) ? 2 : 1);
    sheet_lines(sheet, left, sheet->height - 4 - 16 * count, right, 16,
                (Font){FACE_SANS, SHEET_SMALLEST, sheet->theme->mute}, lines, count);
}

void sheet_badge(Sheet *sheet, Point center, double diameter, uint32_t number, const char *color)
{
    double r = diameter / 2;
    double size = number < 10 ? 12 : SHEET_SMALLEST;
    const char *html =
        arena_format(&sheet->arena, "<FONT POINT-SIZE=\"%d\"><B>%u</B></FONT>", (int)size, (unsigned)number);
    Shape shape = {.form = "circle",
                   .style = "filled",
                   .stroke = color,
                   .fill = sheet->theme->page,
                   .pen = 1.6,
                   .html = html,
                   .text = color};
    sheet_shape(sheet, (Rect){center.x - r, center.y - r, center.x + r, center.y + r}, &shape);
}

char *sheet_numeral(Sheet *sheet, uint32_t number)
{
    if (number >= 1 && number <= 10) { /* as far as DejaVu Sans has circled numbers: U+2460 onwards */
        char circled[4] = {(char)0xE2, (char)0x91, (char)(0xA0 + number - 1), '\0'};
        return arena_string(&sheet->arena, circled, 3);
    }
    return arena_format(&sheet->arena, "(%u)", (unsigned)number);
}

/* ------------------------------------------------------------------- edges */

static void add_point(Sheet *sheet, Text *text, Point point)
{
    if (text->length > 0)
        text_add_char(text, ' ');
    graph_add_number(text, point.x);
    text_add_char(text, ',');
    graph_add_number(text, sheet->height - point.y);
}

static Point along(Point from, Point to, double distance)
{
    double length = hypot(to.x - from.x, to.y - from.y);
    if (length < 1e-9)
        return from;
    return (Point){from.x + (to.x - from.x) * distance / length, from.y + (to.y - from.y) * distance / length};
}

static Agedge_t *make_edge(Sheet *sheet, Agnode_t *tail, Agnode_t *head, Text *pos, const Pen *pen)
{
    if (pos->failed) {
        text_free(pos);
        longjmp(sheet->escape, 1);
    }
    Agedge_t *edge = graph_edge(sheet->graph, tail, head);
    graph_set(edge, "pos", pos->bytes);
    text_free(pos);
    graph_set(edge, "color", pen->color);
    graph_set_number(edge, "penwidth", pen->width);
    if (pen->is_dashed || pen->is_dotted)
        graph_set(edge, "style", pen->is_dashed ? "dashed" : "dotted");
    if (pen->arrow > 0) {
        graph_set(edge, "dir", "forward");
        graph_set_number(edge, "arrowsize", pen->arrow);
    }
    return edge;
}

/* Graphviz draws the head between the end of the curve and the tip that "e," names. */
static void add_tip(Sheet *sheet, Text *pos, Point tip)
{
    text_add(pos, "e,");
    graph_add_number(pos, tip.x);
    text_add_char(pos, ',');
    graph_add_number(pos, sheet->height - tip.y);
}

Agedge_t *sheet_route(Sheet *sheet, Agnode_t *tail, Agnode_t *head, const Point *points, uint32_t count, const Pen *pen)
{
    Text pos = {0};
    Point last = points[count - 1];
    if (pen->arrow > 0) {
        add_tip(sheet, &pos, last);
        last = along(last, points[count - 2], 10 * pen->arrow);
    }
    Point at = points[0];
    add_point(sheet, &pos, at);
    for (uint32_t i = 1; i < count; i++) {
        Point corner = i + 1 == count ? last : points[i];
        if (i + 1 == count) {
            add_point(sheet, &pos, at);
            add_point(sheet, &pos, corner);
            add_point(sheet, &pos, corner);
            break;
        }
        Point next = i + 2 == count ? last : points[i + 1];
        double before = hypot(corner.x - at.x, corner.y - at.y), after = hypot(next.x - corner.x, next.y - corner.y);
        double bend = fmin(pen->bend, fmin(before, i + 2 == count ? after : after / 2));
        Point start = along(corner, at, bend), end = along(corner, next, bend);
        add_point(sheet, &pos, at);
        add_point(sheet, &pos, start);
        add_point(sheet, &pos, start);
        /* A quarter of a circle, nearly: controls at 0.45 of the radius from the corner. */
        add_point(sheet, &pos, along(corner, at, bend * 0.45));
        add_point(sheet, &pos, along(corner, next, bend * 0.45));
        add_point(sheet, &pos, end);
        at = end;
    }
    return make_edge(sheet, tail, head, &pos, pen);
}

Agedge_t *sheet_curve(Sheet *sheet, Agnode_t *tail, Agnode_t *head, const Point curve[4], const Pen *pen)
{
    Text pos = {0};
    Point last = curve[3];
    if (pen->arrow > 0) {
        add_tip(sheet, &pos, last);
        last = along(last, curve[2], 10 * pen->arrow);
    }
    add_point(sheet, &pos, curve[0]);
    add_point(sheet, &pos, curve[1]);
    add_point(sheet, &pos, curve[2]);
    add_point(sheet, &pos, last);
    return make_edge(sheet, tail, head, &pos, pen);
}
