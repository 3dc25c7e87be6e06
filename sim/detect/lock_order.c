#include "detect/lock_order.h"

#include <string.h>

#include "base/numbers.h"
#include "detect/lock_known.h"

#ifdef SNARL_SMALL_TABLES
enum { FIRST_HELD = 1, FIRST_RINGS = 1 };
#else
enum { FIRST_HELD = 64, FIRST_RINGS = 8 };
#endif

/* Rings of readers can be many in one state, and all of one row. */
enum { MAX_RINGS = 1000, MAX_VISITS = 100000 };

typedef struct FirstRing {
    uint32_t row, count;
    uint32_t *requests;
} FirstRing;

struct LockOrderDetector {
    FindingTable *table;
    const Program *program; /* what the tables were made for */
    LockPoints points;
    ObjectId *owned; /* room for all locks */
    /* the state at hand */
    ThreadId *stepping;
    LockStand *stands; /* one a thread at most */
    uint32_t *first_held;
    bool *is_blocked; /* by stand */
    uint32_t stand_count, blocked_count;
    Held *held; /* of all stands */
    uint32_t held_count, held_room;
    uint64_t *alive;
    /* its rings */
    uint32_t *path; /* stands */
    bool *is_on_path;
    const LockStand **members;
    uint32_t member_count, member_room;
    LockRing *rings;
    uint32_t *first_member;
    uint32_t ring_count, ring_room;
    ObjectId *ring_locks;
    uint32_t *ring_lines;
    ThreadId *ring_threads;
    LockRequests *requests;
    uint32_t *request_of; /* by stand */
    FirstRing *firsts;
    uint32_t first_count, first_room;
    LockKnown known;
};

LockOrderDetector *lock_order_new(FindingTable *table)
{
    LockOrderDetector *detector = mem_alloc(1, sizeof *detector);
    if (detector != NULL)
        detector->table = table;
    return detector;
}

void lock_order_restart(LockOrderDetector *detector)
{
    FindingTable *table = detector->table;
    lock_points_free(&detector->points);
    mem_free(detector->owned);
    mem_free(detector->stepping);
    mem_free(detector->stands);
    mem_free(detector->first_held);
    mem_free(detector->is_blocked);
    mem_free(detector->held);
    mem_free(detector->alive);
    mem_free(detector->path);
    mem_free(detector->is_on_path);
    mem_free(detector->members);
    mem_free(detector->rings);
    mem_free(detector->first_member);
    mem_free(detector->ring_locks);
    mem_free(detector->ring_lines);
    mem_free(detector->ring_threads);
    lock_requests_free(detector->requests);
    mem_free(detector->request_of);
    lock_known_free(&detector->known);
    for (uint32_t i = 0; i < detector->first_count; i++)
        mem_free(detector->firsts[i].requests);
    mem_free(detector->firsts);
    memset(detector, 0, sizeof *detector);
    detector->table = table;
}

void lock_order_free(LockOrderDetector *detector)
{
    if (detector == NULL)
        return;
    lock_order_restart(detector);
    mem_free(detector);
}

static bool allocate(LockOrderDetector *detector, const Program *program)
{
    size_t n = (size_t)program->thread_count + 1;
    detector->stepping = mem_alloc(n, sizeof *detector->stepping);
    detector->stands = mem_alloc(n, sizeof *detector->stands);
    detector->first_held = mem_alloc(n, sizeof *detector->first_held);
    detector->is_blocked = mem_alloc(n, sizeof *detector->is_blocked);
    detector->alive = mem_alloc(n / 64 + 1, sizeof *detector->alive);
    detector->path = mem_alloc(n, sizeof *detector->path);
    detector->is_on_path = mem_alloc(n, sizeof *detector->is_on_path);
    detector->ring_locks = mem_alloc(n, sizeof *detector->ring_locks);
    detector->ring_lines = mem_alloc(n, sizeof *detector->ring_lines);
    detector->ring_threads = mem_alloc(n, sizeof *detector->ring_threads);
    detector->owned = mem_alloc((size_t)detector->points.lock_count + 1, sizeof *detector->owned);
    detector->requests = lock_requests_new(program->thread_count);
    detector->request_of = mem_alloc(n, sizeof *detector->request_of);
    return detector->stepping != NULL && detector->stands != NULL && detector->first_held != NULL &&
           detector->is_blocked != NULL && detector->alive != NULL && detector->path != NULL &&
           detector->is_on_path != NULL && detector->ring_locks != NULL && detector->ring_lines != NULL &&
           detector->ring_threads != NULL && detector->owned != NULL && detector->requests != NULL &&
           detector->request_of != NULL;
}

