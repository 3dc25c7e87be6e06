/* order_drawing.h: what the two files of the happens-before diagram share: boxes and texts (order.c), arrows
 * (order_lines.c). */
#ifndef VIZ_ORDER_DRAWING_H
#define VIZ_ORDER_DRAWING_H

#include "viz/sheet.h"

/* An order by synchronisation. It leaves its box into gutter `out`, runs down there on a track, in the gap above the
 * row of its target across the lanes between, and down gutter `in` into the target; both gutters are the same when no
 * lane is between. */
typedef struct OrderArrow {
    uint32_t order;   /* SnTrace.orders */
    uint32_t out, in; /* gutters: g is left of lane g */
    uint32_t track_out, track_in;
    uint32_t cross;       /* which of the lines in the gap, from 0 */
    uint32_t top, bottom; /* rows that it spans, within the page */
    bool starts, ends;    /* on the page */
    double from_y, to_y;  /* offsets from the middle of the rows */
} OrderArrow;

typedef struct OrderDrawing {
    Sheet *sheet;
    Arena *arena;
    const Theme *theme;
    const SnTrace *trace;
    uint32_t *levels; /* by step */
    uint32_t rows;
    uint32_t page, pages, first, last; /* rows of the page */
    uint32_t *lane_of, *lane_threads;
    uint32_t lane_count, hidden_threads;
    uint32_t *colors;   /* by object */
    bool is_concurrent; /* there is a race, and the clocks say so */
    ArenaVec(OrderArrow) arrows;
    uint32_t *tracks; /* by gutter: how many */
    double *box_left;
    double box_width, box_height, pad, lanes_top, rows_top, lanes_bottom, pitch, gap;
    Agnode_t **nodes; /* by step */
} OrderDrawing;

bool order_has_race(const SnTrace *trace);
bool order_is_shown(const OrderDrawing *d, uint32_t step);
double order_middle(const OrderDrawing *d, uint32_t row);
Rect order_box(const OrderDrawing *d, uint32_t step);

/* Which arrows there are, and where they run. */
void order_plan_arrows(OrderDrawing *d);
/* Width of a gutter, when the arrows are planned. */
double order_gutter(const OrderDrawing *d, uint32_t gutter);
/* After the boxes. */
void order_arrows(OrderDrawing *d);

#endif
