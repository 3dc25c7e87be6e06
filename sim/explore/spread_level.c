/* spread_level.c: the states of the next level get the ids that one process would give them. */
#include <string.h>

#include "base/memory.h"
#include "explore/spread_share.h"

/* ------------------------------------------------------------------------ lists */

bool numbers_add(Numbers *numbers, uint32_t number)
{
    if (numbers->count == numbers->room) {
        uint64_t room = numbers->room * 2 + 64;
        uint32_t *items = mem_resize(numbers->items, room, sizeof *items);
        if (items == NULL)
            return false;
        numbers->items = items;
        numbers->room = room;
    }
    numbers->items[numbers->count++] = number;
    return true;
}

bool keys_reserve(Keys *keys, uint64_t count)
{
    if (count <= keys->room)
        return true;
    Key *items = mem_resize(keys->items, count, sizeof *items);
    if (items != NULL)
        keys->items = items;
    Key *spare = mem_resize(keys->spare, count, sizeof *spare);
    if (spare != NULL)
        keys->spare = spare;
    if (items == NULL || spare == NULL)
        return false;
    keys->room = count;
    return true;
}

void keys_free(Keys *keys)
{
    mem_free(keys->items);
    mem_free(keys->spare);
    *keys = (Keys){0};
}

/* Byte by byte from the lowest; bytes in which all keys agree are left out. */
void keys_sort(Keys *keys)
{
    for (uint32_t shift = 0; shift < 64; shift += 8) {
        uint64_t starts[257] = {0};
        for (uint64_t i = 0; i < keys->count; i++)
            starts[(keys->items[i].key >> shift & 0xff) + 1]++;
        bool is_same = false;
        for (uint32_t b = 0; b < 256; b++) {
            is_same |= starts[b + 1] == keys->count;
            starts[b + 1] += starts[b];
        }
        if (is_same)
            continue;
        for (uint64_t i = 0; i < keys->count; i++)
            keys->spare[starts[keys->items[i].key >> shift & 0xff]++] = keys->items[i];
        Key *sorted = keys->spare;
        keys->spare = keys->items;
        keys->items = sorted;
    }
}

/* --------------------------------------------------------------------- numbering */

/* All agree that the parcels can go, or none goes. */
static Status send(Spread *spread)
{
    Status status = spread_meet(spread, parcels_are_whole(&spread->parcels) ? STATUS_OK : STATUS_NO_MEMORY);
    if (status == STATUS_OK)
        parcels_exchange(&spread->parcels);
    return status;
}

/* The process that sorts the keys with this parent. */
static uint32_t sorter_of(const Spread *spread, uint64_t key)
{
    uint64_t parent = (key >> 32) - spread->level_first, size = spread->level_last - spread->level_first;
    return (uint32_t)(parent * spread->peers->count / size);
}

/* Keys to their sorters. */
static Status send_keys(Spread *spread, uint64_t count)
{
    parcels_clear(&spread->parcels);
    for (uint64_t i = 0; i < count; i++)
        text_add_bytes(&spread->parcels.out[sorter_of(spread, spread->lowest[i])], (const char *)&spread->lowest[i],
                       sizeof *spread->lowest);
    return send(spread);
}

/* Sorts the keys that came, and sends each its id, in the order in which they came. */
static Status answer_keys(Spread *spread)
{
    const Parcels *parcels = &spread->parcels;
    Keys *keys = &spread->keys;
    uint32_t processes = spread->peers->count;
    keys->count = 0;
    for (uint32_t p = 0; p < processes; p++) {
        spread->came[p] = parcels->in_bytes[p] / sizeof(uint64_t);
        keys->count += spread->came[p];
    }
    Status status = keys_reserve(keys, keys->count) ? STATUS_OK : STATUS_NO_MEMORY;
    StateId *answers = mem_alloc(keys->count, sizeof *answers);
    if (answers == NULL)
        status = STATUS_NO_MEMORY;
    uint64_t at = 0;
    for (uint32_t p = 0; p < processes && status == STATUS_OK; p++)
        for (uint64_t i = 0; i < spread->came[p]; i++, at++) {
            memcpy(&keys->items[at].key, (const char *)parcels->in[p] + i * sizeof(uint64_t), sizeof(uint64_t));
            keys->items[at].place = (uint32_t)at;
        }
    uint64_t sum = keys->count, before;
    status = peers_meet(spread->peers, status, NULL, &sum, &before);
    if (status == STATUS_OK && spread->level_last + sum >= UINT32_MAX) {
        spread->limit = GRAPH_MAX_MEMORY; /* ids have 32 bits; all processes see the same sum */
        status = STATUS_LIMIT;
    }
    if (status == STATUS_OK) {
        keys_sort(keys);
        for (uint64_t i = 0; i < keys->count; i++)
            /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): where there was no memory for them, no process goes on */
            answers[keys->items[i].place] = (StateId)(spread->level_last + before + i);
        parcels_clear(&spread->parcels);
        at = 0;
        for (uint32_t p = 0; p < processes; p++) {
            text_add_bytes(&spread->parcels.out[p], (const char *)(answers + at), spread->came[p] * sizeof *answers);
            at += spread->came[p];
        }
        status = send(spread);
        if (status == STATUS_OK)
            spread->state_count = spread->level_last + sum;
    }
    mem_free(answers);
    return status;
}

