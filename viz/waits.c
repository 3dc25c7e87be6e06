#include "viz/waits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "viz/waits_drawing.h"

enum { MOST_LINES = 8, VERDICT_LINES = 2, LEAST_CYCLE = 12, MOST_CYCLE = 15 /* points */ };

/* ------------------------------------------------------------------- looks */

static const char *word(const WaitDrawing *d, WordId id)
{
    return sheet_word(d->sheet, id);
}

static Paint node_paint(const WaitDrawing *d, const WaitNode *node)
{
    if (node->ring != 0)
        return d->theme->bad;
    /* Without a cycle, those who wait for ever are the finding. */
    if (d->model->rings.count == 0 && (node->kind == WAIT_THREAD || node->kind == WAIT_CROWD) && node->is_stuck &&
        d->trace->is_bad)
        return d->theme->bad;
    return (Paint){d->theme->line, d->theme->lanes[0]};
}

const char *waits_form(const WaitDrawing *d, const WaitNode *node)
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
    case SN_POOL: return "tab";
    case SN_ONCE: return "note";
    case SN_VARIABLE:
    case SN_ATOMIC_VARIABLE:
    case SN_MUTEX:
    case SN_RWLOCK:
    case SN_SEMAPHORE: break;
    }
    return "box";
}

bool waits_has_form(const WaitDrawing *d, const WaitNode *node, const char *form)
{
    return strcmp(waits_form(d, node), form) == 0;
}

/* A dot for each instance of a semaphore: those that are owned, and those that are left. */
static const char *semaphore_dots(const WaitDrawing *d, uint32_t object)
{
    static const char *const dots[] = {"\xE2\x97\x8F", "\xE2\x97\x8F\xE2\x97\x8F",
                                       "\xE2\x97\x8F\xE2\x97\x8F\xE2\x97\x8F",
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
static char *node_label(WaitDrawing *d, WaitNode *node, double widest)
{
    Arena *arena = &d->sheet->arena;
    double size = node->ry >= 30 ? 17 : 14, inset = node->kind == WAIT_THREAD            ? 0.88
                                                    : waits_has_form(d, node, "diamond") ? 0.6
                                                    : waits_has_form(d, node, "hexagon") ? 0.74
                                                                                         : 0.92;
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
    return arena_format(arena, "<FONT POINT-SIZE=\"%d\"><B>%s</B></FONT><BR/><FONT POINT-SIZE=\"%d\">%s</FONT>",
                        (int)size, label_html(arena, name), SHEET_SMALLEST,
                        label_html(arena, label_cut(arena, FACE_SANS, SHEET_SMALLEST, second, 2 * node->rx)));
}

static char *plate_label(WaitDrawing *d, const WaitNode *node)
{
    Arena *arena = &d->sheet->arena;
    char *lines[3], *html = NULL;
    uint32_t room = node->ry >= 27 ? 3 : node->ry >= 18 ? 2 : 1;
    uint32_t count = label_wrap(arena, FACE_SANS, 12, node->words, 2 * node->rx - 12, lines, room);
    for (uint32_t i = 0; i < count; i++)
        html = html == NULL ? label_html(arena, lines[i])
                            : arena_format(arena, "%s<BR/>%s", html, label_html(arena, lines[i]));
    return html != NULL ? html : label_html(arena, "");
}

static void draw_node(WaitDrawing *d, uint32_t n)
{
    WaitNode *node = &d->model->nodes.items[n];
    Arena *arena = &d->sheet->arena;
    if (!node->is_placed)
        return;
    Paint paint = node_paint(d, node);
    double widest = node->ring != 0 ? fmin(128, d->model->rings.items[node->ring - 1].spacing * 0.72) : 116;
    Shape shape = {.form = waits_form(d, node),
                   .style = "filled",
                   .stroke = paint.stroke,
                   .fill = paint.fill,
                   .pen = node->ring != 0 ? 3 : 1.8};
    switch (node->kind) {
    case WAIT_PLATE:
        shape.html = plate_label(d, node);
        shape.style = "filled,rounded,dashed";
        shape.pen = 1.4;
        shape.tooltip = arena_format(arena, "who could help: %s", node->words);
        break;
    case WAIT_CROWD:
        shape.html = plate_label(d, node);
        shape.style = "filled,rounded";
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
        if (waits_has_form(d, node, "hexagon") || waits_has_form(d, node, "diamond"))
            node->rx *= waits_has_form(d, node, "diamond") ? 1.6 : 1.3;
        shape.html = node_label(d, node, widest);
        shape.tooltip = arena_format(arena, "object %s", node->name);
        break;
    }
    static const char *const letters[] = {"t", "o", "p", "c", "m"};
    shape.name = arena_format(arena, "%s%u_%u", letters[node->kind], (unsigned)node->ring, (unsigned)n + 1);
    node->node = sheet_shape(
        d->sheet, (Rect){node->at.x - node->rx, node->at.y - node->ry, node->at.x + node->rx, node->at.y + node->ry},
        &shape);
}

/* ------------------------------------------------------------------- footer */

/* "T1 -> B -> T2 -> A -> T1" in one line, or in two where it is the only cycle, as large as fits; or how many there are where that is too long. */
static uint32_t cycle_lines(WaitDrawing *d, const WaitRing *ring, double width, double *size, char *lines[2])
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
                text = arena_format(arena, "%s%s%s", text,
                                    label_clean(arena, trace->objects[trace->waits[w].object].name), arrow);
                objects++;
                break;
            }
    }
    const char *sign = trace->is_bad ? "\xE2\x9C\x97" : "\xE2\x9C\x93";
    text = arena_format(arena, "%s %s%s%s", sign, word(d, WORD_CYCLE), text,
                        label_clean(arena, trace->threads[trace->cycle_threads[start]].name));
    char *tried[3];
    uint32_t most = d->model->rings.count == 1 ? 2 : 1;
    for (int points = MOST_CYCLE; points >= LEAST_CYCLE; points--) {
        *size = points;
        uint32_t needed = label_wrap(arena, FACE_BOLD, *size, text, width, tried, most + 1);
        if (needed > most)
            continue;
        for (uint32_t i = 0; i < needed; i++)
            lines[i] = tried[i];
        return needed;
    }
    *size = MOST_CYCLE;
    lines[0] = arena_format(arena, "%s %s", sign, arena_format(arena, word(d, WORD_LONG_CYCLE), (unsigned)count, (unsigned)objects));
    return 1;
}

