#include "api/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lang/lang.h"

enum { FILE_MAX_MIB = 64 };

char *api_message(const char *format, ...)
{
    Text text = {0};
    va_list args;
    va_start(args, format);
    text_vformat(&text, format, args);
    va_end(args);
    return text_take(&text);
}

void sn_string_free(char *string)
{
    mem_free(string);
}

const char *sn_end_name(SnEnd end)
{
    switch (end) {
    case SN_END_OK: return "ok";
    case SN_END_DEADLOCK: return "deadlock";
    case SN_END_ASSERTION: return "assertion";
    case SN_END_INVARIANT: return "invariant";
    case SN_END_MISUSE: return "misuse";
    case SN_END_RUNTIME_ERROR: return "runtime-error";
    case SN_END_ASSUME: return "assume";
    case SN_END_RUNNING: return "running";
    }
    return "running";
}

/* ------------------------------------------------------------------ loading */

static void copy_expectations(SnScenario *scenario)
{
    const Scenario *tree = scenario->tree;
    scenario->expectations = ARENA_ARRAY(&scenario->arena, SnExpectation, tree->expectations.count);
    scenario->expectation_count = tree->expectations.count;
    for (uint32_t i = 0; i < tree->expectations.count; i++) {
        const Expectation *expectation = &tree->expectations.items[i];
        scenario->expectations[i].kind = lang_finding_hyphenated(expectation->kind);
        scenario->expectations[i].object = expectation->object;
    }
}

/* The part of loading that allocates from the arena, and so may leave by a long jump. */
static Status fill(SnScenario *scenario, const char *name, const char *text, size_t length,
                   const SnLoadOptions *options, DiagList *diagnostics)
{
    Arena *arena = &scenario->arena;
    scenario->source.name = arena_string(arena, name, strlen(name));
    scenario->source.text = arena_string(arena, text, length);
    scenario->source.length = length;
    diag_begin(diagnostics, arena, &scenario->source);

    uint32_t define_count = options == NULL ? 0 : (uint32_t)options->define_count;
    Define *defines = ARENA_ARRAY(arena, Define, define_count);
    for (uint32_t i = 0; i < define_count; i++) {
        defines[i].name = arena_string(arena, options->defines[i].name, strlen(options->defines[i].name));
        defines[i].value = options->defines[i].value;
    }
    Status status = lang_load(arena, &scenario->source, defines, define_count, diagnostics, &scenario->tree);
    if (status != STATUS_OK)
        return status;
    if (options != NULL) {
        scenario->lowering.statement_granularity = options->statement_granularity;
        scenario->lowering.spurious = options->spurious;
    }
    status = program_lower(arena, scenario->tree, &scenario->lowering, diagnostics, &scenario->program);
    if (status == STATUS_OK)
        copy_expectations(scenario);
    return status;
}

static Status fill_or_fail(SnScenario *scenario, const char *name, const char *text, size_t length,
                           const SnLoadOptions *options, DiagList *diagnostics)
{
    jmp_buf escape;
    scenario->arena.escape = &escape;
    Status status = setjmp(escape) != 0 ? STATUS_NO_MEMORY : fill(scenario, name, text, length, options, diagnostics);
    scenario->arena.escape = NULL;
    return status;
}

SnStatus sn_load(const char *name, const char *text, size_t length, const SnLoadOptions *options, SnScenario **scenario,
                 char **message)
{
    *scenario = NULL;
    *message = NULL;
    SnScenario *made = mem_alloc(1, sizeof *made);
    if (made == NULL)
        return SN_SYSTEM;
    DiagList diagnostics = {0};
    Status status = fill_or_fail(made, name, text, length, options, &diagnostics);
    if (status == STATUS_OK || status == STATUS_INVALID) {
        Text printed = {0};
        diag_print(&diagnostics, &printed);
        if (printed.failed)
            status = STATUS_NO_MEMORY;
        else if (printed.length > 0)
            *message = text_take(&printed);
        text_free(&printed);
    }
    if (status == STATUS_OK) {
        *scenario = made;
        return SN_OK;
    }
    sn_scenario_free(made);
    if (status == STATUS_INVALID)
        return SN_INVALID;
    sn_string_free(*message);
    *message = api_message("%s: no memory left to load it\n", name);
    return SN_SYSTEM;
}

