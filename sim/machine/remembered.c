#include "machine/remembered.h"

#include "machine/memo.h"

enum { CARRY_THREADS = 32 }; /* `known` has two halves: covered, blocked */

/* What an expansion leaves for machine_carry; sets are of threads, one bit each. */
typedef struct CarryNotes {
    const Memo *memo;
    uint32_t covered, blocked;
    uint32_t remembered;                    /* threads with one step that was made, and is remembered */
    uint32_t step_of[CARRY_THREADS];        /* of these */
    const MemoTable *tables[CARRY_THREADS]; /* of these */
    Word own[];                             /* scratch: a footprint in whole words */
} CarryNotes;

/* The issue of a remembered step. */
static Status recall_issue(Expansion *e, const Issue *issue) {
    if (e->issue_count == e->issue_room) {
        uint32_t room = e->issue_room ? e->issue_room * 2 : 16;
        Issue *issues = mem_resize(e->issues, room, sizeof *issues);
        if (!issues) return STATUS_NO_MEMORY;
        e->issues = issues;
        e->issue_room = room;
    }
    e->issues[e->issue_count++] = *issue;
    return STATUS_OK;
}

/* Executes a step that is not remembered, and remembers it. */
static __attribute__((noinline)) Status expand_anew(Machine *m, Expansion *e, const Word *state, ThreadId thread, uint32_t point) {
    Exec x = exec_of(m, e);
    uint32_t first = e->count, first_issue = e->issue_count;
    Status status = exec_expand_thread(&x, state, thread, 0, NULL);
    if (status != STATUS_OK) return status;
    if (e->count - first > 1 || e->issue_count - first_issue > 1) return STATUS_OK;
    memo_keep(x.scratch->memo, thread, point, state, e->count > first ? &e->states[(size_t)first * m->words] : NULL, &e->steps[first],
              e->issue_count > first_issue ? &e->issues[first_issue] : NULL);
    return STATUS_OK;
}

/* What a step is that is not like most steps of its thread. */
static inline __attribute__((always_inline)) Status tell_rare(Expansion *e, StepInfo *info, Word what, ThreadId thread) {
    const Memo *memo = ((Scratch *)e->scratch)->memo;
    info->first_issue = e->issue_count;
    if (__builtin_expect(what >> MEMO_RARE_SHIFT == 0, true)) return STATUS_OK;
    info->stops = (what & MEMO_STOPS) != 0;
    info->progresses = (what & MEMO_PROGRESSES) != 0;
    info->progressed = info->progresses ? step_thread_bit(thread) : 0;
    info->issue_count = what >> MEMO_ISSUE_SHIFT != 0;
    return info->issue_count ? recall_issue(e, &memo->issues[(what >> MEMO_ISSUE_SHIFT) - 1]) : STATUS_OK;
}

/* Compiled for each common number of words. Who cannot step writes a successor as well, which the next one overwrites: whether a thread is
 * blocked is hardly ever the same twice, and a wrong guess of the processor costs more than the writing. */
static inline __attribute__((always_inline)) Status expand_remembered(Machine *m, const Word *state, Expansion *e, const uint32_t words) {
    const Memo *memo = ((Scratch *)e->scratch)->memo;
    const uint32_t threads = m->program->thread_count;
    e->count = e->issue_count = 0;
    Status status = exec_reserve(e, threads, words);
    uint32_t count = 0;
    if (status != STATUS_OK) return status;
    for (ThreadId t = 0; t < threads; t++) {
        const MemoThread *thread = &memo->threads[t];
        uint32_t point = memo_point(thread, state);
        MemoTable *table = memo_table(thread, point, state);
        const Word *entry = memo_find(table, state, words);
        if (__builtin_expect(!entry, 0)) {
            e->count = count;
            status = expand_anew(m, e, state, t, point);
            if (status == STATUS_OK) status = exec_reserve(e, threads - t, words);
            if (status != STATUS_OK) return status;
            count = e->count;
            continue;
        }
        const Word what = entry[0];
        StepInfo *info = &e->steps[count];
        table->hits++;
        memo_apply(table, entry, state, &e->states[(size_t)count * words], words);
        *info = thread->step;
        count += what & MEMO_STEP;
        status = tell_rare(e, info, what, t);
        if (__builtin_expect(status != STATUS_OK, false)) break;
    }
    e->count = count;
    return status;
}

/* ---------------------------------------------------------------- carrying */

