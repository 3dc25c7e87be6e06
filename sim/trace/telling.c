#include "trace/telling.h"

#include <string.h>

#include "trace/replay.h"

/* --------------------------------------------------------------- recording */

/* Forgets everything: the machine was laid out anew. */
static void forget(Telling *telling)
{
    arena_free(telling->arena);
    telling->states.items = NULL;
    telling->states.count = telling->states.room = 0;
    telling->steps.items = NULL;
    telling->steps.count = telling->steps.room = 0;
}

static const Issue *copy_issues(Telling *telling, const Issue *issues, uint32_t count)
{
    Issue *copy = ARENA_ARRAY(telling->arena, Issue, count);
    for (uint32_t i = 0; i < count; i++) {
        copy[i] = issues[i];
        if (copy[i].text != NULL) /* the machine's texts end before the trace does */
            copy[i].text = arena_string(telling->arena, copy[i].text, strlen(copy[i].text));
    }
    return copy;
}

static Status record_begin(void *context, Machine *machine, const Word *state, const Issue *issues,
                           uint32_t issue_count)
{
    (void)state;
    Telling *telling = context;
    jmp_buf escape;
    telling->arena->escape = &escape;
    forget(telling);
    if (setjmp(escape) != 0)
        return STATUS_NO_MEMORY;
    telling->program = machine_program(machine);
    telling->start_issues = copy_issues(telling, issues, issue_count);
    telling->start_issue_count = issue_count;
    return STATUS_OK;
}

static Status record_state(void *context, Machine *machine, const ReplayState *told)
{
    Telling *telling = context;
    jmp_buf escape;
    telling->arena->escape = &escape;
    if (setjmp(escape) != 0)
        return STATUS_NO_MEMORY;
    uint32_t words = machine_words(machine);
    Word *state = ARENA_ARRAY(telling->arena, Word, words);
    memcpy(state, told->state, words * sizeof *state);
    bool *enabled = ARENA_ARRAY(telling->arena, bool, telling->program->thread_count);
    for (uint32_t i = 0; i < told->expansion->count; i++)
        enabled[told->expansion->steps[i].thread] = true;
    ARENA_PUSH(telling->arena, telling->states, ((ToldState){state, enabled, told->elapsed_ns}));
    return STATUS_OK;
}

static Status record_step(void *context, Machine *machine, const ReplayEvent *event)
{
    Telling *telling = context;
    jmp_buf escape;
    telling->arena->escape = &escape;
    if (setjmp(escape) != 0)
        return STATUS_NO_MEMORY;
    const StepLog *log = event->log;
    LoggedAccess *accesses = ARENA_ARRAY(telling->arena, LoggedAccess, log->count);
    if (log->count > 0)
        memcpy(accesses, log->accesses, log->count * sizeof *accesses);
    const ThreadCode *code = &telling->program->threads[event->thread];
    ToldStep step = {.thread = event->thread,
                     .choice = event->choice,
                     .choices = event->choices,
                     .instr = code->points[machine_point(machine, event->before, event->thread)].instr,
                     .accesses = accesses,
                     .access_count = log->count,
                     .issue_count = event->issue_count,
                     .stops = event->stops,
                     .core = SN_NONE};
    if (log->printed != NULL)
        step.printed = arena_string(telling->arena, log->printed, strlen(log->printed));
    step.issues = copy_issues(telling, event->issues, event->issue_count);
    ARENA_PUSH(telling->arena, telling->steps, step);
    return STATUS_OK;
}

Status telling_record(Telling *telling, const Schedule *schedule, Refusal *refusal)
{
    ReplayListener listener = {.context = telling, .begin = record_begin, .state = record_state, .step = record_step};
    return replay_walk(telling->machine, schedule, &listener, refusal);
}

/* ------------------------------------------------------------------- words */

static const Saying SAYINGS[OP_COUNT] = {
#define SAY(op, action, verb, done, other) [OP_##op] = {action, verb, done, other},
#include "trace/words.def"
};

static const Lack LACKS[OP_COUNT] = {
#define LACK(op, lack, provide) [OP_##op] = {lack, provide},
#include "trace/words.def"
};

static const struct {
    uint16_t waiting, helping;
} HELPS[] = {
#define HELP(waiting, helping) {OP_##waiting, OP_##helping},
#include "trace/words.def"
};

const Saying *telling_saying(uint16_t op)
{
    static const Saying local = {SN_OTHER, "", "no effect", NULL};
    return SAYINGS[op].done == NULL ? &local : &SAYINGS[op];
}

const Lack *telling_lack(uint16_t op)
{
    return LACKS[op].lack == NULL ? NULL : &LACKS[op];
}

