#include "api/reducing.h"

#include <inttypes.h>
#include <string.h>

#include "api/arrange.h"
#include "api/outcome_set.h"
#include "explore/persistent.h"

enum {
    ARRANGEMENTS_MAX = 5000, /* of the threads of one schedule; beyond, symmetry is left out */
    FORGET_STATES = 1 << 14  /* visits between two times at which marks are forgotten */
};

/* What a search met so far. */
typedef struct Met {
    Detectors detectors;
    Monitor monitor;
    OutcomeSet outcomes;
    uint32_t requests;
} Met;

typedef struct Reducing {
    Exploration *exploration;
    Machine *machine;
    Symmetry *symmetry; /* to name the others of a family; NULL: not used */
    Met met;            /* in the reduced search, then in the hunt */
    FindingTable *expected;
    uint32_t outcome_count;
    HuntPath *paths;
    uint32_t path_count, path_room;
    uint32_t *roles; /* of the threads in the state that was news */
    uint32_t role_room;
    bool is_for_all; /* that state: the others of its families may show something else */
    uint64_t visits;
    bool has_dropped, is_unclear;
    bool is_cut; /* no limit ends the hunt: the rest of the time goes to showing what was found */
    /* while arrangements are listed */
    const ScheduleStep *steps;
    uint32_t step_count;
    const ThreadId *names;
    const Finding *row;
    bool failed;
} Reducing;

/* -------------------------------------------------------------------- what is met */

static Status met_begin(Met *met, bool skip_races)
{
    *met = (Met){0};
    return detectors_begin(&met->detectors, skip_races);
}

static void met_free(Met *met)
{
    detectors_free(&met->detectors);
    outcome_set_free(&met->outcomes);
}

static void met_restart(Met *met)
{
    met->monitor = detectors_monitor(&met->detectors);
    met->monitor.restart(met->monitor.context);
    outcome_set_free(&met->outcomes);
    met->requests = 0;
}

static bool keeps_none(void *context, uint32_t state, uint64_t edge)
{
    (void)context, (void)state, (void)edge;
    return false;
}

/* That a row is there is all that counts. */
static void forget_marks(Met *met)
{
    for (uint32_t r = 0; r < finding_count(met->detectors.table); r++)
        finding_keep_marks(met->detectors.table, r, keeps_none, NULL);
    progress_restart(&met->detectors.progress);
}

static Status met_state(Met *met, const MonitorEvent *event, bool *is_news)
{
    met->monitor = detectors_monitor(&met->detectors);
    uint32_t rows = finding_count(met->detectors.table);
    Status status = met->monitor.state(met->monitor.context, event);
    *is_news = finding_count(met->detectors.table) > rows;
    if (status != STATUS_OK || event->is_start_report || event->expansion->count > 0)
        return status;
    bool is_new = false;
    status = outcome_set_add(&met->outcomes, event->machine, event->state, &is_new);
    *is_news |= is_new;
    return status;
}

/* -------------------------------------------------------------- the reduced search */

static bool add_path(Reducing *r, const ScheduleStep *steps, uint32_t count)
{
    if (r->path_count == r->path_room) {
        uint32_t room = r->path_room == 0 ? 16 : r->path_room * 2;
        HuntPath *larger = mem_resize(r->paths, room, sizeof *larger);
        if (larger == NULL)
            return false;
        r->paths = larger;
        r->path_room = room;
    }
    ScheduleStep *copy = mem_alloc((size_t)count + 1, sizeof *copy);
    if (copy == NULL)
        return false;
    if (count > 0)
        memcpy(copy, steps, count * sizeof *copy);
    r->paths[r->path_count++] = (HuntPath){copy, count};
    return true;
}

/* Cycles of waiting threads that are part of a larger deadlock: in another order, somebody of the others may still go
 * on when the cycle closes. Whether that is so, only the order tells: without it nothing is claimed. */
