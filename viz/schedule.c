#include "viz/schedule.h"

#include <math.h>
#include <string.h>

#include "viz/schedule_drawing.h"

static const char *word(const Drawing *d, WordId id)
{
    return sheet_word(d->sheet, id);
}

static const char *mark(bool is_bad)
{
    return is_bad ? "\xE2\x9C\x97" : "\xE2\x9C\x93";
}

/* ------------------------------------------------------------ lanes, heads */

static void draw_title(Drawing *d)
{
    Plan *plan = d->plan;
    sheet_lines(d->sheet, SHEET_MARGIN, 6, d->sheet->width - SHEET_MARGIN, 26, (Font){FACE_BOLD, 20, d->theme->text},
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
        char *sentence = arena_format(plan->arena, word(d, WORD_HOLDS_NAMES), held);
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
        for (uint32_t r = plan->first; r < plan->last && !plan->rows[r].is_wait && schedule_has_come(d, r); r++) {
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
                   small, plan->first == 0 ? word(d, WORD_START) : "\xE2\x80\xA6");
    for (uint32_t r = plan->first; r < plan->last; r++) {
        const PlanRow *row = &plan->rows[r];
        bool is_bad = row->is_wait || row->is_offender, is_now = r + 1 == d->frame;
        if (!schedule_has_come(d, r))
            break;
        double middle = plan_middle(plan, r);
        Font font = {is_bad || is_now ? FACE_BOLD : FACE_SANS, 12,
                     is_bad && d->trace->is_bad ? d->theme->bad.stroke
                     : is_now                   ? d->theme->text
                                                : d->theme->mute};
        if (row->time != NULL) { /* in the second line: when this and what follows happens */
            sheet_text(d->sheet, (Rect){left, middle, plan->left_end, middle + 14}, ALIGN_RIGHT,
                       (Font){FACE_BOLD, SHEET_SMALLEST, d->theme->text}, row->time);
            middle -= 8;
        }
        sheet_text(d->sheet, (Rect){left, middle - 12, plan->left_end, middle + 12}, ALIGN_RIGHT, font,
                   is_now ? arena_format(plan->arena, "\xE2\x96\xB6 %s", row->number) : row->number);
    }
}

/* -------------------------------------------------------------------- boxes */

static const char *action_word(const Drawing *d, const SnStep *step, Arena *arena)
{
    switch (step->action) {
    case SN_READ: return word(d, WORD_READ);
    case SN_WRITE: return word(d, WORD_WRITE);
    case SN_UPDATE: return word(d, WORD_UPDATE);
    case SN_TAKE: return word(d, WORD_TAKE);
    case SN_GIVE: return word(d, WORD_GIVE);
    case SN_SLEEP: return word(d, WORD_SLEEP);
    case SN_WAKE: return word(d, WORD_WAKE);
    case SN_NOTIFY: return word(d, WORD_NOTIFY);
    case SN_WAIT: return word(d, WORD_WAIT);
    case SN_SEND: return word(d, WORD_PUT);
    case SN_RECEIVE: return word(d, WORD_GET);
    case SN_TRANSFER: return word(d, WORD_PASS);
    case SN_BLOCK: return word(d, WORD_ATOMIC);
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
        words = arena_format(arena, word(d, WORD_WAITS_FOR), label_clean(arena, trace->threads[wait->target].name));
    else if (holder != NULL && holder->holds && wait->holder_count == 1)
        words = arena_format(arena, word(d, WORD_HELD_BY), label_clean(arena, trace->threads[holder->thread].name));
    else if (holder != NULL && holder->holds)
        words = arena_format(arena, word(d, WORD_SEVERAL_HOLD), (unsigned)wait->holder_count);
    else if (plan_explains(trace, wait))
        words = word(d, WORD_SEE_BELOW);
    else
        return row->effect;
    const char *full = arena_format(arena, "%s%s", word(d, WORD_BLOCKED), words);
    return label_width(FACE_MONO, size, full) <= width ? full : words;
}

static char *box_label(Drawing *d, uint32_t r, double width)
{
    Plan *plan = d->plan;
    const PlanRow *row = &plan->rows[r];
    Arena *arena = plan->arena;
    if (plan->is_aside) {
        const char *action = row->is_wait ? word(d, WORD_WAITS) : action_word(d, &d->trace->steps[row->index], arena);
        uint32_t object = row->is_wait ? d->trace->waits[row->index].object : d->trace->steps[row->index].object;
        const char *name = object < d->trace->object_count ? label_clean(arena, d->trace->objects[object].name) : "";
        if (width < 36 && label_width(FACE_SANS, SHEET_SMALLEST, name) > width)
            name = ""; /* two letters and an ellipsis tell nothing; the text beside names it */
        return two_lines(d, width, FONT_LIST_SANS, SHEET_SMALLEST,
                         label_cut(arena, FACE_SANS, SHEET_SMALLEST, action, width), SHEET_SMALLEST,
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
    bool is_now = r + 1 == d->frame;
    if (row->is_offender || is_now) {
        Shape ring = {.form = "box",
                      .style = "filled,rounded",
                      .stroke = row->is_offender ? d->theme->bad.stroke : d->theme->text,
                      .fill = d->theme->page,
                      .pen = 2.6};
        double out = fmin(4, (plan->pitch - plan->box_height) / 2 - 2);
        sheet_shape(d->sheet, (Rect){box.left, box.top - out, box.right, box.bottom + out}, &ring);
    }
    if (row->is_offender || plan->is_frame) { /* in frames all boxes, for they must not jump when the ring comes */
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

/* The other half of a joint step: the receiver at a queue without room. Lower than a box, for it is no step of its own. */
static void draw_receiver(Drawing *d, uint32_t r)
{
    Plan *plan = d->plan;
    const PlanRow *row = &plan->rows[r];
    if (row->is_wait)
        return;
    const SnStep *step = &d->trace->steps[row->index];
    if (step->action != SN_TRANSFER || step->partner == SN_NONE)
        return;
    for (uint32_t l = 0; l < plan->lane_count; l++) {
        const PlanLane *lane = &plan->lanes[l];
        if (lane->thread != step->partner)
            continue;
        double middle = plan_middle(plan, r), half = fmin(12, plan->box_height / 2);
        Paint paint = schedule_paint(d, step->object);
        Shape shape = {.form = "box", .style = "filled,rounded", .pen = 1, .stroke = paint.stroke, .fill = paint.fill};
        Rect box = {lane->box_left, middle - half, lane->box_right, middle + half};
        sheet_shape(d->sheet, box, &shape);
        const char *words = arena_format(plan->arena, "\xE2\x86\x90 %s", word(d, WORD_GET));
        if (step->object < d->trace->object_count)
            words = arena_format(plan->arena, "%s %s", words, label_clean(plan->arena, d->trace->objects[step->object].name));
        sheet_text(d->sheet, (Rect){box.left + 4, box.top, box.right - 4, box.bottom}, ALIGN_LEFT,
                   (Font){FACE_SANS, 12, d->theme->text}, words);
    }
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

static char *add_entry(Arena *arena, char *text, const char *entry)
{
    return arena_format(arena, "%s%s%s", text, *text != '\0' ? "   " : "", entry);
}

static char *legend(Drawing *d)
{
    Plan *plan = d->plan;
    Arena *arena = plan->arena;
    char *text = arena_string(arena, "", 0);
    bool has_stale = false;
    for (uint32_t n = 0; n < d->trace->note_count; n++)
        has_stale |= d->trace->notes[n].is_stale_read && concerns_page(d, n);
    const struct {
        bool is_there;
        WordId word;
    } entries[] = {{plan->row_count > 0, WORD_LEGEND_NUMBERS},
                   {d->trace->step_count > 1, WORD_LEGEND_PATH},
                   {plan->bars.count > 0, WORD_LEGEND_BAR},
                   {d->trace->wait_count > 0, WORD_LEGEND_BLOCKED},
                   {has_stale, WORD_LEGEND_STALE},
                   {plan->has_loop, WORD_LEGEND_LOOP}};
    if (plan->pages > 1)
        text = add_entry(arena, text,
                         arena_format(arena, word(d, WORD_PAGE_OF), (unsigned)plan->page, (unsigned)plan->pages));
    if (plan->hidden_threads > 0)
        text = add_entry(arena, text,
                         arena_format(arena, word(d, WORD_IDLE_THREADS), (unsigned)plan->hidden_threads,
                                      (unsigned)d->trace->thread_count));
    if (plan->hidden_columns > 0)
        text =
            add_entry(arena, text, arena_format(arena, word(d, WORD_HIDDEN_VARIABLES), (unsigned)plan->hidden_columns));
    for (size_t e = 0; e < sizeof entries / sizeof *entries; e++)
        if (entries[e].is_there)
            text = add_entry(arena, text, word(d, entries[e].word));
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
        who = arena_format(plan->arena, word(d, WORD_AND_MORE), who, (unsigned)more);
    return arena_format(plan->arena, "%s :%u \xE2\x80\x94 %s", who, (unsigned)wait->line,
                        label_clean(plan->arena, wait->why));
}

static void draw_footer(Drawing *d)
{
    Plan *plan = d->plan;
    Arena *arena = plan->arena;
    const double width = d->sheet->width - 2 * SHEET_MARGIN, left = SHEET_MARGIN,
                 right = d->sheet->width - SHEET_MARGIN, pitch = 19;
    const char *verdict_color = d->trace->is_bad ? d->theme->bad.stroke : d->theme->good.stroke;
    double top = plan->lanes_bottom + 5, lowest = d->sheet->height - sheet_legend_height(d->sheet);
    char *verdict[2], *lines[2];
    uint32_t verdict_lines = 0;
    const char *sentence = label_clean(arena, d->trace->verdict);
    if (!schedule_has_come(d, d->trace->step_count)) {
        verdict_color = d->theme->mute;
        verdict[0] = d->frame == 0 ? arena_format(arena, "%s", word(d, WORD_FRAME_START))
                                   : arena_format(arena, word(d, WORD_FRAME_STEP), (unsigned)d->frame,
                                                  (unsigned)d->trace->step_count);
        verdict_lines = 1;
    } else if (*sentence != '\0')
        verdict_lines = label_wrap(arena, FACE_BOLD, 15, arena_format(arena, "%s %s", mark(d->trace->is_bad), sentence),
                                   width, verdict, 2);
    uint32_t room = (uint32_t)fmax(0, (lowest - top) / pitch);
    room = room > verdict_lines ? room - verdict_lines : 0;
    for (uint32_t n = 0; n < d->trace->note_count && room > 0; n++) {
        if (!concerns_page(d, n) || !schedule_has_come(d, d->trace->notes[n].step))
            continue;
        const char *text =
            arena_format(arena, "%s %s", sheet_numeral(d->sheet, n + 1), label_clean(arena, d->trace->notes[n].text));
        uint32_t count = label_wrap(arena, FACE_SANS, 14, text, width, lines, room < 2 ? room : 2);
        top = sheet_lines(d->sheet, left, top, right, pitch,
                          (Font){FACE_SANS, 14, d->trace->is_bad ? verdict_color : d->theme->text}, lines, count);
        room -= count;
    }
    for (uint32_t r = plan->first; r < plan->last && room > 0; r++) {
        char *text = schedule_has_come(d, r) ? wait_sentence(d, r) : NULL;
        if (text == NULL)
            continue;
        uint32_t count = label_wrap(arena, FACE_SANS, 14, text, width, lines, 1);
        top = sheet_lines(d->sheet, left, top, right, pitch,
                          (Font){FACE_SANS, 14, d->trace->is_bad ? verdict_color : d->theme->text}, lines, count);
        room -= count;
    }
    if (d->frame != SN_NONE) /* where it does not move when remarks come */
        top = lowest - pitch * verdict_lines;
    sheet_lines(d->sheet, left, top, right, pitch, (Font){FACE_BOLD, 15, verdict_color}, verdict, verdict_lines);
    sheet_legend(d->sheet, legend(d));
}

static void draw_all(Sheet *sheet, const SnTrace *trace, uint32_t page, uint32_t frame)
{
    Plan *plan = plan_make(sheet, trace, page, frame);
    Drawing drawing = {.sheet = sheet, .theme = sheet->theme, .trace = trace, .plan = plan, .frame = frame};
    Drawing *d = &drawing;
    d->page = sheet->page;
    d->steps = ARENA_ARRAY(plan->arena, Agnode_t *, plan->last - plan->first);
    d->bars = ARENA_ARRAY(plan->arena, Agnode_t *, plan->bars.count);
    draw_title(d);
    draw_lanes(d);
    draw_numbers(d);
    draw_values(d);
    schedule_bars(d);
    for (uint32_t r = plan->first; r < plan->last && schedule_has_come(d, r); r++) {
        draw_box(d, r);
        draw_receiver(d, r);
        if (plan->is_aside)
            draw_aside(d, r);
    }
    if (plan->row_count == 0 && plan->lane_count > 0) {
        Rect all = {plan->lanes[0].left, plan->rows_top, plan->lanes[plan->lane_count - 1].right, plan->lanes_bottom};
        sheet_text(sheet, all, ALIGN_CENTER, (Font){FACE_SANS, 15, d->theme->mute}, word(d, WORD_NO_STEP));
    }
    schedule_lines(d);
    draw_footer(d);
    sheet_finish(sheet);
}

void schedule_draw(Sheet *sheet, const SnTrace *trace, uint32_t page)
{
    draw_all(sheet, trace, page, SN_NONE);
}

void schedule_draw_frame(Sheet *sheet, const SnTrace *trace, uint32_t frame)
{
    draw_all(sheet, trace, 0, frame < trace->step_count ? frame : trace->step_count);
}
