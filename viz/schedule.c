#include "viz/schedule.h"

#include <math.h>
#include <string.h>

#include "viz/schedule_drawing.h"

static const char *mark(bool is_bad)
{
    return is_bad ? "\xE2\x9C\x97" : "\xE2\x9C\x93";
}

/* ------------------------------------------------------------ lanes, heads */

static void draw_title(Drawing *d)
{
    Plan *plan = d->plan;
    sheet_lines(d->sheet, SHEET_MARGIN, 6, SHEET_WIDTH - SHEET_MARGIN, 26, (Font){FACE_BOLD, 20, d->theme->text},
                plan->title_lines, plan->title_count);
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
        *color = schedule_paint(d, object).stroke;
    }
    return names;
}

static void draw_lanes(Drawing *d)
{
    Plan *plan = d->plan;
    for (uint32_t l = 0; l < plan->lane_count; l++) {
        const PlanLane *lane = &plan->lanes[l];
        sheet_band(d->sheet, (Rect){lane->left, plan->lanes_top, lane->right, plan->lanes_bottom},
                   d->theme->lanes[l % 2]);
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
        sheet_text(d->sheet, (Rect){lane->left + 3, plan->heads_bottom - 4, lane->right - 3, plan->heads_bottom + 14},
                   ALIGN_CENTER, (Font){FACE_SANS, SHEET_SMALLEST, color}, held);
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
        Paint paint = schedule_paint(d, d->trace->watched[column->watch]);
        sheet_text(d->sheet, (Rect){column->left, plan->lanes_top, column->right, plan->heads_bottom}, ALIGN_CENTER,
                   (Font){FACE_MONO_BOLD, 13, paint.stroke}, column->name);
        uint32_t done = plan->first < d->trace->step_count ? plan->first : d->trace->step_count;
        sheet_text(d->sheet, (Rect){column->left, plan->heads_bottom, column->right, plan->heads_bottom + 20},
                   ALIGN_CENTER, quiet, value_at(d, done, column->watch));
        for (uint32_t r = plan->first; r < plan->last && !plan->rows[r].is_wait; r++) {
            double middle = plan_middle(plan, r);
            Rect cell = {column->left, middle - 14, column->right, middle + 14};
            bool written = is_written(d, r, column->watch);
            if (written) {
                Shape box = {.form = "box", .style = "filled", .stroke = paint.stroke, .fill = paint.fill, .pen = 1.3};
                sheet_shape(d->sheet, cell, &box);
            }
            sheet_text(d->sheet, cell, ALIGN_CENTER, written ? (Font){FACE_MONO_BOLD, 13, d->theme->text} : quiet,
                       value_at(d, r + 1, column->watch));
        }
    }
}

