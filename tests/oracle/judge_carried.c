/* judge_carried.c: a search that leaves steps out which lead to known states against one that makes every step.
 *
 * Usage   judge_carried [--statement] [--spurious] FILE...
 *         judge_carried [...] --generate GENERATE PROFILE FIRST LAST
 * Both must find the same states with the same numbers, as many steps, the same depth and the same ends; also with all locals kept, and
 * with one `serial` block at a time. Exit status 1 when they differ; the scenario is told. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/scenario.h"
#include "explore/search.h"

enum { MOST_STATES = 100000 };

typedef struct Ends {
    uint64_t deadlocks, stops, others, told;
} Ends;

static uint64_t compared, too_big, not_carried, steps, made;

static Status count_end(void *context, const MonitorEvent *event)
{
    Ends *ends = context;
    if (event->is_start_report)
        return STATUS_OK;
    ends->told++;
    if (event->expansion->count + event->expansion->left_out > 0)
        return STATUS_OK;
    StateEnd end = machine_end(event->machine, event->state);
    ends->deadlocks += end == STATE_DEADLOCK;
    ends->stops += end == STATE_STOPPED;
    ends->others += end == STATE_OK;
    return STATUS_OK;
}

static void forget(void *context)
{
    memset(context, 0, sizeof(Ends));
}

static Status search(const SnScenario *scenario, const MachineOptions *machine_options, bool carries, Machine **machine, Graph **graph, Ends *ends)
{
    const SearchOptions options = {.max_states = MOST_STATES, .skip_edges = true, .skip_known = carries};
    const Monitor monitor = {ends, count_end, forget};
    memset(ends, 0, sizeof *ends);
    *graph = NULL;
    Status status = machine_new(scenario->program, machine_options, machine);
    return status == STATUS_OK ? search_run(*machine, &options, &monitor, graph) : status;
}

static bool same_states(const Graph *a, const Graph *b, uint32_t words)
{
    for (uint64_t id = 0; id < a->state_count; id++)
        if (memcmp(graph_state(a, (StateId)id), graph_state(b, (StateId)id), words * sizeof(Word)) != 0)
            return false;
    return true;
}

static bool judge(const SnScenario *scenario, MachineOptions options, const char *name)
{
    Machine *plain_machine = NULL, *machine = NULL;
    Graph *plain = NULL, *graph = NULL;
    Ends plain_ends, ends;
    Status plain_status = search(scenario, &options, false, &plain_machine, &plain, &plain_ends);
    Status status = search(scenario, &options, true, &machine, &graph, &ends);
    bool agree = plain_status == status && (plain == NULL) == (graph == NULL);
    if (agree && graph != NULL && status == STATUS_OK) {
        agree = plain->state_count == graph->state_count && plain->edge_count == graph->edge_count && plain->max_depth == graph->max_depth &&
                memcmp(&plain_ends, &ends, sizeof ends) == 0 && machine_words(plain_machine) == machine_words(machine) &&
                same_states(plain, graph, machine_words(machine));
        compared++;
        not_carried += !machine_can_carry(machine);
        steps += graph->edge_count;
        made += graph->edge_count - graph->left_out_count;
    } else if (status == STATUS_LIMIT) {
        too_big++;
    }
    if (!agree)
        printf("%s: %llu states, %llu steps; with steps left out %llu, %llu%s%s\n", name, plain == NULL ? 0 : (unsigned long long)plain->state_count,
               plain == NULL ? 0 : (unsigned long long)plain->edge_count, graph == NULL ? 0 : (unsigned long long)graph->state_count,
               graph == NULL ? 0 : (unsigned long long)graph->edge_count, options.keep_locals ? ", locals kept" : "",
               options.serial_only ? ", serial only" : "");
    graph_free(plain);
    graph_free(graph);
    machine_free(plain_machine);
    machine_free(machine);
    return agree;
}

static bool judge_text(const char *name, const char *source, size_t length, const SnLoadOptions *options)
{
    SnScenario *scenario = NULL;
    char *message = NULL;
    SnStatus status =
        source == NULL ? sn_load_file(name, options, &scenario, &message) : sn_load(name, source, length, options, &scenario, &message);
    bool agree = true;
    if (status == SN_OK) {
        agree &= judge(scenario, (MachineOptions){0}, name);
        agree &= judge(scenario, (MachineOptions){.keep_locals = true, .skip_lost_updates = true}, name);
        agree &= judge(scenario, (MachineOptions){.serial_only = true, .skip_lost_updates = true}, name);
    }
    sn_string_free(message);
    sn_scenario_free(scenario);
    return agree;
}

static bool judge_random(char **arguments, const SnLoadOptions *options)
{
    static char source[1 << 16];
    bool agree = true;
    for (long seed = atol(arguments[2]); seed <= atol(arguments[3]); seed++) {
        char command[512], name[64];
        snprintf(command, sizeof command, "'%s' --seed %ld --profile %s --size small", arguments[0], seed, arguments[1]);
        snprintf(name, sizeof name, "%s-%ld", arguments[1], seed);
        FILE *pipe = popen(command, "r");
        if (pipe == NULL)
            return false;
        size_t length = fread(source, 1, sizeof source, pipe);
        if (pclose(pipe) != 0)
            return false;
        agree &= judge_text(name, source, length, options);
    }
    return agree;
}

int main(int argc, char **argv)
{
    SnLoadOptions options = {0};
    bool agree = true;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--statement") == 0)
            options.statement_granularity = true;
        else if (strcmp(argv[i], "--spurious") == 0)
            options.spurious = true;
        else if (strcmp(argv[i], "--generate") == 0 && i + 4 < argc) {
            agree &= judge_random(argv + i + 1, &options);
            i += 4;
        } else
            agree &= judge_text(argv[i], NULL, 0, &options);
    }
    printf("%llu compared (%llu with nothing carried over), %llu too big; %llu of %llu steps made\n", (unsigned long long)compared,
           (unsigned long long)not_carried, (unsigned long long)too_big, (unsigned long long)made, (unsigned long long)steps);
    return agree && made < steps ? 0 : 1;
}
