#include "lang/ast.h"

static const char *const kind_names[] = {
    [SYMBOL_CONST] = "a constant",      [SYMBOL_VARIABLE] = "a variable", [SYMBOL_LOCAL] = "a local variable",
    [SYMBOL_MUTEX] = "a mutex",         [SYMBOL_RWLOCK] = "an rwlock",    [SYMBOL_SEMAPHORE] = "a semaphore",
    [SYMBOL_CONDITION] = "a condition", [SYMBOL_BARRIER] = "a barrier",   [SYMBOL_EVENT] = "an event",
    [SYMBOL_QUEUE] = "a queue",         [SYMBOL_ONCE] = "a once object",  [SYMBOL_WAITGROUP] = "a waitgroup",
    [SYMBOL_POOL] = "a pool",
    [SYMBOL_THREAD] = "a thread",       [SYMBOL_FUNCTION] = "a function",
};

const char *symbol_kind_name(SymbolKind kind)
{
    return kind_names[kind];
}

const char *operation_word(OperationKind kind)
{
    static const char *const words[OPERATION_KIND_COUNT] = {
#define X(name, spelling, objects) [name] = spelling,
        OPERATION_KINDS(X)
#undef X
    };
    return words[kind];
}

uint32_t operation_objects(OperationKind kind)
{
    static const uint32_t objects_of[OPERATION_KIND_COUNT] = {
#define X(name, spelling, objects) [name] = objects,
        OPERATION_KINDS(X)
#undef X
    };
    return objects_of[kind];
}
