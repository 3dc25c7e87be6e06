/* sheet.h: a page of fixed size on which we decide every position.
 *
 * Graphviz only draws here (layout "nop2"): bands in the background, then edges, then nodes in the order of their
 * making. Node boxes and edges must stay within the page, for Graphviz would enlarge it.
 *
 * Units   points, from the top left corner, y downwards.
 * Owner   sheet_close frees graph and memory; strings made on the way live in `arena` until then.
 * Errors  running out of memory leaves sheet_try early. */
#ifndef VIZ_SHEET_H
#define VIZ_SHEET_H

#include <graphviz/cgraph.h>
#include <setjmp.h>
#include <stdbool.h>

#include "base/memory.h"
#include "base/text.h"
#include "viz/label.h"
#include "viz/theme.h"
#include "viz/words.h"

typedef struct Point {
    double x, y;
} Point;

typedef struct Rect {
    double left, top, right, bottom;
} Rect;

typedef enum Align { ALIGN_LEFT, ALIGN_CENTER, ALIGN_RIGHT } Align;

typedef struct Sheet {
    Agraph_t *graph;
    Agnode_t *page; /* spans the page; stands in for line ends that are nowhere */
    const Theme *theme;
    SnLanguage language;
    double width, height;
    Arena arena;
    jmp_buf escape;
    Text background; /* xdot drawing of the bands */
    uint32_t made;   /* numbers the texts and other nameless nodes */
} Sheet;

enum { SHEET_MARGIN = 16, SHEET_SMALLEST = 11 };

/* Width and height of a page of that size. */
Point sheet_size(SnPageSize size);
/* False when memory ended; sheet_close in any case. */
bool sheet_open(Sheet *sheet, const SnDrawOptions *options, const char *title);
void sheet_close(Sheet *sheet);
/* Runs `body`; false when memory ended inside. */
bool sheet_try(Sheet *sheet, void (*body)(Sheet *sheet, void *context), void *context);
/* Call last: puts the bands into the graph. */
void sheet_finish(Sheet *sheet);

const char *sheet_word(const Sheet *sheet, WordId word);

void sheet_band(Sheet *sheet, Rect rect, const char *color);

typedef struct Font {
    FontFace face;
    double size;
    const char *color;
} Font;
/* One line in the middle of the height of `rect`; cut to its width. `text` is any clean text. */
void sheet_text(Sheet *sheet, Rect rect, Align align, Font font, const char *text);
/* The same, from lines that are already fitted; returns the y below the last. */
double sheet_lines(Sheet *sheet, double left, double top, double right, double pitch, Font font, char *const *lines,
                   uint32_t count);

/* The explanations at the bottom: one line, on narrow pages two. The height is what they take. */
void sheet_legend(Sheet *sheet, const char *text);
double sheet_legend_height(const Sheet *sheet);

typedef struct Shape {
    const char *name;  /* node id; NULL: a number is given */
    const char *form;  /* "box", "ellipse", ... */
    const char *style; /* "filled", "filled,rounded", ... */
    const char *stroke, *fill;
    double pen;
    const char *html;    /* label, or NULL */
    const char *text;    /* color of the label; NULL: that of the theme */
    const char *tooltip; /* clean text or NULL */
} Shape;
Agnode_t *sheet_shape(Sheet *sheet, Rect rect, const Shape *shape);
/* A circle with a number in it; the same number stands before a sentence as sheet_numeral. */
void sheet_badge(Sheet *sheet, Point center, double diameter, uint32_t number, const char *color);
char *sheet_numeral(Sheet *sheet, uint32_t number);

typedef struct Pen {
    const char *color;
    double width;
    bool is_dashed, is_dotted;
    double arrow; /* arrowsize; 0 none */
    double bend;  /* radius of the corners */
} Pen;
/* A line through `points`, straight with round corners. `tail` and `head` give it its place in the structure only. */
Agedge_t *sheet_route(Sheet *sheet, Agnode_t *tail, Agnode_t *head, const Point *points, uint32_t count,
                      const Pen *pen);
/* A single Bezier curve: start, two controls, end. */
Agedge_t *sheet_curve(Sheet *sheet, Agnode_t *tail, Agnode_t *head, const Point curve[4], const Pen *pen);

#endif
