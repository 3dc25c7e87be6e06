#include "viz/graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* libcgraph takes char * everywhere but changes none of these strings. All casts are here. */
static char *loose(const char *string)
{
    union {
        const char *constant;
        char *loose;
    } either = {string};
    return either.loose;
}

Agraph_t *graph_open(const char *name)
{
    return agopen(loose(name), Agdirected, NULL);
}

void graph_close(Agraph_t *graph)
{
    if (graph != NULL)
        agclose(graph);
}

Agnode_t *graph_node(Agraph_t *graph, const char *name)
{
    return agnode(graph, loose(name), 1);
}

Agedge_t *graph_edge(Agraph_t *graph, Agnode_t *tail, Agnode_t *head)
{
    return agedge(graph, tail, head, NULL, 1);
}

void graph_default(Agraph_t *graph, int kind, const char *name, const char *value)
{
    agattr(graph, kind, loose(name), loose(value));
}

void graph_set(void *object, const char *name, const char *value)
{
    agsafeset(object, loose(name), loose(value), loose(""));
}

const char *graph_get(void *object, const char *name)
{
    return agget(object, loose(name));
}

int graph_number(char *buffer, size_t room, double value)
{
    long hundredths = lround(value * 100);
    long whole = labs(hundredths) / 100, part = labs(hundredths) % 100;
    const char *sign = hundredths < 0 ? "-" : "";
    if (part == 0)
        return snprintf(buffer, room, "%s%ld", sign, whole);
    if (part % 10 == 0)
        return snprintf(buffer, room, "%s%ld.%ld", sign, whole, part / 10);
    return snprintf(buffer, room, "%s%ld.%02ld", sign, whole, part);
}

void graph_set_number(void *object, const char *name, double value)
{
    char buffer[40];
    graph_number(buffer, sizeof buffer, value);
    graph_set(object, name, buffer);
}

void graph_set_html(void *object, const char *name, const char *value)
{
    Agraph_t *graph = agraphof(object);
    char *html = agstrdup_html(graph, loose(value));
    agsafeset(object, loose(name), html, loose(""));
    agstrfree(graph, html);
}

void graph_add_number(Text *text, double value)
{
    char buffer[40];
    int length = graph_number(buffer, sizeof buffer, value);
    text_add_bytes(text, buffer, (size_t)length);
}

/* ------------------------------------------------------------------ output */

static int put_string(void *channel, const char *string)
{
    text_add(channel, string);
    return 0;
}

static int flush(void *channel)
{
    (void)channel;
    return 0;
}

void graph_print(Agraph_t *graph, Text *out)
{
    static Agiodisc_t to_text = {NULL, put_string, flush};
    Agiodisc_t *before = graph->clos->disc.io;
    graph->clos->disc.io = &to_text;
    agwrite(graph, out);
    graph->clos->disc.io = before;
}