static char *outside_text(WaitDrawing *d)
{
    const WaitModel *m = d->model;
    Arena *arena = &d->sheet->arena;
    if (m->rings.count == 0 || m->outside == 0)
        return NULL;
    if (m->outside > 1)
        return arena_format(arena, word(d, WORD_OUTSIDE_MANY), (unsigned)m->outside);
    for (uint32_t n = 0; n < m->nodes.count; n++) {
        const WaitNode *node = &m->nodes.items[n];
        if (node->kind == WAIT_THREAD && node->ring == 0 && node->is_stuck) /* one is no crowd */
            return arena_format(arena, word(d, WORD_OUTSIDE_ONE), node->name);
    }
    return NULL;
}

/* True when the verdict tells this reason, and is shown as a whole. */
static bool tells(WaitDrawing *d, const char *why)
{
    char *lines[VERDICT_LINES + 1];
    const double width = d->sheet->width - 2 * SHEET_MARGIN - 24; /* less the mark before it */
    return strstr(d->trace->verdict, why) != NULL &&
           label_wrap(&d->sheet->arena, FACE_BOLD, 15, label_clean(&d->sheet->arena, d->trace->verdict), width, lines, VERDICT_LINES + 1) <= VERDICT_LINES;
}

/* "T1 and 2 more :5 - why" for the first of the waits with this reason; NULL for the others. */
static char *why_text(WaitDrawing *d, uint32_t w)
{
    const SnTrace *trace = d->trace;
    const SnWait *wait = &trace->waits[w];
    Arena *arena = &d->sheet->arena;
    uint32_t more = 0;
    if (wait->why == NULL || *wait->why == '\0' || tells(d, wait->why))
        return NULL;
    for (uint32_t k = 0; k < trace->wait_count; k++) {
        const SnWait *other = &trace->waits[k];
        if (k == w || other->line != wait->line || other->why == NULL || strcmp(other->why, wait->why) != 0)
            continue;
        if (k < w)
            return NULL;
        more++;
    }
    char *who = label_clean(arena, trace->threads[wait->thread].name);
    if (more > 0)
        who = arena_format(arena, word(d, WORD_AND_MORE), who, (unsigned)more);
    return arena_format(arena, "%s :%u \xE2\x80\x94 %s", who, (unsigned)wait->line, label_clean(arena, wait->why));
}

