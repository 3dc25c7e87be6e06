#include <math.h>
#include <stdlib.h>

#include "viz/waits_model.h"

static const double TURN = 6.283185307179586;

enum {
    LEVEL = 128, /* between the levels beside a ring */
    PLATE_WIDTH = 250,
    CROWD_WIDTH = 130,
    MOST_IN_COLUMN = 10
};

static WaitNode *node_at(WaitModel *m, uint32_t n)
{
    return &m->nodes.items[n];
}

/* ------------------------------------------------------------- who is where */

/* Spreads from the rings to the nodes beside them, nearest first. */
static void reach_from_rings(WaitModel *m)
{
    uint32_t *queue = ARENA_ARRAY(m->arena, uint32_t, m->nodes.count);
    uint32_t head = 0, tail = 0;
    for (uint32_t n = 0; n < m->nodes.count; n++)
        if (node_at(m, n)->ring != 0) {
            node_at(m, n)->root = n;
            queue[tail++] = n;
        }
    while (head < tail) {
        uint32_t n = queue[head++];
        for (uint32_t e = 0; e < m->edges.count; e++) {
            const WaitEdge *edge = &m->edges.items[e];
            uint32_t other = edge->tail == n ? edge->head : edge->head == n ? edge->tail : SN_NONE;
            if (other == SN_NONE || node_at(m, other)->root != SN_NONE)
                continue;
            node_at(m, other)->root = node_at(m, n)->root;
            node_at(m, other)->parent = n;
            node_at(m, other)->depth = node_at(m, n)->depth + 1;
            queue[tail++] = other;
        }
    }
}

static bool is_free(const WaitNode *node)
{
    return node->ring == 0 && node->root == SN_NONE;
}

/* Columns for nodes that lead to no ring: from whoever could help, on the right, back to those who wait. */
static bool reach_from_right(WaitModel *m)
{
    uint32_t *queue = ARENA_ARRAY(m->arena, uint32_t, m->nodes.count);
    bool *seen = ARENA_ARRAY(m->arena, bool, m->nodes.count), *has_out = ARENA_ARRAY(m->arena, bool, m->nodes.count);
    bool any = false;
    for (uint32_t e = 0; e < m->edges.count; e++)
        has_out[m->edges.items[e].tail] = true;
    uint32_t head = 0, tail = 0;
    for (int pass = 0; pass < 2; pass++) /* second pass: what is left goes round in a circle; begin anywhere */
        for (uint32_t start = 0; start < m->nodes.count; start++) {
            if (!is_free(node_at(m, start)) || seen[start] || (pass == 0 && has_out[start]))
                continue;
            any = true;
            seen[start] = true;
            queue[tail++] = start;
            while (head < tail) {
                uint32_t n = queue[head++];
                for (uint32_t e = 0; e < m->edges.count; e++) {
                    uint32_t other = m->edges.items[e].tail;
                    if (m->edges.items[e].head != n || !is_free(node_at(m, other)) || seen[other])
                        continue;
                    seen[other] = true;
                    node_at(m, other)->parent = n;
                    node_at(m, other)->depth = node_at(m, n)->depth + 1;
                    queue[tail++] = other;
                }
            }
        }
    return any;
}

/* ------------------------------------------------------------------ columns */

static void place_subtree(WaitModel *m, uint32_t n, double left, double pitch, double slot, double top,
                          uint32_t *next_slot)
{
    WaitNode *node = node_at(m, n);
    double sum = 0;
    uint32_t children = 0;
    for (uint32_t c = 0; c < m->nodes.count; c++)
        if (is_free(node_at(m, c)) && node_at(m, c)->parent == n) {
            place_subtree(m, c, left, pitch, slot, top, next_slot);
            if (node_at(m, c)->is_placed) {
                sum += node_at(m, c)->at.y;
                children++;
            }
        }
    if (children == 0 && *next_slot >= MOST_IN_COLUMN)
        return; /* no room: the footer tells how many are left out */
    node->at.y = children > 0 ? sum / children : top + slot * ((*next_slot)++ + 0.5);
    node->is_placed = true;
    double half = fmin(36, slot / 2 - 4);
    node->rx = node->kind == WAIT_PLATE ? PLATE_WIDTH / 2.0 : node->kind == WAIT_CROWD ? CROWD_WIDTH / 2.0 : half;
    node->ry = node->kind == WAIT_PLATE || node->kind == WAIT_CROWD ? fmin(30, slot / 2 - 3) : half;
}

