/* status.h: how a call that depends on the outside world ended. Findings are data, not statuses. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

typedef enum Status {
    STATUS_OK = 0,
    STATUS_INVALID,     /* the input is wrong; the diagnostics say where */
    STATUS_NO_MEMORY,   /* the allocator, or the memory budget of --max-memory, said no */
    STATUS_LIMIT,       /* a limit on states or time was reached */
    STATUS_INTERRUPTED, /* the user asked to stop */
    STATUS_IO,          /* a file could not be read or written */
    STATUS_RELAYOUT     /* a value did not fit its field of the packed state: lay out anew and start over */
} Status;

#endif
