/* snarl help, --help, completion: made from the table of options and the list of commands. */
#include <string.h>

#include "cli/commands.h"
#include "cli/output.h"

/* ----------------------------------------------------------------- help */

/* "  -o, --output OUT" */
static int option_label(const OptionSpec *spec, char *label, size_t size)
{
    char letter[8] = "    ";
    if (spec->letter != 0)
        snprintf(letter, sizeof letter, "-%c, ", spec->letter);
    return snprintf(label, size, "  %s--%s%s%s", letter, spec->name, spec->argument != NULL ? " " : "",
                    spec->argument != NULL ? spec->argument : "");
}

/* `text` behind `indent` columns that the first line has already; a single newline is a blank, an empty line stays. */
static void print_wrapped(FILE *out, const char *text, size_t indent)
{
    enum { COLUMNS = 80 };
    size_t column = indent;
    bool line_begins = true;
    while (*text != '\0') {
        size_t blanks = strspn(text, " \n");
        if (blanks >= 2 && text[0] == '\n' && text[blanks] != '\0') {
            fprintf(out, "\n\n%*s", (int)indent, "");
            column = indent;
            line_begins = true;
        }
        text += blanks;
        size_t word = strcspn(text, " \n");
        if (word == 0)
            break;
        if (!line_begins && column + 1 + word > COLUMNS) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
            line_begins = true;
        }
        column += word + !line_begins;
        fprintf(out, "%s%.*s", line_begins ? "" : " ", (int)word, text);
        line_begins = false;
        text += word;
    }
    fputc('\n', out);
}

static void print_options(FILE *out, unsigned commands_wanted, bool common)
{
    enum { LABEL_COLUMNS = 31, INDENT = LABEL_COLUMNS + 2 };
    for (size_t i = 0; i < OPTION_COUNT_OF; i++) {
        const OptionSpec *spec = &option_specs[i];
        char label[80];
        if ((spec->commands & commands_wanted) == 0 || (spec->commands == FOR_ALL) != common)
            continue;
        int width = option_label(spec, label, sizeof label);
        if (width > LABEL_COLUMNS)
            fprintf(out, "%s\n%*s", label, INDENT, "");
        else
            fprintf(out, "%-*s", INDENT, label);
        print_wrapped(out, spec->help, INDENT);
    }
}

void help_print(FILE *out, const Command *command)
{
    if (command == NULL) {
        fputs("usage: snarl COMMAND [OPTION]... FILE...\n\nFinds the races and deadlocks of a scenario by running all "
              "of its interleavings.\n\nCommands:\n",
              out);
        for (const Command *each = commands; each->name != NULL; each++)
            fprintf(out, "  %-12s %s\n", each->name, each->summary);
        fputs("\nOptions of all commands:\n", out);
        print_options(out, FOR_ALL, true);
        fputs("\nExit status: 0 nothing found, 1 something found, 2 command line or scenario wrong,\n"
              "3 incomplete and nothing found so far, 4 the system failed.\n"
              "`snarl help COMMAND` explains a command; `snarl new race` prints a first scenario.\n",
              out);
        return;
    }
    fprintf(out, "usage: snarl %s [OPTION]... %s\n\n", command->name, command->usage);
    print_wrapped(out, command->about, 0);
    bool has_own = false;
    for (size_t i = 0; i < OPTION_COUNT_OF; i++)
        has_own = has_own || (option_specs[i].commands != FOR_ALL && (option_specs[i].commands & command->bit) != 0);
    if (has_own) {
        fputs("\nOptions:\n", out);
        print_options(out, command->bit, false);
    }
    fputs("\nOptions of all commands:\n", out);
    print_options(out, command->bit, true);
}

/* ---------------------------------------------------------- manual page */

/* Text for troff: backslashes, minus signs, dots or quotes that begin a line, and what stands in backquotes in bold. */
static void roff(const char *text)
{
    bool begins = true, in_code = false;
    for (; *text != '\0'; text++) {
        if (begins && (*text == '.' || *text == '\''))
            fputs("\\&", stdout);
        begins = *text == '\n';
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '`')
            fputs((in_code = !in_code) ? "\\fB" : "\\fR", stdout);
        else
            putchar(*text);
    }
}