static uint32_t count_leaves(WaitModel *m)
{
    uint32_t leaves = 0;
    for (uint32_t n = 0; n < m->nodes.count; n++) {
        bool is_leaf = is_free(node_at(m, n));
        for (uint32_t c = 0; c < m->nodes.count && is_leaf; c++)
            if (is_free(node_at(m, c)) && node_at(m, c)->parent == n)
                is_leaf = false;
        leaves += is_leaf;
    }
    return leaves;
}

static void place_columns(WaitModel *m, Rect area)
{
    uint32_t depth = 0, leaves = count_leaves(m), next_slot = 0;
    bool has_plates = false;
    for (uint32_t n = 0; n < m->nodes.count; n++)
        if (is_free(node_at(m, n))) {
            depth = node_at(m, n)->depth > depth ? node_at(m, n)->depth : depth;
            has_plates |= node_at(m, n)->kind == WAIT_PLATE;
        }
    if (leaves > MOST_IN_COLUMN)
        leaves = MOST_IN_COLUMN;
    double slot = fmin(120, (area.bottom - area.top) / leaves);
    double top = (area.top + area.bottom) / 2 - slot * leaves / 2;
    double right = area.right - (has_plates ? PLATE_WIDTH / 2.0 : 50), left = area.left + 70;
    /* The last step goes to a plate, whose middle is far from its left side. */
    double inner = has_plates && depth > 0 ? right - PLATE_WIDTH / 2.0 - 130 : right;
    uint32_t steps = has_plates && depth > 0 ? depth - 1 : depth;
    double pitch = steps > 0 ? fmin(230, (inner - left) / steps) : 0;
    if (steps > 0 && pitch == 230) { /* keep the whole together in the middle */
        double spare = (inner - left - pitch * steps) / 2;
        right -= spare;
        inner -= spare;
    }
    for (uint32_t n = 0; n < m->nodes.count; n++) {
        WaitNode *node = node_at(m, n);
        if (is_free(node) && node->parent == SN_NONE)
            place_subtree(m, n, left, pitch, slot, top, &next_slot);
    }
    for (uint32_t n = 0; n < m->nodes.count; n++) {
        WaitNode *node = node_at(m, n);
        if (!is_free(node))
            continue;
        if (has_plates && depth > 0)
            node->at.x = node->depth == 0 ? right : inner - pitch * (node->depth - 1);
        else
            node->at.x = right - pitch * node->depth;
        if (node->depth == 0 && node->kind != WAIT_PLATE && has_plates)
            node->at.x = right - PLATE_WIDTH / 2.0 + 36;
    }
}

/* -------------------------------------------------------------------- rings */

/* Where a part of the way round an ellipse lies, clockwise from the top, by length of arc: equal steps of the
 * angle would crowd the nodes at the flat ends. */
static Point on_ellipse(const WaitRing *ring, double part)
{
    enum { PIECES = 1440 };
    double total = 0, x0 = 0, y0 = -ring->ry;
    for (int pass = 0; pass < 2; pass++) {
        double sum = 0;
        x0 = 0, y0 = -ring->ry;
        for (int i = 1; i <= PIECES; i++) {
            double angle = TURN * i / PIECES, x = ring->rx * sin(angle), y = -ring->ry * cos(angle);
            double piece = hypot(x - x0, y - y0);
            if (pass == 1 && sum + piece >= part * total - 1e-9)
                return (Point){ring->center.x + x0, ring->center.y + y0};
            sum += piece;
            x0 = x, y0 = y;
        }
        total = sum;
    }
    return (Point){ring->center.x + x0, ring->center.y + y0};
}

static double circumference(const WaitRing *ring)
{
    double h = (ring->rx - ring->ry) / (ring->rx + ring->ry);
    return TURN / 2 * (ring->rx + ring->ry) * (1 + 3 * h * h / (10 + sqrt(4 - 3 * h * h)));
}

static double ring_part(const WaitRing *ring, uint32_t i, uint32_t turn)
{
    if (ring->count == 2) /* side by side: pages are wide */
        return i == 0 ? 0.75 : 0.25;
    return (double)((i + turn) % ring->count) / ring->count;
}

/* Turns the ring so that whatever stands beside it leads to its left or right end and meets nothing on the way. */
static uint32_t best_turn(WaitModel *m, const WaitRing *ring)
{
    uint32_t best = 0;
    double best_cost = 1e9;
    for (uint32_t turn = 0; turn < ring->count; turn++) {
        double cost = 0;
        for (uint32_t n = 0; n < m->nodes.count; n++) {
            const WaitNode *node = node_at(m, n);
            if (node->ring != 0 || node->root < ring->first || node->root >= ring->first + ring->count ||
                node->depth != 1)
                continue;
            double part = ring_part(ring, node->root - ring->first, turn);
            cost += fmin(fabs(part - 0.75), fabs(part - 0.25) + 0.01);
        }
        if (cost < best_cost - 1e-9) {
            best = turn;
            best_cost = cost;
        }
    }
    return best;
}

