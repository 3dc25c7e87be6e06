#include "detect/race.h"

#include <string.h>

/* What the step at a point may do to plain shared memory. */
typedef enum Touch {
    TOUCH_NOTHING,
    TOUCH_FIXED,  /* one access, known in advance */
    TOUCH_UNKNOWN /* ask the machine */
} Touch;

typedef struct PointTouch {
    Touch touch;
    NextAccess access; /* TOUCH_FIXED */
} PointTouch;

typedef struct Pending { /* an access that some thread is about to make */
    ThreadId thread;
    NextAccess access;
} Pending;

struct RaceDetector {
    FindingTable *table;
    const Program *program; /* what `touches` was made for */
    PointTouch *touches;    /* by first_touch[thread] + point */
    uint32_t *first_touch;  /* thread_count + 1 */
    Expansion scratch;
    ThreadId *threads; /* those with a step, room for all */
    Pending *pending;
    uint32_t pending_count, pending_room;
    NextAccess *accesses; /* what the machine tells of one thread */
    uint32_t access_room;
    RacePair *pairs;
    uint32_t pair_count, pair_room;
};

RaceDetector *race_new(FindingTable *table)
{
    RaceDetector *detector = mem_alloc(1, sizeof *detector);
    if (detector != NULL)
        detector->table = table;
    return detector;
}

void race_restart(RaceDetector *detector)
{
    mem_free(detector->touches);
    mem_free(detector->first_touch);
    mem_free(detector->threads);
    expansion_free(&detector->scratch);
    memset(&detector->scratch, 0, sizeof detector->scratch);
    detector->touches = NULL;
    detector->first_touch = NULL;
    detector->threads = NULL;
    detector->program = NULL;
}

void race_free(RaceDetector *detector)
{
    if (detector == NULL)
        return;
    race_restart(detector);
    mem_free(detector->pending);
    mem_free(detector->accesses);
    mem_free(detector->pairs);
    mem_free(detector);
}

/* ------------------------------------------------- what the points may touch */

static bool is_plain(const Program *program, uint32_t object)
{
    return object < program->variable_count && !program->objects[object].symbol->is_atomic;
}

/* An access outside of regions; the index decides whether its place is known. */
static PointTouch touch_of_access(const Program *program, const Instr *instr)
{
    PointTouch none = {.touch = TOUCH_NOTHING};
    ObjectId first = (ObjectId)instr->b;
    if (!is_plain(program, first))
        return none;
    PointTouch unknown = {.touch = TOUCH_UNKNOWN};
    int64_t index = 0;
    if (instr->c >= 0)
        return unknown;
    if (instr->c != NO_OPERAND)
        index = program->constants[~instr->c];
    if (index < 0 || index >= (int64_t)program->objects[first].symbol->length)
        return unknown;
    PointTouch fixed = {.touch = TOUCH_FIXED};
    fixed.access.object = first + (ObjectId)index;
    /* a cas counts as writing whether it will succeed or not */
    fixed.access.writes = (program_op_flags[instr->op] & OPF_WRITES) != 0;
    fixed.access.is_atomic =
        (instr->flags & INSTR_ATOMIC) != 0 || instr->op != (fixed.access.writes ? OP_STORE : OP_LOAD);
    fixed.access.line = program->sites[instr->site].part.line;
    return fixed;
}

/* Adds what the instructions from .. to - 1 may touch. */
static void add_touches(const Program *program, uint32_t from, uint32_t to, uint64_t *reads, uint64_t *writes)
{
    for (uint32_t i = from; i < to && i < program->code_count; i++) {
        const Instr *instr = &program->code[i];
        const uint32_t flags = program_op_flags[instr->op];
        if ((flags & (OPF_READS | OPF_WRITES)) == 0 || !is_plain(program, (ObjectId)instr->b))
            continue;
        const uint32_t first = (uint32_t)instr->b, length = instr->c == NO_OPERAND ? 1 : program->objects[first].symbol->length;
        for (uint32_t object = first; object < first + length && object < first + 64; object++) {
            *reads |= flags & OPF_READS ? UINT64_C(1) << (object % 64) : 0;
            *writes |= flags & OPF_WRITES ? UINT64_C(1) << (object % 64) : 0;
        }
    }
}

/* The instructions that a step from a point may go through. */
static void range_of_point(const Program *program, const ThreadCode *thread, uint32_t point, uint32_t *from, uint32_t *to)
{
    const uint32_t at = thread->points[point].instr;
    const Instr *instr = &program->code[at];
    *from = at;
    *to = at + 1;
    if (instr->op == OP_AWAIT || (instr->op == OP_REGION && instr->a == 1)) { /* that of one statement ends where its way through the code does */
        *from = at + 1;
        *to = (uint32_t)instr->b;
    } else if (instr->op == OP_REGION || instr->op == OP_SELECT) { /* anywhere in the thread's code */
        *from = thread->first_instr;
        *to = *from + thread->instr_count;
    }
}

