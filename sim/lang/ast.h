/* ast.h: a scenario as a tree, after parsing and name resolution.
 *
 * Shape   parser.h builds the tree; resolve.h binds every name to its Symbol, folds constant expressions and checks
 *         the rules of the language. After a resolve without errors each field documented here is set, and
 *         passes behind it (program/lower, the oracle of the tests) need no check of their own.
 * Owner   one arena for tree, symbols and diagnostics; names are NUL-terminated copies in it.
 * Ids     a Symbol's `index` counts symbols of its kind in order of declaration. */
#ifndef LANG_AST_H
#define LANG_AST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/memory.h"

typedef struct Expr Expr;
typedef struct Stmt Stmt;
typedef struct Symbol Symbol;
typedef struct Operation Operation;

typedef ArenaVec(Expr *) ExprList;
typedef ArenaVec(Stmt *) StmtList;
typedef ArenaVec(Symbol *) SymbolList;

/* ------------------------------------------------------------------ symbols */

typedef enum SymbolKind {
    SYMBOL_CONST,     /* const, or a name of an enum: `value` */
    SYMBOL_VARIABLE,  /* shared or atomic: `is_atomic`, `length`, `initial` */
    SYMBOL_LOCAL,     /* local, function parameter, loop variable: `length`; `is_parameter` */
    SYMBOL_MUTEX,     /* `is_recursive` */
    SYMBOL_RWLOCK,    /* `writers_first` */
    SYMBOL_SEMAPHORE, /* `initial`, `maximum` (-1: unbounded) */
    SYMBOL_CONDITION,
    SYMBOL_BARRIER,   /* `parties` */
    SYMBOL_EVENT,     /* starts cleared */
    SYMBOL_QUEUE,     /* `capacity` (0: rendezvous), `initial` items (the same for each queue of an array) */
    SYMBOL_ONCE,
    SYMBOL_WAITGROUP, /* `initial` */
    SYMBOL_POOL,      /* `places`; `is_process` */
    SYMBOL_THREAD,    /* one name of a thread declaration: `length` instances, `is_family`, `is_daemon`, `body` */
    SYMBOL_FUNCTION   /* fn or coroutine: `parameters`, `body`, `is_coroutine` */
} SymbolKind;

/* With its article, for messages: "a mutex". */
const char *symbol_kind_name(SymbolKind kind);

struct Symbol {
    SymbolKind kind;
    const char *name;
    Span span;         /* of the name where it is declared */
    uint32_t index;    /* among the symbols of this kind */
    bool is_array;     /* declared with [..]; `length` is 1 otherwise */
    uint32_t length;   /* elements, objects, or thread instances; at least 1 */
    Expr *length_expr; /* as written; NULL without */

    int64_t value;      /* SYMBOL_CONST */
    Expr *value_expr;   /* SYMBOL_CONST as written; NULL for a name of an enum */
    bool is_atomic, is_recursive, writers_first, is_parameter, is_family, is_daemon;
    int64_t *initial;       /* `initial_count` values: one for each element of a variable, each counter, each item of a queue */
    uint32_t initial_count; /* variable, semaphore, waitgroup: == length after resolve */
    ExprList initial_exprs; /* as written */
    bool has_braces;        /* the initial values stand in braces */
    int64_t maximum;        /* semaphore, -1 unbounded */
    Expr *maximum_expr;
    int64_t capacity; /* queue */
    Expr *capacity_expr;
    int64_t parties; /* barrier */
    Expr *parties_expr;

    bool is_mapped;         /* variable: one for all processes */
    bool is_process;        /* thread, pool: it has, its members have, its own copy of every variable that is not mapped */
    bool is_process_spawned; /* function: started by `spawn process` or `fork`: its instances are processes */
    Symbol *mailbox;        /* actor (a daemon thread): a queue for each instance, in no name space; NULL: no actor */
    bool is_topic;          /* queue: one for each instance of its subscribers, in order of declaration; is_array is false */
    Symbol *topic;          /* subscriber: its queues are number first_subscriber .. of this queue symbol; NULL: none */
    uint32_t first_subscriber;
    const char *topic_name; /* subscriber: as written */
    Span topic_span;
    bool is_lossy, is_reordering, is_duplicating, is_acknowledged; /* queue: what may happen to a message on its way */
    bool is_unbounded;      /* queue: a mailbox; capacity is QUEUE_UNBOUNDED */

