#include "explore/learn.h"

#include <string.h>

#include "base/memory.h"

enum {
    LEARN_EXPANSIONS = 4096, /* about a millisecond */
    LEARN_IN_VAIN = 512,     /* without anything new, the walk at hand ends the learning */
    LEARN_WALKS = 256,
    LEARN_LENGTH = 1024
};

/* splitmix64 (Steele, Lea, Flood 2014): a fixed stream, so that every run learns the same. */
static uint64_t random_next(uint64_t *seed)
{
    uint64_t z = *seed += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* The first two walks take the threads one after another, from the first on and from the last; of the others every other one lets a thread run
 * on, most of the time: uniform walks rarely bring one thread far ahead of the others. */
static uint32_t choose_step(const Expansion *expansion, uint32_t walk, ThreadId last, uint64_t *seed)
{
    if (walk < 2)
        return walk == 0 ? 0 : expansion->count - 1;
    uint64_t random = random_next(seed);
    uint32_t first = 0, count = 0;
    if (walk % 2 == 1 && random % 8 != 0)
        for (uint32_t i = 0; i < expansion->count; i++)
            if (expansion->steps[i].thread == last) {
                first = count == 0 ? i : first;
                count++;
            }
    if (count == 0) {
        first = 0;
        count = expansion->count;
    }
    return first + (uint32_t)((random >> 32) * count >> 32);
}

static Status walk_once(Machine *machine, Expansion *expansion, uint32_t walk, uint32_t *left)
{
    uint64_t seed = walk;
    ThreadId last = NO_ID;
    uint32_t words = machine_words(machine);
    Word *state = mem_alloc(words, sizeof *state);
    if (state == NULL)
        return STATUS_NO_MEMORY;
    Status status = machine_start(machine, state, expansion);
    for (uint32_t length = 0; status == STATUS_OK && length < LEARN_LENGTH && *left > 0; length++, --*left) {
        status = machine_expand(machine, state, expansion);
        if (status != STATUS_OK || expansion->count == 0)
            break;
        uint32_t step = choose_step(expansion, walk, last, &seed);
        last = expansion->steps[step].thread;
        memcpy(state, expansion->states + (size_t)step * words, words * sizeof *state);
    }
    mem_free(state);
    return status;
}

static Status learn(Machine *machine, Expansion *expansion, bool is_noted)
{
    uint32_t left = LEARN_EXPANSIONS, left_then = left;
    uint64_t news = machine_news(machine);
    for (uint32_t walk = 0; walk < LEARN_WALKS && left > 0;) {
        if (news != machine_news(machine)) {
            news = machine_news(machine);
            left_then = left;
        }
        if (is_noted && left_then - left > LEARN_IN_VAIN)
            break;
        Status status = walk_once(machine, expansion, walk, &left);
        if (status == STATUS_OK) {
            walk++;
            continue;
        }
        if (status == STATUS_RELAYOUT)
            status = machine_relayout(machine); /* then the same walk again: it goes on where it ended */
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

Status learn_layout(Machine *machine, Expansion *expansion)
{
    return learn(machine, expansion, false);
}

Status learn_narrow_layout(Machine *machine, Expansion *expansion)
{
    Status status = machine_note(machine);
    if (status == STATUS_OK)
        status = learn(machine, expansion, true);
    return status == STATUS_OK ? machine_narrow(machine) : status;
}