static bool prepare(LockOrderDetector *detector, const Program *program)
{
    if (detector->program == program)
        return true;
    lock_order_restart(detector);
    if (lock_points_find(program, &detector->points) != STATUS_OK || !allocate(detector, program)) {
        lock_order_restart(detector);
        return false;
    }
    detector->program = program;
    return true;
}

bool lock_order_asks(LockOrderDetector *detector, const Program *program, ThreadId thread, uint32_t point, bool *asks)
{
    if (!prepare(detector, program))
        return false;
    *asks = detector->points.asker_count > 0 && lock_points_get(&detector->points, thread, point)->kind != STAND_NONE;
    return true;
}

/* -------------------------------------------------------------------- stands */

static bool reserve_held(LockOrderDetector *detector)
{
    uint32_t needed = detector->held_count + detector->points.lock_count;
    if (needed <= detector->held_room)
        return true;
    uint32_t room = detector->held_room == 0 ? FIRST_HELD : detector->held_room;
    while (room < needed)
        room *= 2;
    Held *larger = mem_resize(detector->held, room, sizeof *larger);
    if (larger == NULL)
        return false;
    detector->held = larger;
    detector->held_room = room;
    return true;
}

/* What the thread owns, appended to the pool; how many of them are other locks than the one it asks for. */
static uint32_t list_held(LockOrderDetector *detector, const Machine *machine, const Word *state, LockStand *stand)
{
    const Program *program = detector->program;
    uint32_t owned = machine_owned(machine, state, stand->thread, detector->owned, detector->points.lock_count),
             others = 0;
    stand->held_count = owned;
    for (uint32_t i = 0; i < owned; i++) {
        ObjectId lock = detector->owned[i];
        bool is_mutex = program->objects[lock].kind == SYMBOL_MUTEX;
        if (is_mutex && lock == stand->lock)
            return 0; /* its own: taken once more, or waited for alone */
        bool is_exclusive = is_mutex || machine_value(machine, state, lock) == (int64_t)stand->thread + 1;
        detector->held[detector->held_count + i] = held_make(lock, is_exclusive);
        others += lock != stand->lock;
    }
    return others;
}

static Status add_stand(LockOrderDetector *detector, const Machine *machine, const Word *state, ThreadId thread,
                        const PointStand *point, bool is_enabled)
{
    if (!reserve_held(detector))
        return STATUS_NO_MEMORY;
    LockStand *stand = &detector->stands[detector->stand_count];
    *stand = (LockStand){.thread = thread,
                         .instr = point->instr,
                         .line = point->line,
                         .lock = point->lock,
                         .is_exclusive = point->is_exclusive};
    if (point->kind == STAND_ASK) {
        WaitInfo info;
        machine_wait(machine, state, thread, false, &info);
        stand->lock = info.object;
    }
    if (list_held(detector, machine, state, stand) == 0)
        return STATUS_OK;
    detector->first_held[detector->stand_count] = detector->held_count;
    detector->held_count += stand->held_count;
    detector->is_blocked[detector->stand_count] = !is_enabled;
    detector->blocked_count += !is_enabled;
    detector->stand_count++;
    return STATUS_OK;
}