/* Not the builtin: without an instruction of the processor's that is a call. */
static inline uint32_t size_of(uint32_t set) {
    set -= set >> 1 & 0x55555555u;
    set = (set & 0x33333333u) + (set >> 2 & 0x33333333u);
    return ((set + (set >> 4)) & 0x0f0f0f0fu) * 0x01010101u >> 24;
}

static inline uint32_t lowest(uint32_t set) { return (uint32_t)__builtin_ctz(set); }

static __attribute__((noinline)) bool make_notes(Expansion *e, uint32_t words) {
    CarryNotes *notes = mem_resize(e->notes, 1, sizeof *notes + words * sizeof(Word));
    if (!notes) return false;
    e->notes = notes;
    e->note_words = words;
    return true;
}

static inline __attribute__((always_inline)) Status expand_carried(Machine *m, const Word *state, uint64_t known, Expansion *e, const uint32_t words) {
    const Memo *memo = ((Scratch *)e->scratch)->memo;
    const uint32_t threads = m->program->thread_count;
    if (e->note_words != words && !make_notes(e, words)) return STATUS_NO_MEMORY;
    CarryNotes *notes = e->notes;
    notes->memo = memo;
    notes->covered = (uint32_t)known;
    notes->blocked = (uint32_t)(known >> CARRY_THREADS);
    notes->remembered = 0;
    e->count = e->issue_count = 0;
    e->left_out = size_of(notes->covered);
    Status status = exec_reserve(e, threads, words);
    uint32_t all = (uint32_t)((UINT64_C(1) << threads) - 1), count = 0;
    for (uint32_t rest = all & ~(notes->covered | notes->blocked); rest && status == STATUS_OK; rest &= rest - 1) {
        const ThreadId t = lowest(rest);
        const MemoThread *thread = &memo->threads[t];
        uint32_t point = memo_point(thread, state);
        MemoTable *table = memo_table(thread, point, state);
        const Word *entry = memo_find(table, state, words);
        if (__builtin_expect(!entry, 0)) {
            e->count = count;
            status = expand_anew(m, e, state, t, point);
            if (status == STATUS_OK) status = exec_reserve(e, threads - t, words);
            count = e->count;
            continue;
        }
        const Word what = entry[0];
        const uint32_t is_step = what & MEMO_STEP;
        StepInfo *info = &e->steps[count];
        table->hits++;
        memo_apply(table, entry, state, &e->states[(size_t)count * words], words);
        *info = thread->step;
        notes->step_of[t] = count;
        notes->tables[t] = table;
        notes->remembered |= is_step << t;
        notes->blocked |= (is_step ^ 1) << t;
        status = tell_rare(e, info, what, t);
        count += is_step;
    }
    e->count = count;
    return status;
}

/* Whether a change of a state leaves a thread's footprint as it was; its point is always part of that. A table that was given up does not know. */
static inline __attribute__((always_inline)) bool leaves(const Word *state, const Word *next, const MemoThread *thread, const MemoTable *table, const uint32_t words) {
    if (words == 1) return table->is_usable && ((state[0] ^ next[0]) & (table->mask[0] | thread->pc_mask << thread->pc_shift)) == 0;
    Word touched = (state[thread->pc_word] ^ next[thread->pc_word]) & thread->pc_mask << thread->pc_shift;
    for (uint32_t i = 0; i < table->count; i++) {
        uint32_t w = memo_word(table, i);
        touched |= (state[w] ^ next[w]) & memo_mask(table, i);
    }
    return table->is_usable && touched == 0;
}

/* Whether no step of `table` changes a footprint. Of those that are remembered, that is; covered steps were. */
static inline __attribute__((always_inline)) bool spares(const MemoTable *table, const Word *footprint, const uint32_t words) {
    if (words == 1) return (table->changes[0] & footprint[0]) == 0;
    Word touched = 0;
    for (uint32_t i = 0; i < table->count; i++) touched |= memo_changes(table, i) & footprint[memo_word(table, i)];
    return touched == 0;
}

/* Threads of whose footprints, wherever they stand, the step from `state` to `next` changes nothing. */
static inline __attribute__((always_inline)) uint32_t out_of_reach(const Memo *memo, uint32_t among, const Word *state, const Word *next, const uint32_t words) {
    uint32_t set = 0;
    for (uint32_t rest = among; rest; rest &= rest - 1) {
        const ThreadId t = lowest(rest);
        const Word *reach = memo->reach + (size_t)t * words;
        Word touched = 0;
        for (uint32_t w = 0; w < words; w++) touched |= (state[w] ^ next[w]) & reach[w];
        set |= (uint32_t)(touched == 0) << t;
    }
    return set;
}

