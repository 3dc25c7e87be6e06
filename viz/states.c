#include "viz/states.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "viz/graph.h"

typedef struct Space {
    Sheet *sheet;
    Arena *arena;
    const Theme *theme;
    const SnStateGraph *graph;
    Agraph_t *model;
    bool *on_path;      /* by state */
    bool *is_path_edge; /* by edge */
    Paint path;         /* bad or good, as what it leads to */
} Space;

static const char *word(const Space *s, WordId id)
{
    return sheet_word(s->sheet, id);
}

static void mark_path(Space *s)
{
    const SnStateGraph *graph = s->graph;
    s->on_path = ARENA_ARRAY(s->arena, bool, graph->state_count);
    s->is_path_edge = ARENA_ARRAY(s->arena, bool, graph->edge_count);
    s->on_path[0] = graph->path_length > 0;
    for (uint32_t i = 0; i < graph->path_length; i++) {
        s->is_path_edge[graph->path[i]] = true;
        s->on_path[graph->edges[graph->path[i]].to] = true;
    }
}

/* ------------------------------------------------------------------ states */

typedef struct Look {
    const char *shape, *style, *stroke, *fill, *label, *text;
    double pen, size; /* of the outline; of the letters */
} Look;

static bool is_end(const SnState *state)
{
    return !state->is_open && state->edge_count == 0;
}

static Look end_look(const Space *s, const SnState *state)
{
    const Theme *theme = s->theme;
    if (state->end == SN_END_DEADLOCK)
        return (Look){"octagon", "filled", theme->bad.stroke, theme->bad.stroke, "DL", theme->page, 1.4, 12};
    if (state->is_bad)
        return (Look){
            "doubleoctagon", "filled", theme->bad.stroke, theme->bad.fill, "\xE2\x9C\x97", theme->bad.stroke, 2, 14};
    if (state->end == SN_END_ASSUME)
        return (Look){"circle", "filled", theme->line, theme->page, "\xE2\x88\x85", theme->mute, 1, 12};
    return (Look){
        "doublecircle", "filled", theme->good.stroke, theme->good.fill, "\xE2\x9C\x93", theme->good.stroke, 1.8, 14};
}

static Look state_look(const Space *s, uint32_t index)
{
    const SnState *state = &s->graph->states[index];
    const Theme *theme = s->theme;
    if (is_end(state))
        return end_look(s, state);
    Look look = {"circle", "filled", theme->line, theme->lanes[1], NULL, theme->text, 1, 9};
    look.label = state->number == UINT32_MAX ? "" : arena_format(s->arena, "%u", (unsigned)state->number);
    if (state->is_open) {
        look.style = "filled,dotted";
        look.fill = theme->page;
        look.text = theme->mute;
    }
    if (!state->can_end_well) {
        look.style = "filled,dashed";
        look.stroke = theme->bad.stroke;
        look.fill = theme->bad.fill;
    }
    if (s->on_path[index]) {
        look.stroke = s->path.stroke;
        look.pen = 2.4;
        if (state->can_end_well)
            look.fill = theme->page;
    }
    return look;
}

static Agnode_t *draw_state(Space *s, uint32_t index)
{
    const SnState *state = &s->graph->states[index];
    Look look = state_look(s, index);
    Agnode_t *node = graph_node(s->model, arena_format(s->arena, "s%u", (unsigned)index));
    double width = is_end(state) ? (state->end == SN_END_ASSUME ? 0.3 : 0.42) : strlen(look.label) > 3 ? 0.42 : 0.30;
    graph_set(node, "shape", look.shape);
    graph_set(node, "style", look.style);
    graph_set(node, "color", look.stroke);
    graph_set(node, "fillcolor", look.fill);
    graph_set(node, "fontcolor", look.text);
    graph_set(node, "label", look.label);
    graph_set(node, "fixedsize", "true");
    graph_set_number(node, "width", width);
    graph_set_number(node, "height", width);
    graph_set_number(node, "penwidth", look.pen);
    graph_set_number(node, "fontsize", look.size);
    graph_set(node, "tooltip",
              label_tooltip(s->arena, arena_format(s->arena, "state %u: %s", (unsigned)state->number,
                                                   label_clean(s->arena, state->text))));
    graph_set(node, "id", agnameof(node));
    return node;
}

/* ------------------------------------------------------------------- steps */