static bool is_beside(const WaitNode *node, const WaitRing *ring)
{
    return node->ring == 0 && node->root != SN_NONE && node->root >= ring->first &&
           node->root < ring->first + ring->count;
}

static bool is_left(const WaitModel *m, const WaitRing *ring, uint32_t turn, const WaitNode *node)
{
    (void)m;
    double part = ring_part(ring, node->root - ring->first, turn);
    return part > 0.5 - 1e-9 || part < 1e-9;
}

/* 0 when a node leads to the left or right end of its ring, -1 when to the upper part, 1 when to the lower. */
static int slant(const WaitRing *ring, uint32_t turn, const WaitNode *node)
{
    double part = ring_part(ring, node->root - ring->first, turn);
    if (fabs(part - 0.75) < 0.12 || fabs(part - 0.25) < 0.12)
        return 0;
    return part > 0.25 && part < 0.75 ? 1 : -1;
}

typedef struct Wish {
    uint32_t node;
    double y;
} Wish;

static int compare_wishes(const void *left, const void *right)
{
    const Wish *a = left, *b = right;
    if (fabs(a->y - b->y) > 0.01)
        return a->y < b->y ? -1 : 1;
    return a->node < b->node ? -1 : a->node > b->node;
}

/* Places the nodes of one level on one side at the height of what they lead to, as far as they do not overlap. */
static void place_level(WaitModel *m, const WaitRing *ring, uint32_t turn, bool left, uint32_t level, double x,
                        Rect cell)
{
    Wish wishes[MOST_IN_COLUMN];
    uint32_t count = 0;
    for (uint32_t n = 0; n < m->nodes.count && count < MOST_IN_COLUMN; n++) {
        const WaitNode *node = node_at(m, n);
        if (is_beside(node, ring) && node->depth == level && is_left(m, ring, turn, node) == left &&
            node_at(m, node->parent)->is_placed)
            /* A line to the upper or lower part comes in from above or below, past the ring's other nodes. */
            wishes[count++] =
                (Wish){n, node_at(m, node->parent)->at.y + (level == 1 ? 60 * slant(ring, turn, node) : 0)};
    }
    if (count == 0)
        return;
    qsort(wishes, count, sizeof *wishes, compare_wishes);
    double gap = fmin(73, (cell.bottom - cell.top) / count), shift = 0;
    double *y = ARENA_ARRAY(m->arena, double, count);
    for (uint32_t i = 0; i < count; i++) {
        y[i] = i > 0 ? fmax(wishes[i].y, y[i - 1] + gap) : wishes[i].y;
        shift += (y[i] - wishes[i].y) / count;
    }
    shift = fmin(shift, y[0] - cell.top - gap / 2);
    shift = fmax(shift, y[count - 1] - cell.bottom + gap / 2);
    for (uint32_t i = 0; i < count; i++) {
        WaitNode *node = node_at(m, wishes[i].node);
        node->at = (Point){x, y[i] - shift};
        node->rx = node->ry = fmin(node->kind == WAIT_THREAD ? 33 : 27, gap / 2 - 3);
        if (node->kind == WAIT_PLATE || node->kind == WAIT_CROWD) {
            node->rx = 46;
            node->ry = fmin(32, gap / 2 - 3);
        }
        node->is_placed = true;
    }
}

/* How many levels stand left and right of a ring. */
static void count_levels(WaitModel *m, const WaitRing *ring, uint32_t turn, uint32_t levels[2])
{
    levels[0] = levels[1] = 0;
    for (uint32_t n = 0; n < m->nodes.count; n++)
        if (is_beside(node_at(m, n), ring)) {
            uint32_t *deepest = &levels[is_left(m, ring, turn, node_at(m, n)) ? 0 : 1];
            *deepest = node_at(m, n)->depth > *deepest ? node_at(m, n)->depth : *deepest;
        }
    for (int side = 0; side < 2; side++)
        if (levels[side] > 3)
            levels[side] = 3;
}

/* Sizes that depend on how much room there is. */
typedef struct Measures {
    double level; /* between the levels beside a ring */
    double half;  /* of the greatest node */
    double label; /* room for the labels left and right of a ring */
} Measures;

