/* api_walk.c: one execution whose steps are chosen one by one. A step back, and a wider layout, are the same: the steps up to there once more. */
#include <string.h>

#include "api/places.h"
#include "api/scenario.h"
#include "trace/glance.h"

typedef struct Chosen {
    ThreadId thread;
    uint32_t choice;
} Chosen;

typedef struct OwnedWalk {
    SnWalk walk; /* first: an SnWalk is an OwnedWalk */
    Machine *machine;
    Expansion expansion;
    Word *state;
    Chosen *chosen;
    uint32_t chosen_room;
    Arena arena; /* of the place */
    Glance glance;
    bool glances;
    SnPlace place;
    bool has_place;
} OwnedWalk;

static void forget_place(OwnedWalk *walk)
{
    if (walk->glances)
        glance_end(&walk->glance);
    walk->glances = walk->has_place = false;
    arena_free(&walk->arena);
    walk->arena = (Arena){0};
}

/* The state after `count` steps, in the present layout. */
static Status follow(OwnedWalk *walk, uint32_t count)
{
    Word *state = mem_resize(walk->state, machine_words(walk->machine), sizeof *state);
    if (state == NULL)
        return STATUS_NO_MEMORY;
    walk->state = state;
    Status status = machine_start(walk->machine, state, &walk->expansion);
    for (uint32_t s = 0; s < count && status == STATUS_OK; s++) {
        StepInfo info;
        uint32_t choices;
        status = machine_step(walk->machine, state, walk->chosen[s].thread, walk->chosen[s].choice, state, &choices,
                              &info, &walk->expansion, NULL);
    }
    return status;
}

static Status go_to(OwnedWalk *walk, uint32_t count)
{
    forget_place(walk);
    Status status = follow(walk, count);
    while (status == STATUS_RELAYOUT) {
        status = machine_relayout(walk->machine);
        if (status == STATUS_OK)
            status = follow(walk, count);
    }
    if (status == STATUS_OK)
        walk->walk.step_count = count;
    return status;
}

static Status tell_place(OwnedWalk *walk)
{
    jmp_buf escape;
    walk->arena.escape = &escape;
    if (setjmp(escape) != 0)
        return STATUS_NO_MEMORY;
    walk->glance = (Glance){.machine = walk->machine, .arena = &walk->arena};
    glance_begin(&walk->glance);
    walk->glances = true;
    SnPlace *place = &walk->place;
    *place = (SnPlace){.can_end_well = true, .outcome = SN_NONE};
    Status status = glance_state(&walk->glance, walk->state, place);
    if (status != STATUS_OK)
        return status;
    uint32_t count = walk->glance.expansion.count;
    SnMove *moves = ARENA_ARRAY(&walk->arena, SnMove, count);
    for (uint32_t m = 0; m < count && status == STATUS_OK; m++)
        status = glance_step(&walk->glance, walk->state, m, &moves[m].step);
    if (status != STATUS_OK)
        return status;
    place->moves = moves;
    place->move_count = count;
    place->end = count > 0 ? SN_END_RUNNING : place_end(walk->machine, walk->state);
    place->is_bad = place_is_bad(walk->machine, walk->state, place->end);
    place->can_end_well = !place->is_bad;
    const Program *program = machine_program(walk->machine);
    walk->walk.threads = walk->glance.threads;
    walk->walk.thread_count = program->thread_count;
    walk->walk.objects = walk->glance.objects;
    walk->walk.object_count = program->object_count;
    walk->has_place = true;
    return STATUS_OK;
}

const SnPlace *sn_walk_place(SnWalk *walk)
{
    OwnedWalk *made = (OwnedWalk *)walk;
    Status status = made->has_place ? STATUS_OK : tell_place(made);
    while (status == STATUS_RELAYOUT) { /* a step from here needs more room */
        status = machine_relayout(made->machine);
        if (status == STATUS_OK)
            status = go_to(made, walk->step_count);
        if (status == STATUS_OK)
            status = tell_place(made);
    }
    return status == STATUS_OK ? &made->place : NULL;
}

SnStatus sn_walk_step(SnWalk *walk, uint32_t move)
{
    OwnedWalk *made = (OwnedWalk *)walk;
    const SnPlace *place = sn_walk_place(walk);
    if (place == NULL)
        return SN_SYSTEM;
    if (move >= place->move_count)
        return SN_INVALID;
    if (walk->step_count == made->chosen_room) {
        uint32_t room = made->chosen_room == 0 ? 64 : made->chosen_room * 2;
        Chosen *chosen = mem_resize(made->chosen, room, sizeof *chosen);
        if (chosen == NULL)
            return SN_SYSTEM;
        made->chosen = chosen;
        made->chosen_room = room;
    }
    const StepInfo *info = &made->glance.expansion.steps[move];
    made->chosen[walk->step_count] = (Chosen){info->thread, info->choice};
    memcpy(made->state, made->glance.expansion.states + (size_t)move * machine_words(made->machine),
           machine_words(made->machine) * sizeof *made->state);
    forget_place(made);
    walk->step_count++;
    return SN_OK;
}

SnStatus sn_walk_back(SnWalk *walk)
{
    if (walk->step_count == 0)
        return SN_INVALID;
    return go_to((OwnedWalk *)walk, walk->step_count - 1) == STATUS_OK ? SN_OK : SN_SYSTEM;
}

SnStatus sn_walk(const SnScenario *scenario, SnWalk **walk, char **message)
{
    *walk = NULL;
    *message = NULL;
    OwnedWalk *made = mem_alloc(1, sizeof *made);
    const MachineOptions options = {.keep_locals = true};
    Status status = made == NULL ? STATUS_NO_MEMORY : machine_new(scenario->program, &options, &made->machine);
    if (status == STATUS_OK)
        status = go_to(made, 0);
    if (status == STATUS_OK && sn_walk_place(&made->walk) == NULL)
        status = STATUS_NO_MEMORY;
    if (status == STATUS_OK) {
        made->walk.scenario = scenario;
        *walk = &made->walk;
        return SN_OK;
    }
    if (made != NULL)
        sn_walk_free(&made->walk);
    *message = api_message("%s", "not enough memory to run the scenario");
    return SN_SYSTEM;
}

void sn_walk_free(SnWalk *walk)
{
    if (walk == NULL)
        return;
    OwnedWalk *made = (OwnedWalk *)walk;
    forget_place(made);
    expansion_free(&made->expansion);
    machine_free(made->machine);
    mem_free(made->state);
    mem_free(made->chosen);
    mem_free(made);
}