/* Reads all of a file; NULL with a message otherwise. */
static char *read_file(const char *path, size_t *length, char **message)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        *message = api_message("%s: cannot be opened: %s\n", path, strerror(errno));
        return NULL;
    }
    const size_t max_bytes = (size_t)FILE_MAX_MIB << 20;
    char *bytes = NULL;
    size_t used = 0, room = 0;
    bool is_read = false, is_refused = false;
    while (!is_read && !is_refused) {
        if (used == room) {
            room = room == 0 ? 4096 : room * 2;
            char *larger = mem_resize(bytes, room, 1);
            if (larger == NULL) {
                *message = api_message("%s: no memory left to read it\n", path);
                break;
            }
            bytes = larger;
        }
        errno = 0;
        used += fread(bytes + used, 1, room - used, file);
        is_refused = ferror(file) || used > max_bytes;
        if (ferror(file))
            *message = api_message("%s: cannot be read: %s\n", path, strerror(errno));
        else if (used > max_bytes)
            *message = api_message("%s: is larger than %d MiB\n", path, FILE_MAX_MIB);
        else
            is_read = feof(file) != 0;
    }
    fclose(file);
    if (!is_read) {
        mem_free(bytes);
        return NULL;
    }
    *length = used;
    return bytes;
}

SnStatus sn_load_file(const char *path, const SnLoadOptions *options, SnScenario **scenario, char **message)
{
    *scenario = NULL;
    *message = NULL;
    size_t length = 0;
    char *text = read_file(path, &length, message);
    if (text == NULL)
        return SN_SYSTEM;
    SnStatus status = sn_load(path, text, length, options, scenario, message);
    mem_free(text);
    return status;
}

void sn_scenario_free(SnScenario *scenario)
{
    if (scenario == NULL)
        return;
    arena_free(&scenario->arena);
    mem_free(scenario);
}

/* ---------------------------------------------------------------- questions */

const char *sn_scenario_name(const SnScenario *scenario)
{
    return scenario->source.name;
}

const char *sn_scenario_text(const SnScenario *scenario, size_t *length)
{
    if (length != NULL)
        *length = scenario->source.length;
    return scenario->source.text;
}

char *sn_scenario_steps(const SnScenario *scenario)
{
    Text text = {0};
    program_disassemble(scenario->program, &text);
    return text_take(&text);
}

bool sn_scenario_has_clock(const SnScenario *scenario)
{
    return scenario->tree->has_clock;
}

/* Lowering ends all escapes of the arena that it is given. */
SnStatus sn_scenario_on_cores(const SnScenario *scenario, uint32_t cores, SnScenario **other)
{
    *other = NULL;
    SnScenario *made = mem_alloc(1, sizeof *made);
    if (made == NULL)
        return SN_SYSTEM;
    made->source = scenario->source;
    made->tree = scenario->tree;
    made->lowering = scenario->lowering;
    made->lowering.cores = cores;
    made->expectations = scenario->expectations;
    made->expectation_count = scenario->expectation_count;
    if (program_lower(&made->arena, made->tree, &made->lowering, NULL, &made->program) != STATUS_OK) {
        sn_scenario_free(made);
        return SN_SYSTEM;
    }
    *other = made;
    return SN_OK;
}

bool sn_scenario_expects(const SnScenario *scenario, const SnExpectation **expectations, size_t *count)
{
    *expectations = scenario->expectations;
    *count = scenario->expectation_count;
    return scenario->tree->has_expect;
}
