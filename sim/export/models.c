#include "export/models.h"

static void refuse(DiagList *diagnostics, Span span, const char *what, const char *language)
{
    diag_error(diagnostics, span, "%s cannot be exported to %s", what, language);
}

static void refuse_symbol(const Symbol *symbol, DiagList *diagnostics, const char *language)
{
    switch (symbol->kind) { /* without a default: whoever adds a kind decides here */
    case SYMBOL_CONST:
    case SYMBOL_VARIABLE:
    case SYMBOL_LOCAL:
    case SYMBOL_MUTEX:
    case SYMBOL_RWLOCK:
    case SYMBOL_SEMAPHORE:
    case SYMBOL_CONDITION:
    case SYMBOL_BARRIER:
    case SYMBOL_EVENT:
    case SYMBOL_QUEUE:
    case SYMBOL_ONCE:
    case SYMBOL_WAITGROUP:
    case SYMBOL_THREAD:
    case SYMBOL_FUNCTION: break;
    case SYMBOL_POOL: refuse(diagnostics, symbol->span, "a pool", language); break;
    }
    if (symbol->is_fibre)
        refuse(diagnostics, symbol->span, "a fibre", language);
    if (symbol->is_coroutine)
        refuse(diagnostics, symbol->span, "a coroutine", language);
    if (symbol->is_process)
        refuse(diagnostics, symbol->span, "a process", language);
    if (symbol->is_process_spawned)
        refuse(diagnostics, symbol->span, "a function that is started as a process", language);
    if (symbol->mailbox != NULL)
        refuse(diagnostics, symbol->span, "an actor", language);
    if (symbol->topic != NULL)
        refuse(diagnostics, symbol->span, "a subscriber", language);
    else if (symbol->is_topic)
        refuse(diagnostics, symbol->span, "a topic", language);
    if (symbol->is_lossy || symbol->is_reordering || symbol->is_duplicating || symbol->is_acknowledged)
        refuse(diagnostics, symbol->span, "a queue on which messages get lost, overtaken, doubled or acknowledged", language);
}

bool models_refuse(const Scenario *scenario, DiagList *diagnostics, const char *language)
{
    uint32_t before = diagnostics->errors;
    for (uint32_t i = 0; i < scenario->symbols.count; i++)
        refuse_symbol(scenario->symbols.items[i], diagnostics, language);
    if (scenario->run != NULL)
        refuse(diagnostics, scenario->run->span, "an event loop", language);
    if (scenario->has_clock)
        refuse(diagnostics, scenario->clock_span, "the virtual clock", language);
    if (scenario->has_gil)
        refuse(diagnostics, scenario->gil_span, "`runtime gil`", language);
    if (scenario->cores > 0)
        refuse(diagnostics, scenario->cores_span, "a number of cores", language);
    return diagnostics->errors > before;
}