static Status find_stands(LockOrderDetector *detector, const Machine *machine, const Word *state,
                          const ThreadId *threads, uint32_t thread_count)
{
    uint32_t next = 0;
    for (uint32_t a = 0; a < detector->points.asker_count; a++) {
        ThreadId thread = detector->points.askers[a];
        while (next < thread_count && threads[next] < thread)
            next++;
        const PointStand *point = lock_points_get(&detector->points, thread, machine_point(machine, state, thread));
        if (point->kind == STAND_NONE)
            continue;
        bool is_enabled = next < thread_count && threads[next] == thread;
        Status status = add_stand(detector, machine, state, thread, point, is_enabled);
        if (status != STATUS_OK)
            return status;
    }
    for (uint32_t s = 0; s < detector->stand_count; s++) /* the pool stays where it is from here on */
        detector->stands[s].held = detector->held + detector->first_held[s];
    return STATUS_OK;
}

/* --------------------------------------------------------------------- rings */

bool lock_order_blocks(const Program *program, const LockStand *stand, Held held)
{
    return held_lock(held) == stand->lock &&
           (stand->is_exclusive || held_is_exclusive(held) || program->objects[stand->lock].symbol->writers_first);
}

bool lock_order_waits(const Program *program, const LockStand *stand, const LockStand *owner)
{
    for (uint32_t i = 0; i < owner->held_count && stand->thread != owner->thread; i++)
        if (lock_order_blocks(program, stand, owner->held[i]))
            return true;
    return false;
}

static bool add_ring(LockOrderDetector *detector, uint32_t length)
{
    if (detector->member_count + length > detector->member_room) {
        uint32_t room = (detector->member_count + length) * 2;
        const LockStand **larger = mem_resize(detector->members, room, sizeof *larger);
        if (larger == NULL)
            return false;
        detector->members = larger;
        detector->member_room = room;
    }
    if (detector->ring_count == detector->ring_room) {
        uint32_t room = detector->ring_room == 0 ? FIRST_RINGS : detector->ring_room * 2;
        LockRing *rings = mem_resize(detector->rings, room, sizeof *rings);
        if (rings != NULL)
            detector->rings = rings;
        uint32_t *first = mem_resize(detector->first_member, room, sizeof *first);
        if (first != NULL)
            detector->first_member = first;
        if (rings == NULL || first == NULL)
            return false;
        detector->ring_room = room;
    }
    detector->first_member[detector->ring_count] = detector->member_count;
    detector->rings[detector->ring_count++].count = length;
    for (uint32_t i = 0; i < length; i++)
        detector->members[detector->member_count++] = &detector->stands[detector->path[i]];
    return true;
}

/* May the stand come next on the path? Its lock is one more, and the smallest stays in front. */
static bool may_follow(const LockOrderDetector *detector, uint32_t length, uint32_t candidate)
{
    const LockStand *stand = &detector->stands[candidate];
    if (!detector->is_blocked[candidate] || detector->is_on_path[candidate])
        return false;
    for (uint32_t i = 0; i < length; i++)
        if (detector->stands[detector->path[i]].lock == stand->lock)
            return false;
    return stand->lock > detector->stands[detector->path[0]].lock &&
           lock_order_waits(detector->program, &detector->stands[detector->path[length - 1]], stand);
}

/* All rings in which this stand waits for the smallest lock: depth first, with the path as its only memory. */
static bool rings_from(LockOrderDetector *detector, uint32_t start, uint32_t *visits)
{
    uint32_t length = 1, candidate = 0;
    detector->path[0] = start;
    detector->is_on_path[start] = true;
    for (;;) {
        if (candidate == 0 && length > 1 &&
            lock_order_waits(detector->program, &detector->stands[detector->path[length - 1]],
                             &detector->stands[start]) &&
            detector->ring_count < MAX_RINGS && !add_ring(detector, length))
            return false;
        while (candidate < detector->stand_count && !may_follow(detector, length, candidate))
            candidate++;
        if (candidate < detector->stand_count && ++*visits < MAX_VISITS) {
            detector->path[length++] = candidate;
            detector->is_on_path[candidate] = true;
            candidate = 0;
            continue;
        }
        candidate = detector->path[--length];
        detector->is_on_path[candidate] = false;
        if (length == 0)
            return true;
        candidate++;
    }
}

