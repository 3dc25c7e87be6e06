#include "viz/flow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "viz/graph.h"
#include "viz/render.h"

void flow_begin(Agraph_t *model, const Theme *theme)
{
    graph_default(model, AGRAPH, "rankdir", "LR");
    graph_default(model, AGRAPH, "margin", "0");
    graph_default(model, AGRAPH, "pad", "0.1");
    graph_default(model, AGRAPH, "outputorder", "edgesfirst");
    graph_default(model, AGRAPH, "bgcolor", theme->page);
    graph_default(model, AGRAPH, "fontname", FONT_LIST_SANS);
    graph_default(model, AGRAPH, "fontcolor", theme->text);
    graph_default(model, AGRAPH, "labelloc", "t");
    graph_default(model, AGNODE, "label", "");
    graph_default(model, AGNODE, "fontname", FONT_LIST_SANS);
    graph_default(model, AGNODE, "fontcolor", theme->text);
    graph_default(model, AGEDGE, "fontname", FONT_LIST_SANS);
    graph_default(model, AGEDGE, "color", theme->line);
}

void flow_title(Sheet *sheet, const SnDrawOptions *options, FlowTexts *texts, const char *title)
{
    double width = sheet_size(options->size).x - 2 * SHEET_MARGIN;
    if (label_wrap(&sheet->arena, FACE_BOLD, 20, title, width, texts->title_lines, 2) == 0)
        texts->title_lines[0] = label_clean(&sheet->arena, "");
}

void flow_verdict(Sheet *sheet, const SnDrawOptions *options, FlowTexts *texts, const char *verdict)
{
    label_wrap(&sheet->arena, FACE_BOLD, 15, verdict, sheet_size(options->size).x - 2 * SHEET_MARGIN, texts->verdict_lines, 2);
}

/* ------------------------------------------------------------------ copying */

/* How the graph comes to the page. */
typedef struct Move {
    double zoom;
    Point by;
} Move;

/* Moves all points of "x,y", "e,x,y x,y ...". */
static char *move_points(Arena *arena, const char *text, const Move *move)
{
    Text out = {0};
    bool is_x = true;
    while (*text != '\0') {
        char *end;
        double value = (*text >= '0' && *text <= '9') || *text == '-' || *text == '.' ? strtod(text, &end) : 0;
        if ((*text < '0' || *text > '9') && *text != '-' && *text != '.') {
            text_add_char(&out, *text);
            is_x = *text == ' ' ? true : is_x; /* the letters e and s stand before an x */
            text++;
            continue;
        }
        graph_add_number(&out, value * move->zoom + (is_x ? move->by.x : move->by.y));
        is_x = !is_x;
        text = end;
    }
    if (out.failed || out.bytes == NULL) {
        text_free(&out);
        longjmp(*arena->escape, 1);
    }
    char *shifted = arena_string(arena, out.bytes, out.length);
    text_free(&out);
    return shifted;
}