bool telling_helps(uint16_t waiting_op, uint16_t helping_op)
{
    for (size_t i = 0; i < sizeof HELPS / sizeof *HELPS; i++)
        if (HELPS[i].waiting == waiting_op && HELPS[i].helping == helping_op)
            return true;
    return false;
}

static void add_text(Text *out, const char *text)
{
    text_add(out, text == NULL ? "" : text);
}

void telling_say(Telling *telling, const char *template, const Words *words)
{
    Text *out = &telling->scratch;
    for (const char *at = template; *at != '\0'; at++) {
        if (*at != '%') {
            text_add_char(out, *at);
            continue;
        }
        switch (*++at) {
        case 'o': add_text(out, words->object); break;
        case 'p': add_text(out, words->other); break;
        case 'm': add_text(out, words->mutex); break;
        case 't': add_text(out, words->text); break;
        case 'w': add_text(out, words->values); break;
        case 'b': text_format(out, "%lld", (long long)words->before); break;
        case 'a': text_format(out, "%lld", (long long)words->after); break;
        case 'n': text_format(out, "%lld", (long long)words->number); break;
        default: text_add_char(out, '%'); break;
        }
    }
}

const char *telling_take(Telling *telling)
{
    Text *scratch = &telling->scratch;
    if (scratch->failed)
        longjmp(*telling->arena->escape, 1);
    const char *taken = arena_string(telling->arena, scratch->bytes, scratch->length);
    scratch->length = 0;
    return taken;
}

const char *telling_comma(uint32_t i, uint32_t n)
{
    return i == 0 ? "" : i + 1 == n ? " and " : ", ";
}

const char *telling_thread(const Telling *telling, ThreadId thread)
{
    return telling->program->threads[thread].name;
}

const char *telling_object(const Telling *telling, ObjectId object)
{
    return object == NO_ID ? "" : telling->program->objects[object].name;
}

uint32_t telling_line(const Telling *telling, uint32_t instr)
{
    const Program *program = telling->program;
    const Site *site = &program->sites[program->code[instr].site];
    return site->part.line != 0 ? site->part.line : site->statement.line;
}

const char *telling_source(Telling *telling, uint32_t instr)
{
    const Instr *code = &telling->program->code[instr];
    const char *text = program_statement_text(telling->program, telling->arena, code->site);
    /* The way out of `with m {` and `do o {` has the head for its statement. */
    bool is_way_out = (code->op == OP_ONCE_LEAVE || code->op == OP_UNLOCK || code->op == OP_RELEASE) &&
                      (strncmp(text, "with ", 5) == 0 || strncmp(text, "do ", 3) == 0);
    return is_way_out ? arena_format(telling->arena, "end of %s", text) : text;
}

const char *telling_span(Telling *telling, Span span)
{
    const Source *source = telling->program->scenario->source;
    for (uint32_t i = 0; i < span.length && span.offset + i < source->length; i++) {
        char c = source->text[span.offset + i];
        bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        Text *out = &telling->scratch;
        if (!is_blank)
            text_add_char(out, c);
        else if (out->length > 0 && out->bytes[out->length - 1] != ' ')
            text_add_char(out, ' ');
    }
    return telling_take(telling);
}

ObjectId telling_operand(const Telling *telling, Operand base, Operand index, uint32_t *count)
{
    const Program *program = telling->program;
    ObjectId object = (ObjectId)base;
    *count = 1;
    if (index == NO_OPERAND)
        return object;
    if (index < 0)
        return object + (ObjectId)program->constants[~index];
    const Object *first = &program->objects[object];
    *count = first->symbol->length - first->element;
    return object;
}

SnObjectKind telling_object_kind(const Object *object)
{
    switch (object->kind) {
    case SYMBOL_MUTEX: return SN_MUTEX;
    case SYMBOL_RWLOCK: return SN_RWLOCK;
    case SYMBOL_SEMAPHORE: return SN_SEMAPHORE;
    case SYMBOL_CONDITION: return SN_CONDITION;
    case SYMBOL_BARRIER: return SN_BARRIER;
    case SYMBOL_EVENT: return SN_EVENT;
    case SYMBOL_QUEUE: return SN_QUEUE;
    case SYMBOL_ONCE: return SN_ONCE;
    case SYMBOL_WAITGROUP: return SN_WAITGROUP;
    case SYMBOL_POOL: return SN_POOL;
    default: return object->symbol->is_atomic ? SN_ATOMIC_VARIABLE : SN_VARIABLE;
    }
}

const char *telling_domain(const Telling *telling, ThreadId thread)
{
    const Domain *domain = &telling->program->domains[telling->program->threads[thread].domain];
    return domain->kind == DOMAIN_FIBRES ? "control" : domain->name;
}

bool telling_anybody_enabled(const Telling *telling)
{
    for (ThreadId t = 0; t < telling->program->thread_count; t++)
        if (telling_last(telling)->enabled[t])
            return true;
    return false;
}