static Status find_rings(LockOrderDetector *detector)
{
    uint32_t visits = 0;
    memset(detector->is_on_path, 0, detector->stand_count * sizeof *detector->is_on_path);
    for (uint32_t s = 0; s < detector->stand_count; s++)
        if (detector->is_blocked[s] && !rings_from(detector, s, &visits))
            return STATUS_NO_MEMORY;
    for (uint32_t r = 0; r < detector->ring_count; r++)
        detector->rings[r].stands = detector->members + detector->first_member[r];
    return STATUS_OK;
}

Status lock_order_scan(LockOrderDetector *detector, const Machine *machine, const Word *state, const ThreadId *threads,
                       uint32_t thread_count, const LockRing **rings, uint32_t *ring_count)
{
    *rings = NULL;
    *ring_count = 0;
    if (!prepare(detector, machine_program(machine)))
        return STATUS_NO_MEMORY;
    detector->stand_count = detector->blocked_count = detector->held_count = 0;
    detector->ring_count = detector->member_count = 0;
    if (detector->points.asker_count == 0 || (thread_count == 0 && machine_end(machine, state) == STATE_STOPPED))
        return STATUS_OK;
    Status status = find_stands(detector, machine, state, threads, thread_count);
    if (status == STATUS_OK && detector->blocked_count > 1)
        status = find_rings(detector);
    *rings = detector->rings;
    *ring_count = status == STATUS_OK ? detector->ring_count : 0;
    return status;
}

/* ------------------------------------------------------------------ identity */

void lock_order_key(const LockStand *const *stands, uint32_t count, ObjectId *locks, uint32_t *lines, ThreadId *threads,
                    Finding *key)
{
    for (uint32_t i = 0; i < count; i++) {
        locks[i] = stands[i]->lock;
        lines[i] = stands[i]->line;
        threads[i] = stands[i]->thread;
    }
    *key = (Finding){.kind = FINDING_LOCK_ORDER, .objects = locks, .lines = lines, .threads = threads};
    key->object_count = numbers_sort_distinct(locks, count);
    key->line_count = numbers_sort_distinct(lines, count);
    key->thread_count = numbers_sort_distinct(threads, count);
}

bool lock_order_is(const LockRing *ring, const Finding *row)
{
    if (row->kind != FINDING_LOCK_ORDER || row->object_count != ring->count)
        return false;
    for (uint32_t i = 0; i < ring->count; i++) {
        bool has_lock = false, has_line = false;
        for (uint32_t k = 0; k < row->object_count; k++)
            has_lock = has_lock || row->objects[k] == ring->stands[i]->lock;
        for (uint32_t k = 0; k < row->line_count; k++)
            has_line = has_line || row->lines[k] == ring->stands[i]->line;
        if (!has_lock || !has_line)
            return false;
    }
    for (uint32_t k = 0; k < row->line_count; k++) {
        bool has_line = false;
        for (uint32_t i = 0; i < ring->count; i++)
            has_line = has_line || row->lines[k] == ring->stands[i]->line;
        if (!has_line)
            return false;
    }
    return true;
}

static void find_alive(LockOrderDetector *detector, const Machine *machine, const Word *state)
{
    memset(detector->alive, 0, ((size_t)detector->program->thread_count / 64 + 1) * sizeof *detector->alive);
    for (ThreadId t = 0; t < detector->program->thread_count; t++) {
        uint32_t point = machine_point(machine, state, t);
        if (point != 0 && point <= detector->program->threads[t].point_count)
            detector->alive[t / 64] |= UINT64_C(1) << (t % 64);
    }
}

