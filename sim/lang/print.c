#include "lang/print.h"

#include "lang/lang.h"

static const char *const object_words[SYMBOL_FUNCTION + 1] = {
    [SYMBOL_MUTEX] = "mutex",         [SYMBOL_RWLOCK] = "rwlock",   [SYMBOL_SEMAPHORE] = "semaphore",
    [SYMBOL_CONDITION] = "condition", [SYMBOL_BARRIER] = "barrier", [SYMBOL_EVENT] = "event",
    [SYMBOL_POOL] = "pool",
    [SYMBOL_QUEUE] = "queue",         [SYMBOL_ONCE] = "once",       [SYMBOL_WAITGROUP] = "waitgroup",
};

/* -------------------------------------------------------------- statements */

static const char *binary_spelling(BinaryOp op)
{
    static const char *const spellings[] = {
#define X(name, spelling, precedence) [name] = spelling,
        BINARY_OPS(X)
#undef X
    };
    return spellings[op];
}

static void print_string(Text *out, const char *text)
{
    text_add_char(out, '"');
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '\n': text_add(out, "\\n"); break;
        case '\t': text_add(out, "\\t"); break;
        case '\r': text_add(out, "\\r"); break;
        case '"': text_add(out, "\\\""); break;
        case '\\': text_add(out, "\\\\"); break;
        default: text_add_char(out, *text);
        }
    }
    text_add_char(out, '"');
}

static void print_body(Text *out, const Stmt *block, int indent)
{
    text_add(out, "{\n");
    for (uint32_t i = 0; i < block->statements.count; i++)
        print_statement(out, block->statements.items[i], indent + 1);
    text_fill(out, ' ', (size_t)indent * 4);
    text_add_char(out, '}');
}

/* word (condition) { ... } */
static void print_conditional(Text *out, const char *word, const Stmt *statement, int indent)
{
    text_format(out, "%s (", word);
    print_expression(out, statement->expr);
    text_add(out, ") ");
    print_body(out, statement->body, indent);
}

static void print_if(Text *out, const Stmt *statement, int indent)
{
    print_conditional(out, "if", statement, indent);
    const Stmt *otherwise = statement->otherwise;
    if (otherwise == NULL)
        return;
    text_add(out, " else ");
    if (otherwise->kind == STMT_IF)
        print_if(out, otherwise, indent);
    else
        print_body(out, otherwise, indent);
}

static void print_local(Text *out, const Stmt *statement)
{
    text_format(out, "local %s", statement->symbol->name);
    print_index(out, statement->symbol->length_expr);
    if (statement->expr == NULL && statement->values.count == 0)
        return;
    text_add(out, " = ");
    if (statement->expr != NULL) {
        print_expression(out, statement->expr);
        return;
    }
    text_add(out, statement->has_braces ? "{" : "");
    print_list(out, &statement->values);
    text_add(out, statement->has_braces ? "}" : "");
}

static void print_operation_statement(Text *out, const Stmt *statement)
{
    const SymbolList *declares = &statement->declares;
    if (declares->count > 0)
        text_add(out, "local ");
    bool has_array = declares->count == 1 && declares->items[0]->length_expr != NULL;
    if (!has_array) {
        print_operation(out, statement->operation);
        return;
    }
    Operation bare = *statement->operation;
    bare.targets.count = 0;
    text_add(out, declares->items[0]->name);
    print_index(out, declares->items[0]->length_expr);
    text_add(out, " = ");
    print_operation(out, &bare);
}

static void print_as_completed(Text *out, const Stmt *statement, int indent)
{
    text_format(out, "for %s in as_completed(", statement->symbol->name);
    print_awaitables(out, &statement->values);
    text_add(out, ") ");
    print_body(out, statement->body, indent);
}

