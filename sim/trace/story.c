/* story.c: what a trace is about: title, verdict, how it ended, and the choice of remarks. */
#include <string.h>

#include "trace/telling.h"

/* ---------------------------------------------------------------- assertions */

static const Expr *find_assert(const Stmt *statement, uint32_t line)
{
    if (statement == NULL)
        return NULL;
    if (statement->kind == STMT_ASSERT && (statement->span.line == line || statement->expr->span.line == line))
        return statement->expr;
    const Expr *found = find_assert(statement->body, line);
    if (found == NULL)
        found = find_assert(statement->otherwise, line);
    for (uint32_t i = 0; i < statement->statements.count && found == NULL; i++)
        found = find_assert(statement->statements.items[i], line);
    for (uint32_t i = 0; i < statement->arms.count && found == NULL; i++)
        found = find_assert(statement->arms.items[i].body, line);
    return found;
}

/* The expression that was false. */
static const Expr *false_expression(const Telling *telling, const Issue *issue)
{
    const Program *program = telling->program;
    if (issue->kind == FINDING_INVARIANT) {
        for (uint32_t i = 0; i < program->always_count; i++)
            if (program->always[i].line == issue->line)
                return program->always[i].expr;
        return NULL;
    }
    if (issue->kind != FINDING_ASSERTION || issue->thread == NO_ID)
        return NULL;
    const Expr *found = find_assert(program->threads[issue->thread].symbol->body, issue->line);
    for (uint32_t i = 0; i < program->scenario->functions.count && found == NULL; i++)
        found = find_assert(program->scenario->functions.items[i]->body, issue->line);
    return found;
}

/* "counter == 2 is false: counter = 1". */
static const char *say_false(Telling *telling, const Expr *expr, ThreadId thread)
{
    const char *source = telling_span(telling, expr->span);
    const char *values = operands_tell(telling, expr, thread);
    return arena_format(telling->arena, "%s is false%s%s", source, values[0] == '\0' ? "" : ": ", values);
}

/* ------------------------------------------------------------------ the end */

static SnEnd end_of_stop(const Issue *stop)
{
    if (stop->is_assume)
        return SN_END_ASSUME;
    switch (stop->kind) {
    case FINDING_ASSERTION: return SN_END_ASSERTION;
    case FINDING_INVARIANT: return SN_END_INVARIANT;
    case FINDING_MISUSE: return SN_END_MISUSE;
    default: return SN_END_RUNTIME_ERROR;
    }
}

static void tell_end(Telling *telling)
{
    SnTrace *trace = telling->trace;
    const Word *state = telling_last(telling)->state;
    const Issue *stop = machine_stop(telling->machine, state);
    if (stop != NULL) {
        trace->end = end_of_stop(stop);
        const Expr *expr = stop->is_assume ? NULL : false_expression(telling, stop);
        if (stop->text != NULL && stop->text[0] != '\0')
            trace->end_message = arena_string(telling->arena, stop->text, strlen(stop->text));
        else if (expr != NULL)
            trace->end_message = telling_span(telling, expr->span);
    } else if (machine_all_ended(telling->machine, state)) {
        trace->end = SN_END_OK;
    } else {
        trace->end = telling_anybody_enabled(telling) ? SN_END_RUNNING : SN_END_DEADLOCK;
    }
}

/* -------------------------------------------------------------- looking back */

/* An issue, and the step in which it arose; NO_ID: ahead of all steps. */
typedef struct Found {
    const Issue *issue;
    uint32_t step;
} Found;

static bool is_about(const Issue *issue, const TraceSubject *subject)
{
    if (issue->is_assume || issue->kind != subject->kind)
        return false;
    for (uint32_t i = 0; i < subject->object_count && issue->object != NO_ID; i++)
        if (subject->objects[i] == issue->object)
            return true;
    return subject->object_count == 0 || issue->object == NO_ID;
}

/* The issue of the subject's kind on its objects: the last one, since a finding's schedule ends with it; of a plain run
 * the first. */
