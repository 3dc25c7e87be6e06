/* explore_bench.c: the search alone: every reachable state of a scenario once, with nothing on top.
 *
 * Without options the states hold what decides the future and nothing else, no edges are kept and no detector
 * listens but for one that counts how executions end: what `pan` does, and the fair counterpart of it. Steps that lead to known
 * states are left out, but counted.
 *
 * Usage   explore_bench [--every-step] [--locals] [--monitors] [--edges] [--detect] [--no-memo] [--jobs N] [-D NAME=VALUE]... FILE
 *           --every-step make every step (implied by --edges, --detect, --no-memo, and several jobs)
 *           --locals    keep named locals that no step can use any more
 *           --monitors  keep the lost-update bits in the states
 *           --edges     keep the edges, as counting needs them
 *           --detect    let all detectors listen
 *           --no-memo   execute each step anew
 *           --jobs N    with N threads; `caller_seconds` is what the one took that enters the states
 * Prints one JSON object. Processor time, without loading. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "api/scenario.h"
#include "detect/detectors.h"
#include "explore/search.h"
#include "explore/store.h"

enum { MAX_DEFINES = 32 };

typedef struct Ends {
    uint64_t deadlocks, stops, others;
    Monitor next; /* the detectors; `state` is NULL without */
} Ends;

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static Status count_end(void *context, const MonitorEvent *event)
{
    Ends *ends = context;
    if (event->expansion->count + event->expansion->left_out == 0 && !event->is_start_report) {
        StateEnd end = machine_end(event->machine, event->state);
        ends->deadlocks += end == STATE_DEADLOCK;
        ends->stops += end == STATE_STOPPED;
        ends->others += end == STATE_OK;
    }
    return ends->next.state == NULL ? STATUS_OK : ends->next.state(ends->next.context, event);
}

static void restart(void *context)
{
    Ends *ends = context;
    ends->deadlocks = ends->stops = ends->others = 0;
    if (ends->next.restart != NULL)
        ends->next.restart(ends->next.context);
}

static int fail(const char *what)
{
    fprintf(stderr, "explore_bench: %s\n", what);
    return 2;
}

static void print_figures(const char *path, const Machine *machine, const Graph *graph, const Ends *ends, double cpu,
                          double caller, double wall)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double states = (double)graph->state_count;
    printf("{ \"scenario\": \"%s\", \"states\": %llu, \"steps\": %llu, \"steps_made\": %llu, \"depth\": %u, \"deadlocks\": %llu, "
           "\"stops\": %llu, \"ends\": %llu, ",
           path, (unsigned long long)graph->state_count, (unsigned long long)graph->edge_count,
           (unsigned long long)(graph->edge_count - graph->left_out_count), graph->max_depth,
           (unsigned long long)ends->deadlocks, (unsigned long long)ends->stops, (unsigned long long)ends->others);
    printf("\"bits\": %u, \"state_bytes\": %u, \"bytes_per_state\": %.1f, ", machine_bits(machine),
           graph->store->row_bytes, (double)store_bytes(graph->store) / states);
    printf("\"cpu_seconds\": %.4f, \"caller_seconds\": %.4f, \"seconds\": %.4f, \"states_per_second\": %.0f, "
           "\"steps_per_second\": %.0f, "
           "\"peak_bytes\": %llu }\n",
           cpu, caller, wall, states / cpu, (double)graph->edge_count / cpu,
           (unsigned long long)usage.ru_maxrss * 1024);
}

static int explore(const char *path, const SnLoadOptions *load, const MachineOptions *machine_options,
                   const SearchOptions *search_options, bool detects)
{
    SnScenario *scenario;
    char *message;
    if (sn_load_file(path, load, &scenario, &message) != SN_OK)
        return fail(message);
    sn_string_free(message);
    Machine *machine = NULL;
    Graph *graph = NULL;
    Detectors detectors = {0};
    Ends ends = {0};
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
    double caller = seconds(CLOCK_THREAD_CPUTIME_ID);
    Status status = machine_new(scenario->program, machine_options, &machine);
    if (status == STATUS_OK && detects)
        status = detectors_begin(&detectors, false);
    if (status == STATUS_OK) {
        if (detects)
            ends.next = detectors_monitor(&detectors);
        const Monitor monitor = {&ends, count_end, restart};
        status = search_run(machine, search_options, &monitor, &graph);
    }
    if (status == STATUS_OK)
        print_figures(path, machine, graph, &ends, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu,
                      seconds(CLOCK_THREAD_CPUTIME_ID) - caller, seconds(CLOCK_MONOTONIC) - wall);
    graph_free(graph);
    detectors_free(&detectors);
    machine_free(machine);
    sn_scenario_free(scenario);
    return status == STATUS_OK ? 0 : fail("the search did not reach its end");
}

int main(int argc, char **argv)
{
    SnDefine defines[MAX_DEFINES];
    SnLoadOptions load = {.defines = defines};
    MachineOptions machine_options = {.skip_lost_updates = true};
    SearchOptions search_options = {.skip_edges = true, .skip_known = true};
    bool detects = false;
    const char *path = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--locals") == 0) {
            machine_options.keep_locals = true;
        } else if (strcmp(argv[i], "--monitors") == 0) {
            machine_options.skip_lost_updates = false;
        } else if (strcmp(argv[i], "--no-memo") == 0) {
            machine_options.skip_memo = true;
        } else if (strcmp(argv[i], "--edges") == 0) {
            search_options.skip_edges = search_options.skip_known = false;
        } else if (strcmp(argv[i], "--every-step") == 0) {
            search_options.skip_known = false;
        } else if (strcmp(argv[i], "--detect") == 0) {
            detects = true;
            search_options.skip_known = false;
        } else if (strcmp(argv[i], "--jobs") == 0 && i + 1 < argc) {
            search_options.jobs = (uint32_t)strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "-D") == 0 && i + 1 < argc && load.define_count < MAX_DEFINES) {
            char *equals = strchr(argv[++i], '=');
            if (equals == NULL)
                return fail("-D needs NAME=VALUE");
            *equals = '\0';
            defines[load.define_count++] = (SnDefine){argv[i], strtoll(equals + 1, NULL, 10)};
        } else if (argv[i][0] == '-' || path != NULL) {
            return fail("explore_bench [--every-step] [--locals] [--monitors] [--edges] [--detect] [--no-memo] [--jobs N] "
                        "[-D NAME=VALUE]... FILE");
        } else {
            path = argv[i];
        }
    }
    return path == NULL ? fail("no file") : explore(path, &load, &machine_options, &search_options, detects);
}
