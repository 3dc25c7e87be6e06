/* watch.h: is a thread asleep, and in what? Seen from outside, in /proc.
 *
 * A thread that sleeps in one object at two looks, and was not given the processor in between, slept all the time between them. When that holds for all
 * threads at once, nobody was there to wake any of them: that is a deadlock, not an impression after a time-out.
 *
 * Source  proc(5): /proc/self/task/TID/status (State, *_ctxt_switches) and syscall (number and arguments of the call it is blocked in). Where the kernel
 *         has no `syscall`, the worker's own note says which call it is in: it makes no other between the note and its removal. */
#ifndef PTHREADS_WATCH_H
#define PTHREADS_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct Sight {
    bool is_seen;   /* /proc could be read */
    bool is_asleep; /* blocked, and where `address` is known, in a futex there */
    bool has_address;
    uintptr_t address;
    uint64_t switches; /* how often it gave the processor away, or was made to */
} Sight;

/* `proc`: "/proc", or another place for tests. `process`: whose thread it is, one of ours or of our children's; 0: this one. */
Sight watch_look(const char *proc, pid_t process, pid_t task);

#endif