static Found find_issue(const Telling *telling, const TraceSubject *subject)
{
    uint32_t count = telling->steps.count;
    for (uint32_t n = 0; n < count; n++) {
        uint32_t s = telling->is_plain_run ? n : count - 1 - n;
        const ToldStep *step = &telling->steps.items[s];
        for (uint32_t i = step->issue_count; i-- > 0;)
            if (is_about(&step->issues[i], subject))
                return (Found){&step->issues[i], s};
    }
    for (uint32_t i = 0; i < telling->start_issue_count; i++)
        if (is_about(&telling->start_issues[i], subject))
            return (Found){&telling->start_issues[i], NO_ID};
    return (Found){NULL, NO_ID};
}

/* Without a finding given: what the run itself shows. False: nothing bad. */
static bool derive_subject(Telling *telling, TraceSubject *subject, ObjectId *object)
{
    static const FindingKind passing[] = {FINDING_LOST_UPDATE, FINDING_MISUSE};
    *subject = (TraceSubject){.loop_start = NO_ID};
    const Word *state = telling_last(telling)->state;
    const Issue *stop = machine_stop(telling->machine, state);
    if (stop != NULL) {
        subject->kind = stop->kind;
        subject->text = stop->text;
        return !stop->is_assume;
    }
    if (telling->trace->end == SN_END_DEADLOCK || telling->trace->cycle_count > 0) {
        subject->kind = FINDING_DEADLOCK;
        return true;
    }
    for (size_t k = 0; k < sizeof passing / sizeof *passing; k++) {
        subject->kind = passing[k];
        Found found = find_issue(telling, subject);
        if (found.issue == NULL)
            continue;
        *object = found.issue->object;
        subject->objects = object;
        subject->object_count = *object != NO_ID;
        return true;
    }
    subject->kind = FINDING_FINAL;
    return machine_all_ended(telling->machine, state) && machine_failed_finally(telling->machine, state) != NO_ID;
}

/* ------------------------------------------------------------------ expected */

static bool constant_value(const Expr *expr, int64_t *value)
{
    int64_t a, b;
    if (expr->kind == EXPR_INTEGER) {
        *value = expr->value;
        return true;
    }
    if (expr->kind == EXPR_NAME && expr->symbol->kind == SYMBOL_CONST) {
        *value = expr->symbol->value;
        return true;
    }
    if (expr->kind != EXPR_BINARY || !constant_value(expr->a, &a) || !constant_value(expr->b, &b))
        return false;
    switch (expr->binary) {
    case BINARY_ADD: return !__builtin_add_overflow(a, b, value);
    case BINARY_SUBTRACT: return !__builtin_sub_overflow(a, b, value);
    case BINARY_MULTIPLY: return !__builtin_mul_overflow(a, b, value);
    default: return false;
    }
}

/* What a `finally x == 2` says that the variable must be at the end; through && as well. */
static bool expected_in(const Telling *telling, const Expr *expr, ObjectId object, int64_t *value)
{
    if (expr->kind != EXPR_BINARY)
        return false;
    if (expr->binary == BINARY_AND)
        return expected_in(telling, expr->a, object, value) || expected_in(telling, expr->b, object, value);
    if (expr->binary != BINARY_EQUAL)
        return false;
    const Expr *name = expr->a->kind == EXPR_NAME ? expr->a : expr->b;
    const Expr *other = name == expr->a ? expr->b : expr->a;
    int64_t index = 0;
    if (name->kind != EXPR_NAME || name->symbol != telling->program->objects[object].symbol)
        return false;
    if (name->index != NULL && !constant_value(name->index, &index))
        return false;
    return index == (int64_t)telling->program->objects[object].element && constant_value(other, value);
}

/* ", expected 2" where a `finally` says so and is broken; else "". */
static const char *expected(Telling *telling, ObjectId object)
{
    const Word *state = telling_last(telling)->state;
    int64_t value;
    for (uint32_t i = 0; i < telling->program->finally_count; i++)
        if (expected_in(telling, telling->program->finally[i].expr, object, &value) &&
            value != machine_value(telling->machine, state, object))
            return arena_format(telling->arena, ", expected %lld", (long long)value);
    return "";
}