static void place_ring(WaitModel *m, WaitRing *ring, Rect cell, const Measures *measures)
{
    uint32_t turn = best_turn(m, ring), levels[2];
    count_levels(m, ring, turn, levels);
    double half = fmin(measures->half, 0.2 * (cell.bottom - cell.top)), label = measures->label,
           beside = measures->level * (levels[0] + levels[1]);
    double width = cell.right - cell.left - beside - 2 * label - 2 * half, height = cell.bottom - cell.top - 2 * half;
    for (uint32_t n = 0; n < m->nodes.count; n++)
        if (is_beside(node_at(m, n), ring) && slant(ring, turn, node_at(m, n)) != 0) {
            height -= 56; /* for lines that come in from above or below */
            break;
        }
    ring->ry = ring->count == 2 ? fmin(height / 2, 70) : height / 2;
    ring->rx = fmax(50, fmin(width / 2, ring->count == 2 ? 190 : 1.9 * ring->ry));
    ring->ry = fmin(ring->ry, 1.6 * ring->rx);
    double middle = (cell.left + cell.right) / 2 + measures->level * ((double)levels[0] - levels[1]) / 2;
    ring->ry = fmax(ring->ry, 10);
    ring->center = (Point){middle, (cell.top + cell.bottom) / 2};
    if (ring->count == 1) { /* one that joins itself: room for the loop above it */
        ring->rx = ring->ry = 10;
        ring->center.y = cell.bottom - half - 14;
    }
    ring->spacing = circumference(ring) / ring->count;
    double thread = ring->count == 1 ? half : fmin(fmin(39, half), ring->spacing * 0.25);
    double object = fmin(fmin(30, half), ring->spacing * 0.215);
    for (uint32_t i = 0; i < ring->count; i++) {
        WaitNode *node = node_at(m, ring->first + i);
        node->at = on_ellipse(ring, ring_part(ring, i, turn));
        node->rx = node->ry = node->kind == WAIT_THREAD ? thread : object;
        node->is_placed = true;
    }
    for (int side = 0; side < 2; side++)
        for (uint32_t level = 1; level <= levels[side]; level++) {
            double away = ring->rx + half + label + measures->level * (level - 0.5) - 6;
            place_level(m, ring, turn, side == 0, level, side == 0 ? middle - away : middle + away, cell);
        }
}

static void place_rings(WaitModel *m, Rect area)
{
    uint32_t columns = m->rings.count <= 3 ? m->rings.count : m->rings.count == 4 ? 2 : 3;
    uint32_t rows = (m->rings.count + columns - 1) / columns;
    Measures measures = {LEVEL, columns < 3 ? 42 : 32, columns < 3 ? 62 : 50};
    uint32_t *levels = ARENA_ARRAY(m->arena, uint32_t, m->rings.count), widest = 0;
    for (uint32_t r = 0; r < m->rings.count; r++) {
        uint32_t sides[2];
        count_levels(m, &m->rings.items[r], best_turn(m, &m->rings.items[r]), sides);
        levels[r] = sides[0] + sides[1];
    }
    for (uint32_t first = 0; first < m->rings.count; first += columns) { /* the row with most beside its rings */
        uint32_t sum = 0;
        for (uint32_t r = first; r < first + columns && r < m->rings.count; r++)
            sum += levels[r];
        widest = sum > widest ? sum : widest;
    }
    if (widest > 0)
        measures.level = fmin(LEVEL, (area.right - area.left) * (columns == 1 ? 0.5 : 0.4) / widest);
    double height = (area.bottom - area.top) / rows;
    for (uint32_t first = 0; first < m->rings.count; first += columns) {
        uint32_t sum = 0, last = first + columns < m->rings.count ? first + columns : m->rings.count;
        for (uint32_t r = first; r < last; r++)
            sum += levels[r];
        double width = (area.right - area.left - measures.level * sum) / columns, left = area.left;
        uint32_t row = first / columns;
        double top = area.top + height * row;
        for (uint32_t r = first; r < last; r++) { /* room for who stands beside comes on top */
            double right = left + width + measures.level * levels[r];
            place_ring(m, &m->rings.items[r], (Rect){left, top + 4, right, top + height - 4}, &measures);
            left = right;
        }
    }
}

void waits_place(WaitModel *m, Rect area)
{
    reach_from_rings(m);
    bool has_free = reach_from_right(m);
    if (m->rings.count == 0) {
        place_columns(m, area);
        return;
    }
    if (has_free) { /* a strip below the rings */
        double strip = fmin(80.0 * count_leaves(m), 0.4 * (area.bottom - area.top));
        place_columns(m, (Rect){area.left, area.bottom - strip, area.right, area.bottom});
        area.bottom -= strip + 6;
    }
    place_rings(m, area);
}