    SymbolList parameters; /* SYMBOL_FUNCTION: SYMBOL_LOCALs */
    Stmt *body;            /* thread, function: a STMT_BLOCK; names of one declaration `thread A, B {}` have one body each (parsed once for each) */
    bool is_spawned;       /* SYMBOL_FUNCTION: some `spawn`, `task`, `submit`, ... names it: instances of it run beside the others */
    bool is_coroutine;     /* SYMBOL_FUNCTION */
    bool is_fibre;         /* SYMBOL_THREAD: cooperative */
    bool is_threaded;      /* SYMBOL_FUNCTION: some `spawn` names it */
    SymbolList pools;      /* SYMBOL_FUNCTION: the pools that it is submitted to, in order of first mention */
    int64_t places;        /* SYMBOL_POOL */
    Expr *places_expr;
    int64_t start_ns, copy_ns; /* SYMBOL_POOL of processes: what the first task of a worker costs, and each */
    Expr *start_expr, *copy_expr;
    SymbolList locals;     /* thread, function: every local of the body in order of declaration, parameters first */
    uint32_t body_bytes;   /* function: how long the text of its body is, and how many levels are nested in it */
    uint32_t body_depth;
    bool repeats_body;     /* thread: its body is the text of the thread named before it in the same declaration */
    Symbol *owner;         /* SYMBOL_LOCAL: the thread or function it belongs to */
    bool is_outermost;     /* SYMBOL_LOCAL: declared directly in the body of its owner, or a parameter: `A.t` may name it */
};

enum { QUEUE_UNBOUNDED = INT32_MAX };

/* -------------------------------------------------------------- expressions */

typedef enum SpawnMode {
    SPAWN_THREAD,
    SPAWN_PROCESS, /* spawn process f(): variables as they are declared */
    SPAWN_FORK,    /* fork f(): variables as they are for whoever forks */
    SPAWN_TASK,    /* task f(): a coroutine of the event loop */
    SPAWN_SUBMIT   /* submit p, f(): a worker of the pool runs it */
} SpawnMode;

typedef enum ExprKind {
    EXPR_INTEGER,  /* `value`; true and false too; resolve folds constant names into it (span stays) */
    EXPR_NAME,     /* `symbol`: variable or local, perhaps with `index`; a whole array only where noted */
    EXPR_SELF,     /* index of this instance in its family */
    EXPR_UNARY,    /* `op` applied to a */
    EXPR_BINARY,   /* a op b; && and || short-circuit */
    EXPR_CONDITIONAL, /* a ? b : c */
    EXPR_MIN, EXPR_MAX, EXPR_ABS, /* arguments: any number >= 1 for min and max */
    EXPR_CHOOSE,   /* `arguments`: the values; or a range: `is_range`, a = low, b = high, `is_closed` */
    EXPR_CAS,      /* `place` (EXPR_NAME of a variable), a = old, b = new */
    EXPR_FETCH_ADD, /* `place`, a */
    EXPR_EXCHANGE, /* `place`, a */
    EXPR_LENGTH,   /* len(q): `object`. len(a) of an array folds to an integer */
    EXPR_CLOSED,   /* closed(q): `object` */
    EXPR_TRY,      /* `operation` */
    EXPR_SPAWN,    /* `symbol` (function), `arguments`, `spawn`; SPAWN_SUBMIT: `object` the pool */
    EXPR_CALL,     /* `symbol` (function), `arguments`; only as a statement or as a whole right side; `is_awaited` */
    EXPR_GET,      /* `operation` with a result; only as a whole right side: folded into STMT_OPERATION with targets by the parser */
    EXPR_DURATION, /* a times `value` nanoseconds, the unit `name` */
    EXPR_MEMBER    /* A.t, worker[1].t, f[0].x in properties: `symbol` the local, `thread` its owner, `instance`;
                      with `index` an element of a local array */
} ExprKind;