/* Text of several paragraphs, with an empty line between them. */
static void roff_paragraphs(const char *text)
{
    const char *end;
    while ((end = strstr(text, "\n\n")) != NULL) {
        char paragraph[1024];
        snprintf(paragraph, sizeof paragraph, "%.*s", (int)(end - text), text);
        roff(paragraph);
        fputs("\n.sp\n", stdout);
        text = end + 2;
    }
    roff(text);
    putchar('\n');
}

static void roff_options(bool common)
{
    for (size_t i = 0; i < OPTION_COUNT_OF; i++) {
        const OptionSpec *spec = &option_specs[i];
        if ((spec->commands == FOR_ALL) != common)
            continue;
        fputs(".TP\n", stdout);
        if (spec->letter != 0)
            printf("\\fB\\-%c\\fR, ", spec->letter);
        fputs("\\fB", stdout);
        roff("--");
        roff(spec->name);
        fputs("\\fR", stdout);
        if (spec->argument != NULL) {
            fputs(" \\fI", stdout);
            roff(spec->argument);
            fputs("\\fR", stdout);
        }
        putchar('\n');
        if (!common) {
            const char *between = "(";
            for (const Command *command = commands; command->name != NULL; command++)
                if ((spec->commands & command->bit) != 0) {
                    printf("%s%s", between, command->name);
                    between = ", ";
                }
            fputs(") ", stdout);
        }
        roff(spec->help);
        putchar('\n');
    }
}

static void print_manual(void)
{
    fputs(".\\\" Made by `snarl help manual`; change sim/cli/options.h, main.c or help.c instead.\n"
          ".TH SNARL 1 \"\" \"snarl " SN_VERSION "\" \"User Commands\"\n.SH NAME\n"
          "snarl \\- find the races and deadlocks of a scenario by running all of its interleavings\n.SH SYNOPSIS\n",
          stdout);
    for (const Command *command = commands; command->name != NULL; command++) {
        printf("%s\\fBsnarl %s\\fR ", command == commands ? "" : ".br\n", command->name);
        roff(command->usage);
        putchar('\n');
    }
    fputs(".SH DESCRIPTION\n"
          "A scenario describes threads, what they share, and locks, semaphores, condition variables and queues "
          "between them.\n"
          "\\fBsnarl\\fR runs every interleaving of their steps. It says which errors can happen, how many "
          "interleavings show\n"
          "each, how likely a random scheduler runs into it, and how to bring it about. Results do not depend on the "
          "machine.\n"
          ".SH COMMANDS\n",
          stdout);
    for (const Command *command = commands; command->name != NULL; command++) {
        printf(".TP\n\\fB%s\\fR ", command->name);
        roff(command->usage);
        putchar('\n');
        roff_paragraphs(command->about);
    }
    fputs(".SH OPTIONS\nOptions and files may mix; \\fB\\-\\-\\fR ends the options.\n", stdout);
    roff_options(true);
    fputs(".SS Of some commands\n", stdout);
    roff_options(false);
    fputs(".SH EXIT STATUS\n"
          ".TP\n0\nall was explored and nothing found; \\fBtest\\fR: every expectation met; other commands: done\n"
          ".TP\n1\nsomething was found; \\fBtest\\fR: an expectation not met; \\fBdraw\\fR: there is nothing of that "
          "kind to draw\n"
          ".TP\n2\nthe command line or the scenario is wrong; messages are on standard error\n"
          ".TP\n3\na limit was reached or the work was interrupted, and nothing had been found by then\n"
          ".TP\n4\nthe system failed: unreadable file, full disk, no memory, no Graphviz\n"
          ".PP\nOf several files the worst counts, in the order 4, 2, 1, 3, 0.\n"
          ".SH ENVIRONMENT\n"
          ".TP\n\\fBNO_COLOR\\fR\nwhen not empty, no colours unless \\fB\\-\\-color always\\fR asks for them\n"
          ".TP\n\\fBCOLUMNS\\fR\nwidth of the texts; otherwise that of the terminal, or 100\n"
          ".SH EXAMPLES\n.nf\n"
          "snarl new race > race.snarl\n"
          "snarl explore race.snarl\n"
          "snarl run race.snarl \\-\\-schedule \\(aqinc[0] inc[1] inc[1] inc[0]\\(aq\n"
          "snarl draw schedule race.snarl \\-o race.svg\n"
          ".fi\n",
          stdout);
}

