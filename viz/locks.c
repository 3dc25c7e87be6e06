#include "viz/locks.h"

#include <math.h>
#include <string.h>

#include "viz/graph.h"

enum { WITNESSES = 2 };

typedef struct Locks {
    Sheet *sheet;
    Arena *arena;
    const Theme *theme;
    const SnResult *result;
    const SnLockOrder *order;
    Agraph_t *model;
    bool *in_cycle; /* by lock: of a cycle that is not refuted */
} Locks;

static const char *word(const Locks *l, WordId id)
{
    return sheet_word(l->sheet, id);
}

static bool is_bad(SnCycleStatus status)
{
    return status == SN_CYCLE_CONFIRMED || status == SN_CYCLE_UNCONFIRMED;
}

static void draw_lock(Locks *l, uint32_t lock)
{
    Agnode_t *node = graph_node(l->model, arena_format(l->arena, "l%u", (unsigned)lock + 1));
    const char *full = label_clean(l->arena, l->order->locks[lock]);
    const char *name = label_cut(l->arena, FACE_BOLD, 16, full, 200);
    Paint paint = l->in_cycle[lock] ? l->theme->bad : (Paint){l->theme->line, l->theme->lanes[0]};
    graph_set_html(node, "label", arena_format(l->arena, "<B>%s</B>", label_html(l->arena, name)));
    graph_set(node, "shape", "box");
    graph_set(node, "style", "filled");
    graph_set(node, "color", paint.stroke);
    graph_set(node, "fillcolor", paint.fill);
    graph_set(node, "fixedsize", "true");
    graph_set_number(node, "width", fmax(0.7, (label_width(FACE_BOLD, 16, name) + 20) / 72));
    graph_set_number(node, "height", 0.55);
    graph_set(node, "fontsize", "16");
    graph_set_number(node, "penwidth", l->in_cycle[lock] ? 2.2 : 1.6);
    if (l->in_cycle[lock])
        graph_set(node, "peripheries", "2");
    graph_set(node, "tooltip", label_tooltip(l->arena, arena_format(l->arena, "lock %s", full)));
    graph_set(node, "id", agnameof(node));
}

/* "T1 :4 -> :5" in rows; two, then how many more. */
static char *witnesses(Locks *l, uint32_t first, uint32_t count, bool is_red)
{
    char *rows = arena_string(l->arena, "", 0);
    const char *on = is_red ? "<B>" : "", *off = is_red ? "</B>" : "";
    for (uint32_t i = 0; i < count && i < WITNESSES; i++) {
        const SnLockEdge *edge = &l->order->edges[first + i];
        char *thread =
            label_cut(l->arena, is_red ? FACE_BOLD : FACE_SANS, 12, label_clean(l->arena, edge->thread), 140);
        char *from = edge->from_line != 0 ? arena_format(l->arena, " :%u", (unsigned)edge->from_line) : "";
        rows = arena_format(l->arena, "%s<TR><TD>%s%s%s\xE2\x86\x92:%u%s</TD></TR>", rows, on,
                            label_html(l->arena, thread), from, (unsigned)edge->to_line, off);
    }
    if (count > WITNESSES)
        rows = arena_format(l->arena, "%s<TR><TD>%s</TD></TR>", rows,
                            arena_format(l->arena, word(l, WORD_WITNESSES_MORE), (unsigned)(count - WITNESSES)));
    return arena_format(l->arena, "<TABLE BORDER=\"0\" CELLPADDING=\"1\" CELLSPACING=\"0\">%s</TABLE>", rows);
}

/* All edges between two locks are one line; red when one of them is. */
static void draw_edge(Locks *l, uint32_t first, uint32_t count)
{
    const SnLockEdge *edge = &l->order->edges[first];
    bool is_red = false;
    for (uint32_t i = 0; i < count; i++)
        is_red |= is_bad(edge[i].status);
    Agnode_t *tail = graph_node(l->model, arena_format(l->arena, "l%u", (unsigned)edge->from + 1));
    Agnode_t *head = graph_node(l->model, arena_format(l->arena, "l%u", (unsigned)edge->to + 1));
    Agedge_t *line = graph_edge(l->model, tail, head);
    graph_set_html(line, "label", witnesses(l, first, count, is_red));
    graph_set(line, "fontsize", "12");
    graph_set(line, "fontcolor", is_red ? l->theme->bad.stroke : l->theme->mute);
    graph_set(line, "color", is_red ? l->theme->bad.stroke : l->theme->mute);
    graph_set(line, "penwidth", is_red ? "3.4" : "1.6");
    graph_set(line, "arrowsize", is_red ? "1.1" : "0.9");
    graph_set(line, "weight", is_red ? "3" : "1");
    char *tooltip =
        arena_format(l->arena, "%s is asked for while %s is held: ", label_clean(l->arena, l->order->locks[edge->to]),
                     label_clean(l->arena, l->order->locks[edge->from]));
    for (uint32_t i = 0; i < count && i < 20; i++)
        tooltip = arena_format(l->arena, "%s%s%s line %u", tooltip, i == 0 ? "" : ", ",
                               label_clean(l->arena, edge[i].thread), (unsigned)edge[i].to_line);
    graph_set(line, "tooltip", label_tooltip(l->arena, tooltip));
}