static PointTouch touch_of_point(const Program *program, const ThreadCode *thread, uint32_t point)
{
    PointTouch touch = {.touch = TOUCH_NOTHING};
    uint32_t from, to;
    uint64_t reads = 0, writes = 0;
    const Instr *instr = &program->code[thread->points[point].instr];
    if (instr->op != OP_REGION && instr->op != OP_AWAIT && instr->op != OP_SELECT)
        return (program_op_flags[instr->op] & (OPF_READS | OPF_WRITES)) != 0 ? touch_of_access(program, instr) : touch;
    range_of_point(program, thread, point, &from, &to);
    add_touches(program, from, to, &reads, &writes);
    if ((reads | writes) != 0)
        touch.touch = TOUCH_UNKNOWN;
    return touch;
}

static bool prepare(RaceDetector *detector, const Program *program)
{
    if (detector->program == program)
        return true;
    race_restart(detector);
    uint32_t threads = program->thread_count;
    detector->first_touch = mem_alloc((size_t)threads + 1, sizeof *detector->first_touch);
    detector->threads = mem_alloc((size_t)threads + 1, sizeof *detector->threads);
    if (detector->first_touch == NULL || detector->threads == NULL)
        return false;
    uint32_t total = 0;
    for (uint32_t t = 0; t < threads; t++) {
        detector->first_touch[t] = total;
        total += program->threads[t].point_count + 2; /* 0 ended, and unborn_point */
    }
    detector->first_touch[threads] = total;
    detector->touches = mem_alloc(total, sizeof *detector->touches);
    if (detector->touches == NULL)
        return false;
    for (uint32_t t = 0; t < threads; t++)
        for (uint32_t point = 1; point <= program->threads[t].point_count; point++)
            detector->touches[detector->first_touch[t] + point] = touch_of_point(program, &program->threads[t], point);
    detector->program = program;
    return true;
}

bool race_touches(RaceDetector *detector, const Program *program, ThreadId thread, uint32_t point, uint64_t *reads, uint64_t *writes)
{
    if (!prepare(detector, program))
        return false;
    const PointTouch *touch = &detector->touches[detector->first_touch[thread] + point];
    uint32_t from, to;
    *reads = *writes = 0;
    if (touch->touch == TOUCH_FIXED)
        *(touch->access.writes ? writes : reads) = UINT64_C(1) << (touch->access.object % 64);
    if (touch->touch != TOUCH_UNKNOWN)
        return true;
    range_of_point(program, &program->threads[thread], point, &from, &to);
    add_touches(program, from, to, reads, writes);
    return true;
}

/* ------------------------------------------------------------ one state's pairs */

static bool add_pending(RaceDetector *detector, ThreadId thread, const NextAccess *access)
{
    if (detector->pending_count == detector->pending_room) {
        uint32_t room = detector->pending_room == 0 ? 16 : detector->pending_room * 2;
        Pending *larger = mem_resize(detector->pending, room, sizeof *larger);
        if (larger == NULL)
            return false;
        detector->pending = larger;
        detector->pending_room = room;
    }
    detector->pending[detector->pending_count].thread = thread;
    detector->pending[detector->pending_count++].access = *access;
    return true;
}

static bool add_unknown(RaceDetector *detector, Machine *machine, const Word *state, ThreadId thread)
{
    for (;;) {
        uint32_t count = 0;
        if (detector->access_room > 0)
            count = machine_next_accesses(machine, state, thread, &detector->scratch, detector->accesses,
                                          detector->access_room);
        if (detector->access_room > 0 && count < detector->access_room) {
            for (uint32_t i = 0; i < count; i++)
                if (is_plain(detector->program, detector->accesses[i].object) &&
                    !add_pending(detector, thread, &detector->accesses[i]))
                    return false;
            return true;
        }
        uint32_t room = detector->access_room == 0 ? 16 : detector->access_room * 2;
        NextAccess *larger = mem_resize(detector->accesses, room, sizeof *larger);
        if (larger == NULL)
            return false;
        detector->accesses = larger;
        detector->access_room = room;
    }
}