typedef enum UnaryOp { UNARY_NEGATE, UNARY_NOT, UNARY_COMPLEMENT, UNARY_PLUS } UnaryOp;

/* name, spelling, C precedence (greater binds tighter) */
#define BINARY_OPS(X)                                                                                      \
    X(BINARY_OR, "||", 1) X(BINARY_AND, "&&", 2) X(BINARY_BIT_OR, "|", 3) X(BINARY_BIT_XOR, "^", 4)        \
    X(BINARY_BIT_AND, "&", 5) X(BINARY_EQUAL, "==", 6) X(BINARY_NOT_EQUAL, "!=", 6) X(BINARY_LESS, "<", 7) \
    X(BINARY_LESS_EQUAL, "<=", 7) X(BINARY_GREATER, ">", 7) X(BINARY_GREATER_EQUAL, ">=", 7)               \
    X(BINARY_SHIFT_LEFT, "<<", 8) X(BINARY_SHIFT_RIGHT, ">>", 8) X(BINARY_ADD, "+", 9)                     \
    X(BINARY_SUBTRACT, "-", 9) X(BINARY_MULTIPLY, "*", 10) X(BINARY_DIVIDE, "/", 10) X(BINARY_REMAINDER, "%", 10)
typedef enum BinaryOp {
#define X(name, spelling, precedence) name,
    BINARY_OPS(X)
#undef X
} BinaryOp;

enum { EXPR_MAX_HEIGHT = 500, NESTING_MAX = 200 }; /* of expressions; of blocks and brackets */

struct Expr {
    ExprKind kind;
    Span span; /* the whole expression */
    int64_t value;
    const char *name; /* as written, for names */
    Symbol *symbol;
    Expr *index;
    UnaryOp unary;
    BinaryOp binary;
    Expr *a, *b, *c;
    ExprList arguments;
    bool is_range, is_closed;
    SpawnMode spawn;
    Expr *place;
    Expr *object; /* EXPR_NAME of an object, perhaps with index */
    Operation *operation;
    bool is_awaited;    /* EXPR_CALL: `await f(x)` */
    Symbol *thread;     /* EXPR_MEMBER */
    Expr *instance;     /* EXPR_MEMBER: as written, NULL without [..] */
    uint32_t instance_value; /* EXPR_MEMBER: the folded instance */
    bool is_parenthesised;
    bool is_invalid;         /* stands for something that was reported; never there after a resolve without errors */
    uint16_t height;         /* of the tree below; at most EXPR_MAX_HEIGHT, so that passes may recurse */
    const char *thread_name; /* EXPR_MEMBER: as written; `name` is the local */
    Span thread_span;
};

/* --------------------------------------------------------------- operations */

#define SYMBOL_BIT(kind) (UINT32_C(1) << (kind))
#define SYMBOL_BIT_OBJECTS                                                                                    \
    (SYMBOL_BIT(SYMBOL_MUTEX) | SYMBOL_BIT(SYMBOL_RWLOCK) | SYMBOL_BIT(SYMBOL_SEMAPHORE) |                     \
     SYMBOL_BIT(SYMBOL_CONDITION) | SYMBOL_BIT(SYMBOL_BARRIER) | SYMBOL_BIT(SYMBOL_EVENT) |                    \
     SYMBOL_BIT(SYMBOL_QUEUE) | SYMBOL_BIT(SYMBOL_ONCE) | SYMBOL_BIT(SYMBOL_WAITGROUP))

