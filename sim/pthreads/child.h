/* child.h: a process of its own for threads that may never end: they end with it.
 *
 * The child dies with its parent, whatever ends that (PR_SET_PDEATHSIG), leaves Ctrl-C to it, and goes by _exit: nothing that the parent had buffered is
 * written twice. It has one thread at its start, since fork copies no other.
 * Errors  false with errno: the system gives no process (EAGAIN: `ulimit -u`). */
#ifndef PTHREADS_CHILD_H
#define PTHREADS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct Child {
    pid_t process; /* 0: none */
    int from;      /* what it writes */
} Child;

/* The child calls body(context, to), where `to` leads to child->from, and exits with the result. */
bool child_start(Child *child, int (*body)(void *context, int to), void *context);
/* Waits until there is something to read, or its end. False: nothing within so many milliseconds. */
bool child_wait(const Child *child, int milliseconds);
/* False: it ended before so many bytes came. */
bool child_read(const Child *child, void *bytes, size_t size);
/* Waits for its end, after child_read said that it comes, or kills it; returns the status of waitpid. */
int child_end(Child *child, bool kills);
/* In the child. False: the parent is gone. */
bool child_write(int to, const void *bytes, size_t size);
/* The processors that this process may use: their numbers; returns how many, at most `room`. */
unsigned child_processors(int *numbers, unsigned room);
/* Lets the calling thread run on this processor only. */
void child_pin(int processor);

#endif