static const char *const styles[3] = {"solid", "dashed", "dotted"};

static void draw_step(Space *s, uint32_t index, Agnode_t *const *nodes)
{
    const SnStateEdge *step = &s->graph->edges[index];
    const char *thread = label_clean(s->arena, s->graph->threads[step->thread].name);
    Agedge_t *edge = graph_edge(s->model, nodes[step->from], nodes[step->to]);
    char *tooltip = arena_format(s->arena, "step of %s, line %u", thread, (unsigned)step->line);
    if (step->choices > 1)
        tooltip =
            arena_format(s->arena, "%s, result %u of %u", tooltip, (unsigned)step->choice, (unsigned)step->choices);
    if (step->kind != NULL)
        tooltip = arena_format(s->arena, "%s: %s", tooltip, step->kind);
    graph_set(edge, "tooltip", label_tooltip(s->arena, tooltip));
    if (!s->is_path_edge[index]) {
        graph_set(edge, "style", styles[step->thread % 3]);
        graph_set(edge, "penwidth", "0.8");
        graph_set(edge, "arrowsize", "0.5");
        return;
    }
    const char *cut = label_cut(s->arena, FACE_BOLD, 11, thread, 110);
    char *html = arena_format(
        s->arena, "<TABLE BORDER=\"0\" CELLPADDING=\"2\" CELLSPACING=\"0\"><TR><TD><B>%s :%u</B></TD></TR></TABLE>",
        label_html(s->arena, cut), (unsigned)step->line);
    graph_set_html(edge, "label", html);
    graph_set(edge, "fontsize", "11");
    graph_set(edge, "fontcolor", s->path.stroke);
    graph_set(edge, "color", s->path.stroke);
    graph_set(edge, "penwidth", "3");
    graph_set(edge, "arrowsize", "0.7");
    graph_set(edge, "weight", "8"); /* pulls the path straight */
}

static void draw_start(Space *s, Agnode_t *first)
{
    Agnode_t *start = graph_node(s->model, "start");
    graph_set(start, "shape", "point");
    graph_set(start, "width", "0.11");
    graph_set(start, "height", "0.11");
    graph_set(start, "color", s->theme->text);
    Agedge_t *edge = graph_edge(s->model, start, first);
    graph_set(edge, "color", s->theme->text);
    graph_set(edge, "penwidth", "2.4");
    graph_set(edge, "arrowsize", "0.7");
    graph_set(edge, "weight", "8");
}

/* ------------------------------------------------------------------- texts */

static char *join(Space *s, char *text, const char *more)
{
    return text == NULL ? arena_format(s->arena, "%s", more) : arena_format(s->arena, "%s   %s", text, more);
}

/* Only what is there. */
static char *legend(Space *s)
{
    bool good = false, bad = false, deadlock = false, dropped = false, doomed = false, open = false;
    for (uint32_t i = 0; i < s->graph->state_count; i++) {
        const SnState *state = &s->graph->states[i];
        open |= state->is_open;
        doomed |= !is_end(state) && !state->can_end_well;
        if (!is_end(state))
            continue;
        deadlock |= state->end == SN_END_DEADLOCK;
        bad |= state->is_bad && state->end != SN_END_DEADLOCK;
        dropped |= state->end == SN_END_ASSUME;
        good |= !state->is_bad && state->end == SN_END_OK;
    }
    const struct {
        bool is_there;
        WordId word;
    } entries[] = {{true, WORD_LEGEND_STATE},        {good, WORD_LEGEND_GOOD},       {bad, WORD_LEGEND_BAD},
                   {deadlock, WORD_LEGEND_DEADLOCK}, {dropped, WORD_LEGEND_DROPPED}, {doomed, WORD_LEGEND_DOOMED},
                   {open, WORD_LEGEND_OPEN}};
    char *text = NULL;
    for (size_t e = 0; e < sizeof entries / sizeof *entries; e++)
        if (entries[e].is_there)
            text = join(s, text, word(s, entries[e].word));
    return text;
}

