/* api_format.c: sn_format. */
#include <string.h>

#include "api/scenario.h"
#include "lang/format.h"

/* The arena jumps back to here when memory ends. */
static Status format_or_fail(Arena *arena, const Source *source, DiagList *diagnostics, Text *out)
{
    jmp_buf escape;
    arena->escape = &escape;
    Status status = setjmp(escape) != 0 ? STATUS_NO_MEMORY : format_source(arena, source, diagnostics, out);
    arena->escape = NULL;
    return status;
}

SnStatus sn_format(const char *name, const char *text, size_t length, char **formatted, char **message)
{
    *formatted = *message = NULL;
    Arena arena = {0};
    Text out = {0}, printed = {0};
    DiagList diagnostics;
    char *copy = mem_alloc(length + 1, 1); /* ends with a NUL, as a Source does */
    Status status = STATUS_NO_MEMORY;
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
        const Source source = {name, copy, length};
        diag_begin(&diagnostics, &arena, &source);
        status = format_or_fail(&arena, &source, &diagnostics, &out);
        if (status == STATUS_INVALID) {
            diag_print(&diagnostics, &printed);
            status = printed.failed ? STATUS_NO_MEMORY : STATUS_INVALID;
        }
    }
    if (status == STATUS_OK && (*formatted = text_take(&out)) == NULL)
        status = STATUS_NO_MEMORY;
    if (status == STATUS_INVALID)
        *message = text_take(&printed);
    else if (status != STATUS_OK)
        *message = api_message("%s: no memory left to format it\n", name);
    text_free(&out);
    text_free(&printed);
    arena_free(&arena);
    mem_free(copy);
    return status == STATUS_OK ? SN_OK : status == STATUS_INVALID ? SN_INVALID : SN_SYSTEM;
}