/* ------------------------------------------------------------------ the kinds */

static void set_title(Telling *telling, const char *title, const char *verdict)
{
    telling->trace->title = title;
    telling->trace->verdict = verdict;
}

static const char *text_or(const char *text, const char *other)
{
    return text != NULL && text[0] != '\0' ? text : other;
}

/* What the trace points to must be its own. */
static const char *own(Telling *telling, const char *text)
{
    return arena_string(telling->arena, text, strlen(text));
}

/* Assertion, invariant, misuse, runtime error: the step in which it arose offends. */
static void tell_issue(Telling *telling, const TraceSubject *subject, const char *what, const char *no_text)
{
    Arena *arena = telling->arena;
    Found found = find_issue(telling, subject);
    if (found.issue == NULL) {
        const char *only = own(telling, text_or(subject->text, no_text));
        set_title(telling, arena_format(arena, "%s: %s", what, only), only);
        return;
    }
    const Issue *issue = found.issue;
    const Expr *expr = false_expression(telling, issue);
    const char *text =
        own(telling,
            text_or(subject->text, text_or(issue->text, expr == NULL ? no_text : telling_span(telling, expr->span))));
    const char *reason = expr != NULL ? say_false(telling, expr, issue->thread) : text;
    if (expr == NULL && issue->object != NO_ID)
        reason = arena_format(arena, "%s: %s", telling_object(telling, issue->object), text);
    if (issue->kind == FINDING_INVARIANT)
        telling->trace->title = arena_format(arena, "%s: %s", what, text);
    else
        telling->trace->title = arena_format(arena, "%s%s%s at line %u: %s", what, issue->object == NO_ID ? "" : " of ",
                                             telling_object(telling, issue->object), issue->line, text);
    ThreadId thread = issue->thread != NO_ID ? issue->thread
                      : found.step != NO_ID  ? telling->steps.items[found.step].thread
                                             : NO_ID;
    uint32_t line =
        issue->kind == FINDING_INVARIANT && found.step != NO_ID ? telling->trace->steps[found.step].line : issue->line;
    if (thread == NO_ID)
        telling->trace->verdict = arena_format(arena, "before the first step: %s", reason);
    else if (found.step == NO_ID)
        telling->trace->verdict = arena_format(arena, "%s, before its first step, line %u: %s",
                                               telling_thread(telling, thread), line, reason);
    else
        telling->trace->verdict = arena_format(arena, "%s at step %u, line %u: %s", telling_thread(telling, thread),
                                               found.step + 1, line, reason);
    if (found.step != NO_ID)
        notes_add(telling, (SnNote){found.step, SN_NONE, false, true, reason});
}

static void tell_lost_update(Telling *telling, const TraceSubject *subject)
{
    Arena *arena = telling->arena;
    Found found = find_issue(telling, subject);
    ObjectId object = found.issue != NULL         ? found.issue->object
                      : subject->object_count > 0 ? subject->objects[0]
                                                  : NO_ID;
    if (found.issue == NULL || found.step == NO_ID || object == NO_ID) {
        set_title(telling, "Lost update", "a write is destroyed by one that does not know it");
        return;
    }
    const char *name = telling_object(telling, object);
    long long value = (long long)machine_value(telling->machine, telling_last(telling)->state, object);
    const char *reason = notes_lost_update(telling, found.step, object);
    bool has_ended = telling->trace->end == SN_END_OK;
    const char *wanted = has_ended ? expected(telling, object) : "";
    set_title(telling,
              arena_format(arena, has_ended ? "Lost update: %s ends at %lld%s" : "Lost update: %s is %lld%s", name,
                           value, wanted),
              arena_format(arena, "%s: %s = %lld%s", reason, name, value, wanted));
}

static void tell_data_race(Telling *telling, const TraceSubject *subject)
{
    if (subject->object_count == 0) {
        set_title(telling, "Data race", "nothing orders two accesses");
        return;
    }
    ObjectId object = subject->objects[0];
    set_title(telling, arena_format(telling->arena, "Data race on %s", telling_object(telling, object)),
              notes_data_race(telling, object, subject));
}

