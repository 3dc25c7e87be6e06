#include "lang/foreign.h"

#include <stddef.h>
#include <string.h>

static const char local_hint[] = "inside a thread write 'local x = 0', outside 'shared x = 0'";
static const char function_hint[] = "write 'fn name(a, b) { ... }'";
static const char thread_hint[] = "write 'thread name { ... }', or 'spawn f(x)' for a function";

static const ForeignWord statements[] = {
    {"int", false, local_hint},
    {"long", false, local_hint},
    {"short", false, local_hint},
    {"unsigned", false, local_hint},
    {"signed", false, local_hint},
    {"char", false, local_hint},
    {"bool", false, local_hint},
    {"float", false, "values are whole numbers; inside a thread write 'local x = 0'"},
    {"double", false, "values are whole numbers; inside a thread write 'local x = 0'"},
    {"int64_t", false, local_hint},
    {"size_t", false, local_hint},
    {"auto", false, local_hint},
    {"var", false, local_hint},
    {"let", false, local_hint},
    {"volatile", false, "write 'shared x = 0', or 'atomic x = 0' for accesses that never race"},
    {"static", false, "write 'shared x = 0' outside of the threads"},
    {"extern", false, "a scenario is one file"},
    {"global", false, "every shared variable is visible everywhere"},
    {"nonlocal", false, "every shared variable is visible everywhere"},
    {"void", false, function_hint},
    {"def", false, function_hint},
    {"func", false, function_hint},
    {"function", false, function_hint},
    {"lambda", false, function_hint},
    {"async", false, "write 'coroutine name(a, b) { ... }'"},
    {"fiber", false, "write 'fibre name { ... }'"},
    {"create_task", true, "write 'task t = f(1)'"},
    {"ThreadPoolExecutor", true, "write 'pool p[4]' outside of the threads, 'submit p, f(1)' inside"},
    {"ProcessPoolExecutor", true, "write 'process pool p[4]' outside of the threads, 'submit p, f(1)' inside"},
    {"elif", true, "write 'else if (...)'"},
    {"elsif", true, "write 'else if (...)'"},
    {"elseif", true, "write 'else if (...)'"},
    {"switch", true, "write 'if (...) {} else if (...) {}'"},
    {"case", false, "write 'if (...) {} else if (...) {}'; the arms of 'select' begin with 'when'"},
    {"default", false, "the last arm of 'select' is 'else { ... }'"},
    {"goto", false, "write a 'while' or 'loop' with 'break' and 'continue'"},
    {"foreach", true, "write 'for i in 0..n { ... }'"},
    {"unless", true, "write 'if (!(...)) { ... }'"},
    {"until", true, "write 'while (!(...)) { ... }'"},
    {"begin", false, "blocks stand in braces: { ... }"},
    {"end", false, "blocks stand in braces: { ... }"},
    {"new", false, "objects are declared outside of the threads, as in 'mutex m'; 'spawn f(x)' starts a thread"},
    {"start", false, "a 'thread' starts with the scenario; 'spawn f(x)' starts one later"},
    {"invariant", false, "write 'always x >= 0' outside of the threads"},
    {"pass", false, "write 'skip' for a step without effect, or nothing at all"},
    {"import", false, "a scenario is one file"},
    {"from", false, "a scenario is one file"},
    {"include", false, "a scenario is one file"},
    {"class", false, "there are variables, objects, threads and functions only"},
    {"struct", false, "there are variables, objects, threads and functions only"},
    {"typedef", false, "there are variables, objects, threads and functions only"},
    {"chan", false, "write 'queue q[3]', or 'queue q[0]' for a rendezvous"},
    {"go", false, "write 'spawn f(x)'"},
    {"defer", false, "write 'with m { ... }', which unlocks on every way out"},
    {"synchronized", true, "write 'with m { ... }'"},
    {"using", false, "write 'with m { ... }'"},
    {"raise", false, "write 'assert false, \"text\"'"},
    {"throw", false, "write 'assert false, \"text\"'"},
    {"catch", true, "'try' tells whether an operation was possible, as in 'if (try lock m) { ... }'"},
    {"except", false, "'try' tells whether an operation was possible, as in 'if (try lock m) { ... }'"},
    {"proctype", false, thread_hint},
    {"active", false, thread_hint},
    {"Thread", true, thread_hint},
    {"pthread_create", true, thread_hint},
    {"pthread_join", true, "write 'join name'"},
    {"pthread_mutex_lock", true, "write 'lock m'"},
    {"pthread_mutex_unlock", true, "write 'unlock m'"},
    {"pthread_mutex_t", false, "write 'mutex m'"},
    {"pthread_cond_wait", true, "write 'wait c with m'"},
    {"pthread_cond_signal", true, "write 'signal c'"},
    {"pthread_cond_broadcast", true, "write 'broadcast c'"},
    {"pthread_cond_t", false, "write 'condition c'"},
    {"sem_t", false, "write 'semaphore s = 0'"},
    {"sem_wait", true, "write 'acquire s'"},
    {"sem_post", true, "write 'release s'"},
    {"post", false, "write 'release s'"},
    {"notify", true, "write 'signal c'"},
    {"notify_one", true, "write 'signal c'"},
    {"notify_all", true, "write 'broadcast c'"},
    {"notifyAll", true, "write 'broadcast c'"},
    {"printf", true, "write 'print \"x = \", x'"},
    {"cout", false, "write 'print \"x = \", x'"},
    {"echo", false, "write 'print \"x = \", x'"},
    {"puts", true, "write 'print \"x = \", x'"},
    {"println", true, "write 'print \"x = \", x'"},
};

