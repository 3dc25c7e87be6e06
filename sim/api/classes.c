/* classes.c: the number of classes of equivalent interleavings, beside what the search of all states tells. */
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
    else if (status == STATUS_NO_MEMORY)
        text_add(text, "there was no memory left to count the classes (--max-memory)");
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

Status classes_report(Exploration *exploration)
{
    SnResult *result = &exploration->owned->result;
    if (exploration->options.reduce != SN_REDUCE_CLASSES)
        return STATUS_OK;
    exploration->phase = "classes";
    const MachineOptions machine_options = {.skip_lost_updates = true};
    Machine *machine = NULL;
    ClassesResult classes = {0};
    Status status = STATUS_OK;
    if (!is_endless(exploration) && !has_clock(exploration) && !has_domains(exploration))
        status = machine_new(exploration->scenario->program, &machine_options, &machine);
    if (machine != NULL) {
        const ClassesOptions options = {.progress = classes_go_on, .progress_context = exploration};
        status = classes_run(machine, &options, &classes);
    }
    machine_free(machine);
    if (status != STATUS_OK && status != STATUS_NO_MEMORY)
        return status;
    if (classes.is_complete) {
        text_format(&exploration->text, "%" PRIu64, classes.classes);
        result->classes = exploration_take_text(exploration);
        return STATUS_OK;
    }
    if (result->stopped == NULL) /* else the search of all states has told already what is too big */
        result->stopped = classes_sentence(exploration, &classes, status);
    result->complete = false;
    return STATUS_OK;
}
