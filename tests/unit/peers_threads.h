/* peers_threads.h: processes of one exploration as threads of one process, for tests. */
#ifndef PEERS_THREADS_H
#define PEERS_THREADS_H

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "snarl/snarl.h"

enum { PEERS_THREADS_MOST = 8 };

typedef struct PeersThreads PeersThreads;

typedef struct PeerThread {
    PeersThreads *all;
    SnPeers peers;
    pthread_t thread;
    void (*work)(void *context, const SnPeers *peers);
    void *context;
    const void *const *send;
    const size_t *send_bytes;
    char *received[PEERS_THREADS_MOST];
} PeerThread;

struct PeersThreads {
    uint32_t count;
    pthread_mutex_t lock;
    pthread_cond_t met;
    uint32_t waiting;
    uint64_t meetings;
    PeerThread threads[PEERS_THREADS_MOST];
};

static void peers_threads_meet(PeersThreads *all)
{
    pthread_mutex_lock(&all->lock);
    uint64_t meeting = all->meetings;
    if (++all->waiting == all->count) {
        all->waiting = 0;
        all->meetings++;
        pthread_cond_broadcast(&all->met);
    }
    while (all->meetings == meeting)
        pthread_cond_wait(&all->met, &all->lock);
    pthread_mutex_unlock(&all->lock);
}

static void peers_threads_exchange(void *context, const void *const *parcels, const size_t *bytes,
                                   const void **received, size_t *received_bytes)
{
    PeerThread *self = context;
    PeersThreads *all = self->all;
    char *copies[PEERS_THREADS_MOST];
    self->send = parcels;
    self->send_bytes = bytes;
    peers_threads_meet(all);
    for (uint32_t p = 0; p < all->count; p++) {
        const PeerThread *from = &all->threads[p];
        received_bytes[p] = from->send_bytes[self->peers.rank];
        copies[p] = malloc(received_bytes[p] + 1); /* so that reading on behind the end is noticed */
        if (received_bytes[p] > 0)
            memcpy(copies[p], from->send[self->peers.rank], received_bytes[p]);
    }
    peers_threads_meet(all); /* what was sent may change from here on */
    for (uint32_t p = 0; p < all->count; p++) {
        free(self->received[p]);
        received[p] = self->received[p] = copies[p];
    }
}

static void *peers_threads_run(void *context)
{
    PeerThread *self = context;
    self->work(self->context, &self->peers);
    return NULL;
}

/* `work`, once for each of `count` processes, at the same time. */
static inline void peers_threads(uint32_t count, void (*work)(void *context, const SnPeers *peers), void *context)
{
    PeersThreads all = {.count = count};
    pthread_mutex_init(&all.lock, NULL);
    pthread_cond_init(&all.met, NULL);
    for (uint32_t p = 0; p < count; p++) {
        PeerThread *self = &all.threads[p];
        self->all = &all;
        self->work = work;
        self->context = context;
        self->peers = (SnPeers){
            .rank = p, .count = count, .neighbours = count, .exchange = peers_threads_exchange, .context = self};
    }
    for (uint32_t p = 0; p < count; p++)
        if (pthread_create(&all.threads[p].thread, NULL, peers_threads_run, &all.threads[p]) != 0)
            abort();
    for (uint32_t p = 0; p < count; p++) {
        pthread_join(all.threads[p].thread, NULL);
        for (uint32_t r = 0; r < count; r++)
            free(all.threads[p].received[r]);
    }
    pthread_mutex_destroy(&all.lock);
    pthread_cond_destroy(&all.met);
}

#endif
