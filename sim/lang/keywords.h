/* keywords.h: the words of the language, one row each. Lexer, error messages and editor support come from these tables.
 *
 * KEYWORDS      reserved everywhere. Rows: name, spelling, class (KeywordClass, where it begins something).
 * MODEL_WORDS   words of the execution models (threads aside): keywords where they begin a statement, a declaration or an
 *               operation, ordinary names elsewhere. The lexer gives names; parser_at_model_word turns them into keywords.
 *               Rows as above, and what must follow on the same line: NAME, or ANYTHING that makes it no use of a name.
 * DOMAIN_WORDS  those of coroutines, fibres and pools: names for the lexer everywhere; parse_domain.c looks at what follows. Rows: spelling, class.
 * CLOCK_WORDS   likewise, of the virtual clock; parse_clock.c looks at what follows.
 * Words that only mean something at one place (`writers first`, the kinds after `expect`, `on`) are ordinary names. */
#ifndef LANG_KEYWORDS_H
#define LANG_KEYWORDS_H

#define KEYWORDS(X)                                                                                          \
    X(CONST, "const", DECLARATION) X(ENUM, "enum", DECLARATION) X(SHARED, "shared", DECLARATION)             \
    X(MUTEX, "mutex", DECLARATION) X(RECURSIVE, "recursive", DECLARATION) X(RWLOCK, "rwlock", DECLARATION)   \
    X(SEMAPHORE, "semaphore", DECLARATION) X(CONDITION, "condition", DECLARATION)                            \
    X(BARRIER, "barrier", DECLARATION) X(EVENT, "event", DECLARATION) X(QUEUE, "queue", DECLARATION)         \
    X(ONCE, "once", DECLARATION) X(WAITGROUP, "waitgroup", DECLARATION) X(THREAD, "thread", DECLARATION)     \
    X(DAEMON, "daemon", DECLARATION) X(FN, "fn", DECLARATION)                                                \
    X(ATOMIC, "atomic", STATEMENT) /* a declaration at the top level */                                      \
    X(LOCAL, "local", STATEMENT) X(IF, "if", STATEMENT) X(WHILE, "while", STATEMENT) X(FOR, "for", STATEMENT) \
    X(REPEAT, "repeat", STATEMENT) X(LOOP, "loop", STATEMENT) X(BREAK, "break", STATEMENT)                   \
    X(CONTINUE, "continue", STATEMENT) X(RETURN, "return", STATEMENT) X(EXIT, "exit", STATEMENT)             \
    X(ASSERT, "assert", STATEMENT) X(ASSUME, "assume", STATEMENT) X(PRINT, "print", STATEMENT)               \
    X(SKIP, "skip", STATEMENT) X(YIELD, "yield", STATEMENT) X(FENCE, "fence", STATEMENT)                     \
    X(PROGRESS, "progress", STATEMENT) X(WITH, "with", STATEMENT) X(DO, "do", STATEMENT)                     \
    X(SELECT, "select", STATEMENT) X(SERIAL, "serial", STATEMENT) X(SPAWN, "spawn", EXPRESSION)              \
    X(TRY, "try", EXPRESSION)                                                                                \
    X(LOCK, "lock", OPERATION) X(UNLOCK, "unlock", OPERATION) X(RDLOCK, "rdlock", OPERATION)                 \
    X(WRLOCK, "wrlock", OPERATION) X(ACQUIRE, "acquire", OPERATION) X(RELEASE, "release", OPERATION)         \
    X(WAIT, "wait", OPERATION) X(SIGNAL, "signal", OPERATION) X(BROADCAST, "broadcast", OPERATION)           \
    X(SET, "set", OPERATION) X(CLEAR, "clear", OPERATION) X(ADD, "add", OPERATION) X(DONE, "done", OPERATION) \
    X(PUT, "put", OPERATION) X(GET, "get", OPERATION) X(CLOSE, "close", OPERATION) X(JOIN, "join", OPERATION) \
    X(DESTROY, "destroy", OPERATION) X(AWAIT, "await", OPERATION)                                            \
    X(SELF, "self", EXPRESSION) X(TRUE, "true", EXPRESSION) X(FALSE, "false", EXPRESSION)                    \
    X(MIN, "min", EXPRESSION) X(MAX, "max", EXPRESSION) X(ABS, "abs", EXPRESSION) X(LEN, "len", EXPRESSION)  \
    X(CHOOSE, "choose", EXPRESSION) X(CAS, "cas", EXPRESSION) X(FETCH_ADD, "fetch_add", EXPRESSION)          \
    X(EXCHANGE, "exchange", EXPRESSION) X(CLOSED, "closed", EXPRESSION)                                      \
    X(ELSE, "else", PART) X(IN, "in", PART) X(WHEN, "when", PART) X(OUTPUT, "output", PART)                  \
    X(ALWAYS, "always", PROPERTY) X(FINALLY, "finally", PROPERTY) X(EVENTUALLY, "eventually", PROPERTY)      \
    X(OUTCOME, "outcome", PROPERTY) X(EXPECT, "expect", PROPERTY)

#define MODEL_WORDS(X)                                                                                       \
    X(PROCESS, "process", DECLARATION, NAME) X(MAPPED, "mapped", DECLARATION, NAME)                          \
    X(ACTOR, "actor", DECLARATION, NAME) X(TOPIC, "topic", DECLARATION, NAME)                                \
    X(SUBSCRIBER, "subscriber", DECLARATION, ANYTHING) X(FORK, "fork", EXPRESSION, NAME)                     \
    X(SEND, "send", OPERATION, NAME) X(RECEIVE, "receive", OPERATION, ANYTHING)                              \
    X(PUBLISH, "publish", OPERATION, NAME) X(ACK, "ack", OPERATION, NAME)

#define DOMAIN_WORDS(X)                                                                                      \
    X("coroutine", DECLARATION) X("run", DECLARATION) X("fibre", DECLARATION) X("pool", DECLARATION)         \
    X("task", STATEMENT) X("gather", STATEMENT) X("future", STATEMENT) X("submit", STATEMENT)                \
    X("map", STATEMENT) X("shutdown", STATEMENT)

#define CLOCK_WORDS(X)                                                                                       \
    X("clock", DECLARATION) X("cores", DECLARATION) X("runtime", DECLARATION) X("takes", PROPERTY)           \
    X("sleep", OPERATION) X("io", OPERATION) X("compute", OPERATION)

typedef enum KeywordClass {
    KEYWORD_IS_DECLARATION, /* begins one at the top level */
    KEYWORD_IS_STATEMENT,
    KEYWORD_IS_OPERATION, /* begins a synchronisation operation */
    KEYWORD_IS_EXPRESSION,
    KEYWORD_IS_PROPERTY,
    KEYWORD_IS_PART /* stands inside one of the others */
} KeywordClass;

#endif
