/* waits_drawing.h: what the two files of the wait-for graph share: nodes and sentences (waits.c), lines with their
 * labels (waits_lines.c). */
#ifndef VIZ_WAITS_DRAWING_H
#define VIZ_WAITS_DRAWING_H

#include "viz/sheet.h"
#include "viz/waits_model.h"

typedef struct WaitDrawing {
    Sheet *sheet;
    const Theme *theme;
    const SnTrace *trace;
    WaitModel *model;
    Point (*lines)[2]; /* of each edge, from end to end; both ends equal where it is a bow or not drawn */
    ArenaVec(Rect) labels;
} WaitDrawing;

/* Graphviz's name of the shape of a node: "ellipse", "box", "hexagon", ... */
const char *waits_form(const WaitDrawing *d, const WaitNode *node);
bool waits_has_form(const WaitDrawing *d, const WaitNode *node, const char *form);

/* After the nodes, whose places and sizes it needs. */
void waits_lines(WaitDrawing *d);

#endif
