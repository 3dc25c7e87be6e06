#include "explore/peers.h"

#include <string.h>

#include "base/memory.h"

Status parcels_new(const Peers *peers, Parcels *parcels)
{
    *parcels = (Parcels){.peers = peers,
                         .out = mem_alloc(peers->count, sizeof(Text)),
                         .send = mem_alloc(peers->count, sizeof(void *)),
                         .in = mem_alloc(peers->count, sizeof(void *)),
                         .send_bytes = mem_alloc(peers->count, sizeof(size_t)),
                         .in_bytes = mem_alloc(peers->count, sizeof(size_t))};
    bool fits = parcels->out != NULL && parcels->send != NULL && parcels->in != NULL && parcels->send_bytes != NULL &&
                parcels->in_bytes != NULL;
    return fits ? STATUS_OK : STATUS_NO_MEMORY;
}

void parcels_free(Parcels *parcels)
{
    for (uint32_t p = 0; parcels->out != NULL && p < parcels->peers->count; p++)
        text_free(&parcels->out[p]);
    mem_free(parcels->out);
    mem_free(parcels->send);
    mem_free(parcels->in);
    mem_free(parcels->send_bytes);
    mem_free(parcels->in_bytes);
    *parcels = (Parcels){0};
}

void parcels_clear(Parcels *parcels)
{
    for (uint32_t p = 0; p < parcels->peers->count; p++) {
        parcels->out[p].length = 0;
        if (parcels->out[p].failed)
            text_free(&parcels->out[p]);
        parcels->out[p].failed = false;
    }
}

bool parcels_are_whole(const Parcels *parcels)
{
    for (uint32_t p = 0; p < parcels->peers->count; p++)
        if (parcels->out[p].failed)
            return false;
    return true;
}

void parcels_exchange(Parcels *parcels)
{
    const Peers *peers = parcels->peers;
    for (uint32_t p = 0; p < peers->count; p++) {
        parcels->send[p] = parcels->out[p].bytes;
        parcels->send_bytes[p] = parcels->out[p].length;
    }
    peers->exchange(peers->context, parcels->send, parcels->send_bytes, parcels->in, parcels->in_bytes);
}

Status peers_meet(const Peers *peers, Status status, uint32_t *detail, uint64_t *sum, uint64_t *before)
{
    typedef struct Card {
        uint64_t number;
        uint32_t status, detail;
    } Card;
    const Card mine = {sum == NULL ? 0 : *sum, (uint32_t)status, detail == NULL ? 0 : *detail};
    Status agreed = STATUS_OK;
    uint64_t total = 0, ahead = 0;
    /* no memory from the heap: this is where a lack of it is told */
    const void *send[PEERS_MOST], *in[PEERS_MOST];
    size_t send_bytes[PEERS_MOST], in_bytes[PEERS_MOST];
    for (uint32_t p = 0; p < peers->count; p++) {
        send[p] = &mine;
        send_bytes[p] = sizeof mine;
    }
    peers->exchange(peers->context, send, send_bytes, in, in_bytes);
    for (uint32_t p = 0; p < peers->count; p++) {
        Card card;
        memcpy(&card, in[p], sizeof card);
        if (agreed == STATUS_OK && card.status != STATUS_OK) {
            agreed = (Status)card.status;
            if (detail != NULL)
                *detail = card.detail;
        }
        total += card.number;
        ahead += p < peers->rank ? card.number : 0;
    }
    if (sum != NULL)
        *sum = total;
    if (before != NULL)
        *before = ahead;
    return agreed;
}

uint64_t peers_least(const Peers *peers, uint64_t number)
{
    const void *send[PEERS_MOST], *in[PEERS_MOST];
    size_t send_bytes[PEERS_MOST], in_bytes[PEERS_MOST];
    for (uint32_t p = 0; p < peers->count; p++) {
        send[p] = &number;
        send_bytes[p] = sizeof number;
    }
    peers->exchange(peers->context, send, send_bytes, in, in_bytes);
    uint64_t least = number;
    for (uint32_t p = 0; p < peers->count; p++) {
        uint64_t theirs;
        memcpy(&theirs, in[p], sizeof theirs);
        least = theirs < least ? theirs : least;
    }
    return least;
}