static char *cycle_text(Locks *l, const SnLockCycle *cycle)
{
    char *text = arena_string(l->arena, "", 0);
    for (uint32_t i = 0; i < cycle->edge_count; i++)
        text = arena_format(l->arena, "%s%s \xE2\x86\x92 ", text,
                            label_clean(l->arena, l->order->locks[l->order->edges[cycle->edges[i]].from]));
    uint32_t first = cycle->edge_count > 0 ? l->order->edges[cycle->edges[0]].from : 0;
    return arena_format(l->arena, "%s%s", text, label_clean(l->arena, l->order->locks[first]));
}

/* The gravest cycle, or NULL. */
static const SnLockCycle *worst(const SnLockOrder *order)
{
    for (uint32_t c = 0; c < order->cycle_count; c++)
        if (order->cycles[c].status == SN_CYCLE_CONFIRMED)
            return &order->cycles[c];
    for (uint32_t c = 0; c < order->cycle_count; c++)
        if (is_bad(order->cycles[c].status))
            return &order->cycles[c];
    return order->cycle_count > 0 ? &order->cycles[0] : NULL;
}

/* All of them, spelled out. */
static char *bad_cycles(Locks *l)
{
    char *text = NULL;
    for (uint32_t c = 0; c < l->order->cycle_count; c++) {
        if (!is_bad(l->order->cycles[c].status))
            continue;
        char *cycle = cycle_text(l, &l->order->cycles[c]);
        text = text == NULL ? cycle : arena_format(l->arena, "%s; %s", text, cycle);
    }
    return arena_format(l->arena, word(l, WORD_LOCKS_LIST), text);
}

static void tell(Locks *l, const SnDrawOptions *options, FlowTexts *texts)
{
    const SnLockCycle *cycle = worst(l->order);
    uint32_t bad = 0;
    for (uint32_t c = 0; c < l->order->cycle_count; c++)
        bad += is_bad(l->order->cycles[c].status);
    char *title;
    if (cycle == NULL) {
        title = arena_format(l->arena, "%s", word(l, WORD_LOCKS_FINE));
        texts->is_good = true;
    } else {
        WordId words = cycle->status == SN_CYCLE_CONFIRMED ? WORD_LOCKS_CYCLE
                       : is_bad(cycle->status)             ? WORD_LOCKS_UNSURE
                                                           : WORD_LOCKS_REFUTED;
        title = arena_format(l->arena, word(l, words), cycle_text(l, cycle));
        texts->is_bad = is_bad(cycle->status);
        texts->is_good = !texts->is_bad;
        if (bad > 1)
            title = arena_format(l->arena, word(l, WORD_LOCKS_BAD), (unsigned)bad);
    }
    flow_title(l->sheet, options, texts, arena_format(l->arena, word(l, WORD_LOCK_ORDER), title));
    const char *mark = texts->is_bad ? "\xE2\x9C\x97" : "\xE2\x9C\x93";
    if (bad > 1)
        title = bad_cycles(l);
    else if (cycle != NULL && cycle->why != NULL)
        title = label_clean(l->arena, cycle->why);
    flow_verdict(l->sheet, options, texts, arena_format(l->arena, "%s %s", mark, title));
    texts->legends[0] = arena_format(l->arena, "%s%s%s", word(l, WORD_LEGEND_TAKES), bad > 0 ? "   " : "",
                                     bad > 0 ? word(l, WORD_LEGEND_CYCLE) : "");
}

void locks_build(Sheet *sheet, const SnResult *result, const SnDrawOptions *options, Agraph_t *model, FlowTexts *texts)
{
    Locks locks = {.sheet = sheet,
                   .arena = &sheet->arena,
                   .theme = sheet->theme,
                   .result = result,
                   .order = &result->lock_order,
                   .model = model};
    Locks *l = &locks;
    const SnLockOrder *order = l->order;
    l->in_cycle = ARENA_ARRAY(l->arena, bool, order->lock_count);
    for (uint32_t c = 0; c < order->cycle_count; c++)
        for (uint32_t e = 0; is_bad(order->cycles[c].status) && e < order->cycles[c].edge_count; e++)
            l->in_cycle[order->edges[order->cycles[c].edges[e]].from] = true;
    flow_begin(model, l->theme);
    graph_default(model, AGRAPH, "nodesep", "0.5");
    graph_default(model, AGRAPH, "ranksep", "0.75");
    for (uint32_t i = 0; i < order->lock_count; i++)
        draw_lock(l, i);
    for (uint32_t first = 0, count; first < order->edge_count; first += count) {
        for (count = 1; first + count < order->edge_count &&
                        order->edges[first + count].from == order->edges[first].from &&
                        order->edges[first + count].to == order->edges[first].to;)
            count++;
        draw_edge(l, first, count);
    }
    tell(l, options, texts);
}
