#include "mpi/processes.h"

#include <fcntl.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { INSIDE = 56, PIECE = 1 << 30 /* bytes of a message: MPI counts with int */ };

typedef struct Letter { /* travels in the first round */
    uint64_t bytes;
    char inside[INSIDE];
} Letter;

static SnPeers peers;
static Letter *out, *in;
static char *received;
static size_t received_room;
static MPI_Request *requests;
static size_t request_room;

static void *must(void *memory)
{
    if (memory == NULL) {
        fprintf(stderr, "snarl-mpi: no memory for messages\n");
        MPI_Abort(MPI_COMM_WORLD, SN_SYSTEM);
    }
    return memory;
}

static size_t pieces_of(size_t bytes)
{
    return bytes <= INSIDE ? 0 : (bytes + PIECE - 1) / PIECE;
}

/* Starts the messages of one parcel, in pieces. */
static size_t start(size_t started, char *parcel, size_t bytes, uint32_t other, bool is_coming)
{
    for (size_t at = 0; bytes > INSIDE && at < bytes; at += PIECE, started++) {
        int length = (int)(bytes - at < PIECE ? bytes - at : PIECE);
        if (is_coming)
            MPI_Irecv(parcel + at, length, MPI_BYTE, (int)other, 0, MPI_COMM_WORLD, &requests[started]);
        else
            MPI_Isend(parcel + at, length, MPI_BYTE, (int)other, 0, MPI_COMM_WORLD, &requests[started]);
    }
    return started;
}

/* Others may have much to do before they come: a process that waits leaves its processor to them. */
static void wait_for(MPI_Request *request)
{
    enum { SPINS = 2000, FIRST_NAP = 20000, LONGEST_NAP = 1000000 }; /* ns */
    long nap = FIRST_NAP;
    int is_done = 0;
    for (int spins = 0; !is_done; spins++) {
        MPI_Test(request, &is_done, MPI_STATUS_IGNORE);
        if (is_done || spins < SPINS)
            continue;
        const struct timespec pause = {.tv_nsec = nap};
        nanosleep(&pause, NULL);
        nap = nap * 2 < LONGEST_NAP ? nap * 2 : LONGEST_NAP;
    }
}

static void exchange(void *context, const void *const *parcels, const size_t *bytes, const void **came,
                     size_t *came_bytes)
{
    (void)context;
    for (uint32_t p = 0; p < peers.count; p++) {
        out[p].bytes = bytes[p];
        if (bytes[p] > 0 && bytes[p] <= INSIDE)
            memcpy(out[p].inside, parcels[p], bytes[p]);
    }
    MPI_Request first;
    MPI_Ialltoall(out, sizeof *out, MPI_BYTE, in, sizeof *in, MPI_BYTE, MPI_COMM_WORLD, &first);
    wait_for(&first);

    size_t needed = 0, pieces = 0;
    for (uint32_t p = 0; p < peers.count; p++) {
        came_bytes[p] = (size_t)in[p].bytes;
        needed += (came_bytes[p] + 7) / 8 * 8; /* numbers in a parcel are aligned as in memory */
        pieces += pieces_of(came_bytes[p]) + pieces_of(bytes[p]);
    }
    if (needed > received_room) {
        received_room = needed + needed / 2;
        free(received);
        received = must(malloc(received_room));
    }
    if (pieces > request_room) {
        request_room = pieces * 2;
        free(requests);
        requests = must(malloc(request_room * sizeof(MPI_Request)));
    }
    size_t at = 0, started = 0;
    for (uint32_t p = 0; p < peers.count; p++) {
        came[p] = received + at;
        if (came_bytes[p] <= INSIDE)
            memcpy(received + at, in[p].inside, came_bytes[p]);
        started = start(started, received + at, came_bytes[p], p, true);
        at += (came_bytes[p] + 7) / 8 * 8;
    }
    for (uint32_t p = 0; p < peers.count; p++)
        started = start(started, (char *)(uintptr_t)parcels[p], bytes[p], p, false);
    if (started > 0)
        MPI_Waitall((int)started, requests, MPI_STATUSES_IGNORE);
}

/* Standard input, output and errors of those that do not speak. */
static void be_silent(void)
{
    int nothing = open("/dev/null", O_RDWR);
    for (int descriptor = 0; nothing >= 0 && descriptor <= 2; descriptor++)
        dup2(nothing, descriptor);
    if (nothing > 2)
        close(nothing);
}

void processes_begin(int *argc, char ***argv)
{
    int rank, count, neighbours;
    MPI_Comm near;
    MPI_Init(argc, argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &count);
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &near);
    MPI_Comm_size(near, &neighbours);
    MPI_Comm_free(&near);
    peers = (SnPeers){.rank = (uint32_t)rank,
                      .count = (uint32_t)count,
                      .neighbours = (uint32_t)neighbours,
                      .exchange = exchange};
    out = must(calloc((size_t)count, sizeof *out));
    in = must(calloc((size_t)count, sizeof *in));
    received_room = 4096;
    received = must(malloc(received_room));
    if (rank != 0)
        be_silent();
}

void processes_end(void)
{
    MPI_Finalize();
    free(out);
    free(in);
    free(received);
    free(requests);
}

const SnPeers *processes_peers(void)
{
    return &peers;
}

/* The same parcel for all. */
static void tell_all(const void *parcel, size_t bytes, const void **came, size_t *came_bytes)
{
    const void **parcels = must(calloc(peers.count, sizeof *parcels));
    size_t *lengths = must(calloc(peers.count, sizeof *lengths));
    for (uint32_t p = 0; p < peers.count; p++) {
        parcels[p] = parcel;
        lengths[p] = bytes;
    }
    exchange(NULL, parcels, lengths, came, came_bytes);
    free(parcels);
    free(lengths);
}

void processes_share(char **bytes, size_t *length)
{
    const void **came = must(calloc(peers.count, sizeof *came));
    size_t *came_bytes = must(calloc(peers.count, sizeof *came_bytes));
    tell_all(*bytes, peers.rank == 0 ? *length : 0, came, came_bytes);
    if (peers.rank != 0) {
        *length = came_bytes[0];
        *bytes = must(malloc(*length + 1));
        memcpy(*bytes, came[0], *length); // NOLINT(clang-analyzer-core.NonNullParamChecker): must() aborts, and exchange() sets came[0]
    }
    free(came);
    free(came_bytes);
}

bool processes_any(bool mine)
{
    int any, own = mine;
    MPI_Allreduce(&own, &any, 1, MPI_INT, MPI_LOR, MPI_COMM_WORLD);
    return any != 0;
}