/* ---------------------------------------------------------- completions */

/* Words that complete the operand of a command; "" where it is a file. */
static const char *operand_words(const Command *command)
{
    switch (command->bit) {
    case FOR_DRAW: return "schedule waits locks order states frames timeline outcomes";
    case FOR_EXPORT: return "c promela";
    case FOR_COMPLETION: return "bash zsh fish";
    default: return "";
    }
}

static void print_kinds(void)
{
    const char *name;
    for (size_t k = 0; (name = sn_template_name(k, NULL)) != NULL; k++)
        printf("%s%s", k > 0 ? " " : "", name);
}

static void print_choices(const char *words)
{
    for (; *words != '\0'; words++)
        putchar(*words == '|' ? ' ' : *words);
}

static void print_option_names(unsigned bit)
{
    const char *between = "";
    for (size_t i = 0; i < OPTION_COUNT_OF; i++)
        if ((option_specs[i].commands & bit) != 0) {
            printf("%s--%s", between, option_specs[i].name);
            between = " ";
        }
}

static void print_command_names(void)
{
    for (const Command *command = commands; command->name != NULL; command++)
        printf("%s%s", command == commands ? "" : " ", command->name);
}

static void complete_bash(void)
{
    fputs("# bash completion for snarl\n_snarl() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=\n    COMPREPLY=()\n    "
          "case $before in\n",
          stdout);
    for (size_t i = 0; i < OPTION_COUNT_OF; i++)
        if (option_specs[i].kind == OPTION_CHOICE) {
            printf("    --%s) words='", option_specs[i].name);
            print_choices(option_specs[i].argument);
            fputs("' ;;\n", stdout);
        }
    fputs("    help) words='", stdout);
    print_command_names();
    fputs("' ;;\n    new) words='", stdout);
    print_kinds();
    fputs("' ;;\n", stdout);
    for (const Command *command = commands; command->name != NULL; command++)
        if (operand_words(command)[0] != '\0')
            printf("    %s) words='%s' ;;\n", command->name, operand_words(command));
    fputs("    esac\n    if [[ $COMP_CWORD -eq 1 ]]; then\n        words='", stdout);
    print_command_names();
    fputs("'\n    fi\n    if [[ $word == -* ]]; then\n        case ${COMP_WORDS[1]} in\n", stdout);
    for (const Command *command = commands; command->name != NULL; command++) {
        printf("        %s) words='", command->name);
        print_option_names(command->bit);
        fputs("' ;;\n", stdout);
    }
    fputs("        *) words='--help --version' ;;\n        esac\n    fi\n"
          "    if [[ -n $words ]]; then\n        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
          "    else\n        compopt -o filenames\n        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n    "
          "fi\n}\ncomplete -F _snarl snarl\n",
          stdout);
}