typedef struct Footer {
    char *lines[MOST_LINES];
    Font fonts[MOST_LINES];
    uint32_t count;
} Footer;

static void add_line(Footer *footer, char *line, Font font)
{
    if (footer->count < MOST_LINES) {
        footer->lines[footer->count] = line;
        footer->fonts[footer->count++] = font;
    }
}

/* The sentences below the picture, before it is known how much room is left for it. */
static void make_footer(WaitDrawing *d, Footer *footer)
{
    Arena *arena = &d->sheet->arena;
    const SnTrace *trace = d->trace;
    const WaitModel *m = d->model;
    const double width = d->sheet->width - 2 * SHEET_MARGIN;
    const char *color = trace->is_bad ? d->theme->bad.stroke : d->theme->good.stroke;
    Font bold = {FACE_BOLD, 15, color}, plain = {FACE_SANS, 14, d->theme->text};
    const char *sign = trace->is_bad ? "\xE2\x9C\x97" : "\xE2\x9C\x93";
    char *outside = outside_text(d), *lines[2];
    for (uint32_t r = 0; r < m->rings.count && r < 3; r++) {
        char *cycle[2] = {NULL};
        Font font = bold;
        uint32_t count = cycle_lines(d, &m->rings.items[r], width, &font.size, cycle);
        if (outside != NULL && m->rings.count == 1) {
            char *both = arena_format(arena, "%s   %s", cycle[count - 1], outside);
            if (label_width(FACE_BOLD, font.size, both) <= width) {
                cycle[count - 1] = both;
                outside = NULL;
            }
        }
        for (uint32_t i = 0; i < count; i++)
            add_line(footer, cycle[i], font);
    }
    uint32_t unsaid = m->hidden_rings + (m->rings.count > 3 ? m->rings.count - 3 : 0);
    if (unsaid > 0)
        add_line(footer,
                 arena_format(arena, "%s %s", sign, arena_format(arena, word(d, WORD_MORE_CYCLES), (unsigned)unsaid)),
                 bold);
    if (outside != NULL)
        add_line(footer, label_cut(arena, FACE_SANS, 14, outside, width), plain);
    const char *verdict = label_clean(arena, trace->verdict);
    /* A verdict that is too long and made of the reasons gives way to them. */
    bool is_of_reasons = m->rings.count == 0 && trace->wait_count > 0 && trace->waits[0].why != NULL &&
                         strstr(trace->verdict, trace->waits[0].why) != NULL && !tells(d, trace->waits[0].why);
    if (*verdict != '\0' && !is_of_reasons) {
        Font font = m->rings.count > 0 ? plain : bold;
        if (m->rings.count == 0)
            verdict = arena_format(arena, "%s %s", sign, verdict);
        uint32_t count = label_wrap(arena, font.face, font.size, verdict, width, lines, VERDICT_LINES);
        for (uint32_t i = 0; i < count; i++)
            add_line(footer, lines[i], font);
    }
    if (m->rings.count > 0)
        return;
    Font small = is_of_reasons ? (Font){FACE_BOLD, 13, color} : (Font){FACE_SANS, 13, d->theme->text};
    for (uint32_t w = 0, told = 0; w < trace->wait_count && told < 4; w++) {
        char *line = why_text(d, w);
        if (line == NULL)
            continue;
        if (is_of_reasons)
            line = arena_format(arena, "%s %s", sign, line);
        uint32_t room = MOST_LINES - footer->count, count = label_wrap(arena, small.face, small.size, line, width, lines, room < 2 ? room : 2);
        for (uint32_t i = 0; i < count; i++)
            add_line(footer, lines[i], small);
        told++;
    }
}