static const struct {
    const char *word, *hint;
} values[] = {
    {"True", "write 'true'"},
    {"False", "write 'false'"},
    {"TRUE", "write 'true'"},
    {"FALSE", "write 'false'"},
    {"None", "values are whole numbers; write 0"},
    {"NULL", "values are whole numbers; write 0"},
    {"nullptr", "values are whole numbers; write 0"},
    {"nil", "values are whole numbers; write 0"},
    {"range", "write 'for i in 0..n'"},
    {"length", "write 'len(q)'"},
    {"size", "write 'len(q)'"},
    {"random", "write 'choose(0..n)': the explorer tries every value"},
    {"rand", "write 'choose(0..n)': the explorer tries every value"},
    {"compare_and_swap", "write 'cas(x, old, new)'"},
    {"compare_exchange", "write 'cas(x, old, new)'"},
    {"atomic_fetch_add", "write 'fetch_add(x, n)'"},
    {"atomic_exchange", "write 'exchange(x, v)'"},
    {"null", "values are whole numbers; write 0"},
    {"Thread", "write 'thread name { ... }' outside of the threads, 'spawn f(x)' inside"},
    {"Lock", "write 'mutex m' outside of the threads"},
    {"Mutex", "write 'mutex m' outside of the threads"},
    {"Semaphore", "write 'semaphore s = 1' outside of the threads"},
    {"Condition", "write 'condition c' outside of the threads"},
    {"Queue", "write 'queue q[3]' outside of the threads"},
    {"tid", "write 'self'"},
    {"thread_id", "write 'self'"},
    {"get_ident", "write 'self'"},
    {"gettid", "write 'self'"},
    {"getpid", "write 'self'"},
    {"_pid", "write 'self'"},
};

/* Names that are foreign in front of a parenthesis only. */
static const struct {
    const char *word, *hint;
} calls[] = {
    {"P", "write 'acquire s'"},
    {"V", "write 'release s'"},
    {"down", "write 'acquire s'"},
    {"up", "write 'release s'"},
    {"usleep", "write 'sleep 100 us', with 'clock virtual' outside of the threads"},
    {"nanosleep", "write 'sleep 100 ns', with 'clock virtual' outside of the threads"},
    {"sched_yield", "write 'yield'"},
    {"atomic_load", "write the name alone: a read is one step"},
    {"atomic_store", "write 'x = ...': a write is one step"},
    {"atomic_inc", "write 'fetch_add(x, 1)'"},
    {"atomic_dec", "write 'fetch_add(x, -1)'"},
    {"test_and_set", "write 'exchange(x, 1)'"},
    {"Event", "write 'event e' outside of the threads"},
    {"Barrier", "write 'barrier b = 3' outside of the threads"},
    {"sum", "add in a loop, each read is a step"},
    {"input", "write 'choose(0..n)': the explorer tries every value"},
};

const ForeignWord *foreign_statement(const char *word)
{
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        if (strcmp(statements[i].word, word) == 0)
            return &statements[i];
    return NULL;
}

bool foreign_is_type(const ForeignWord *word)
{
    return word->hint == local_hint;
}

const char *foreign_value(const char *word)
{
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (strcmp(values[i].word, word) == 0)
            return values[i].hint;
    return NULL;
}

const char *foreign_call(const char *word)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(calls[i].word, word) == 0)
            return calls[i].hint;
    return NULL;
}

/* `@` stands for what the method was called on. */
static const struct {
    const char *method, *hint;
} methods[] = {
    {"wait", "write 'wait @', for a condition 'wait @ with m'"},
    {"acquire", "write 'acquire @', for a mutex 'lock @'"},
    {"release", "write 'release @', for a mutex 'unlock @'"},
    {"notify", "write 'signal @'"},
    {"notify_one", "write 'signal @'"},
    {"notify_all", "write 'broadcast @'"},
    {"notifyAll", "write 'broadcast @'"},
    {"start", "a 'thread' starts with the scenario; 'spawn f(x)' starts one later"},
    {"Thread", "write 'thread name { ... }' outside of the threads, 'spawn f(x)' inside"},
    {"Lock", "write 'mutex m' outside of the threads"},
    {"fetch_add", "write 'fetch_add(@, n)'"},
    {"exchange", "write 'exchange(@, v)'"},
    {"compare_exchange", "write 'cas(@, old, new)'"},
    {"compare_exchange_strong", "write 'cas(@, old, new)'"},
    {"load", "write '@' alone, of a variable declared with 'atomic'"},
    {"store", "write '@ = ...', of a variable declared with 'atomic'"},
    {"append", "arrays keep their length; a 'queue' takes values with 'put q, x'"},
    {"push", "write 'put @, ...'"},
    {"pop", "write 'get @'"},
    {"take", "write 'get @'"},
    {"recv", "write 'get @'"},
    {"dequeue", "write 'get @'"},
    {"enqueue", "write 'put @, ...'"},
    {"join", "write 'join @'"},
    {"length", "write 'len(@)'"},
    {"size", "write 'len(@)'"},
};

const char *foreign_method(Arena *arena, const char *method, const char *object)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (strcmp(methods[i].method, method) != 0)
            continue;
        const char *text = "", *rest = methods[i].hint;
        for (const char *at; (at = strchr(rest, '@')) != NULL; rest = at + 1)
            text = arena_format(arena, "%s%.*s%s", text, (int)(at - rest), rest, object);
        return arena_format(arena, "%s%s", text, rest);
    }
    return NULL;
}