static void tell_deadlock(Telling *telling)
{
    const char *who = cycles_title(telling);
    set_title(telling, arena_format(telling->arena, "Deadlock: %s", who), cycles_sentence(telling));
}

static void tell_never(Telling *telling, const Property *property)
{
    set_title(telling, arena_format(telling->arena, "Never true: %s", property->text),
              arena_format(telling->arena, "the execution ends, and %s has not been true at any time (line %u)",
                           property->text, property->line));
}

/* Daemons may go on. */
static const char *who_has_ended(const Telling *telling)
{
    const Program *program = telling->program;
    for (ThreadId t = 0; t < program->thread_count; t++)
        if (program->threads[t].is_daemon && !machine_is_ended(telling->machine, telling_last(telling)->state, t))
            return "all threads but daemons have ended";
    return "all threads have ended";
}

static void tell_final(Telling *telling, const TraceSubject *subject)
{
    const Program *program = telling->program;
    if (subject->eventually > 0) {
        tell_never(telling, &program->eventually[subject->eventually - 1]);
        return;
    }
    uint32_t failed = machine_failed_finally(telling->machine, telling_last(telling)->state);
    if (failed == NO_ID) {
        set_title(telling, "Wrong at the end", "a final condition is false");
        return;
    }
    const Property *property = &program->finally[failed];
    notes_own_copies(telling, property->expr);
    set_title(telling, arena_format(telling->arena, "Wrong at the end: %s is false", property->text),
              arena_format(telling->arena, "%s, but %s (line %u)", who_has_ended(telling),
                           say_false(telling, property->expr, NO_ID), property->line));
}

static const char *list_objects(Telling *telling, const TraceSubject *subject)
{
    for (uint32_t i = 0; i < subject->object_count; i++)
        text_format(&telling->scratch, "%s%s", telling_comma(i, subject->object_count),
                    telling_object(telling, subject->objects[i]));
    return telling_take(telling);
}

static const char *list_threads(Telling *telling, const TraceSubject *subject)
{
    for (uint32_t i = 0; i < subject->thread_count; i++)
        text_format(&telling->scratch, "%s%s", telling_comma(i, subject->thread_count),
                    telling_thread(telling, subject->threads[i]));
    return telling_take(telling);
}

static void tell_lock_order(Telling *telling, const TraceSubject *subject)
{
    const char *objects = list_objects(telling, subject);
    notes_lock_order(telling, subject);
    set_title(telling, arena_format(telling->arena, "Lock order: %s are taken in different orders", objects),
              telling->trace->wait_count > 0
                  ? cycles_sentence(telling)
                  : "threads that take the same locks in different orders can block each other for ever");
}

static void tell_loop(Telling *telling, const TraceSubject *subject, const char *what)
{
    Arena *arena = telling->arena;
    const char *threads = list_threads(telling, subject);
    bool starves = subject->kind == FINDING_STARVATION;
    telling->trace->loop_start = subject->loop_start;
    const char *who = threads[0] == '\0' ? "the threads" : threads;
    bool is_one = subject->thread_count == 1;
    const char *story =
        starves ? (is_one ? "never gets on" : "never get on") : (is_one ? "goes round for ever" : "go round for ever");
    const char *from =
        subject->loop_start == NO_ID
            ? ""
        : subject->loop_start + 1 == telling->steps.count
            ? arena_format(arena, "step %u repeats for ever: ", telling->steps.count)
            : arena_format(arena, "steps %u to %u repeat for ever: ", subject->loop_start + 1, telling->steps.count);
    const char *why = starves ? (is_one ? "others get on, and it does not" : "others get on, and they do not")
                              : "nobody ends, and nobody passes a progress";
    if (subject->eventually > 0) {
        const Property *property = &telling->program->eventually[subject->eventually - 1];
        why = arena_format(arena, "%s (line %u) never comes true", property->text, property->line);
    }
    set_title(telling, arena_format(arena, "%s: %s %s", what, who, story), arena_format(arena, "%s%s", from, why));
}

