/* snarl fmt FILE...: scenarios laid out anew, in place. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/work.h"

static char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t room = 0;
    *length = 0;
    while (file != NULL && !feof(file) && !ferror(file)) {
        room = room == 0 ? 1 << 16 : room * 2;
        char *larger = realloc(text, room);
        if (larger == NULL)
            break;
        text = larger;
        *length += fread(text + *length, 1, room - *length, file);
    }
    if (file == NULL || ferror(file) || !feof(file)) {
        output_error("cannot read %s: %s", path, strerror(errno));
        free(text);
        text = NULL;
    }
    if (file != NULL)
        fclose(file);
    return text;
}

static SnStatus format_one(const Options *options, const char *path)
{
    bool is_input = strcmp(path, "-") == 0;
    size_t length;
    char *text = is_input ? work_read_input(&length) : read_file(path, &length), *formatted = NULL, *message = NULL;
    if (text == NULL)
        return SN_SYSTEM;
    SnStatus status = sn_format(is_input ? "<stdin>" : path, text, length, &formatted, &message);
    output_diagnostics(message);
    if (status == SN_OK && formatted == NULL)
        status = SN_SYSTEM;
    bool is_same = formatted != NULL && strlen(formatted) == length && memcmp(formatted, text, length) == 0;
    if (status == SN_OK && options->check) {
        if (!is_same) {
            output_visible(stdout, path);
            putchar('\n');
            status = SN_FOUND;
        }
    } else if (status == SN_OK && is_input) {
        fputs(formatted, stdout);
    } else if (status == SN_OK && !is_same) {
        status = output_file(path, formatted, strlen(formatted));
        if (status == SN_OK && !options->quiet) {
            fputs("formatted ", stdout);
            output_visible(stdout, path);
            putchar('\n');
        }
    }
    sn_string_free(formatted);
    free(text);
    return status;
}

SnStatus fmt_run(const Options *options)
{
    SnStatus status = SN_OK;
    for (size_t f = 1; f < options->operand_count; f++)
        status = output_worse(status, format_one(options, options->operands[f]));
    return status;
}
