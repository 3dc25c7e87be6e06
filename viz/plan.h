/* plan.h: where everything of a schedule diagram goes, before anything is drawn.
 *
 *   | title                                              |
 *   | step   | bars box gutter | bars box gutter | value |   a lane has bars on the left, one box a row, and on the
 *   |        |  A              |  B              | x     |   right a gutter with a track for each arrow that comes by
 *   | init   |                 |                 | 0     |
 *   | 1 :5   |  ‖ [    ]---.   |                 | 0     |
 *   | notes, verdict, legend                             |
 *
 * There is only one box in a row, so that a line may run along a row and meet no other box.
 * Widths come from the whole trace, not from the page: lanes do not jump from page to page.
 *
 * Units   rows count from 0 over the whole trace: first the steps, then one for each blocked thread; points.
 * Owner   the sheet's arena. */
#ifndef VIZ_PLAN_H
#define VIZ_PLAN_H

#include "viz/sheet.h"

typedef struct PlanRow {
    bool is_wait;
    uint32_t index; /* of the step or the wait */
    uint32_t thread;
    uint32_t line;
    bool is_offender;
    char *number;          /* stands left of the row: "4 :7", step 4 is on line 7 */
    char *time;            /* virtual clock: of the first step at an instant; else NULL */
    char *source, *effect; /* clean */
} PlanRow;

typedef struct PlanLane {
    uint32_t thread;
    uint32_t bars, tracks; /* room on the left and on the right */
    double left, right;
    double box_left, box_right;
} PlanLane;

typedef struct PlanBar { /* an interval of ownership */
    uint32_t hold;       /* SnTrace.holds */
    uint32_t lane;
    uint32_t track;            /* 0 is next to the box */
    uint32_t from_row, to_row; /* to_row SN_NONE: never given back */
} PlanBar;

typedef struct PlanArrow { /* a note */
    uint32_t note;
    uint32_t from_row, to_row; /* from_row SN_NONE: a badge beside the box */
    uint32_t from_lane, to_lane;
    uint32_t lane;       /* whose gutter it uses */
    uint32_t track;      /* 0 is next to the box */
    double from_y, to_y; /* offsets from the middle of the rows */
} PlanArrow;

typedef struct PlanColumn {
    uint32_t watch; /* SnTrace.watched */
    double left, right;
    char *name;
} PlanColumn;

typedef struct Plan {
    const SnTrace *trace;
    const Sheet *sheet; /* its size and language */
    Arena *arena;
    PlanRow *rows;
    uint32_t row_count;
    uint32_t page, pages; /* page from 1 */
    uint32_t first, last; /* rows of the page: first <= r < last */

    char *title_lines[2];
    uint32_t title_count;

    PlanLane *lanes;
    uint32_t lane_count;
    uint32_t hidden_threads;
    ArenaVec(PlanBar) bars;
    ArenaVec(PlanArrow) arrows;
    PlanColumn *columns;
    uint32_t column_count;
    uint32_t hidden_columns;
    uint32_t *colors; /* SnTrace.objects -> number of its paint */

    bool is_aside; /* lanes too narrow for text: it stands in a column of its own */
    bool has_loop;
    bool is_frame;
    double left_end; /* of the column of step numbers */
    double aside_left, aside_right;
    double track_pitch, bar_pitch;
    double source_size, effect_size;
    double lanes_top, heads_bottom, rows_top, pitch, box_height, lanes_bottom;
} Plan;

/* How many pages the schedule takes. */
uint32_t plan_pages(Sheet *sheet, const SnTrace *trace);
/* Lays out a page; 0 is the page with the last note, else the last one. Pages above the last give the last. For a frame
 * (else SN_NONE) it is the page of its last step. */
Plan *plan_make(Sheet *sheet, const SnTrace *trace, uint32_t page, uint32_t frame);

/* Parts of plan_make, in this order, once rows and lanes are known: which bars and which arrows there are and on which
 * tracks; and, once heights are known, where arrows enter and leave the boxes of the page. */
void plan_bars(Plan *plan);
void plan_arrows(Plan *plan);
void plan_ends(Plan *plan);

/* True when the reason of a wait takes a sentence below the lanes, for no short form of it fits into a box. */
bool plan_explains(const SnTrace *trace, const SnWait *wait);
/* True when one sentence explains both. */
bool plan_same_reason(const SnWait *a, const SnWait *b);
/* Lane of a thread, or SN_NONE when it is not shown. */
uint32_t plan_lane(const Plan *plan, uint32_t thread);
double plan_middle(const Plan *plan, uint32_t row);
Rect plan_box(const Plan *plan, uint32_t row);
double plan_track(const Plan *plan, const PlanArrow *arrow);

#endif