/* SYMBOL_POOL is none of these: a pool cannot be destroyed. */
/* name, spelling, kinds of object it is for (resolve decides between equal spellings by the object's kind) */
#define OPERATION_KINDS(X)                                                                                    \
    X(OPERATION_LOCK, "lock", SYMBOL_BIT(SYMBOL_MUTEX))                                                       \
    X(OPERATION_UNLOCK, "unlock", SYMBOL_BIT(SYMBOL_MUTEX) | SYMBOL_BIT(SYMBOL_RWLOCK))                       \
    X(OPERATION_RDLOCK, "rdlock", SYMBOL_BIT(SYMBOL_RWLOCK))                                                  \
    X(OPERATION_WRLOCK, "wrlock", SYMBOL_BIT(SYMBOL_RWLOCK))                                                  \
    X(OPERATION_ACQUIRE, "acquire", SYMBOL_BIT(SYMBOL_SEMAPHORE))                                             \
    /* a = n or NULL */                                                                                       \
    X(OPERATION_RELEASE, "release", SYMBOL_BIT(SYMBOL_SEMAPHORE))                                             \
    /* object = condition, with_object = mutex */                                                             \
    X(OPERATION_WAIT_CONDITION, "wait", SYMBOL_BIT(SYMBOL_CONDITION))                                         \
    X(OPERATION_SIGNAL, "signal", SYMBOL_BIT(SYMBOL_CONDITION))                                               \
    X(OPERATION_BROADCAST, "broadcast", SYMBOL_BIT(SYMBOL_CONDITION))                                         \
    X(OPERATION_WAIT_BARRIER, "wait", SYMBOL_BIT(SYMBOL_BARRIER))                                             \
    X(OPERATION_SET, "set", SYMBOL_BIT(SYMBOL_EVENT))                                                         \
    X(OPERATION_CLEAR, "clear", SYMBOL_BIT(SYMBOL_EVENT))                                                     \
    X(OPERATION_WAIT_EVENT, "wait", SYMBOL_BIT(SYMBOL_EVENT))                                                 \
    /* a = n */                                                                                               \
    X(OPERATION_ADD, "add", SYMBOL_BIT(SYMBOL_WAITGROUP))                                                     \
    X(OPERATION_DONE, "done", SYMBOL_BIT(SYMBOL_WAITGROUP))                                                   \
    X(OPERATION_WAIT_WAITGROUP, "wait", SYMBOL_BIT(SYMBOL_WAITGROUP))                                         \
    /* a = value */                                                                                           \
    X(OPERATION_PUT, "put", SYMBOL_BIT(SYMBOL_QUEUE))                                                         \
    /* targets: none, x, or x and ok */                                                                       \
    X(OPERATION_GET, "get", SYMBOL_BIT(SYMBOL_QUEUE))                                                         \
    X(OPERATION_CLOSE, "close", SYMBOL_BIT(SYMBOL_QUEUE))                                                     \
    /* object = EXPR_NAME of a thread (whole family without index), or a = a handle */                        \
    X(OPERATION_JOIN, "join", SYMBOL_BIT(SYMBOL_THREAD))                                                      \
    X(OPERATION_DESTROY, "destroy", SYMBOL_BIT_OBJECTS)                                                       \
    /* a = value; object = EXPR_NAME of an actor */                                                           \
    X(OPERATION_SEND, "send", SYMBOL_BIT(SYMBOL_THREAD))                                                      \
    /* from the actor's own mailbox; targets: none or x */                                                    \
    X(OPERATION_RECEIVE, "receive", 0)                                                                        \
    /* a = value; object = EXPR_NAME of a topic */                                                            \
    X(OPERATION_PUBLISH, "publish", SYMBOL_BIT(SYMBOL_QUEUE))                                                 \
    X(OPERATION_ACK, "ack", SYMBOL_BIT(SYMBOL_QUEUE))                                                         \
    /* await (a), only as `when await (e)` and `try await (e)`; the statement is STMT_AWAIT */                \
    X(OPERATION_AWAIT, "await", 0)                                                                            \
    /* await h: a = a handle; targets: none or x */                                                           \
    X(OPERATION_AWAIT_TASK, "await", 0)                                                                       \
    /* arguments: handles, and calls of coroutines that are started; targets: none, one for each, or an array */ \
    X(OPERATION_GATHER, "gather", 0)                                                                          \
    /* map p, f, a: object = the pool, a = EXPR_CALL of the function without arguments, arguments[0] = the array; targets as for gather */ \
    X(OPERATION_MAP, "map", SYMBOL_BIT(SYMBOL_POOL))                                                          \
    X(OPERATION_SHUTDOWN, "shutdown", SYMBOL_BIT(SYMBOL_POOL))                                                \
    /* a = EXPR_DURATION */                                                                                   \
    X(OPERATION_SLEEP, "sleep", 0)                                                                            \
    X(OPERATION_IO, "io", 0)                                                                                  \
    X(OPERATION_COMPUTE, "compute", 0)
