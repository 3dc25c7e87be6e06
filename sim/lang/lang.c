#include "lang/lang.h"

#include "lang/parser.h"
#include "lang/resolve.h"

/* What must be let go of at the end, also after an escape: outside of the function that sets the jump, so that its
 * contents are defined behind it. */
typedef struct Load {
    Arena *arena;
    Arena scratch;
    Text text;
} Load;

static Status load(Load *state, const Source *source, Define *defines, uint32_t define_count, DiagList *diagnostics,
                   Scenario **scenario)
{
    jmp_buf escape;
    if (setjmp(escape) != 0)
        return STATUS_NO_MEMORY;
    state->arena->escape = &escape;
    state->scratch.escape = &escape;
    Parsed *parsed = parser_run(state->arena, &state->scratch, source, diagnostics);
    resolve_run(state->arena, &state->scratch, parsed, defines, define_count, diagnostics, &state->text);
    if (diagnostics->errors > 0)
        return STATUS_INVALID;
    *scenario = parsed->scenario;
    return STATUS_OK;
}

Status lang_load(Arena *arena, const Source *source, Define *defines, uint32_t define_count, DiagList *diagnostics,
                 Scenario **scenario)
{
    Load state = {.arena = arena};
    jmp_buf *outer = arena->escape;
    *scenario = NULL;
    diag_begin(diagnostics, arena, source);
    for (uint32_t i = 0; i < define_count; i++)
        defines[i].used = false;
    Status status = load(&state, source, defines, define_count, diagnostics, scenario);
    arena->escape = outer;
    diagnostics->is_quiet = false;
    arena_free(&state.scratch);
    text_free(&state.text);
    return status;
}

const char *lang_finding_words(FindingKind kind)
{
    static const char *const words[FINDING_KIND_COUNT] = {
#define X(name, spoken, hyphenated) [name] = spoken,
        FINDING_KINDS(X)
#undef X
    };
    return words[kind];
}

const char *lang_finding_hyphenated(FindingKind kind)
{
    static const char *const words[FINDING_KIND_COUNT] = {
#define X(name, spoken, hyphenated) [name] = hyphenated,
        FINDING_KINDS(X)
#undef X
    };
    return words[kind];
}
