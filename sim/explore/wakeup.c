#include "explore/wakeup.h"

#include <string.h>

#include "base/memory.h"

#ifdef SNARL_SMALL_TABLES
enum { FIRST_NODES = 2 };
#else
enum { FIRST_NODES = 256 };
#endif

void wakeup_free(WakePool *pool)
{
    mem_free(pool->nodes);
    *pool = (WakePool){0};
}

static WakeId new_node(WakePool *pool, Act act)
{
    WakeId id = pool->free;
    if (id != 0) {
        pool->free = pool->nodes[id].next;
    } else {
        if (pool->count == pool->room) {
            uint32_t room = pool->room == 0 ? FIRST_NODES : pool->room * 2;
            WakeNode *nodes = mem_resize(pool->nodes, room, sizeof *nodes);
            if (nodes == NULL)
                return 0;
            pool->nodes = nodes;
            pool->room = room;
            if (pool->count == 0)
                pool->count = 1; /* 0 is none */
        }
        id = pool->count++;
    }
    pool->nodes[id] = (WakeNode){.act = act};
    return id;
}

static void free_node(WakePool *pool, WakeId id)
{
    pool->nodes[id].next = pool->free;
    pool->free = id;
}

uint32_t wakeup_initial(Dependence *dependence, Act act, const Act *sequence, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (sequence[i].thread == act.thread)
            return sequence[i].choice == act.choice ? i : NO_ID;
        if (dependence_conflict(dependence, act.footprint, sequence[i].footprint))
            return NO_ID;
    }
    return count;
}

WakeId wakeup_append(WakePool *pool, WakeList *list, WakeId parent, Act act)
{
    WakeId id = new_node(pool, act);
    if (id == 0)
        return 0;
    WakeId *first = parent == 0 ? &list->first : &pool->nodes[parent].first;
    WakeId *last = parent == 0 ? &list->last : &pool->nodes[parent].last;
    if (*last == 0)
        *first = id;
    else
        pool->nodes[*last].next = id;
    *last = id;
    return id;
}

bool wakeup_insert(WakePool *pool, Dependence *dependence, WakeList *list, Act *sequence, uint32_t count)
{
    WakeId parent = 0, child = list->first;
    while (child != 0 && count > 0) {
        uint32_t at = wakeup_initial(dependence, pool->nodes[child].act, sequence, count);
        if (at == NO_ID) {
            child = pool->nodes[child].next;
            continue;
        }
        if (at < count)
            memmove(sequence + at, sequence + at + 1, (--count - at) * sizeof *sequence);
        parent = child;
        child = pool->nodes[child].first;
        if (child == 0)
            return true; /* what is explored behind this leaf covers the sequence */
    }
    for (uint32_t i = 0; i < count; i++) {
        parent = wakeup_append(pool, list, parent, sequence[i]);
        if (parent == 0)
            return false;
    }
    return true;
}

Act wakeup_take(WakePool *pool, WakeList *list, WakeList *below)
{
    WakeId id = list->first;
    WakeNode node = pool->nodes[id];
    *below = (WakeList){node.first, node.last};
    list->first = node.next;
    if (list->first == 0)
        list->last = 0;
    free_node(pool, id);
    return node.act;
}

void wakeup_drop(WakePool *pool, WakeList *list)
{
    while (list->first != 0) {
        WakeNode *node = &pool->nodes[list->first];
        WakeId id = list->first;
        if (node->first != 0) { /* its children take its place */
            pool->nodes[node->last].next = node->next;
            list->first = node->first;
        } else {
            list->first = node->next;
        }
        free_node(pool, id);
    }
    list->last = 0;
}
