#include "explore/layers.h"

#include "base/memory.h"

#ifdef SNARL_SMALL_TABLES
enum { STRETCH_LENGTH = 2, WIDE = 1 };
#else
enum { STRETCH_LENGTH = 2048, WIDE = 2048 };
#endif

static bool add_cut(Layers *layers, uint64_t cut, bool begins_layer)
{
    if (layers->count + 1 >= layers->room) {
        uint64_t room = layers->room == 0 ? 256 : layers->room * 2;
        uint64_t *cuts = mem_resize(layers->cuts, room + 1, sizeof *cuts);
        if (cuts != NULL)
            layers->cuts = cuts;
        uint64_t *first_of = mem_resize(layers->first_of, room, sizeof *first_of);
        if (first_of != NULL)
            layers->first_of = first_of;
        if (cuts == NULL || first_of == NULL)
            return false;
        layers->room = room;
    }
    layers->layer_count += begins_layer;
    layers->cuts[layers->count] = cut;
    layers->first_of[layers->count] = begins_layer ? layers->count : layers->first_of[layers->count - 1];
    layers->count++;
    return true;
}

Status layers_find(const Graph *graph, const Order *order, Work *work, Layers *layers)
{
    *layers = (Layers){0};
    uint32_t *place_of = NULL;
    if (order->sequence != NULL) {
        place_of = mem_alloc(graph->state_count, sizeof *place_of);
        if (place_of == NULL)
            return STATUS_NO_MEMORY;
        for (uint64_t place = 0; place < order->count; place++)
            place_of[order->sequence[place]] = (uint32_t)place;
    }
    Status status = STATUS_OK;
    uint64_t begin = 0, cut = 0;
    for (uint64_t place = 0; place < order->count && status == STATUS_OK; place++) {
        StateId s = order_state(order, place);
        bool is_inside = false;
        for (EdgeId e = graph->first_edge[s]; e < graph->first_edge[s + 1] && !is_inside; e++) {
            StateId to = graph->edge_to[e];
            is_inside = (place_of == NULL ? order->count - 1 - to : place_of[to]) >= begin;
        }
        if (place == 0 || is_inside || place - cut == STRETCH_LENGTH) {
            begin = place == 0 || is_inside ? place : begin;
            cut = place;
            if (!add_cut(layers, cut, begin == place))
                status = STATUS_NO_MEMORY;
        }
        if (status == STATUS_OK && !work_goes_on(work, 1 + graph->first_edge[s + 1] - graph->first_edge[s]))
            status = STATUS_INTERRUPTED;
    }
    mem_free(place_of);
    if (status == STATUS_OK && layers->count > 0)
        layers->cuts[layers->count] = order->count;
    if (status != STATUS_OK)
        layers_free(layers);
    return status;
}

bool layers_are_wide(const Layers *layers)
{
    return layers->count > 0 && layers->cuts[layers->count] >= layers->layer_count * WIDE;
}

void layers_free(Layers *layers)
{
    mem_free(layers->cuts);
    mem_free(layers->first_of);
    *layers = (Layers){0};
}
