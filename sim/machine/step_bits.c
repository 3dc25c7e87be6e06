#include "machine/step_bits.h"

#include "machine/memo.h"

StepBits *step_bits_new(const Machine *m) {
    StepBits *bits = mem_alloc(1, sizeof *bits);
    if (!bits) return NULL;
    const Program *program = m->program;
    bits->machine = m;
    bits->threads = mem_alloc((size_t)program->thread_count + 1, sizeof *bits->threads);
    bits->mask = mem_alloc(m->words, sizeof *bits->mask);
    bool fits = bits->threads && bits->mask;
    for (ThreadId t = 0; fits && t < program->thread_count; t++) {
        Field pc = m->fields[m->threads[t].pc];
        bits->threads[t] = (StepThread){pc.mask, pc.word, pc.shift, mem_alloc((size_t)program->threads[t].point_count + 1, sizeof(StepPoint))};
        fits = bits->threads[t].points != NULL;
    }
    if (fits) return bits;
    step_bits_free(bits);
    return NULL;
}

void step_bits_free(StepBits *bits) {
    if (!bits) return;
    const Program *program = bits->machine->program;
    for (ThreadId t = 0; bits->threads && t < program->thread_count; t++) {
        StepPoint *points = bits->threads[t].points;
        for (uint32_t p = 0; points && p <= program->threads[t].point_count; p++) {
            for (uint64_t i = 0; points[p].elements && i <= points[p].index_mask; i++) mem_free((void *)points[p].elements[i].parts);
            mem_free(points[p].elements);
            mem_free((void *)points[p].whole.parts);
        }
        mem_free(points);
    }
    mem_free(bits->threads);
    mem_free(bits->mask);
    mem_free(bits);
}

static bool prepare(StepBits *bits, StepParts *parts, ThreadId thread, uint32_t point, uint32_t element) {
    const Machine *m = bits->machine;
    if (!memo_footprint(m, thread, point, element, bits->mask))
        for (uint32_t w = 0; w < m->words; w++) bits->mask[w] = ~(Word)0;
    StepPart *found = mem_alloc(m->words, sizeof *found);
    if (!found) return false;
    for (uint32_t w = 0; w < m->words; w++)
        if (bits->mask[w] != 0) found[parts->count++] = (StepPart){bits->mask[w], w};
    parts->parts = found;
    return true;
}

const StepParts *step_bits_learn(StepBits *bits, const Word *state, ThreadId thread, uint32_t point) {
    const Machine *m = bits->machine;
    StepPoint *found = &bits->threads[thread].points[point];
    if (!found->is_known) {
        if (memo_index(m, thread, point, &found->index)) {
            const Field index = m->fields[found->index];
            found->elements = mem_alloc((size_t)index.mask + 1, sizeof *found->elements);
            if (!found->elements) return NULL;
            found->index_mask = index.mask;
            found->index_word = index.word;
            found->index_shift = index.shift;
        }
        found->is_known = true;
    }
    StepParts *parts = &found->whole;
    uint32_t element = NO_ID;
    if (found->elements) {
        Word at = state[found->index_word] >> found->index_shift & found->index_mask;
        const Instr *instr = &m->program->code[m->program->threads[thread].points[point].instr];
        parts = &found->elements[at];
        element = (uint32_t)field_value(m->fields[found->index], at);
        if (element >= m->program->objects[instr->b].symbol->length) element = NO_ID; /* out of range: an error each time */
    }
    return parts->parts || prepare(bits, parts, thread, point, element) ? parts : NULL;
}