static void print_select(Text *out, const Stmt *statement, int indent)
{
    text_add(out, "select {\n");
    for (uint32_t i = 0; i < statement->arms.count; i++) {
        text_fill(out, ' ', (size_t)(indent + 1) * 4);
        text_add(out, "when ");
        print_operation(out, statement->arms.items[i].operation);
        text_add_char(out, ' ');
        print_body(out, statement->arms.items[i].body, indent + 1);
        text_add_char(out, '\n');
    }
    if (statement->otherwise != NULL) {
        text_fill(out, ' ', (size_t)(indent + 1) * 4);
        text_add(out, "else ");
        print_body(out, statement->otherwise, indent + 1);
        text_add_char(out, '\n');
    }
    text_fill(out, ' ', (size_t)indent * 4);
    text_add_char(out, '}');
}

static void print_items(Text *out, const Stmt *statement)
{
    text_add(out, "print ");
    for (uint32_t i = 0; i < statement->items.count; i++) {
        const PrintItem *item = &statement->items.items[i];
        if (i > 0)
            text_add(out, ", ");
        if (item->text != NULL)
            print_string(out, item->text);
        else
            print_expression(out, item->expr);
    }
}

static void print_for(Text *out, const Stmt *statement, int indent)
{
    text_format(out, "for %s in ", statement->symbol->name);
    print_expression(out, statement->low);
    text_add(out, statement->is_closed ? "..=" : "..");
    print_expression(out, statement->high);
    text_add_char(out, ' ');
    print_body(out, statement->body, indent);
}

static void print_word_and_expression(Text *out, const char *word, const Expr *expr)
{
    text_add(out, word);
    if (expr == NULL)
        return;
    text_add_char(out, ' ');
    print_expression(out, expr);
}

static void print_bare_statement(Text *out, const Stmt *statement, int indent)
{
    switch (statement->kind) {
    case STMT_BLOCK: print_body(out, statement, indent); break;
    case STMT_LOCAL: print_local(out, statement); break;
    case STMT_ASSIGN:
        print_name(out, statement->target);
        text_format(out, " %s= ", statement->is_compound ? binary_spelling(statement->assign) : "");
        print_expression(out, statement->expr);
        break;
    case STMT_EXPR: print_expression(out, statement->expr); break;
    case STMT_IF: print_if(out, statement, indent); break;
    case STMT_WHILE: print_conditional(out, "while", statement, indent); break;
    case STMT_FOR: print_for(out, statement, indent); break;
    case STMT_AS_COMPLETED: print_as_completed(out, statement, indent); break;
    case STMT_REPEAT:
        print_word_and_expression(out, "repeat", statement->expr);
        text_add_char(out, ' ');
        print_body(out, statement->body, indent);
        break;
    case STMT_LOOP:
    case STMT_SERIAL:
        text_add(out, statement->kind == STMT_LOOP ? "loop " : "serial ");
        print_body(out, statement->body, indent);
        break;
    case STMT_BREAK: text_add(out, "break"); break;
    case STMT_CONTINUE: text_add(out, "continue"); break;
    case STMT_RETURN: print_word_and_expression(out, "return", statement->expr); break;
    case STMT_EXIT: text_add(out, "exit"); break;
    case STMT_ASSERT:
        print_word_and_expression(out, "assert", statement->expr);
        if (statement->text != NULL) {
            text_add(out, ", ");
            print_string(out, statement->text);
        }
        break;
    case STMT_ASSUME: print_word_and_expression(out, "assume", statement->expr); break;
    case STMT_PRINT: print_items(out, statement); break;
    case STMT_SKIP: text_add(out, "skip"); break;
    case STMT_YIELD: text_add(out, "yield"); break;
    case STMT_FENCE: text_add(out, "fence"); break;
    case STMT_PROGRESS: text_add(out, "progress"); break;
    case STMT_ATOMIC:
        if (statement->expr != NULL) {
            print_conditional(out, "atomic when", statement, indent);
        } else {
            text_add(out, "atomic ");
            print_body(out, statement->body, indent);
        }
        break;
    case STMT_AWAIT:
        text_add(out, "await (");
        print_expression(out, statement->expr);
        text_add_char(out, ')');
        break;
    case STMT_OPERATION: print_operation_statement(out, statement); break;
    case STMT_WITH:
        text_add(out, "with ");
        print_name(out, statement->operation->object);
        text_add_char(out, ' ');
        print_body(out, statement->body, indent);
        break;
    case STMT_DO_ONCE:
        text_add(out, "do ");
        print_name(out, statement->expr);
        text_add_char(out, ' ');
        print_body(out, statement->body, indent);
        break;
    case STMT_SELECT: print_select(out, statement, indent); break;
    }
}