static Status keep_requests(LockOrderDetector *detector, const MonitorEvent *event)
{
    bool knows_alive = false;
    for (uint32_t s = 0; s < detector->stand_count; s++) {
        uint32_t request = lock_requests_add(detector->requests, &detector->stands[s], event->state_id);
        if (request == NO_ID)
            return STATUS_NO_MEMORY;
        detector->request_of[s] = request;
        if (lock_requests_knows_all(detector->requests, request))
            continue;
        if (!knows_alive)
            find_alive(detector, event->machine, event->state);
        knows_alive = true;
        lock_requests_add_alive(detector->requests, request, detector->alive);
    }
    return STATUS_OK;
}

/* Remembers by which stands a row came about. */
static bool keep_first(LockOrderDetector *detector, uint32_t row, const LockRing *ring)
{
    if (detector->first_count == detector->first_room) {
        uint32_t room = detector->first_room == 0 ? FIRST_RINGS : detector->first_room * 2;
        FirstRing *larger = mem_resize(detector->firsts, room, sizeof *larger);
        if (larger == NULL)
            return false;
        detector->firsts = larger;
        detector->first_room = room;
    }
    uint32_t *requests = mem_alloc(ring->count, sizeof *requests);
    if (requests == NULL)
        return false;
    for (uint32_t i = 0; i < ring->count; i++)
        requests[i] = detector->request_of[ring->stands[i] - detector->stands];
    detector->firsts[detector->first_count++] = (FirstRing){row, ring->count, requests};
    return true;
}

uint32_t lock_order_first_ring(const LockOrderDetector *detector, uint32_t row, const uint32_t **requests)
{
    for (uint32_t i = 0; i < detector->first_count; i++)
        if (detector->firsts[i].row == row) {
            *requests = detector->firsts[i].requests;
            return detector->firsts[i].count;
        }
    return 0;
}

const LockRequests *lock_order_requests(const LockOrderDetector *detector)
{
    return detector->requests;
}

uint32_t lock_order_taken_at(const LockOrderDetector *detector, const LockStand *stand, ObjectId lock, bool *is_unique)
{
    return takes_line(&detector->points.takes[stand->thread], stand->instr, lock, is_unique);
}

/* --------------------------------------------------------------- the monitor */

Status lock_order_state(LockOrderDetector *detector, const MonitorEvent *event, bool may_ring)
{
    const Expansion *expansion = event->expansion;
    if (!prepare(detector, machine_program(event->machine)))
        return STATUS_NO_MEMORY;
    if (detector->points.asker_count == 0)
        return STATUS_OK;
    if (!may_ring && lock_known_all(&detector->known, &detector->points, event->machine, event->state))
        return STATUS_OK;
    uint32_t thread_count = 0;
    for (uint32_t i = 0; i < expansion->count; i++)
        if (thread_count == 0 || detector->stepping[thread_count - 1] != expansion->steps[i].thread)
            detector->stepping[thread_count++] = expansion->steps[i].thread;
    const LockRing *rings;
    uint32_t ring_count;
    Status status =
        lock_order_scan(detector, event->machine, event->state, detector->stepping, thread_count, &rings, &ring_count);
    if (status == STATUS_OK)
        status = keep_requests(detector, event);
    for (uint32_t i = 0; i < detector->stand_count && status == STATUS_OK; i++)
        if (lock_requests_knows_all(detector->requests, detector->request_of[i]))
            lock_known_keep(&detector->known, &detector->points, event->machine, event->state, &detector->stands[i]);
    for (uint32_t r = 0; r < ring_count && status == STATUS_OK; r++) {
        Finding key;
        lock_order_key(rings[r].stands, rings[r].count, detector->ring_locks, detector->ring_lines,
                       detector->ring_threads, &key);
        key.is_cycle = true;
        uint32_t row = finding_row(detector->table, &key);
        bool is_new = row != NO_ID && finding_get(detector->table, row)->state_count == 0;
        if (row == NO_ID || !finding_add_state(detector->table, row, event->state_id) ||
            (is_new && !keep_first(detector, row, &rings[r])))
            status = STATUS_NO_MEMORY;
    }
    return status;
}