static Status find_inner_cycles(Reducing *r, const MonitorEvent *event, bool *has_one)
{
    const BlockedSet *sets;
    uint32_t count;
    ThreadId nobody = NO_ID;
    Status status = deadlock_scan(r->met.detectors.deadlock, event->machine, event->state, &nobody, 1, &sets, &count);
    uint32_t blocked = 0;
    const Program *program = machine_program(event->machine);
    for (ThreadId t = 0; t < program->thread_count; t++)
        blocked += machine_is_born(event->machine, event->state, t) &&
                   !machine_is_ended(event->machine, event->state, t) && !program->threads[t].is_daemon;
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        if (sets[i].count == blocked)
            continue;
        uint32_t lines[USES_THREADS_MAX], all[USES_THREADS_MAX];
        Finding key = {.kind = FINDING_DEADLOCK,
                       .threads = (ThreadId *)(uintptr_t)sets[i].threads,
                       .thread_count = sets[i].count,
                       .blocked_lines = lines,
                       .lines = all,
                       .is_cycle = true};
        for (uint32_t k = 0; k < sets[i].count; k++) {
            uint32_t line = sets[i].waits[k].line, at = key.line_count;
            lines[k] = line;
            while (at > 0 && all[at - 1] > line)
                at--;
            if (at > 0 && all[at - 1] == line)
                continue;
            memmove(all + at + 1, all + at, (key.line_count - at) * sizeof *all);
            all[at] = line;
            key.line_count++;
        }
        if (finding_find(r->met.detectors.table, &key) != NO_ID)
            continue;
        *has_one = true;
        if (finding_row(r->expected, &key) == NO_ID)
            return STATUS_NO_MEMORY;
    }
    return status;
}

/* Room for the roles of all threads: a program that met more spawned ones than it had room for was replaced by one with more. */
static bool reserve_roles(Reducing *r, uint32_t threads)
{
    if (threads <= r->role_room)
        return true;
    uint32_t *larger = mem_resize(r->roles, threads, sizeof *larger);
    if (larger == NULL)
        return false;
    r->roles = larger;
    r->role_room = threads;
    return true;
}

static Status visit(void *context, const MonitorEvent *event, bool *is_news)
{
    Reducing *r = context;
    uint32_t rows = finding_count(r->met.detectors.table);
    Status status = met_state(&r->met, event, is_news);
    if (status != STATUS_OK)
        return status;
    r->is_for_all = false;
    for (uint32_t k = rows; k < finding_count(r->met.detectors.table); k++)
        r->is_for_all |= finding_get(r->met.detectors.table, k)->kind == FINDING_DEADLOCK;
    uint32_t requests = lock_requests_count(lock_order_requests(r->met.detectors.lock_order));
    if (requests > r->met.requests) {
        r->met.requests = requests;
        *is_news = r->is_for_all = true;
    }
    for (uint32_t i = 0; i < event->expansion->issue_count; i++) {
        *is_news |= event->expansion->issues[i].is_assume && !r->has_dropped;
        r->has_dropped |= event->expansion->issues[i].is_assume;
    }
    if (!event->is_start_report && event->expansion->count == 0 &&
        machine_end(event->machine, event->state) == STATE_DEADLOCK) {
        bool has_cycle = false;
        status = find_inner_cycles(r, event, &has_cycle);
        *is_news |= has_cycle;
        r->is_unclear |= has_cycle && r->symmetry != NULL;
    }
    if (*is_news && r->symmetry != NULL) {
        uint32_t threads = machine_program(event->machine)->thread_count;
        if (!reserve_roles(r, threads))
            return STATUS_NO_MEMORY;
        for (ThreadId t = 0; t < threads; t++)
            r->roles[t] = machine_point(event->machine, event->state, t);
    }
    if (++r->visits % FORGET_STATES == 0)
        forget_marks(&r->met);
    return status;
}

static bool add_arranged(void *context, const ThreadId *to)
{
    Reducing *r = context;
    if (!add_path(r, r->steps, r->step_count)) {
        r->failed = true;
        return false;
    }
    ScheduleStep *steps = (ScheduleStep *)(uintptr_t)r->paths[r->path_count - 1].steps;
    for (uint32_t i = 0; i < r->step_count; i++)
        for (ThreadId t = 0; t < machine_program(r->machine)->thread_count; t++)
            if (r->names[t] == r->steps[i].thread) {
                steps[i].thread = to[t];
                break;
            }
    return true;
}