static bool add_pair(RaceDetector *detector, const Pending *first, const Pending *second)
{
    if (detector->pair_count == detector->pair_room) {
        uint32_t room = detector->pair_room == 0 ? 16 : detector->pair_room * 2;
        RacePair *larger = mem_resize(detector->pairs, room, sizeof *larger);
        if (larger == NULL)
            return false;
        detector->pairs = larger;
        detector->pair_room = room;
    }
    detector->pairs[detector->pair_count++] = (RacePair){.object = first->access.object,
                                                         .first = first->thread,
                                                         .second = second->thread,
                                                         .first_line = first->access.line,
                                                         .second_line = second->access.line,
                                                         .first_writes = first->access.writes,
                                                         .second_writes = second->access.writes};
    return true;
}

static bool is_race(const Program *program, const Pending *a, const Pending *b)
{
    if (program->has_gil && program_share_interpreter(program, a->thread, b->thread))
        return false; /* the lock orders all steps; updates can be lost all the same */
    if (program_take_turns(program, a->thread, b->thread))
        return false;
    return a->access.object == b->access.object && a->thread != b->thread && (a->access.writes || b->access.writes) &&
           !(a->access.is_atomic && b->access.is_atomic);
}

Status race_scan(RaceDetector *detector, Machine *machine, const Word *state, const ThreadId *threads,
                 uint32_t thread_count, const RacePair **pairs, uint32_t *pair_count)
{
    *pairs = NULL;
    *pair_count = 0;
    if (thread_count < 2)
        return STATUS_OK;
    if (!prepare(detector, machine_program(machine)))
        return STATUS_NO_MEMORY;
    detector->pending_count = 0;
    detector->pair_count = 0;
    for (uint32_t i = 0; i < thread_count; i++) {
        uint32_t point = machine_point(machine, state, threads[i]);
        const PointTouch *touch = &detector->touches[detector->first_touch[threads[i]] + point];
        bool is_added = true;
        if (touch->touch == TOUCH_FIXED)
            is_added = add_pending(detector, threads[i], &touch->access);
        else if (touch->touch == TOUCH_UNKNOWN)
            is_added = add_unknown(detector, machine, state, threads[i]);
        if (!is_added)
            return STATUS_NO_MEMORY;
    }
    for (uint32_t i = 0; i < detector->pending_count; i++)
        for (uint32_t j = i + 1; j < detector->pending_count; j++)
            if (is_race(detector->program, &detector->pending[i], &detector->pending[j]) &&
                !add_pair(detector, &detector->pending[i], &detector->pending[j]))
                return STATUS_NO_MEMORY;
    *pairs = detector->pairs;
    *pair_count = detector->pair_count;
    return STATUS_OK;
}

/* ---------------------------------------------------------------- the monitor */

void race_key(const RacePair *pair, ObjectId *object, uint32_t *lines, Finding *key)
{
    memset(key, 0, sizeof *key);
    bool is_ordered = pair->first_line <= pair->second_line;
    *object = pair->object;
    lines[0] = is_ordered ? pair->first_line : pair->second_line;
    lines[1] = is_ordered ? pair->second_line : pair->first_line;
    key->kind = FINDING_DATA_RACE;
    key->objects = object;
    key->object_count = 1;
    key->lines = lines;
    key->line_count = lines[0] == lines[1] ? 1 : 2;
}

static uint32_t row_of(FindingTable *table, const RacePair *pair)
{
    uint32_t row = finding_recall(table, FINDING_DATA_RACE, pair->object, pair->first_line, pair->second_line);
    if (row != NO_ID)
        return row;
    ObjectId object;
    uint32_t lines[2];
    Finding key;
    race_key(pair, &object, lines, &key);
    key.threads = (ThreadId[]){pair->first, pair->second};
    key.thread_count = 2;
    row = finding_row(table, &key);
    if (row != NO_ID)
        finding_remember(table, FINDING_DATA_RACE, pair->object, pair->first_line, pair->second_line, row);
    return row;
}

Status race_state(RaceDetector *detector, const MonitorEvent *event)
{
    const Expansion *expansion = event->expansion;
    if (expansion->count < 2)
        return STATUS_OK;
    if (!prepare(detector, machine_program(event->machine)))
        return STATUS_NO_MEMORY;
    uint32_t thread_count = 0;
    for (uint32_t i = 0; i < expansion->count; i++)
        if (thread_count == 0 || detector->threads[thread_count - 1] != expansion->steps[i].thread)
            detector->threads[thread_count++] = expansion->steps[i].thread;
    const RacePair *pairs;
    uint32_t pair_count;
    Status status =
        race_scan(detector, event->machine, event->state, detector->threads, thread_count, &pairs, &pair_count);
    if (status != STATUS_OK)
        return status;
    for (uint32_t i = 0; i < pair_count; i++) {
        uint32_t row = row_of(detector->table, &pairs[i]);
        if (row == NO_ID || !finding_add_state(detector->table, row, event->state_id))
            return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}