/* Help texts in single quotes, for zsh and fish. */
static void quoted(const char *text, const char *special)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (strchr(special, *text) != NULL)
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void complete_zsh(void)
{
    fputs("#compdef snarl\n_snarl() {\n    local -a commands\n    commands=(\n", stdout);
    for (const Command *command = commands; command->name != NULL; command++) {
        printf("        '%s:", command->name);
        quoted(command->summary, ":");
        fputs("'\n", stdout);
    }
    fputs("    )\n    if (( CURRENT == 2 )); then\n        _describe command commands\n        return\n    fi\n"
          "    local command=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $command in\n",
          stdout);
    for (const Command *command = commands; command->name != NULL; command++) {
        printf("    %s) _arguments", command->name);
        for (size_t i = 0; i < OPTION_COUNT_OF; i++) {
            const OptionSpec *spec = &option_specs[i];
            if ((spec->commands & command->bit) == 0)
                continue;
            printf(" \\\n        '--%s[", spec->name);
            quoted(spec->help, "[]:");
            fputs("]", stdout);
            if (spec->argument != NULL) {
                fputs(":value:", stdout);
                if (spec->kind == OPTION_CHOICE) {
                    putchar('(');
                    print_choices(spec->argument);
                    putchar(')');
                } else if (strcmp(spec->name, "output") == 0) {
                    fputs("_files", stdout);
                }
            }
            putchar('\'');
        }
        if (operand_words(command)[0] != '\0')
            printf(" \\\n        '1:what:(%s)'", operand_words(command));
        if (command->bit == FOR_NEW) {
            fputs(" \\\n        '1:kind:(", stdout);
            print_kinds();
            fputs(")'", stdout);
        } else if (command->bit == FOR_HELP) {
            fputs(" \\\n        '1:command:(", stdout);
            print_command_names();
            fputs(")'", stdout);
        } else if (command->bit != FOR_COMPLETION) {
            fputs(" \\\n        '*:scenario:_files'", stdout);
        }
        fputs(" ;;\n", stdout);
    }
    fputs("    esac\n}\n_snarl \"$@\"\n", stdout);
}

static void complete_fish(void)
{
    fputs("# fish completion for snarl\n", stdout);
    for (const Command *command = commands; command->name != NULL; command++) {
        printf("complete -c snarl -n __fish_use_subcommand -f -a %s -d '", command->name);
        quoted(command->summary, "");
        fputs("'\n", stdout);
        if (operand_words(command)[0] != '\0')
            printf("complete -c snarl -n '__fish_seen_subcommand_from %s' -a '%s'\n", command->name,
                   operand_words(command));
    }
    fputs("complete -c snarl -n '__fish_seen_subcommand_from new' -f -a '", stdout);
    print_kinds();
    fputs("'\ncomplete -c snarl -n '__fish_seen_subcommand_from help' -f -a '", stdout);
    print_command_names();
    fputs("'\n", stdout);
    for (size_t i = 0; i < OPTION_COUNT_OF; i++) {
        const OptionSpec *spec = &option_specs[i];
        fputs("complete -c snarl", stdout);
        if (spec->commands != FOR_ALL) {
            fputs(" -n '__fish_seen_subcommand_from", stdout);
            for (const Command *command = commands; command->name != NULL; command++)
                if ((spec->commands & command->bit) != 0)
                    printf(" %s", command->name);
            fputs("'", stdout);
        }
        printf(" -l %s", spec->name);
        if (spec->letter != 0)
            printf(" -s %c", spec->letter);
        if (spec->kind == OPTION_CHOICE) {
            fputs(" -x -a '", stdout);
            print_choices(spec->argument);
            fputs("'", stdout);
        } else if (spec->argument != NULL) {
            fputs(" -r", stdout);
        }
        fputs(" -d '", stdout);
        quoted(spec->help, "");
        fputs("'\n", stdout);
    }
}

/* ------------------------------------------------------------- commands */

SnStatus completion_run(const Options *options)
{
    const char *shell = options->operands[1];
    if (strcmp(shell, "bash") == 0)
        complete_bash();
    else if (strcmp(shell, "zsh") == 0)
        complete_zsh();
    else if (strcmp(shell, "fish") == 0)
        complete_fish();
    else {
        output_error("completion is for bash, zsh and fish, not `%s`", shell);
        return SN_INVALID;
    }
    return SN_OK;
}

SnStatus help_run(const Options *options)
{
    if (options->operand_count < 2) {
        help_print(stdout, NULL);
        return SN_OK;
    }
    const char *name = options->operands[1];
    if (editor_print(name))
        return SN_OK;
    if (strcmp(name, "manual") == 0) {
        print_manual();
        return SN_OK;
    }
    for (const Command *command = commands; command->name != NULL; command++)
        if (strcmp(command->name, name) == 0) {
            help_print(stdout, command);
            return SN_OK;
        }
    output_error("unknown command `%s`; `snarl help` lists them", name);
    return SN_INVALID;
}