typedef enum OperationKind {
#define X(name, spelling, objects) name,
    OPERATION_KINDS(X)
#undef X
    OPERATION_KIND_COUNT
} OperationKind;

/* The word it is written with. */
const char *operation_word(OperationKind kind);
/* The kinds of object it is for, as a mask of SYMBOL_BITs. */
uint32_t operation_objects(OperationKind kind);

struct Operation {
    OperationKind kind;
    Span span;
    Expr *object;      /* EXPR_NAME bound to the object's symbol, with `index` for an array */
    Expr *with_object; /* OPERATION_WAIT_CONDITION */
    Expr *a;
    ExprList targets;  /* EXPR_NAMEs that are assigned: OPERATION_GET 0, 1 or 2; a whole array only for gather and map */
    ExprList arguments; /* gather, map */
    bool is_awaited;   /* `await OP` in a coroutine: hands the event loop over */
};

/* --------------------------------------------------------------- statements */

typedef enum StmtKind {
    STMT_BLOCK,     /* `statements` */
    STMT_LOCAL,     /* `symbol`; right side `expr` or NULL (0); arrays: `values` (1: all elements alike, or one each).
                       `local a = 1, b` is one STMT_LOCAL each */
    STMT_ASSIGN,    /* `target`, `assign` (= or a compound operator), `expr`; x++ and x-- are += 1 and -= 1 */
    STMT_EXPR,      /* `expr` for its effect: call, spawn, cas, fetch_add, exchange, choose, try */
    STMT_IF,        /* `expr`, `body`, `otherwise` (STMT_BLOCK, STMT_IF or NULL) */
    STMT_WHILE,     /* `expr`, `body` */
    STMT_FOR,       /* `symbol` from `low` to `high`, `is_closed`, `body`; bounds are evaluated once, before the loop */
    STMT_REPEAT,    /* `expr` times, evaluated once */
    STMT_LOOP,
    STMT_BREAK, STMT_CONTINUE,
    STMT_RETURN,    /* `expr` or NULL */
    STMT_EXIT,
    STMT_ASSERT,    /* `expr`, `text` or NULL */
    STMT_ASSUME,
    STMT_PRINT,     /* `items` */
    STMT_SKIP, STMT_YIELD, STMT_FENCE, STMT_PROGRESS,
    STMT_ATOMIC,    /* `body`; `expr` the guard of `atomic when (e)`, or NULL */
    STMT_AWAIT,     /* `expr` */
    STMT_OPERATION, /* `operation`; a GET with targets is `x = get q` or `local x = get q` (see `declares`) */
    STMT_WITH,      /* `operation` OPERATION_LOCK (OPERATION_ACQUIRE for a semaphore, OPERATION_SHUTDOWN for a pool), `body` */
    STMT_AS_COMPLETED, /* for `symbol` in as_completed(`values`) `body`: handles, and calls of coroutines */
    STMT_DO_ONCE,   /* `expr` EXPR_NAME of the once, `body` */
    STMT_SELECT,    /* `arms`, `otherwise` or NULL */
    STMT_SERIAL     /* `body` */
} StmtKind;

typedef struct SelectArm {
    Operation *operation;
    Stmt *body;
    Span span;
} SelectArm;

typedef struct PrintItem {
    const char *text; /* unescaped; NULL: `expr` */
    Expr *expr;
} PrintItem;