/* Names the shapes that are in the picture. */
static char *legend(WaitDrawing *d)
{
    static const struct {
        SnObjectKind kind;
        WordId word;
    } kinds[] = {{SN_MUTEX, WORD_LEGEND_LOCK},
                 {SN_RWLOCK, WORD_LEGEND_LOCK},
                 {SN_SEMAPHORE, WORD_LEGEND_SEMAPHORE},
                 {SN_CONDITION, WORD_LEGEND_CONDITION},
                 {SN_QUEUE, WORD_LEGEND_QUEUE},
                 {SN_BARRIER, WORD_LEGEND_BARRIER},
                 {SN_EVENT, WORD_LEGEND_EVENT},
                 {SN_WAITGROUP, WORD_LEGEND_WAITGROUP},
                 {SN_POOL, WORD_LEGEND_POOL},
                 {SN_ONCE, WORD_LEGEND_ONCE}};
    const WaitModel *m = d->model;
    Arena *arena = &d->sheet->arena;
    char *text = arena_format(arena, "%s", word(d, WORD_LEGEND_THREAD));
    uint32_t unplaced = 0;
    bool has_lock = false, has_help = false;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (uint32_t n = 0; n < m->nodes.count; n++) {
            const WaitNode *node = &m->nodes.items[n];
            if (node->kind != WAIT_OBJECT || d->trace->objects[node->index].kind != kinds[k].kind)
                continue;
            if (k > 1 || !has_lock)
                text = arena_format(arena, "%s   %s", text, word(d, kinds[k].word));
            has_lock |= k <= 1;
            break;
        }
    for (uint32_t n = 0; n < m->nodes.count; n++)
        unplaced += !m->nodes.items[n].is_placed && m->nodes.items[n].kind == WAIT_THREAD;
    for (uint32_t e = 0; e < m->edges.count; e++)
        has_help |= m->edges.items[e].kind == EDGE_HELP;
    bool has_holds = false;
    for (uint32_t e = 0; e < m->edges.count; e++)
        has_holds |= m->edges.items[e].kind == EDGE_HOLDS;
    if (has_holds)
        text = arena_format(arena, "%s   %s", text, word(d, WORD_LEGEND_HELD));
    text = arena_format(arena, "%s   %s", text, word(d, WORD_LEGEND_WAITS));
    if (has_help)
        text = arena_format(arena, "%s   %s", text, word(d, WORD_LEGEND_HELPS));
    if (unplaced > 0)
        text = arena_format(arena, "%s   %s", arena_format(arena, word(d, WORD_UNPLACED), (unsigned)unplaced), text);
    return text;
}

void waits_draw(Sheet *sheet, const SnTrace *trace, uint32_t page)
{
    (void)page;
    const double left = SHEET_MARGIN, right = sheet->width - SHEET_MARGIN, pitch = 19;
    Arena *arena = &sheet->arena;
    WaitDrawing drawing = {.sheet = sheet, .theme = sheet->theme, .trace = trace, .model = waits_build(sheet, trace)};
    WaitDrawing *d = &drawing;
    char *title[2];
    uint32_t title_lines = label_wrap(arena, FACE_BOLD, 20, label_clean(arena, trace->title), right - left, title, 2);
    sheet_lines(sheet, left, 6, right, 26, (Font){FACE_BOLD, 20, d->theme->text}, title, title_lines);

    Footer footer = {.count = 0};
    make_footer(d, &footer);
    double top = d->sheet->height - 2 - sheet_legend_height(sheet) - pitch * footer.count;
    waits_place(d->model, (Rect){left, 16 + 26 * fmax(1, title_lines), right, top - 8});
    for (uint32_t n = 0; n < d->model->nodes.count; n++)
        draw_node(d, n);
    waits_lines(d);
    for (uint32_t i = 0; i < footer.count; i++)
        top = sheet_lines(sheet, left, top, right, pitch, footer.fonts[i], &footer.lines[i], 1);
    sheet_legend(sheet, legend(d));
    sheet_finish(sheet);
}
