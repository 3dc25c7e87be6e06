/* flow.h: pictures whose places Graphviz chooses (engine "dot"): a model graph, laid out, then set on a page with
 * title, legend and verdict.
 *
 * As DOT text the model itself is given, without places: it can be edited and laid out anew. In all other formats the
 * page keeps the proportions that were asked for. A graph that is larger than the page makes the page larger, and the
 * texts around it with it, so that all of it looks the same when it is fitted to a slide.
 *
 * Owner   flow_draw closes nothing: the model belongs to the caller. */
#ifndef VIZ_FLOW_H
#define VIZ_FLOW_H

#include "viz/sheet.h"

typedef struct FlowTexts {
    char *title_lines[2];   /* the second may be NULL */
    char *verdict_lines[2]; /* with its mark; NULL: none */
    const char *legends[2]; /* lines; NULL: none */
    bool is_bad, is_good;   /* colour of the verdict */
} FlowTexts;

/* Attributes that all models have: fonts, colours, no margins. */
void flow_begin(Agraph_t *model, const Theme *theme);
/* Break the title, the verdict into lines. */
void flow_title(Sheet *sheet, const SnDrawOptions *options, FlowTexts *texts, const char *title);
void flow_verdict(Sheet *sheet, const SnDrawOptions *options, FlowTexts *texts, const char *verdict);
SnStatus flow_draw(Agraph_t *model, const FlowTexts *texts, const SnDrawOptions *options, char **bytes, size_t *length,
                   char **message);

#endif
