/* classes.c: the number of classes of equivalent interleavings; what their runs show, where there are too many states to search them all. */
#include <inttypes.h>
#include <string.h>

#include "api/exploration.h"
#include "explore/classes.h"

static bool classes_go_on(void *context, uint64_t runs, uint64_t steps, double seconds)
{
    (void)runs;
    (void)steps;
    (void)seconds;
    return exploration_goes_on(context);
}

/* The states form a cycle: classes without end. */
static bool is_endless(const Exploration *exploration)
{
    const char *interleavings = exploration->owned->result.interleavings;
    return interleavings != NULL && strcmp(interleavings, "infinite") == 0;
}

/* Time passes when nobody can step: no two steps are independent. */
static bool has_clock(const Exploration *exploration)
{
    return exploration->scenario->program->has_clock;
}

/* Who has control decides who can step, whatever the steps touch. */
static bool has_domains(const Exploration *exploration)
{
    return exploration->scenario->program->has_domains;
}

/* Why there is no number. */
static const char *classes_sentence(Exploration *exploration, const ClassesResult *classes, Status status)
{
    Text *text = &exploration->text;
    if (has_domains(exploration))
        text_add(text, "classes are not counted with coroutines, fibres or pools, whose steps hang together; use --reduce auto");
    else if (has_clock(exploration))
        text_add(text, "under a virtual clock the steps of all threads depend on each other, and classes are not counted; "
                       "--reduce auto counts interleavings");
    else if (is_endless(exploration))
        text_add(text,
                 "some executions never end, and classes are counted only where all do; --reduce auto needs no end");
    else if (classes->faults > 0)
        text_add(text, "internal: a step that the classes had planned was not possible; please report the scenario. --reduce auto "
                       "needs no classes");
    else if (status == STATUS_NO_MEMORY)
        text_add(text, "there was no memory left to count the classes (--max-memory)");
    else if (classes->limit == CLASSES_ENDLESS)
        text_add(text,
                 "an execution came back to a state, and classes are counted only where all end; --reduce auto needs no end");
    else if (classes->limit == CLASSES_MAX_STEPS)
        text_format(text,
                    "an execution did not end within %u steps, and classes are counted only where all do; "
                    "--reduce auto needs no end",
                    classes->max_depth);
    else
        text_format(text, "stopped counting at %" PRIu64 " classes; give it more time, or make the scenario smaller",
                    classes->classes);
    return exploration_take_text(exploration);
}

const char *classes_ended(Exploration *exploration)
{
    return classes_sentence(exploration, &exploration->classes, STATUS_OK);
}

/* ---------------------------------------------------------------------- searching */

/* More states than this are left to the classes, unless --max-states says otherwise. */
enum { USUAL_STATES = 1000000 };

static bool has_daemon(const Program *program)
{
    for (ThreadId t = 0; t < program->thread_count; t++)
        if (program->threads[t].is_daemon)
            return true;
    return false;
}

/* What the classes keep is all there is to know. */
static bool can_do_without_states(const Exploration *exploration)
{
    const Program *program = exploration->scenario->program;
    if (program->finally_count > 0 && has_daemon(program)) /* it is looked at while daemons go on: no matter of ends, or of classes */
        return false;
    return !has_clock(exploration) && !has_domains(exploration) && program->eventually_count == 0 &&
           !program->has_assume; /* whether all ways on from a step are dropped, only all states tell */
}

/* What came before is good: a sentence says why it is not all. */
static bool can_be_told(const ClassesResult *classes, Status status)
{
    return status == STATUS_OK || status == STATUS_NO_MEMORY || (status == STATUS_INVALID && classes->faults > 0);
}

static Status show_runs(Exploration *exploration, const SearchOptions *search, const Monitor *monitor)
{
    graph_free(exploration->graph);
    exploration->graph = NULL;
    monitor->restart(monitor->context);
    return class_runs_graph(exploration, search, monitor, &exploration->graph);
}

Status classes_search(Exploration *exploration, SearchOptions search, const Monitor *monitor)
{
    if (search.max_states == 0)
        search.max_states = USUAL_STATES;
    Status ended = search_run(exploration->machine, &search, monitor, &exploration->graph);
    bool is_too_big = ended == STATUS_LIMIT && exploration->graph != NULL &&
                      exploration->graph->limit != GRAPH_MAX_SECONDS;
    if (!is_too_big || !can_do_without_states(exploration))
        return ended;
    exploration->phase = "classes";
    uint32_t findings;
    Status status = class_runs_collect(exploration, &exploration->classes, &findings);
    if (!can_be_told(&exploration->classes, status))
        return status;
    exploration->has_classes = true;
    /* where neither saw everything, the one that saw more */
    if (!exploration->classes.is_complete && findings <= finding_count(exploration->detectors.table))
        return ended;
    exploration->has_class_graph = true;
    status = show_runs(exploration, &search, monitor);
    if (status != STATUS_OK)
        return status;
    bool is_done;
    status = class_runs_hunt(exploration, &is_done);
    if (is_done || status == STATUS_INTERRUPTED)
        return exploration->graph == NULL ? status : STATUS_OK;
    exploration->hunt = (HuntResult){0}; /* whatever went wrong: the runs show it all, easiest or not */
    return show_runs(exploration, &search, monitor);
}

/* ---------------------------------------------------------------------- telling */

static Status count_classes(Exploration *exploration)
{
    const MachineOptions machine_options = {.skip_lost_updates = true};
    Machine *machine = NULL;
    Status status = machine_new(exploration->scenario->program, &machine_options, &machine);
    if (status == STATUS_OK) {
        const ClassesOptions options = {.progress = classes_go_on, .progress_context = exploration};
        status = classes_run(machine, &options, &exploration->classes);
    }
    machine_free(machine);
    return status;
}

static void add_notes(Exploration *exploration)
{
    exploration_add_note(exploration, "there are too many states to search them all (--max-states): findings and outcomes "
                                      "are those of all classes");
    if (exploration->not_easiest == 0)
        return;
    searching_add_plural(&exploration->text, exploration->not_easiest, "schedule");
    text_add(&exploration->text, " may not be the easiest: looking for easier ones was stopped");
    exploration_add_note(exploration, exploration_take_text(exploration));
}

Status classes_report(Exploration *exploration)
{
    SnResult *result = &exploration->owned->result;
    if (exploration->options.reduce != SN_REDUCE_CLASSES)
        return STATUS_OK;
    exploration->phase = "classes";
    Status status = STATUS_OK;
    if (!exploration->has_classes && !is_endless(exploration) && !has_clock(exploration) && !has_domains(exploration))
        status = count_classes(exploration);
    if (!can_be_told(&exploration->classes, status))
        return status;
    if (exploration->classes.is_complete) {
        text_format(&exploration->text, "%" PRIu64, exploration->classes.classes);
        result->classes = exploration_take_text(exploration);
        if (exploration->has_class_graph)
            add_notes(exploration);
        return STATUS_OK;
    }
    if (result->stopped == NULL || exploration->classes.faults > 0) /* else the search of all states has told already what is too big */
        result->stopped = classes_sentence(exploration, &exploration->classes, status);
    result->complete = false;
    return STATUS_OK;
}