/* "lines: A, D solid   B dashed   C dotted" */
static char *line_legend(Space *s)
{
    static const WordId words[3] = {WORD_SOLID, WORD_DASHED, WORD_DOTTED};
    const SnStateGraph *graph = s->graph;
    bool *steps = ARENA_ARRAY(s->arena, bool, graph->thread_count);
    for (uint32_t e = 0; e < graph->edge_count; e++)
        steps[graph->edges[e].thread] = true;
    char *text = arena_format(s->arena, "%s", word(s, WORD_STEPS_BY));
    for (uint32_t style = 0; style < 3; style++) {
        char *names = NULL;
        for (uint32_t t = style; t < graph->thread_count; t += 3) {
            if (!steps[t])
                continue;
            const char *name = label_cut(s->arena, FACE_SANS, 12, label_clean(s->arena, graph->threads[t].name), 110);
            names = names == NULL ? arena_format(s->arena, "%s", name) : arena_format(s->arena, "%s, %s", names, name);
        }
        if (names != NULL)
            text = join(s, text, arena_format(s->arena, word(s, words[style]), names));
    }
    return text;
}

static char *verdict(Space *s, const SnTrace *trace, FlowTexts *texts)
{
    const SnStateGraph *graph = s->graph;
    uint32_t doomed = 0;
    if (!graph->is_complete)
        return arena_format(s->arena, "%s", word(s, WORD_NOT_ALL_KNOWN));
    texts->is_bad = true;
    const char *cross = "\xE2\x9C\x97";
    if (!graph->states[0].can_end_well)
        return arena_format(s->arena, "%s %s", cross, word(s, WORD_DOOMED_FROM_START));
    for (uint32_t i = 0; i < graph->path_length; i++) {
        const SnStateEdge *edge = &graph->edges[graph->path[i]];
        if (graph->states[edge->to].can_end_well)
            continue;
        const char *name = label_clean(s->arena, graph->threads[edge->thread].name);
        char *sentence = arena_format(s->arena, word(s, WORD_NO_RETURN), (unsigned)i + 1, name, (unsigned)edge->line);
        return arena_format(s->arena, "%s %s", cross, sentence);
    }
    if (trace != NULL && trace->is_bad) /* an error that need not spoil the end */
        return arena_format(s->arena, "%s %s", cross, label_clean(s->arena, trace->verdict));
    for (uint32_t i = 0; i < graph->state_count; i++)
        doomed += !graph->states[i].can_end_well;
    if (doomed > 0)
        return arena_format(
            s->arena, "%s %s", cross,
            arena_format(s->arena, word(s, WORD_DOOMED_COUNT), (unsigned)doomed, (unsigned)graph->state_count));
    texts->is_bad = false;
    texts->is_good = true;
    return arena_format(s->arena, "\xE2\x9C\x93 %s", word(s, WORD_NONE_DOOMED));
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

void states_build(Sheet *sheet, const SnStateGraph *graph, const SnTrace *trace, const SnDrawOptions *options,
                  Agraph_t *model, FlowTexts *texts)
{
    Space space = {.sheet = sheet, .arena = &sheet->arena, .theme = sheet->theme, .graph = graph, .model = model};
    Space *s = &space;
    s->path = trace != NULL && trace->is_bad ? s->theme->bad : s->theme->good;
    flow_begin(model, s->theme);
    graph_default(model, AGRAPH, "nodesep", "0.12");
    graph_default(model, AGRAPH, "ranksep", "0.42");
    mark_path(s);
    Agnode_t **nodes = ARENA_ARRAY(s->arena, Agnode_t *, graph->state_count);
    for (uint32_t i = 0; i < graph->state_count; i++)
        nodes[i] = draw_state(s, i);
    draw_start(s, nodes[0]);
    /* The path first: dot puts what comes first on top. */
    for (uint32_t e = 0; e < graph->edge_count; e++)
        if (s->is_path_edge[e])
            draw_step(s, e, nodes);
    for (uint32_t e = 0; e < graph->edge_count; e++)
        if (!s->is_path_edge[e])
            draw_step(s, e, nodes);
    const char *about = trace != NULL             ? trace->title
                        : graph->scenario != NULL ? base_name(sn_scenario_name(graph->scenario))
                                                  : "";
    about = label_clean(s->arena, about);
    char *title = graph->is_path_only
                      ? arena_format(s->arena, word(s, WORD_STATE_PATH), (unsigned long long)graph->explored, about)
                      : arena_format(s->arena, word(s, WORD_STATE_SPACE), (unsigned)graph->state_count, about);
    flow_title(sheet, options, texts, title);
    texts->legends[0] = legend(s);
    texts->legends[1] = line_legend(s);
    flow_verdict(sheet, options, texts, verdict(s, trace, texts));
}
