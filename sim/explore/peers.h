/* peers.h: processes that work on one exploration, and parcels of bytes between them.
 *
 * Shape   `count` processes, numbered by `rank`. The one means of communication is an exchange, which all of them enter
 *         and leave together: each gives a parcel for every process, itself included, and gets one from each.
 * Owner   received parcels are the transport's, until the next exchange. Parcels: peers_free.
 * Errors  a process that is gone is the transport's business (MPI ends the others). A process that has no memory left
 *         says so at the next meeting, and all stop at the same place. */
#ifndef EXPLORE_PEERS_H
#define EXPLORE_PEERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

enum { PEERS_MOST = 4096 };

typedef struct Peers {
    uint32_t rank, count; /* count: at most PEERS_MOST */
    void (*exchange)(void *context, const void *const *parcels, const size_t *bytes, const void **received,
                     size_t *received_bytes);
    void *context;
} Peers;

/* One parcel for each process, and those that came. */
typedef struct Parcels {
    const Peers *peers;
    Text *out; /* by process; `failed` where memory ended */
    const void **send, **in;
    size_t *send_bytes, *in_bytes;
} Parcels;

Status parcels_new(const Peers *peers, Parcels *parcels);
void parcels_free(Parcels *parcels);
void parcels_clear(Parcels *parcels);
/* False: one of them failed. */
bool parcels_are_whole(const Parcels *parcels);
void parcels_exchange(Parcels *parcels);

/* All tell how it goes: the status of the first process that is not well, and with it `*detail`. `*sum`: of what each
 * process gave there; `*before`: of those with smaller ranks. Both may be NULL. */
Status peers_meet(const Peers *peers, Status status, uint32_t *detail, uint64_t *sum, uint64_t *before);

/* The least of the numbers that all give. */
uint64_t peers_least(const Peers *peers, uint64_t number);

#endif