/* The ids that came; then the places. */
static Status take_ids(Spread *spread, uint64_t count)
{
    Keys *keys = &spread->keys;
    uint64_t total = spread->known + count;
    bool fits = stretch_ensure(&spread->ids_memory, (size_t)(total + 1) * sizeof(StateId)) &&
                stretch_ensure(&spread->order_memory, (size_t)(total + 1) * sizeof(StateId)) &&
                stretch_ensure(&spread->first_memory, (size_t)(total + 2) * sizeof(EdgeId));
    if (!fits && spread->budget.was_hit) {
        spread->limit = GRAPH_MAX_MEMORY;
        return STATUS_LIMIT;
    }
    if (!fits || !keys_reserve(keys, count))
        return STATUS_NO_MEMORY;
    memset(spread->came, 0, spread->peers->count * sizeof *spread->came);
    keys->count = count;
    for (uint64_t i = 0; i < count; i++) {
        uint32_t sorter = sorter_of(spread, spread->lowest[i]);
        StateId id;
        memcpy(&id, (const char *)spread->parcels.in[sorter] + spread->came[sorter]++ * sizeof id, sizeof id);
        spread->ids[spread->known + i] = id;
        keys->items[i] = (Key){id, (uint32_t)(spread->known + i)};
    }
    keys_sort(keys);
    for (uint64_t i = 0; i < count; i++)
        spread->order[spread->placed + i] = keys->items[i].place;
    spread->placed += count;
    spread->known = total;
    return STATUS_OK;
}

/* Tells those who sent successors which ids these have. */
static Status answer_asked(Spread *spread)
{
    parcels_clear(&spread->parcels);
    for (uint32_t p = 0; p < spread->peers->count; p++) {
        Numbers *asked = &spread->asked[p];
        for (uint64_t i = 0; i < asked->count; i++)
            asked->items[i] = spread->ids[asked->items[i]];
        text_add_bytes(&spread->parcels.out[p], (const char *)asked->items, asked->count * sizeof *asked->items);
        asked->count = 0;
    }
    return send(spread);
}

Status spread_number(Spread *spread)
{
    uint64_t count = store_count(spread->store) - spread->known, begin = spread->numbered;
    Status status = send_keys(spread, count);
    if (status == STATUS_OK)
        status = answer_keys(spread);
    if (status == STATUS_OK)
        status = spread_meet(spread, take_ids(spread, count));
    if (status == STATUS_OK)
        status = answer_asked(spread);
    if (status != STATUS_OK) {
        spread->state_count = spread->level_last;
        return status;
    }
    memset(spread->came, 0, spread->peers->count * sizeof *spread->came);
    for (EdgeId e = begin; e < spread->first_edge[spread->level_end]; e++) {
        uint32_t owner = spread->edge_to[e];
        memcpy(&spread->edge_to[e], (const char *)spread->parcels.in[owner] + spread->came[owner]++ * sizeof(StateId),
               sizeof(StateId));
    }
    spread->numbered = spread->first_edge[spread->level_end];
    return STATUS_OK;
}

uint64_t spread_cut(const Spread *spread, uint64_t begin, StateId most)
{
    uint64_t cut = spread->level_last;
    for (uint64_t place = begin; place < spread->level_end && cut == spread->level_last; place++)
        for (EdgeId e = spread->first_edge[place]; e < spread->first_edge[place + 1]; e++)
            if (spread->edge_to[e] >= most) {
                cut = spread->ids[spread->order[place]];
                break;
            }
    return peers_least(spread->peers, cut);
}
