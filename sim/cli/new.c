/* snarl new KIND: a scenario to start from. */
#include "cli/commands.h"
#include "cli/output.h"

static void list_kinds(FILE *out)
{
    const char *description, *name;
    for (size_t k = 0; (name = sn_template_name(k, &description)) != NULL; k++)
        fprintf(out, "  %-14s %s\n", name, description);
}

SnStatus new_run(const Options *options)
{
    enum { MOST = 64 };
    if (options->operand_count < 2) {
        printf("Scenarios to start from; `snarl new KIND > my.snarl` writes one:\n\n");
        list_kinds(stdout);
        return SN_OK;
    }
    const char *kind = options->operands[1], *text = sn_template(kind);
    if (text != NULL) {
        fputs(text, stdout);
        return SN_OK;
    }
    const char *names[MOST];
    size_t count = 0;
    while (count < MOST && (names[count] = sn_template_name(count, NULL)) != NULL)
        count++;
    const char *nearest = options_nearest(kind, names, count);
    if (nearest != NULL)
        output_error("no scenario to start from is called `%s`; did you mean `%s`?", kind, nearest);
    else
        output_error("no scenario to start from is called `%s`; `snarl new` lists them", kind);
    return SN_INVALID;
}