static bool is_length(const char *name)
{
    static const char *const names[] = {"width", "height", "fontsize", "penwidth", "arrowsize"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Inches that a second outline adds: the layout has counted it, and it is drawn around the width again. */
static double outline(void *source, int kind, const char *name)
{
    const char *shape = kind == AGNODE ? graph_get(source, "shape") : NULL;
    const char *lines = kind == AGNODE ? graph_get(source, "peripheries") : NULL;
    bool is_double = (shape != NULL && strncmp(shape, "double", 6) == 0) || (lines != NULL && strcmp(lines, "2") == 0);
    return is_double && (strcmp(name, "width") == 0 || strcmp(name, "height") == 0) ? 8 / 72.0 : 0;
}

static void copy_attributes(Sheet *sheet, Agraph_t *from, int kind, void *source, void *target, const Move *move)
{
    for (Agsym_t *symbol = agnxtattr(from, kind, NULL); symbol != NULL; symbol = agnxtattr(from, kind, symbol)) {
        char *value = agxget(source, symbol);
        if (value == NULL || *value == '\0')
            continue;
        if (strcmp(symbol->name, "pos") == 0 || strcmp(symbol->name, "lp") == 0)
            graph_set(target, symbol->name, move_points(&sheet->arena, value, move));
        else if (is_length(symbol->name))
            graph_set_number(target, symbol->name,
                             strtod(value, NULL) * move->zoom - outline(source, kind, symbol->name));
        else if (aghtmlstr(value))
            graph_set_html(target, symbol->name, value);
        else
            graph_set(target, symbol->name, value);
    }
}

static void copy_graph(Sheet *sheet, Agraph_t *from, const Move *move)
{
    for (Agnode_t *node = agfstnode(from); node != NULL; node = agnxtnode(from, node))
        copy_attributes(sheet, from, AGNODE, node, graph_node(sheet->graph, agnameof(node)), move);
    for (Agnode_t *node = agfstnode(from); node != NULL; node = agnxtnode(from, node))
        for (Agedge_t *edge = agfstout(from, node); edge != NULL; edge = agnxtout(from, edge)) {
            Agnode_t *tail = graph_node(sheet->graph, agnameof(agtail(edge)));
            Agnode_t *head = graph_node(sheet->graph, agnameof(aghead(edge)));
            Agedge_t *copy = graph_edge(sheet->graph, tail, head);
            graph_set(copy, "dir", "forward");
            copy_attributes(sheet, from, AGEDGE, edge, copy, move);
        }
}

/* ------------------------------------------------------------------ the page */

static const double MOST_ZOOM = 1.8;
enum { TITLE = 26, LEGEND = 18, VERDICT = 22, MOST_PIXELS = 3840 };

typedef struct Flow {
    Agraph_t *laid;
    const FlowTexts *texts;
    bool is_png;
    double scale;         /* of the page and the texts on it */
    double zoom;          /* of a small graph */
    double width, height; /* of the graph */
    double across, down;  /* how much of the page's room it takes */
} Flow;

static double head_height(const FlowTexts *texts)
{
    return 8 + TITLE * (texts->title_lines[1] != NULL ? 2 : 1) + (texts->legends[0] != NULL ? LEGEND : 0) +
           (texts->legends[1] != NULL ? LEGEND : 0) + 8;
}

static double foot_height(const FlowTexts *texts)
{
    return texts->verdict_lines[0] == NULL ? 10 : 16 + VERDICT * (texts->verdict_lines[1] != NULL ? 2 : 1);
}

static void measure(Flow *flow, const SnDrawOptions *options)
{
    const char *box = graph_get(flow->laid, "bb"); /* left, bottom, right, top */
    double corners[4] = {0};
    for (int i = 0; box != NULL && i < 4; i++) {
        char *end;
        corners[i] = strtod(box, &end);
        box = *end == ',' ? end + 1 : end;
    }
    Point page = sheet_size(options->size);
    flow->width = corners[2];
    flow->height = corners[3];
    flow->across = (flow->width + 8) / (page.x - 2 * SHEET_MARGIN);
    flow->down = (flow->height + 8) / (page.y - head_height(flow->texts) - foot_height(flow->texts));
    double need = fmax(flow->across, flow->down);
    flow->scale = fmax(1, need);
    flow->zoom = fmin(MOST_ZOOM, fmax(1, 1 / need));
}

/* Graphviz writes the sizes that it used into the graph; a second layout would count second outlines twice. */
static void restore_sizes(Agraph_t *model)
{
    static const char *const names[] = {"width", "height"};
    for (Agnode_t *node = agfstnode(model); node != NULL; node = agnxtnode(model, node))
        for (size_t i = 0; i < 2; i++) {
            double extra = outline(node, AGNODE, names[i]);
            if (extra > 0)
                graph_set_number(node, names[i], strtod(graph_get(node, names[i]), NULL) - extra);
        }
}

/* Lays the model out; one that is much wider or much higher than the page once more, with more room the other way. */
static SnStatus lay_out(Flow *flow, Agraph_t *model, const SnDrawOptions *options, char **message)
{
    SnStatus status = render_layout(model, "dot", &flow->laid, message);
    if (status != SN_OK)
        return status;
    measure(flow, options);
    double ratio = flow->across / flow->down;
    if (ratio > 0.77 && ratio < 1.3)
        return SN_OK;
    const char *name = ratio > 1 ? "nodesep" : "ranksep";
    const char *before = graph_get(model, name);
    double gap = before != NULL ? strtod(before, NULL) : 0;
    if (gap <= 0)
        return SN_OK;
    graph_close(flow->laid);
    flow->laid = NULL;
    restore_sizes(model);
    graph_set_number(model, name, gap * fmin(4, 1 + 1.3 * ((ratio > 1 ? ratio : 1 / ratio) - 1)));
    status = render_layout(model, "dot", &flow->laid, message);
    if (status == SN_OK)
        measure(flow, options);
    return status;
}

static void place(Sheet *sheet, void *context)
{
    Flow *flow = context;
    const FlowTexts *texts = flow->texts;
    double k = flow->scale, left = SHEET_MARGIN * k, right = sheet->width - left, y = 6 * k;
    double top = head_height(texts) * k, bottom = sheet->height - foot_height(texts) * k;
    Move move = {flow->zoom,
                 {(sheet->width - flow->width * flow->zoom) / 2,
                  sheet->height - (top + bottom) / 2 - flow->height * flow->zoom / 2}};
    for (int i = 0; i < 2 && texts->title_lines[i] != NULL; i++) {
        sheet_text(sheet, (Rect){left, y, right, y + TITLE * k}, ALIGN_LEFT,
                   (Font){FACE_BOLD, 20 * k, sheet->theme->text}, texts->title_lines[i]);
        y += TITLE * k;
    }
    for (int i = 0; i < 2 && texts->legends[i] != NULL; i++) {
        sheet_text(sheet, (Rect){left, y, right, y + LEGEND * k}, ALIGN_LEFT,
                   (Font){FACE_SANS, 12 * k, sheet->theme->mute}, texts->legends[i]);
        y += LEGEND * k;
    }
    copy_graph(sheet, flow->laid, &move);
    const char *color = texts->is_bad    ? sheet->theme->bad.stroke
                        : texts->is_good ? sheet->theme->good.stroke
                                         : sheet->theme->text;
    y = sheet->height - (foot_height(texts) - 8) * k;
    for (int i = 0; i < 2 && texts->verdict_lines[i] != NULL; i++) {
        sheet_text(sheet, (Rect){left, y, right, y + VERDICT * k}, ALIGN_LEFT, (Font){FACE_BOLD, 15 * k, color}, texts->verdict_lines[i]);
        y += VERDICT * k;
    }
    if (flow->is_png && sheet->width > MOST_PIXELS / 2.0)
        graph_set_number(sheet->graph, "dpi", floor(MOST_PIXELS * 72 / sheet->width));
    sheet_finish(sheet);
}

static void add_label(Sheet *sheet, void *context)
{
    Flow *flow = context;
    Arena *arena = &sheet->arena;
    const FlowTexts *texts = flow->texts;
    char *html =
        arena_format(arena, "<FONT POINT-SIZE=\"20\"><B>%s</B></FONT>", label_html(arena, texts->title_lines[0]));
    if (texts->title_lines[1] != NULL)
        html = arena_format(arena, "%s<BR/><FONT POINT-SIZE=\"20\"><B>%s</B></FONT>", html,
                            label_html(arena, texts->title_lines[1]));
    for (int i = 0; i < 2 && texts->legends[i] != NULL; i++)
        html = arena_format(arena, "%s<BR/>%s", html, label_html(arena, texts->legends[i]));
    for (int i = 0; i < 2 && texts->verdict_lines[i] != NULL; i++)
        html = arena_format(arena, "%s<BR/><B>%s</B>", html, label_html(arena, texts->verdict_lines[i]));
    graph_set_html(flow->laid, "label", html);
}

SnStatus flow_draw(Agraph_t *model, const FlowTexts *texts, const SnDrawOptions *options, char **bytes, size_t *length,
                   char **message)
{
    Flow flow = {.texts = texts, .is_png = options->format == SN_FORMAT_PNG};
    Sheet sheet = {0};
    SnStatus status;
    if (options->format == SN_FORMAT_DOT) {
        flow.laid = model;
        sheet.arena.escape = &sheet.escape;
        status = sheet_try(&sheet, add_label, &flow) ? render_graph(model, "dot", SN_FORMAT_DOT, bytes, length, message)
                                                     : render_out_of_memory(message);
        sheet_close(&sheet);
        return status;
    }
    status = lay_out(&flow, model, options, message);
    if (status != SN_OK)
        return status;
    if (!sheet_open(&sheet, options, agnameof(model))) {
        status = render_out_of_memory(message);
    } else {
        sheet.width = ceil(sheet.width * flow.scale);
        sheet.height = ceil(sheet.height * flow.scale);
        status = sheet_try(&sheet, place, &flow)
                     ? render_graph(sheet.graph, "nop2", options->format, bytes, length, message)
                     : render_out_of_memory(message);
    }
    sheet_close(&sheet);
    graph_close(flow.laid);
    return status;
}