void print_statement(Text *out, const Stmt *statement, int indent)
{
    text_fill(out, ' ', (size_t)indent * 4);
    print_bare_statement(out, statement, indent);
    text_add_char(out, '\n');
}

/* ------------------------------------------------------------- declarations */

static void print_initial(Text *out, const Symbol *symbol)
{
    if (symbol->initial_exprs.count == 0 && !symbol->has_braces)
        return;
    text_add(out, symbol->has_braces ? " = {" : " = ");
    print_list(out, &symbol->initial_exprs);
    text_add(out, symbol->has_braces ? "}" : "");
}

static void print_object(Text *out, const Symbol *symbol)
{
    if (symbol->kind == SYMBOL_VARIABLE)
        text_add(out, symbol->is_atomic ? "atomic " : "shared ");
    else
        text_format(out, "%s%s ", symbol->is_recursive ? "recursive " : symbol->is_process ? "process " : "", symbol->is_topic ? "topic" : object_words[symbol->kind]);
    text_add(out, symbol->name);
    print_index(out, symbol->length_expr);
    print_index(out, symbol->capacity_expr);
    print_index(out, symbol->places_expr);
    if (symbol->start_expr != NULL) {
        text_add(out, " start ");
        print_expression(out, symbol->start_expr);
    }
    if (symbol->copy_expr != NULL) {
        text_add(out, " copy ");
        print_expression(out, symbol->copy_expr);
    }
    print_initial(out, symbol);
    if (symbol->parties_expr != NULL) {
        text_add(out, " = ");
        print_expression(out, symbol->parties_expr);
    }
    if (symbol->maximum_expr != NULL) {
        text_add(out, " max ");
        print_expression(out, symbol->maximum_expr);
    }
    text_format(out, "%s%s%s%s", symbol->is_lossy ? " lossy" : "", symbol->is_reordering ? " reordering" : "",
                symbol->is_duplicating ? " duplicating" : "", symbol->is_acknowledged ? " ack" : "");
    text_add(out, symbol->writers_first ? " writers first\n" : "\n");
}

/* The names of one enum, from `at` on; gives the index behind them. */
static uint32_t print_enum(Text *out, const Scenario *scenario, uint32_t at)
{
    text_add(out, "enum { ");
    for (int64_t value = 0; at < scenario->symbols.count; value++, at++) {
        const Symbol *symbol = scenario->symbols.items[at];
        if (symbol->kind != SYMBOL_CONST || symbol->value_expr != NULL || symbol->value != value)
            break;
        text_format(out, "%s%s", value == 0 ? "" : ", ", symbol->name);
    }
    text_add(out, " }\n");
    return at;
}

static void print_thread(Text *out, const Symbol *symbol)
{
    if (symbol->mailbox != NULL)
        text_format(out, "\nactor %s", symbol->name);
    else
        text_format(out, "\n%s%s%s %s", symbol->topic_name != NULL ? "subscriber " : "", symbol->is_daemon ? "daemon " : "",
                    symbol->is_process ? "process" : symbol->is_fibre ? "fibre" : "thread", symbol->name);
    print_index(out, symbol->length_expr);
    if (symbol->topic_name != NULL)
        text_format(out, " of %s", symbol->topic_name);
    text_add_char(out, ' ');
    print_body(out, symbol->body, 0);
    text_add_char(out, '\n');
}

