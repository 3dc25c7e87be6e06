/* program.h: step code: what the scenario's threads execute.
 *
 * Shape   One Instr array for all threads; each thread instance has code of its own (`self` is a constant in it).
 *         A *point* is a place at which a thread can stand between two steps: an instruction with INSTR_STEP. Points of a thread
 *         are numbered from 1; 0 means ended; a thread that is not spawned yet stands at its `unborn_point`.
 *         A *step* executes the instruction of the thread's point, then all local work up to the next point.
 *         An *object* is an element of a variable or one synchronisation object; the elements of an array are neighbours.
 * Owner   the arena given to program_lower; Scenario and Source must outlive it.
 * Source  the rules of LANGUAGE.md section 4, in docs/language.md. */
#ifndef PROGRAM_PROGRAM_H
#define PROGRAM_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "lang/ast.h"

typedef uint32_t ThreadId; /* declared threads in order of declaration, then slots of spawned functions */
typedef uint32_t ObjectId;
typedef int32_t Operand;   /* register >= 0, constant ~x */

#define NO_OPERAND INT32_MIN
#define NO_ID UINT32_MAX

typedef enum Opcode {
#define OP(name, text, flags) OP_##name,
#include "program/ops.def"
#undef OP
    OP_COUNT
} Opcode;

enum { /* ops.def explains them */
    OPF_LOCAL = 1u << 0, OPF_DEF_A = 1u << 1, OPF_DEF_D = 1u << 2, OPF_USE_A = 1u << 3, OPF_USE_B = 1u << 4, OPF_USE_C = 1u << 5,
    OPF_USE_D = 1u << 6, OPF_USE_E = 1u << 7, OPF_OBJECT = 1u << 8, OPF_READS = 1u << 9, OPF_WRITES = 1u << 10,
    OPF_BLOCKS = 1u << 11, OPF_JUMPS = 1u << 12, OPF_ENDS = 1u << 13, OPF_TAKES = 1u << 14, OPF_GIVES = 1u << 15
};
extern const uint32_t program_op_flags[OP_COUNT];
extern const char *const program_op_names[OP_COUNT];

enum {
    INSTR_STEP = 1,   /* a point: a thread can stand here */
    INSTR_ATOMIC = 2, /* an access inside `atomic` or `await` */
    INSTR_FIRST = 4,  /* in a region: being blocked here disables the step (later in an atomic block it is a runtime error) */
    INSTR_TRY = 8,    /* `try`: never blocks; `result` gets 1 or 0 */
    INSTR_FIRST_ACCESS = 32, /* as INSTR_FIRST, provided that no access of the region was made before */
    INSTR_ARM = 16,   /* the operation of a `select` arm */
    INSTR_SERIAL = 64, /* inside a `serial` block */
    INSTR_HANDS_OVER = 128, /* a coroutine or fibre that arrives here lets others of its domain go on */
    INSTR_OPERAND = 256 /* a read for the operation behind it, and for INSTR_FIRST_ACCESS one access with it */
};

typedef struct Instr {
    uint16_t op, flags;
    Operand a, b, c, d, e;
    Operand result;   /* register of `try`, or NO_OPERAND */
    uint32_t site;    /* Program.sites */
    uint32_t point;   /* INSTR_STEP: its number in its thread */
    int32_t token;    /* LOAD, STORE and read-modify-write: the thread's token of this place (statically known), or -1 */
    bool stale;       /* STORE: the value surely comes from a read of the same place: an overtaken token is a lost update */
} Instr;

typedef struct Site { /* where an instruction comes from */
    Span statement;   /* the whole statement, or head of a compound one */
    Span part;        /* the access or expression itself */
} Site;

typedef struct Local { /* a named local of a thread, for display and properties */
    const char *name;
    const Symbol *symbol;
    int32_t reg;
    uint32_t length;   /* registers */
    bool is_outermost; /* in the thread's own body: `A.t` */
    bool is_pinned;    /* a property names it: kept to the end */
} Local;

/* What must be kept of a thread that stands at a point. */
typedef struct Point {
    uint32_t instr;
    uint64_t *watched;       /* token bits that matter here: a register may carry a read of the token that flows into a write of it */
    uint32_t *carriers;      /* registers that may carry such a read, ascending */
    uint32_t carrier_count;
} Point;

/* Lost updates (detect/lost_update.h): a token is a variable's element that the thread reads and later writes from that read. */
typedef struct Token {
    ObjectId object;
} Token;

/* Execution domains: who must not run beside whom. In a loop or among fibres one member runs from where it was resumed to where it hands
 * over (INSTR_HANDS_OVER, or its end); a pool has a number of places. Threads of no domain are preemptive. */
typedef enum DomainKind {
    DOMAIN_LOOP,   /* coroutines of the event loop: control is handed over at an awaited operation, whether or not it has to wait */
    DOMAIN_FIBRES, /* at `yield`, and where a fibre has to wait */
    DOMAIN_POOL
} DomainKind;

typedef struct Domain {
    DomainKind kind;
    const char *name;     /* "the event loop", "the fibres", "p" */
    const Symbol *symbol; /* DOMAIN_POOL */
    uint32_t places;      /* DOMAIN_POOL */
    ObjectId object;      /* DOMAIN_POOL, else NO_ID */
    ThreadId main;        /* DOMAIN_LOOP: the instance that `run` starts, with whose end the loop stops; NO_ID: there is none */
} Domain;