static void draw_numbers(Drawing *d)
{
    Plan *plan = d->plan;
    double left = SHEET_MARGIN + (plan->has_loop ? 16 : 0);
    Font small = {FACE_SANS, SHEET_SMALLEST, d->theme->mute};
    if (plan->column_count > 0 || plan->first > 0)
        sheet_text(d->sheet, (Rect){left, plan->heads_bottom, plan->left_end, plan->heads_bottom + 20}, ALIGN_RIGHT,
                   small, plan->first == 0 ? "start" : "\xE2\x80\xA6");
    for (uint32_t r = plan->first; r < plan->last; r++) {
        const PlanRow *row = &plan->rows[r];
        bool is_bad = row->is_wait || row->is_offender;
        double middle = plan_middle(plan, r);
        Font font = {is_bad ? FACE_BOLD : FACE_SANS, 12,
                     is_bad && d->trace->is_bad ? d->theme->bad.stroke : d->theme->mute};
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

static char *two_lines(Drawing *d, double width, const char *face, double size1, const char *text1, double size2,
                       const char *text2)
{
    Arena *arena = d->plan->arena;
    return arena_format(
        arena,
        "<TABLE BORDER=\"0\" CELLPADDING=\"0\" CELLSPACING=\"0\">"
        "<TR><TD ALIGN=\"LEFT\" WIDTH=\"%ld\"><FONT FACE=\"%s\" POINT-SIZE=\"%d\">%s</FONT></TD></TR>"
        "<TR><TD ALIGN=\"LEFT\" WIDTH=\"%ld\"><FONT FACE=\"%s\" POINT-SIZE=\"%d\">%s</FONT></TD></TR></TABLE>",
        lround(width), face, (int)size1, label_html(arena, text1), lround(width), face, (int)size2,
        label_html(arena, text2));
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
    else if (plan_explains(trace, wait))
        words = "blocked: see below";
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
        return two_lines(d, width, FONT_LIST_SANS, SHEET_SMALLEST,
                         label_cut(arena, FACE_SANS, SHEET_SMALLEST, word, width), SHEET_SMALLEST,
                         label_cut(arena, FACE_SANS, SHEET_SMALLEST, name, width));
    }
    const char *effect = row->is_wait ? wait_words(d, row, plan->effect_size, width) : row->effect;
    return two_lines(d, width, FONT_LIST_MONO, plan->source_size,
                     label_cut(arena, FACE_MONO, plan->source_size, row->source, width), plan->effect_size,
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
        paint = schedule_paint(d, d->trace->steps[row->index].object);
        if (row->is_offender)
            paint.stroke = d->theme->bad.stroke;
        what = arena_format(plan->arena, "step %u,", (unsigned)r + 1);
    }
    shape.stroke = paint.stroke;
    shape.fill = paint.fill;
    shape.html = box_label(d, r, box.right - box.left - 2 * pad);
    shape.tooltip = arena_format(plan->arena, "%s %s line %u: %s \xE2\x80\x94 %s",
                                 label_clean(plan->arena, d->trace->threads[row->thread].name), what,
                                 (unsigned)row->line, row->source, row->effect);
    d->steps[r - plan->first] = sheet_shape(d->sheet, box, &shape);
}

static void draw_aside(Drawing *d, uint32_t r)
{
    Plan *plan = d->plan;
    const PlanRow *row = &plan->rows[r];
    double middle = plan_middle(plan, r);
    Font source = {FACE_MONO, 12, row->is_wait ? d->theme->bad.stroke : d->theme->text};
    Font effect = {FACE_MONO, SHEET_SMALLEST, row->is_wait ? d->theme->bad.stroke : d->theme->mute};
    sheet_text(d->sheet, (Rect){plan->aside_left, middle - 16, plan->aside_right, middle}, ALIGN_LEFT, source,
               row->source);
    const char *words =
        row->is_wait ? wait_words(d, row, SHEET_SMALLEST, plan->aside_right - plan->aside_left) : row->effect;
    sheet_text(d->sheet, (Rect){plan->aside_left, middle, plan->aside_right, middle + 15}, ALIGN_LEFT, effect, words);
}

/* ------------------------------------------------------------------- footer */

/* Notes with a step or an arrow on this page. */
static bool concerns_page(const Drawing *d, uint32_t note)
{
    const SnNote *n = &d->trace->notes[note];
    if (d->plan->pages == 1)
        return true;
    return schedule_has_row(d->plan, n->step) || (n->from_step != SN_NONE && schedule_has_row(d->plan, n->from_step));
}

static char *legend(Drawing *d)
{
    Plan *plan = d->plan;
    Arena *arena = plan->arena;
    char *text = arena_string(arena, "", 0);
    if (plan->pages > 1)
        text = arena_format(arena, "page %u of %u   ", (unsigned)plan->page, (unsigned)plan->pages);
    if (plan->hidden_threads > 0)
        text = arena_format(arena, "%snot shown: %u of %u threads, idle on this page   ", text,
                            (unsigned)plan->hidden_threads, (unsigned)d->trace->thread_count);
    if (plan->hidden_columns > 0)
        text = arena_format(arena, "%s%u more variables are not shown   ", text, (unsigned)plan->hidden_columns);
    if (plan->row_count > 0)
        text = arena_format(arena, "%sleft: step :line   ", text);
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

/* "worker[0] and 2 more :5 - why" at the first of the rows with this reason; NULL at the others. */
static char *wait_sentence(Drawing *d, uint32_t r)
{
    Plan *plan = d->plan;
    const SnTrace *trace = d->trace;
    if (!plan->rows[r].is_wait)
        return NULL;
    const SnWait *wait = &trace->waits[plan->rows[r].index];
    uint32_t more = 0;
    for (uint32_t k = plan->first; k < plan->last; k++) {
        if (k == r || !plan->rows[k].is_wait || !plan_same_reason(&trace->waits[plan->rows[k].index], wait))
            continue;
        if (k < r)
            return NULL;
        more++;
    }
    if (!plan_explains(trace, wait))
        return NULL;
    char *who = label_clean(plan->arena, trace->threads[wait->thread].name);
    if (more > 0)
        who = arena_format(plan->arena, "%s and %u more", who, (unsigned)more);
    return arena_format(plan->arena, "%s :%u \xE2\x80\x94 %s", who, (unsigned)wait->line,
                        label_clean(plan->arena, wait->why));
}

static void draw_footer(Drawing *d)
{
    Plan *plan = d->plan;
    Arena *arena = plan->arena;
    const double width = SHEET_WIDTH - 2 * SHEET_MARGIN, left = SHEET_MARGIN, right = SHEET_WIDTH - SHEET_MARGIN,
                 pitch = 19;
    const char *verdict_color = d->trace->is_bad ? d->theme->bad.stroke : d->theme->good.stroke;
    double top = plan->lanes_bottom + 5, lowest = SHEET_HEIGHT - 20;
    char *verdict[2], *lines[2];
    uint32_t verdict_lines = 0;
    const char *sentence = label_clean(arena, d->trace->verdict);
    if (*sentence != '\0')
        verdict_lines = label_wrap(arena, FACE_BOLD, 15, arena_format(arena, "%s %s", mark(d->trace->is_bad), sentence),
                                   width, verdict, 2);
    uint32_t room = (uint32_t)fmax(0, (lowest - top) / pitch);
    room = room > verdict_lines ? room - verdict_lines : 0;
    for (uint32_t n = 0; n < d->trace->note_count && room > 0; n++) {
        if (!concerns_page(d, n))
            continue;
        const char *text =
            arena_format(arena, "%s %s", sheet_numeral(d->sheet, n + 1), label_clean(arena, d->trace->notes[n].text));
        uint32_t count = label_wrap(arena, FACE_SANS, 14, text, width, lines, room < 2 ? room : 2);
        top = sheet_lines(d->sheet, left, top, right, pitch,
                          (Font){FACE_SANS, 14, d->trace->is_bad ? verdict_color : d->theme->text}, lines, count);
        room -= count;
    }
    for (uint32_t r = plan->first; r < plan->last && room > 0; r++) {
        char *text = wait_sentence(d, r);
        if (text == NULL)
            continue;
        uint32_t count = label_wrap(arena, FACE_SANS, 14, text, width, lines, 1);
        top = sheet_lines(d->sheet, left, top, right, pitch,
                          (Font){FACE_SANS, 14, d->trace->is_bad ? verdict_color : d->theme->text}, lines, count);
        room -= count;
    }
    sheet_lines(d->sheet, left, top, right, pitch, (Font){FACE_BOLD, 15, verdict_color}, verdict, verdict_lines);
    sheet_text(d->sheet, (Rect){left, SHEET_HEIGHT - 20, right, SHEET_HEIGHT - 4}, ALIGN_LEFT,
               (Font){FACE_SANS, SHEET_SMALLEST, d->theme->mute}, legend(d));
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
    schedule_bars(d);
    for (uint32_t r = plan->first; r < plan->last; r++) {
        draw_box(d, r);
        if (plan->is_aside)
            draw_aside(d, r);
    }
    if (plan->row_count == 0 && plan->lane_count > 0) {
        Rect all = {plan->lanes[0].left, plan->rows_top, plan->lanes[plan->lane_count - 1].right, plan->lanes_bottom};
        sheet_text(sheet, all, ALIGN_CENTER, (Font){FACE_SANS, 15, d->theme->mute}, "no step was taken");
    }
    schedule_lines(d);
    draw_footer(d);
    sheet_finish(sheet);
}
