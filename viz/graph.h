/* graph.h: a thin wrap of libcgraph: const-correct, HTML-like labels, DOT text.
 *
 * Shape   directed graphs with parallel edges, no subgraphs: Graphviz orders named subgraphs by address.
 *         Names are ids that we make ("s12", "t3"); text of users is only ever in labels and tooltips.
 * Owner   the graph owns its nodes and edges; graph_close frees all.
 * Errors  graph_open returns NULL when memory ended. */
#ifndef VIZ_GRAPH_H
#define VIZ_GRAPH_H

#include <graphviz/cgraph.h>

#include "base/text.h"

Agraph_t *graph_open(const char *name);
void graph_close(Agraph_t *graph);

Agnode_t *graph_node(Agraph_t *graph, const char *name);
Agedge_t *graph_edge(Agraph_t *graph, Agnode_t *tail, Agnode_t *head);

/* Declares a default for all objects of `kind` (AGRAPH, AGNODE, AGEDGE). */
void graph_default(Agraph_t *graph, int kind, const char *name, const char *value);
/* Sets an attribute of a graph, node or edge; declares it, empty by default, when it is new. */
void graph_set(void *object, const char *name, const char *value);
/* An attribute's value, or NULL when it was never declared. */
const char *graph_get(void *object, const char *name);
/* As graph_set with a number, as graph_number prints it. */
void graph_set_number(void *object, const char *name, double value);
/* As graph_set with an HTML-like value. No plain value of the same graph may be the same string: libcgraph shares
 * equal strings, and the first use decides whether it is HTML. */
void graph_set_html(void *object, const char *name, const char *value);

/* A number with up to two digits behind a '.', whatever the locale; returns its length, as snprintf. 40 bytes are
 * enough. */
int graph_number(char *buffer, size_t room, double value);
void graph_add_number(Text *text, double value);
/* The graph in the DOT language. */
void graph_print(Agraph_t *graph, Text *out);

#endif
