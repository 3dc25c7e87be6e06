/* count_bench.c: how long counting takes, in processor seconds, and in nanoseconds for each state and edge.
 *
 * Usage   count_bench [THREADS STEPS]...   lattices of so many threads with so many steps each; without arguments one
 * of 10 million states, and one of 1,000 with a hundred findings. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "count_graphs.h"
#include "explore/count.h"

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void report(const char *what, double since, const Graph *graph, const Count *count)
{
    double seconds = now() - since;
    printf("  %-12s %8.3f s  %7.2f ns a state  %7.2f ns an edge", what, seconds,
           1e9 * seconds / (double)graph->state_count, 1e9 * seconds / (double)graph->edge_count);
    if (count)
        printf("  %zu digits", strlen(count->interleavings));
    printf("\n");
}

/* The same graph, states numbered anew so that the numbers are not in order: all but the first and last change places
 * with a neighbour. */
static void swap_neighbours(Graph *graph)
{
    Graph other;
    uint64_t n = graph->state_count;
    graph_start(&other, n, graph->edge_count);
    for (uint64_t s = 0; s < n; s++) {
        uint64_t old = s == 0 || s + 2 > n ? s : ((s - 1) ^ 1) + 1;
        old = old >= n ? s : old;
        state_add(&other);
        for (EdgeId e = graph->first_edge[old]; e < graph->first_edge[old + 1]; e++) {
            uint64_t to = graph->edge_to[e];
            uint64_t new = to == 0 || to + 2 > n ? to : ((to - 1) ^ 1) + 1;
            edge_add(&other, new >= n ? to : new);
        }
    }
    graph_end(graph);
    *graph = other;
}

/* The same lattice, with a thread that spins: in every other state the first thread may go a step back; if `is_large` a
 * thousandth of the states lead back to the start, too. */
static void add_cycles(Graph *graph, uint32_t steps, bool is_large)
{
    Graph other;
    graph_start(&other, graph->state_count, graph->edge_count + graph->state_count);
    for (uint64_t s = 0; s < graph->state_count; s++) {
        state_add(&other);
        for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1]; e++)
            edge_add(&other, graph->edge_to[e]);
        if (s % (steps + 1) % 2 == 1 && s + 1 < graph->state_count)
            edge_add(&other, s - 1);
        if (is_large && s > 0 && s % 1000 == 0 && s + 1 < graph->state_count)
            edge_add(&other, 0);
    }
    graph_end(graph);
    *graph = other;
}

static void measure_cycles(uint32_t threads, uint32_t steps, bool is_large)
{
    Graph graph;
    Counter *counter;
    Count count;
    StateId state = 1;
    graph_lattice(&graph, threads, steps);
    add_cycles(&graph, steps, is_large);
    size_t before = mem_live_bytes();
    printf("%u threads of %u steps, %s: %llu states, %llu edges\n", threads, steps,
           is_large ? "one large component" : "cycles of two states", (unsigned long long)graph.state_count,
           (unsigned long long)graph.edge_count);
    double since = now();
    if (counter_new(&graph, NULL, NULL, NULL, &counter))
        exit(1);
    report("new", since, &graph, NULL);
    since = now();
    if (counter_happens(counter, &(Marks){.states = &state, .state_count = 1}, &count))
        exit(1);
    report("a finding", since, &graph, &count);
    printf("  %s, %s, never ends %g\n", count.interleavings, count.probability_exact ? count.probability_exact : "-",
           counter_never_ends(counter));
    count_clear(&count);
    if (!is_large)
        printf("  at most %.1f words a state\n", (double)(mem_peak_bytes() - before) / 8 / (double)graph.state_count);
    counter_free(counter);
    graph_end(&graph);
}

static void measure(uint32_t threads, uint32_t steps, bool is_shuffled, uint32_t findings)
{
    Graph graph;
    Counter *counter;
    Count count;
    graph_lattice(&graph, threads, steps);
    if (is_shuffled)
        swap_neighbours(&graph);
    size_t before = mem_live_bytes();
    printf("%u threads of %u steps%s: %llu states, %llu edges\n", threads, steps,
           is_shuffled ? ", numbers not in order" : "", (unsigned long long)graph.state_count,
           (unsigned long long)graph.edge_count);
    double since = now();
    if (counter_new(&graph, NULL, NULL, NULL, &counter))
        exit(1);
    report("new", since, &graph, NULL);
    since = now();
    if (counter_total(counter, &count))
        exit(1);
    report("total", since, &graph, &count);
    count_clear(&count);
    since = now();
    for (uint32_t i = 0; i < findings; i++) {
        StateId state = (StateId)(graph.state_count / 2 + i);
        EdgeId edge = graph.edge_count / 3 + i;
        if (counter_happens(counter, &(Marks){.states = &state, .state_count = 1, .edges = &edge, .edge_count = 1},
                            &count))
            exit(1);
        if (i + 1 < findings)
            count_clear(&count);
    }
    report(findings > 1 ? "findings" : "a finding", since, &graph, &count);
    count_clear(&count);
    uint32_t *group_of = mem_alloc(graph.state_count, sizeof *group_of);
    since = now();
    if (counter_ends(counter, group_of, 1, &count))
        exit(1);
    report("ends", since, &graph, &count);
    count_clear(&count);
    mem_free(group_of);
    if (findings == 1)
        printf("  at most %.1f words a state\n", (double)(mem_peak_bytes() - before) / 8 / (double)graph.state_count);
    counter_free(counter);
    graph_end(&graph);
}

int main(int count, char **arguments)
{
    if (count == 2 && strcmp(arguments[1], "cycles") == 0) {
        measure_cycles(4, 55, false);
        measure_cycles(3, 99, true);
        return 0;
    }
    for (int i = 1; i + 1 < count; i += 2)
        measure((uint32_t)atoi(arguments[i]), (uint32_t)atoi(arguments[i + 1]), false, 1);
    if (count > 1)
        return 0;
    measure(4, 55, false, 1);
    measure(4, 55, true, 1);
    measure(3, 9, false, 100);
    measure_cycles(4, 55, false);
    measure_cycles(3, 99, true);
    return 0;
}