/* The schedule with the last step of each thread moved to its end: where a cycle of waiting threads was closed before
 * that step, it is closed now while somebody can go on. */
static bool add_moved(Reducing *r, const ScheduleStep *steps, uint32_t count)
{
    ScheduleStep *moved = mem_alloc((size_t)count + 1, sizeof *moved);
    if (moved == NULL)
        return false;
    bool fits = true;
    for (ThreadId t = 0; t < machine_program(r->machine)->thread_count && fits; t++) {
        uint32_t last = count;
        while (last > 0 && steps[last - 1].thread != t)
            last--;
        if (last == 0 || last == count)
            continue;
        memcpy(moved, steps, (last - 1) * sizeof *moved);
        memcpy(moved + last - 1, steps + last, (count - last) * sizeof *moved);
        moved[count - 1] = steps[last - 1];
        fits = add_path(r, moved, count);
    }
    mem_free(moved);
    return fits;
}

static Status add_news(void *context, const ScheduleStep *steps, uint32_t count, const ThreadId *names)
{
    Reducing *r = context;
    if (r->symmetry == NULL || !r->is_for_all) {
        bool fits = add_path(r, steps, count);
        if (fits && finding_count(r->expected) > 0)
            fits = add_moved(r, steps, count);
        return fits ? STATUS_OK : STATUS_NO_MEMORY;
    }
    r->steps = steps;
    r->step_count = count;
    r->names = names;
    if (!arrange_all(r->symmetry, machine_program(r->machine)->thread_count, r->roles, ARRANGEMENTS_MAX, add_arranged,
                     r))
        r->is_unclear = true;
    return r->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static void forget_paths(Reducing *r)
{
    for (uint32_t p = 0; p < r->path_count; p++)
        mem_free((void *)(uintptr_t)r->paths[p].steps);
    r->path_count = 0;
}

static void restart(void *context)
{
    Reducing *r = context;
    met_restart(&r->met);
    finding_table_clear(r->expected);
    forget_paths(r);
    r->has_dropped = r->is_unclear = false;
}

/* ----------------------------------------------------------- what must be found again */

/* A deadlock of the family's other threads. */
static bool add_expected(void *context, const ThreadId *to)
{
    Reducing *r = context;
    const Finding *row = r->row;
    ThreadId threads[USES_THREADS_MAX];
    uint32_t lines[USES_THREADS_MAX];
    for (uint32_t i = 0; i < row->thread_count; i++) {
        ThreadId thread = to[row->threads[i]];
        uint32_t at = i;
        for (; at > 0 && threads[at - 1] > thread; at--) {
            threads[at] = threads[at - 1];
            lines[at] = lines[at - 1];
        }
        threads[at] = thread;
        lines[at] = row->blocked_lines[i];
    }
    Finding key = *row;
    key.threads = threads;
    key.blocked_lines = lines;
    r->failed |= finding_row(r->expected, &key) == NO_ID;
    return !r->failed;
}

static Status expect_rows(Reducing *r)
{
    uint32_t thread_count = machine_program(r->machine)->thread_count;
    if (!reserve_roles(r, thread_count))
        return STATUS_NO_MEMORY;
    for (uint32_t k = 0; k < finding_count(r->met.detectors.table); k++) {
        const Finding *row = finding_get(r->met.detectors.table, k);
        if (row->kind != FINDING_DEADLOCK || r->symmetry == NULL) {
            if (finding_row(r->expected, row) == NO_ID)
                return STATUS_NO_MEMORY;
            continue;
        }
        for (ThreadId t = 0; t < thread_count; t++)
            r->roles[t] = 0;
        for (uint32_t i = 0; i < row->thread_count; i++)
            r->roles[row->threads[i]] = row->blocked_lines[i] + 1;
        r->row = row;
        if (!arrange_all(r->symmetry, thread_count, r->roles, ARRANGEMENTS_MAX, add_expected, r))
            r->is_unclear = true;
        if (r->failed)
            return STATUS_NO_MEMORY;
    }
    r->outcome_count = r->met.outcomes.count;
    return STATUS_OK;
}

/* -------------------------------------------------------------------------- the hunt */

static Status look(void *context, const MonitorEvent *event, bool *is_enough)
{
    Reducing *r = context;
    bool is_news;
    if (event->state_id == 0) { /* the layout may be another */
        met_restart(&r->met);
        r->visits = 0;
    }
    Status status = met_state(&r->met, event, &is_news);
    *is_enough |= finding_count(r->met.detectors.table) >= finding_count(r->expected) &&
                  r->met.outcomes.count >= r->outcome_count;
    if (++r->visits % FORGET_STATES == 0)
        forget_marks(&r->met);
    return status;
}

static SearchOptions limits_of(const Exploration *exploration)
{
    const SnExploreOptions *options = &exploration->options;
    SearchOptions limits = {.max_memory = exploration->memory_bytes / 4,
                            .progress = options->progress == NULL ? NULL : exploration_search_goes_on,
                            .progress_context = (void *)(uintptr_t)exploration};
    if (options->max_seconds > 0) {
        double left = options->max_seconds - (exploration_seconds() - exploration->started);
        limits.max_seconds = left > 1e-3 ? left : 1e-3;
    }
    return limits;
}

/* What the findings cost in the graph at hand, at most; false where one of them cannot be reached. */
static Status dearest(Exploration *exploration, Cost *most)
{
    Status status = shortest_new(exploration->graph, NULL, NULL, &exploration->shortest);
    const FindingTable *table = exploration->detectors.table;
    *most = (Cost){0};
    for (uint32_t k = 0; k < finding_count(table) && status == STATUS_OK; k++) {
        const Finding *row = finding_get(table, k);
        if (row->state_count == 0 && row->edge_count == 0)
            continue;
        status = easiest_find(exploration, row);
        if (status == STATUS_OK && exploration->has_half_race)
            *most = (Cost){UINT32_MAX, UINT32_MAX, UINT32_MAX}; /* a state with both accesses may be anywhere */
        else if (status == STATUS_OK && hunt_compare(exploration->easiest.cost, *most) > 0)
            *most = exploration->easiest.cost;
    }
    shortest_free(exploration->shortest);
    exploration->shortest = NULL;
    return status;
}

static Status hunt_once(Reducing *r, const HuntGoal *goal)
{
    Exploration *exploration = r->exploration;
    SearchOptions limits = limits_of(exploration);
    limits.max_states = searching_most_counted(exploration);
    if (r->is_cut)
        limits = (SearchOptions){.max_memory = limits.max_memory};
    graph_free(exploration->graph);
    exploration->graph = NULL;
    const Monitor monitor = detectors_monitor(&exploration->detectors);
    monitor.restart(monitor.context);
    exploration->phase = "easiest schedules";
    Status status =
        hunt_search(exploration->machine, &limits, goal, &monitor, &exploration->hunt, &exploration->graph);
    if (status == STATUS_OK && exploration->graph == NULL)
        return STATUS_NO_MEMORY;
    return status == STATUS_OK ? searching_make_room(exploration) : status;
}

static Status hunt(Reducing *r)
{
    Exploration *exploration = r->exploration;
    HuntGoal goal = {.look = look, .context = r, .paths = r->paths, .path_count = r->path_count};
    Status status = hunt_once(r, &goal);
    Cost most = {0};
    if (status == STATUS_OK)
        status = dearest(exploration, &most);
    if (status != STATUS_OK || exploration->hunt.was_ended || reducing_is_easiest(exploration, most))
        return status;
    goal.look = NULL;
    goal.has_cost = true;
    goal.cost = most;
    return hunt_once(r, &goal);
}

/* Is everything there that the reduced search found? */
static bool is_complete(const Reducing *r)
{
    const FindingTable *table = r->exploration->detectors.table;
    for (uint32_t k = 0; k < finding_count(r->expected); k++) {
        uint32_t row = finding_find(table, finding_get(r->expected, k));
        const Finding *found = row == NO_ID ? NULL : finding_get(table, row);
        if (found == NULL || (found->state_count == 0 && found->edge_count == 0))
            return false;
    }
    return true;
}

/* --------------------------------------------------------------------------- all of it */

/* From here on the exploration works with the machine of the reduced search. */
static void take_over(Reducing *r)
{
    Exploration *exploration = r->exploration;
    graph_free(exploration->graph);
    exploration->graph = NULL;
    machine_free(exploration->machine);
    exploration->machine = r->machine;
}

/* The search was cut short: its schedules are what there is to show. */
static Status show_part(Reducing *r, Status ended, bool *is_done)
{
    Exploration *exploration = r->exploration;
    const HuntGoal goal = {.has_cost = true, .paths = r->paths, .path_count = r->path_count};
    take_over(r);
    r->machine = NULL;
    r->is_cut = true;
    Status status = hunt_once(r, &goal);
    if (status != STATUS_OK)
        return status;
    exploration->graph->limit = exploration->reduced.limit;
    *is_done = true;
    return ended;
}

static Status search(Reducing *r, uint32_t reductions, bool *is_good)
{
    Exploration *exploration = r->exploration;
    SearchOptions limits = limits_of(exploration);
    if (exploration->options.checkpoint != NULL || exploration->options.resume != NULL)
        limits.checkpoint = &exploration->checkpoint;
    ReducedResult *result = &exploration->reduced;
    const ReducedVisitor visitor = {r, visit, add_news, restart};
    *is_good = false;
    restart(r);
    symmetry_free(r->symmetry);
    r->symmetry = NULL;
    if ((reductions & REDUCE_SYMMETRY) != 0) { /* who is alike does not depend on the layout */
        r->symmetry = symmetry_new(r->machine);
        if (r->symmetry == NULL)
            return STATUS_NO_MEMORY;
        if (symmetry_family_count(r->symmetry) == 0) {
            symmetry_free(r->symmetry);
            r->symmetry = NULL;
        }
    }
    exploration->phase = "exploring, reduced";
    Status status = reduced_search(r->machine, &limits, reductions, &visitor, result);
    if (status != STATUS_OK)
        return status;
    *is_good = !result->is_cyclic && !result->is_unfit && !r->has_dropped;
    if (*is_good)
        status = expect_rows(r);
    return status;
}

static Status run(Reducing *r, uint32_t reductions, bool *is_done)
{
    Exploration *exploration = r->exploration;
    const MachineOptions options = {.skip_lost_updates = exploration->options.skip_lost_updates};
    Status status = machine_new(exploration->scenario->program, &options, &r->machine);
    if (status == STATUS_OK)
        status = met_begin(&r->met, exploration->options.skip_races);
    r->expected = finding_table_new();
    if (status != STATUS_OK || r->expected == NULL)
        return STATUS_NO_MEMORY;
    bool is_good;
    uint32_t past = reduced_past(&exploration->checkpoint); /* perhaps of the second search */
    if (past != 0)
        reductions = past;
    status = search(r, reductions, &is_good);
    if (status == STATUS_OK && is_good && r->is_unclear) {
        r->is_unclear = false;
        status = search(r, reductions & ~(uint32_t)REDUCE_SYMMETRY, &is_good);
    }
    /* cut short: a graph that is there already, breadth first, has the easier schedules */
    bool is_news = finding_count(exploration->detectors.table) == 0 && finding_count(r->met.detectors.table) > 0;
    if ((status == STATUS_LIMIT || status == STATUS_INTERRUPTED) && exploration->reduced.states > 0 &&
        (exploration->graph == NULL || is_news))
        return show_part(r, status, is_done);
    if (status != STATUS_OK || !is_good || r->is_unclear)
        return status;
    take_over(r);
    r->machine = NULL;
    status = hunt(r);
    *is_done = status == STATUS_OK && is_complete(r);
    return status == STATUS_INVALID ? STATUS_OK : status; /* a finding without a schedule: nothing is claimed */
}

Status reducing_run(Exploration *exploration, uint32_t reductions, bool *is_done)
{
    *is_done = false;
    const Program *program = exploration->scenario->program;
    if (program->eventually_count > 0)
        return STATUS_OK;
    Reducing r = {.exploration = exploration};
    Status status = run(&r, reductions, is_done);
    exploration->is_reduced = *is_done;
    forget_paths(&r);
    mem_free(r.paths);
    mem_free(r.roles);
    finding_table_free(r.expected);
    met_free(&r.met);
    symmetry_free(r.symmetry);
    machine_free(r.machine);
    return status;
}

/* What the graph at hand shows. */
static Status expect_graph(Reducing *r)
{
    const Exploration *exploration = r->exploration;
    const FindingTable *table = exploration->detectors.table;
    const Graph *graph = exploration->graph;
    for (uint32_t k = 0; k < finding_count(table); k++) {
        const Finding *row = finding_get(table, k);
        if ((row->state_count > 0 || row->edge_count > 0) && finding_row(r->expected, row) == NO_ID)
            return STATUS_NO_MEMORY;
    }
    for (StateId s = 0; s < graph->expanded_count; s++) {
        bool is_new;
        if (graph->first_edge[s] == graph->first_edge[s + 1] &&
            outcome_set_add(&r->met.outcomes, exploration->machine, graph_state(graph, s), &is_new) != STATUS_OK)
            return STATUS_NO_MEMORY;
    }
    r->outcome_count = r->met.outcomes.count;
    return STATUS_OK;
}

Status reducing_hunt(Exploration *exploration, const HuntPath *paths, uint32_t path_count, bool *is_done)
{
    *is_done = false;
    Reducing r = {.exploration = exploration, .paths = (HuntPath *)(uintptr_t)paths, .path_count = path_count};
    Status status = met_begin(&r.met, exploration->options.skip_races);
    r.expected = finding_table_new();
    if (r.expected == NULL)
        status = STATUS_NO_MEMORY;
    if (status == STATUS_OK)
        status = expect_graph(&r);
    if (status == STATUS_OK)
        status = hunt(&r);
    *is_done = status == STATUS_OK && is_complete(&r);
    finding_table_free(r.expected);
    met_free(&r.met);
    return status == STATUS_INVALID ? STATUS_OK : status;
}

bool reducing_is_easiest(const Exploration *exploration, Cost cost)
{
    return exploration->hunt.is_all || hunt_compare(cost, exploration->hunt.settled) < 0;
}

/* ----------------------------------------------------------------------------- telling */

static void add_names(Text *text, uint32_t reductions)
{
    static const struct {
        uint32_t reduction;
        const char *name;
    } names[] = {{REDUCE_PERSISTENT, "persistent sets"},
                 {REDUCE_SLEEP, "sleep sets"},
                 {REDUCE_MERGE, "merging"},
                 {REDUCE_SYMMETRY, "symmetry"}};
    bool is_first = true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if ((reductions & names[i].reduction) != 0) {
            text_format(text, "%s%s", is_first ? "" : ", ", names[i].name);
            is_first = false;
        }
}

void reducing_note(Exploration *exploration)
{
    Text *text = &exploration->text;
    if (exploration->was_not_reduced)
        exploration_add_note(exploration, "--reduce: not possible here (docs/reductions.md says where); all states were "
                                          "explored");
    if (!exploration->is_reduced)
        return;
    if (exploration->was_too_big && exploration->lacked_memory) {
        text_add(text, "all states take more than ");
        searching_add_bytes(text, exploration->asked_bytes);
        text_add(text, " of memory (--max-memory), so ");
    } else if (exploration->was_too_big) {
        text_add(text, "more than ");
        searching_add_plural(text, searching_most_counted(exploration), "state");
        text_add(text, " (--max-counted), so ");
    }
    text_add(text, "interleavings are not counted; searched with ");
    add_names(text, exploration->reduced.reductions);
    if (exploration->ended == STATUS_OK)
        text_add(text, ", which keeps every finding and every outcome");
    exploration_add_note(exploration, exploration_take_text(exploration));
    if (exploration->not_easiest == 0)
        return;
    searching_add_plural(text, exploration->not_easiest, "schedule");
    text_add(text, " may not be the easiest: looking for easier ones was stopped");
    exploration_add_note(exploration, exploration_take_text(exploration));
}