static void print_function(Text *out, const Symbol *symbol)
{
    text_format(out, "\n%s %s(", symbol->is_coroutine ? "coroutine" : "fn", symbol->name);
    for (uint32_t i = 0; i < symbol->parameters.count; i++)
        text_format(out, "%s%s", i == 0 ? "" : ", ", symbol->parameters.items[i]->name);
    text_add(out, ") ");
    print_body(out, symbol->body, 0);
    text_add_char(out, '\n');
}

static uint32_t print_symbol(Text *out, const Scenario *scenario, uint32_t at)
{
    const Symbol *symbol = scenario->symbols.items[at];
    switch (symbol->kind) {
    case SYMBOL_CONST:
        if (symbol->value_expr == NULL)
            return print_enum(out, scenario, at);
        text_format(out, "const %s = ", symbol->name);
        print_expression(out, symbol->value_expr);
        text_add_char(out, '\n');
        break;
    case SYMBOL_THREAD: print_thread(out, symbol); break;
    case SYMBOL_FUNCTION: print_function(out, symbol); break;
    default: print_object(out, symbol); break;
    }
    return at + 1;
}

static void print_formulas(Text *out, const char *word, const ExprList *formulas)
{
    for (uint32_t i = 0; i < formulas->count; i++) {
        print_word_and_expression(out, word, formulas->items[i]);
        text_add_char(out, '\n');
    }
}

static void print_outcome(Text *out, const Scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->outcome.count; i++) {
        text_add(out, i == 0 ? "outcome " : ", ");
        text_add(out, scenario->outcome.items[i].text);
    }
    if (scenario->outcome.count > 0)
        text_add_char(out, '\n');
}

static void print_expect(Text *out, const Scenario *scenario)
{
    if (!scenario->has_expect)
        return;
    text_add(out, scenario->expects_ok ? "expect ok" : "expect ");
    for (uint32_t i = 0; i < scenario->expectations.count; i++) {
        const Expectation *expectation = &scenario->expectations.items[i];
        text_format(out, "%s%s", i == 0 ? "" : ", ", lang_finding_words(expectation->kind));
        if (expectation->object != NULL)
            text_format(out, " on %s", expectation->object);
    }
    text_add_char(out, '\n');
}

static void print_line(Text *out, const char *word, const Expr *expr)
{
    if (expr == NULL)
        return;
    text_add(out, word);
    print_expression(out, expr);
}

static void print_clock(Text *out, const Scenario *scenario)
{
    text_add(out, scenario->has_clock ? "clock virtual\n" : "");
    text_add(out, scenario->has_gil ? "runtime gil\n" : "");
    print_line(out, "cores ", scenario->cores_expr);
    print_line(out, " quantum ", scenario->quantum_expr);
    text_add(out, scenario->cores_expr != NULL ? "\n" : "");
    print_line(out, "takes ", scenario->takes_low);
    if (scenario->takes_high != scenario->takes_low)
        print_line(out, "..", scenario->takes_high);
    text_add(out, scenario->takes_low != NULL ? "\n" : "");
}

void print_scenario(Text *out, const Scenario *scenario)
{
    print_clock(out, scenario);
    for (uint32_t at = 0; at < scenario->symbols.count;)
        at = print_symbol(out, scenario, at);
    if (scenario->run != NULL) {
        text_add(out, "\nrun ");
        print_expression(out, scenario->run);
        text_add_char(out, '\n');
    }
    bool has_properties =
        scenario->always.count + scenario->finally.count + scenario->eventually.count + scenario->outcome.count > 0;
    if (has_properties || scenario->has_expect)
        text_add_char(out, '\n');
    print_formulas(out, "always", &scenario->always);
    print_formulas(out, "finally", &scenario->finally);
    print_formulas(out, "eventually", &scenario->eventually);
    print_outcome(out, scenario);
    print_expect(out, scenario);
}