/* Nothing bad to tell: how far it went. */
static void tell_plain(Telling *telling)
{
    enum { VALUES = 6 };
    SnTrace *trace = telling->trace;
    Text *out = &telling->scratch;
    uint32_t told = 0, able = 0;
    trace->is_bad = false;
    switch (trace->end) {
    case SN_END_OK:
        text_add(out, who_has_ended(telling));
        for (uint32_t w = 0; w < trace->watched_count && told < VALUES; w++, told++)
            text_format(out, "%s%s = %s", told == 0 ? ": " : ", ", trace->objects[trace->watched[w]].name,
                        trace->values[(size_t)trace->step_count * trace->watched_count + w]);
        break;
    case SN_END_ASSUME: {
        const Issue *stop = machine_stop(telling->machine, telling_last(telling)->state);
        text_format(out, "dropped: the assumption at line %u does not hold", stop->line);
        break;
    }
    default:
        for (uint32_t lane = 0; lane < telling->lane_count; lane++)
            able += telling_last(telling)->enabled[telling->threads[lane]];
        text_format(out, "after %u step%s", trace->step_count, trace->step_count == 1 ? "" : "s");
        for (uint32_t lane = 0; lane < telling->lane_count; lane++)
            if (telling_last(telling)->enabled[telling->threads[lane]])
                text_format(out, "%s%s", told == 0 ? ": " : telling_comma(told, able),
                            telling_thread(telling, telling->threads[lane])),
                    told++;
        text_add(out, able > 0 ? " can go on" : "");
        break;
    }
    const char *path = telling->program->scenario->source->name, *slash = strrchr(path, '/');
    const char *name = slash != NULL && slash[1] != '\0' ? slash + 1 : path;
    set_title(telling, own(telling, name), telling_take(telling));
}

void story_tell(Telling *telling, const TraceSubject *given)
{
    TraceSubject derived;
    ObjectId object = NO_ID;
    SnTrace *trace = telling->trace;
    trace->loop_start = trace->race_first = trace->race_second = SN_NONE;
    tell_end(telling);
    trace->is_bad = true;
    telling->is_plain_run = given == NULL;
    const TraceSubject *subject = given;
    if (given == NULL)
        subject = derive_subject(telling, &derived, &object) ? &derived : NULL;
    if (subject == NULL) {
        tell_plain(telling);
        return;
    }
    switch (subject->kind) {
    case FINDING_LOST_UPDATE: tell_lost_update(telling, subject); break;
    case FINDING_DATA_RACE: tell_data_race(telling, subject); break;
    case FINDING_DEADLOCK: tell_deadlock(telling); break;
    case FINDING_ASSERTION: tell_issue(telling, subject, "Assertion failed", "a condition is false"); break;
    case FINDING_INVARIANT: tell_issue(telling, subject, "Invariant broken", "a condition is false"); break;
    case FINDING_MISUSE: tell_issue(telling, subject, "Misuse", "an object is used wrongly"); break;
    case FINDING_RUNTIME_ERROR: tell_issue(telling, subject, "Runtime error", "an operation has no result"); break;
    case FINDING_FINAL: tell_final(telling, subject); break;
    case FINDING_LOCK_ORDER: tell_lock_order(telling, subject); break;
    case FINDING_LIVELOCK: tell_loop(telling, subject, "Livelock"); break;
    case FINDING_STARVATION: tell_loop(telling, subject, "Starvation"); break;
    default:
        set_title(telling, "Not serializable: no serial order ends like this",
                  "the blocks marked `serial` do not act as if one ran after the other");
        break;
    }
    if (subject->kind == FINDING_DEADLOCK || subject->kind == FINDING_FINAL || subject->kind == FINDING_ASSERTION ||
        subject->kind == FINDING_INVARIANT)
        notes_messages(telling);
    trace->notes = telling->notes.items;
    trace->note_count = telling->notes.count;
}