/* Threads none of whose steps, from wherever, changes a bit of a footprint. */
static inline __attribute__((always_inline)) uint32_t sparing(const Memo *memo, uint32_t among, const Word *footprint, const uint32_t words) {
    uint32_t set = 0;
    for (uint32_t rest = among; rest; rest &= rest - 1) {
        const ThreadId t = lowest(rest);
        const Word *changes = memo->changes + (size_t)t * words;
        Word touched = 0;
        for (uint32_t w = 0; w < words; w++) touched |= changes[w] & footprint[w];
        set |= (uint32_t)(touched == 0) << t;
    }
    return set;
}

/* First by what holds for a thread wherever it stands, then for the few that are left by the tables. */
static inline __attribute__((always_inline)) uint64_t carry(const Word *state, const Expansion *e, uint32_t step, const uint32_t *ids, const uint32_t words) {
    CarryNotes *notes = e->notes;
    const Memo *memo = notes->memo;
    const MemoThread *threads = memo->threads;
    const Word *next = &e->states[(size_t)step * words];
    const ThreadId self = e->steps[step].thread;
    const MemoTable *mine = notes->remembered >> self & 1 && notes->tables[self]->is_usable ? notes->tables[self] : NULL;
    uint32_t candidates = 0;
    if (mine) {
        candidates = notes->covered;
        for (uint32_t rest = notes->remembered & ~(UINT32_C(1) << self); rest; rest &= rest - 1) {
            const ThreadId t = lowest(rest);
            candidates |= (uint32_t)(ids[notes->step_of[t]] < ids[step]) << t;
        }
    }
    const uint32_t far = out_of_reach(memo, notes->blocked | candidates, state, next, words);
    uint32_t blocked = notes->blocked & far, covered = 0;
    for (uint32_t rest = notes->blocked & ~far; rest; rest &= rest - 1) {
        const ThreadId t = lowest(rest);
        const MemoTable *table = memo_table(&threads[t], memo_point(&threads[t], state), state);
        blocked |= (uint32_t)leaves(state, next, &threads[t], table, words) << t;
    }
    if (candidates) {
        Word *own = notes->own;
        if (words > 1)
            for (uint32_t w = 0; w < words; w++) own[w] = 0;
        if (words == 1)
            own[0] = mine->mask[0];
        else
            for (uint32_t i = 0; i < mine->count; i++) own[memo_word(mine, i)] = memo_mask(mine, i);
        covered = far & sparing(memo, candidates & far, own, words);
        for (uint32_t rest = candidates & ~covered; rest; rest &= rest - 1) {
            const ThreadId t = lowest(rest);
            const MemoTable *table = notes->remembered >> t & 1 ? notes->tables[t] : memo_table(&threads[t], memo_point(&threads[t], state), state);
            covered |= (uint32_t)(spares(table, own, words) && leaves(state, next, &threads[t], table, words)) << t;
        }
    }
    return covered | (uint64_t)blocked << CARRY_THREADS;
}

bool machine_can_carry(const Machine *m) {
    return !m->options.skip_memo && !m->program->has_clock && m->program->thread_count <= CARRY_THREADS && memo_is_possible(m->program);
}

/* The loops are compiled for each common number of words. */
#define FOR_WORDS(words, call) \
    switch (words) { \
    case 1: return call(1); \
    case 2: return call(2); \
    case 3: return call(3); \
    case 4: return call(4); \
    default: return call(words); \
    }

Status remembered_expand(Machine *m, const Word *state, Expansion *e) {
#define CALL(words) expand_remembered(m, state, e, words)
    FOR_WORDS(m->words, CALL)
#undef CALL
}

Status remembered_expand_carried(Machine *m, const Word *state, uint64_t known, Expansion *e) {
#define CALL(words) expand_carried(m, state, known, e, words)
    FOR_WORDS(m->words, CALL)
#undef CALL
}

void remembered_forget(Expansion *e) {
    if (e->notes) ((CarryNotes *)e->notes)->memo = NULL;
}

uint64_t machine_carry(const Machine *m, const Word *state, const Expansion *e, uint32_t step, const uint32_t *ids) {
    if (!e->notes || !((CarryNotes *)e->notes)->memo) return 0;
#define CALL(words) carry(state, e, step, ids, words)
    FOR_WORDS(m->words, CALL)
#undef CALL
}
