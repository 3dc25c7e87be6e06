/* scenario.h: what an SnScenario is inside the library.
 *
 * Shape   source, resolved tree and step code, all in one arena.
 * Owner   sn_scenario_free. A machine may lower the scenario again with more slots for spawned threads; such a program
 *         belongs to the machine, not to the scenario. */
#ifndef API_SCENARIO_H
#define API_SCENARIO_H

#include "base/diag.h"
#include "base/memory.h"
#include "lang/ast.h"
#include "program/program.h"
#include "snarl/snarl.h"

struct SnScenario {
    Arena arena;
    Source source; /* name and text are copies in the arena */
    Scenario *tree;
    Program *program;
    LowerOptions lowering; /* what `program` was lowered with */
    SnExpectation *expectations;
    size_t expectation_count;
};

/* printf into a string for `char **message`; NULL when memory ended. */
char *api_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