typedef struct ThreadCode {
    const char *name;      /* "A", "worker[1]", "f[0]" */
    const Symbol *symbol;  /* SYMBOL_THREAD or spawned SYMBOL_FUNCTION */
    uint32_t instance;
    bool is_daemon, is_spawned;
    bool is_process;       /* has variables of its own, but for `mapped` ones */
    ObjectId own_variables; /* is_process: the first of them */
    uint32_t function;     /* is_spawned: Program.functions */
    uint32_t domain;       /* Program.domains; NO_ID: none */
    int32_t result;        /* register with what the instance returned, kept when it has ended; -1: nobody asks for it */
    uint32_t entry;        /* where its local work begins */
    uint32_t first_instr, instr_count;
    uint32_t register_count;
    Point *points;         /* [0 .. point_count]; 0 is the end */
    uint32_t point_count;
    uint32_t unborn_point; /* is_spawned: point_count + 1, stands for not spawned yet */
    Local *locals;
    uint32_t local_count;
    uint32_t parameter_count; /* registers 0 .. parameter_count-1 */
    Token *tokens;
    uint32_t token_count;
    uint32_t token_words;  /* (token_count + 63) / 64 */
    bool tracks_taint;     /* which registers carry which tokens is not known statically: kept at run time */
} ThreadCode;

typedef struct Object {
    const Symbol *symbol;
    uint32_t element;
    const char *name;      /* "counter", "a[1]", "P[0].counter" of a process, "Even.mailbox", "S.news" of a subscriber */
    SymbolKind kind;
    ThreadId owner;        /* the process whose variable it is, the actor or subscriber whose queue; NO_ID: nobody's in particular */
} Object;

typedef struct Function { /* a function that is spawned, into one domain: the same function may be there several times */
    const Symbol *symbol;
    uint32_t domain;
    ThreadId first_slot;
    uint32_t slot_count;
} Function;

typedef struct PrintPart {
    const char *text; /* NULL: value */
    Operand value;
} PrintPart;

/* An expression evaluated at once over a whole state: properties and outcome items. */
typedef struct Property {
    const Expr *expr;
    uint32_t first_instr, end_instr;
    Operand value;
    const char *text;  /* source, for messages */
    uint32_t line;
} Property;

typedef struct OutcomeColumn {
    const char *text;  /* JSON key */
    bool is_array;
    uint32_t first, count; /* Program.outcome_values: one property each */
} OutcomeColumn;

typedef struct LowerOptions {
    bool statement_granularity;
    bool spurious;
    uint32_t cores;              /* instead of the scenario's number of cores; 0: the scenario's */
    const uint32_t *spawn_slots; /* for each spawned function how many threads; NULL: one */
} LowerOptions;

typedef struct Program {
    const Scenario *scenario;
    LowerOptions options;
    Instr *code;          uint32_t code_count;
    int64_t *constants;   uint32_t constant_count;
    Operand *lists;       uint32_t list_count;
    PrintPart *parts;     uint32_t part_count;
    const char **texts;   uint32_t text_count;
    Site *sites;          uint32_t site_count;
    ThreadCode *threads;  uint32_t thread_count, declared_count;
    Object *objects;      uint32_t object_count, variable_count; /* variables' elements come first */
    Function *functions;  uint32_t function_count;
    Domain *domains;      uint32_t domain_count;
    Property *always;     uint32_t always_count;
    Property *finally;    uint32_t finally_count;
    Property *eventually; uint32_t eventually_count;
    Property *outcome_values; uint32_t outcome_value_count;
    OutcomeColumn *outcome;   uint32_t outcome_count;
    bool outcome_has_output;
    uint32_t property_registers; /* registers that any property needs */
    bool has_clock, has_gil; /* virtual clock; interpreter lock */
    uint32_t cores;          /* that compute at once; 0: no limit */
    int64_t quantum_ns;      /* 0: a core is kept to the end of the work */
    bool spurious, has_assume, has_print, has_progress, has_serial;
    bool has_domains; /* domain_count > 0: steps of different threads are not independent because they touch different things */
} Program;

/* Lowers a resolved scenario. STATUS_NO_MEMORY, or STATUS_INVALID with a diagnostic for what only lowering can see. */
Status program_lower(Arena *arena, const Scenario *scenario, const LowerOptions *options, DiagList *diagnostics, Program **out);

/* One line an instruction that starts a step, with the local work behind it indented; for people and golden tests. */
void program_disassemble(const Program *program, Text *out);

/* Threads of one process have one interpreter, and with `runtime gil` its lock; each process has its own. */
static inline bool program_share_interpreter(const Program *program, ThreadId a, ThreadId b) {
    return a == b || !(program->threads[a].is_process || program->threads[b].is_process);
}

/* The domain whose object this is: a pool's. */
uint32_t program_domain_of(const Program *program, ObjectId object);

/* The operation that may hold up the region that begins at this address: of a block its first one, of a statement the first that can block. The
 * address itself where there is none, or where in a block a jump decides which it is. */
uint32_t program_region_first(const Program *program, uint32_t address);
/* The code of the step that begins at a REGION or AWAIT lies in front of this address; jumps inside it stay inside, or leave it. */
uint32_t program_region_end(const Program *program, uint32_t address);

/* Both belong to one event loop, or are fibres: never do two of them run at once. */
bool program_take_turns(const Program *program, ThreadId a, ThreadId b);

/* A piece of the source as written, blanks and line breaks folded to one blank. Arena-owned. */
const char *program_text(Arena *arena, const Source *source, const Span *span);

/* The statement as written, blanks and line breaks folded to one blank. Arena-owned. */
const char *program_statement_text(const Program *program, Arena *arena, uint32_t site);

#endif
