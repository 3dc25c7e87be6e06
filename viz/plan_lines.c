#include <math.h>
#include <stdlib.h>

#include "viz/plan.h"

/* -------------------------------------------------------------------- bars */

/* First fit: intervals that share a row get different tracks. */
void plan_bars(Plan *plan)
{
    const SnTrace *trace = plan->trace;
    for (uint32_t h = 0; h < trace->hold_count; h++) {
        const SnHold *hold = &trace->holds[h];
        PlanBar bar = {
            .hold = h, .lane = plan_lane(plan, hold->thread), .from_row = hold->from_step, .to_row = hold->to_step};
        if (bar.lane == SN_NONE || bar.from_row >= trace->step_count)
            continue;
        uint64_t taken = 0;
        for (uint32_t b = 0; b < plan->bars.count; b++) {
            const PlanBar *other = &plan->bars.items[b];
            if (other->lane == bar.lane && other->from_row <= bar.to_row && bar.from_row <= other->to_row)
                taken |= UINT64_C(1) << other->track;
        }
        while (bar.track < 7 && (taken >> bar.track & 1) != 0) /* more than eight locks at once share the last track */
            bar.track++;
        PlanLane *lane = &plan->lanes[bar.lane];
        if (bar.track + 1 > lane->bars)
            lane->bars = bar.track + 1;
        ARENA_PUSH(plan->arena, plan->bars, bar);
    }
}

/* ------------------------------------------------------------------ arrows */

static uint32_t top_row(const PlanArrow *arrow)
{
    return arrow->from_row == SN_NONE || arrow->from_row > arrow->to_row ? arrow->to_row : arrow->from_row;
}

static uint32_t bottom_row(const PlanArrow *arrow)
{
    return arrow->from_row == SN_NONE || arrow->from_row < arrow->to_row ? arrow->to_row : arrow->from_row;
}

/* Inner tracks first go to arrows that stay in the lane, the short ones first, then to those from other lanes, the
 * early ones first: in this order no arrow crosses another at the box that both enter. */
static int compare_arrows(const void *left, const void *right)
{
    const PlanArrow *a = left, *b = right;
    bool a_crosses = a->from_lane != a->to_lane, b_crosses = b->from_lane != b->to_lane;
    if (a_crosses != b_crosses)
        return a_crosses ? 1 : -1;
    uint32_t a_key = a_crosses ? top_row(a) : bottom_row(a) - top_row(a);
    uint32_t b_key = b_crosses ? top_row(b) : bottom_row(b) - top_row(b);
    if (a_key != b_key)
        return a_key < b_key ? -1 : 1;
    return a->note < b->note ? -1 : a->note > b->note;
}

void plan_arrows(Plan *plan)
{
    const SnTrace *trace = plan->trace;
    for (uint32_t n = 0; n < trace->note_count; n++) {
        const SnNote *note = &trace->notes[n];
        if (note->step >= trace->step_count)
            continue;
        PlanArrow arrow = {.note = n, .from_row = SN_NONE, .to_row = note->step};
        arrow.to_lane = arrow.from_lane = plan_lane(plan, plan->rows[note->step].thread);
        if (note->from_step < trace->step_count && note->from_step != note->step) {
            arrow.from_row = note->from_step;
            arrow.from_lane = plan_lane(plan, plan->rows[note->from_step].thread);
        }
        if (arrow.to_lane == SN_NONE || arrow.from_lane == SN_NONE)
            continue;
        arrow.lane = arrow.from_lane < arrow.to_lane ? arrow.from_lane : arrow.to_lane;
        ARENA_PUSH(plan->arena, plan->arrows, arrow);
    }
    PlanArrow *all = plan->arrows.items;
    if (plan->arrows.count > 1)
        qsort(all, plan->arrows.count, sizeof *all, compare_arrows);
    for (uint32_t i = 0; i < plan->arrows.count; i++) {
        uint32_t taken = 0;
        for (uint32_t k = 0; k < i; k++)
            if (all[k].lane == all[i].lane && top_row(&all[k]) <= bottom_row(&all[i]) &&
                top_row(&all[i]) <= bottom_row(&all[k]))
                taken |= UINT32_C(1) << all[k].track;
        while (all[i].track < 5 && (taken >> all[i].track & 1) != 0)
            all[i].track++;
        PlanLane *lane = &plan->lanes[all[i].lane];
        if (all[i].track + 1 > lane->tracks)
            lane->tracks = all[i].track + 1;
    }
}

/* An end of an arrow at the right side of a box. Ends are ordered from top to bottom so that no line crosses another:
 * those that come from above, inner track first; badges; those that go down, outer track first. */
typedef struct ArrowEnd {
    PlanArrow *arrow;
    bool is_from;
    int order;
} ArrowEnd;

static int compare_ends(const void *left, const void *right)
{
    const ArrowEnd *a = left, *b = right;
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    return a->arrow->note < b->arrow->note ? -1 : a->arrow->note > b->arrow->note;
}

static void spread_ends(Plan *plan, uint32_t row, bool right_side)
{
    ArrowEnd ends[16];
    uint32_t count = 0;
    for (uint32_t i = 0; i < plan->arrows.count && count < 15; i++) {
        PlanArrow *arrow = &plan->arrows.items[i];
        for (int is_from = 0; is_from < 2; is_from++) {
            uint32_t here = is_from ? arrow->from_row : arrow->to_row,
                     other = is_from ? arrow->to_row : arrow->from_row;
            uint32_t lane = is_from ? arrow->from_lane : arrow->to_lane;
            if (here != row || (lane == arrow->lane) != right_side)
                continue;
            int order = other == SN_NONE ? 0 : other < row ? -20 + (int)arrow->track : 20 - (int)arrow->track;
            ends[count++] = (ArrowEnd){arrow, is_from != 0, order};
        }
    }
    if (count < 2)
        return;
    qsort(ends, count, sizeof *ends, compare_ends);
    double gap = fmin(14, (plan->box_height - 14) / (count - 1));
    for (uint32_t i = 0; i < count; i++) {
        double offset = gap * (i - (count - 1) / 2.0);
        if (ends[i].is_from)
            ends[i].arrow->from_y = offset;
        else
            ends[i].arrow->to_y = offset;
    }
}

void plan_ends(Plan *plan)
{
    for (uint32_t r = plan->first; r < plan->last; r++) {
        spread_ends(plan, r, true);
        spread_ends(plan, r, false);
    }
}
