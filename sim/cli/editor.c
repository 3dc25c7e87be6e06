/* editor.c: `snarl help vim` and `snarl help textmate`: syntax files for editors, made from the words of the language. */
#include "cli/commands.h"

#include <string.h>

#include "cli/output.h"

typedef struct Group {
    SnWordClass class;
    const char *name, *vim, *scope;
} Group;

static const Group groups[] = {
    {SN_WORD_DECLARATION, "snarlDeclaration", "Type", "storage.type.snarl"},
    {SN_WORD_STATEMENT, "snarlStatement", "Statement", "keyword.control.snarl"},
    {SN_WORD_OPERATION, "snarlOperation", "Function", "support.function.synchronisation.snarl"},
    {SN_WORD_EXPRESSION, "snarlValue", "Operator", "keyword.operator.word.snarl"},
    {SN_WORD_PROPERTY, "snarlProperty", "PreProc", "keyword.other.property.snarl"},
};

/* The words of a class, with `between` them. */
static void print_words(SnWordClass wanted, const char *between)
{
    SnWordClass class;
    const char *word;
    bool is_first = true;
    for (size_t i = 0; (word = sn_word(i, &class)) != NULL; i++) {
        if (class != wanted)
            continue;
        printf("%s%s", is_first ? "" : between, word);
        is_first = false;
    }
}

static void print_vim(void)
{
    fputs("\" Vim syntax file for snarl scenarios; made by `snarl help vim`.\n"
          "if exists(\"b:current_syntax\")\n  finish\nendif\n\n",
          stdout);
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
        printf("syntax keyword %s ", groups[g].name);
        print_words(groups[g].class, " ");
        putchar('\n');
    }
    fputs("syntax keyword snarlTodo contained TODO FIXME\n"
          "syntax match snarlNumber \"\\c\\<\\(0x[0-9a-f_]\\+\\|0b[01_]\\+\\|0o[0-7_]\\+\\|\\d[0-9_]*\\)\\>\"\n"
          "syntax region snarlString start=+\"+ skip=+\\\\.+ end=+\"+ oneline\n"
          "syntax match snarlComment \"//.*$\" contains=snarlTodo,@Spell\n"
          "syntax region snarlComment start=\"/\\*\" end=\"\\*/\" contains=snarlTodo,@Spell\n\n",
          stdout);
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++)
        printf("highlight default link %s %s\n", groups[g].name, groups[g].vim);
    fputs("highlight default link snarlTodo Todo\nhighlight default link snarlNumber Number\n"
          "highlight default link snarlString String\nhighlight default link snarlComment Comment\n\n"
          "let b:current_syntax = \"snarl\"\n",
          stdout);
}

static void print_textmate(void)
{
    fputs("{\n  \"name\": \"snarl\",\n  \"scopeName\": \"source.snarl\",\n  \"fileTypes\": [\"snarl\"],\n  \"patterns\": [\n"
          "    {\"name\": \"comment.line.double-slash.snarl\", \"match\": \"//.*$\"},\n"
          "    {\"name\": \"comment.block.snarl\", \"begin\": \"/\\\\*\", \"end\": \"\\\\*/\"},\n"
          "    {\"name\": \"string.quoted.double.snarl\", \"begin\": \"\\\"\", \"end\": \"\\\"|$\",\n"
          "     \"patterns\": [{\"name\": \"constant.character.escape.snarl\", \"match\": \"\\\\\\\\.\"}]},\n"
          "    {\"name\": \"constant.numeric.snarl\", \"match\": \"\\\\b(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|[0-9][0-9_]*)\\\\b\"},\n",
          stdout);
    size_t count = sizeof groups / sizeof *groups;
    for (size_t g = 0; g < count; g++) {
        printf("    {\"name\": \"%s\", \"match\": \"\\\\b(", groups[g].scope);
        print_words(groups[g].class, "|");
        printf(")\\\\b\"}%s\n", g + 1 < count ? "," : "");
    }
    fputs("  ]\n}\n", stdout);
}

bool editor_print(const char *name)
{
    if (strcmp(name, "vim") == 0)
        print_vim();
    else if (strcmp(name, "textmate") == 0)
        print_textmate();
    else
        return false;
    return true;
}
