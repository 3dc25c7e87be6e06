/* render.h: a finished graph to bytes. The only place that knows libgvc.
 *
 * Owner   `bytes` belongs to the caller (mem_free).
 * Errors  SN_SYSTEM with a message: plugin missing, a graph Graphviz cannot draw, memory.
 *         Nothing is printed: Graphviz's own messages go into ours.
 * Same    two renders of a graph give the same bytes: the date in a PDF is fixed. */
#ifndef VIZ_RENDER_H
#define VIZ_RENDER_H

#include <graphviz/cgraph.h>

#include "snarl/viz.h"

/* `engine` is "nop2" (positions are ours) or "dot". Changes the graph: render a graph once. */
SnStatus render_graph(Agraph_t *graph, const char *engine, SnFormat format, char **bytes, size_t *length,
                      char **message);

/* The graph with the places that `engine` finds, as a graph of its own (graph_close). Changes the graph given. */
SnStatus render_layout(Agraph_t *graph, const char *engine, Agraph_t **laid, char **message);

/* Several graphs as the pages of one PDF, which Graphviz itself cannot make. Each page has the size of the first. */
typedef struct RenderPages RenderPages;
SnStatus render_pages_open(double width, double height, RenderPages **pages, char **message);
SnStatus render_page(RenderPages *pages, Agraph_t *graph, const char *engine, char **message);
/* Closes it in any case; with `bytes` NULL the pages are dropped. */
SnStatus render_pages_close(RenderPages *pages, char **bytes, size_t *length, char **message);

/* "out of memory" as a message, when even that has room. */
SnStatus render_out_of_memory(char **message);

#endif
