/* models.h: execution models beside plain threads, which no export knows yet. */
#ifndef EXPORT_MODELS_H
#define EXPORT_MODELS_H

#include "lang/ast.h"

/* True, with a diagnostic for each, when the scenario has processes, actors, topics, faulty queues or a clock. `language`: for the messages. */
bool models_refuse(const Scenario *scenario, DiagList *diagnostics, const char *language);

#endif