struct Stmt {
    StmtKind kind;
    Span span; /* simple statements: all of it; compound ones: the head, up to the opening brace */
    StmtList statements;
    Symbol *symbol;
    Expr *target, *expr, *low, *high;
    ExprList values;
    bool has_braces;     /* STMT_LOCAL: `values` were written in braces */
    bool is_compound;    /* STMT_ASSIGN: `assign` holds the operator of `op=` */
    BinaryOp assign;
    bool is_closed;
    Stmt *body, *otherwise;
    const char *text;
    ArenaVec(PrintItem) items;
    Operation *operation;
    SymbolList declares; /* STMT_OPERATION: locals that `local x = get q` or `local x, ok = get q` declares */
    ArenaVec(SelectArm) arms;
};

/* -------------------------------------------------------------- the scenario */

/* One row a kind of finding: enumerator, words in `expect`, hyphenated in JSON. */
#define FINDING_KINDS(X)                                                                             \
    X(FINDING_DEADLOCK, "deadlock", "deadlock") X(FINDING_DATA_RACE, "data race", "data-race")       \
    X(FINDING_LOST_UPDATE, "lost update", "lost-update") X(FINDING_ASSERTION, "assertion", "assertion") \
    X(FINDING_INVARIANT, "invariant", "invariant") X(FINDING_FINAL, "final", "final")                \
    X(FINDING_LOCK_ORDER, "lock order", "lock-order") X(FINDING_MISUSE, "misuse", "misuse")          \
    X(FINDING_RUNTIME_ERROR, "runtime error", "runtime-error") X(FINDING_LIVELOCK, "livelock", "livelock") \
    X(FINDING_STARVATION, "starvation", "starvation")                                                \
    X(FINDING_NOT_SERIALIZABLE, "not serializable", "not-serializable")
typedef enum FindingKind {
#define X(name, words, hyphenated) name,
    FINDING_KINDS(X)
#undef X
    FINDING_KIND_COUNT
} FindingKind;

typedef struct Expectation {
    FindingKind kind;
    const char *object; /* `on counter`, `on fork[1]` without blanks, the index as a number; NULL without */
    Expr *place;        /* the same as an EXPR_NAME; NULL without */
    Span span;
} Expectation;

typedef struct OutcomeItem {
    Expr *expr;       /* NULL: the word `output` */
    const char *text; /* the item as written, blanks normalised: the key in JSON */
} OutcomeItem;

typedef ArenaVec(OutcomeItem) OutcomeItems;

typedef struct Scenario {
    const Source *source;
    SymbolList symbols;   /* all top-level ones, in order of declaration */
    SymbolList threads;   /* SYMBOL_THREADs, in order of declaration */
    SymbolList functions;
    Expr *run;             /* `run main()`: an EXPR_CALL with constant arguments; NULL without */
    bool uses_results;     /* somebody reads what a task, or a member of a pool, returned */
    bool uses_completion;  /* `as_completed`: the order in which they end matters */
    ExprList always, finally, eventually;
    bool has_outcome;      /* an `outcome` line is there */
    OutcomeItems outcome;
    bool has_expect, expects_ok;
    Span expect_span;
    ArenaVec(Expectation) expectations;
    bool has_clock, has_gil;      /* `clock virtual`, `runtime gil` */
    uint32_t cores;               /* that compute at once; 0: as many as there are threads */
    int64_t quantum_ns;           /* after which a core is given to another; 0: never */
    int64_t takes_least_ns, takes_most_ns; /* with takes_low: the range of finishing times */
    Expr *cores_expr, *quantum_expr, *takes_low, *takes_high; /* as written, NULL without; takes_high == takes_low: one time */
    Span clock_span, cores_span, gil_span, takes_span; /* of the first word; line 0 without */
} Scenario;

/* A `-D NAME=VALUE`. */
typedef struct Define {
    const char *name;
    int64_t value;
    bool used; /* set by resolve: the scenario has such a constant */
} Define;

#endif
