/* sn_template, sn_template_name: scenarios to start from. Each passes `snarl test` as it is. */
#include <string.h>

#include "snarl/snarl.h"

typedef struct Template {
    const char *name;
    const char *description;
    const char *text;
} Template;

static const Template templates[] = {
    {"race", "two threads count without a lock: lost update",
     "// Two threads add 1 to the same counter, without a lock.\n"
     "//\n"
     "// Each reads, then writes: two steps. When the other thread writes in between,\n"
     "// the value written is computed from an old one, and an increment is lost.\n"
     "// Try: put the two lines into `with m { }` (see `snarl new mutex`).\n"
     "const N = 2             // how many threads; `-D N=3` on the command line changes it\n"
     "\n"
     "shared counter = 0\n"
     "\n"
     "thread inc[N] {         // inc[0], inc[1]\n"
     "    local t = counter   // step: read\n"
     "    counter = t + 1     // step: write\n"
     "}\n"
     "\n"
     "finally counter == N    // must hold when all threads have ended\n"
     "expect data race, lost update, final\n"},
    {"mutex", "the same counter, safe under a lock",
     "// Two threads add 1 to a counter that a mutex protects.\n"
     "//\n"
     "// Only one thread at a time is between lock and unlock, so no other write can come\n"
     "// between its read and its write.\n"
     "// Try: take the `with` away from one of the threads only.\n"
     "const N = 2\n"
     "\n"
     "shared counter = 0\n"
     "mutex m\n"
     "\n"
     "thread inc[N] {\n"
     "    with m {            // lock m; it is unlocked on every way out\n"
     "        counter += 1    // two steps, a read and a write\n"
     "    }\n"
     "}\n"
     "\n"
     "finally counter == N\n"
     "expect ok\n"},
    {"deadlock", "two locks taken in opposite order",
     "// Two threads take the same two locks in opposite order.\n"
     "//\n"
     "// When each has taken its first lock, each waits for the one that the other holds, for ever.\n"
     "// Try: let both take a first. One order for all threads makes the cycle impossible.\n"
     "mutex a, b\n"
     "\n"
     "thread T1 {\n"
     "    lock a\n"
     "    lock b\n"
     "    unlock b\n"
     "    unlock a\n"
     "}\n"
     "\n"
     "thread T2 {\n"
     "    lock b\n"
     "    lock a\n"
     "    unlock a\n"
     "    unlock b\n"
     "}\n"
     "\n"
     "expect deadlock, lock order\n"},
    {"semaphore", "at most two of three threads inside",
     "// Three threads share a room for two.\n"
     "//\n"
     "// A semaphore counts the free places: acquire waits until there is one, release gives it back.\n"
     "// Try: start with 3 places and see which step breaks the invariant.\n"
     "const PLACES = 2\n"
     "\n"
     "semaphore places = PLACES\n"
     "shared inside = 0                // how many are in the room\n"
     "\n"
     "thread guest[3] {\n"
     "    acquire places\n"
     "    atomic { inside += 1 }       // one single step\n"
     "    atomic { inside -= 1 }\n"
     "    release places\n"
     "}\n"
     "\n"
     "always inside <= 2               // must hold in every state\n"
     "expect ok\n"},
    {"condition", "wait for a value with a condition variable",
     "// A consumer sleeps until the producer has made a value.\n"
     "//\n"
     "// The consumer looks at `ready` under the mutex, and looks again after each wake-up: a signal that\n"
     "// comes before the wait is not lost, because `ready` remembers it.\n"
     "// Try: remove the `while` and wait always; then the signal can come too early.\n"
     "shared ready = false, data = 0\n"
     "mutex m\n"
     "condition c\n"
     "\n"
     "thread producer {\n"
     "    with m {\n"
     "        data = 42\n"
     "        ready = true\n"
     "        signal c\n"
     "    }\n"
     "}\n"
     "\n"
     "thread consumer {\n"
     "    with m {\n"
     "        while (!ready) {\n"
     "            wait c with m        // gives m back while it sleeps, has it again after\n"
     "        }\n"
     "        assert data == 42\n"
     "    }\n"
     "}\n"
     "\n"
     "expect ok\n"},
    {"queue", "producer and consumer with a bounded queue",
     "// A producer hands numbers to a consumer through a queue with room for two.\n"
     "//\n"
     "// `put` waits while the queue is full, `get` while it is empty. After `close`, `get` hands out what\n"
     "// is left and then says so with ok = 0.\n"
     "// Try: q[0] makes every `put` meet its `get` (a rendezvous); a second producer needs another way to close.\n"
     "queue q[2]\n"
     "shared sum = 0\n"
     "\n"
     "thread producer {\n"
     "    for i in 1..=3 {\n"
     "        put q, i\n"
     "    }\n"
     "    close q\n"
     "}\n"
     "\n"
     "thread consumer {\n"
     "    local x = 0\n"
     "    local ok = true\n"
     "    while (ok) {\n"
     "        x, ok = get q\n"
     "        sum += x                 // 0 after the end\n"
     "    }\n"
     "}\n"
     "\n"
     "finally sum == 6\n"
     "expect ok\n"},
    {"barrier", "threads that wait for each other between two phases",
     "// Each thread writes its own cell, waits for the other one, then reads the other's cell.\n"
     "//\n"
     "// No one passes the barrier before all have arrived, so every cell is written before any is read.\n"
     "// Try: remove `wait b` and look at the data race.\n"
     "barrier b = 2\n"
     "shared cell[2] = 0\n"
     "\n"
     "thread worker[2] {\n"
     "    cell[self] = self + 1        // phase 1\n"
     "    wait b\n"
     "    assert cell[1 - self] == 2 - self   // phase 2\n"
     "}\n"
     "\n"
     "expect ok\n"},
    {"philosophers", "dining philosophers that take the left fork first",
     "// N philosophers sit around a table, with a fork between each two. To eat, one needs both forks.\n"
     "//\n"
     "// When all have taken their left fork, all wait for their right one: a deadlock of N threads.\n"
     "// Try: let the last one take the forks in the other order; or `-D N=5`, and watch how rare the\n"
     "// deadlock becomes among all interleavings, and how likely it stays.\n"
     "const N = 3\n"
     "\n"
     "mutex fork[N]\n"
     "\n"
     "thread philosopher[N] {\n"
     "    lock fork[self]\n"
     "    lock fork[(self + 1) % N]\n"
     "    unlock fork[(self + 1) % N]  // has eaten\n"
     "    unlock fork[self]\n"
     "}\n"
     "\n"
     "expect deadlock, lock order\n"},
};

enum { TEMPLATE_COUNT = sizeof templates / sizeof *templates };

const char *sn_template(const char *kind)
{
    for (size_t t = 0; t < TEMPLATE_COUNT; t++)
        if (strcmp(templates[t].name, kind) == 0)
            return templates[t].text;
    return NULL;
}

const char *sn_template_name(size_t index, const char **description)
{
    if (index >= TEMPLATE_COUNT)
        return NULL;
    if (description != NULL)
        *description = templates[index].description;
    return templates[index].name;
}
