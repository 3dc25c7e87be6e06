#include "trace/schedule.h"

#include <string.h>

#include "lang/suggest.h"

enum { SHOWN_MAX_BYTES = 64, NAMED_MAX_BYTES = SHOWN_MAX_BYTES * 2, LISTED_MEMBERS = 6 };

#ifdef SNARL_SMALL_TABLES
enum { FIRST_ROOM = 2 };
#else
enum { FIRST_ROOM = 64 };
#endif

void schedule_free(Schedule *schedule)
{
    mem_free(schedule->steps);
    *schedule = (Schedule){0};
}

bool schedule_add(Schedule *schedule, NamedStep step)
{
    if (schedule->count == schedule->room) {
        uint32_t room = schedule->room == 0 ? FIRST_ROOM : schedule->room * 2;
        NamedStep *steps = mem_resize(schedule->steps, room, sizeof *steps);
        if (steps == NULL)
            return false;
        schedule->steps = steps;
        schedule->room = room;
    }
    schedule->steps[schedule->count++] = step;
    return true;
}

Status schedule_name(const Program *program, const ScheduleStep *steps, uint32_t count, Schedule *schedule)
{
    *schedule = (Schedule){0};
    for (uint32_t i = 0; i < count; i++) {
        const ThreadCode *thread = &program->threads[steps[i].thread];
        NamedStep step = {thread->symbol, thread->instance, steps[i].choice, steps[i].choices};
        if (!schedule_add(schedule, step)) {
            schedule_free(schedule);
            return STATUS_NO_MEMORY;
        }
    }
    return STATUS_OK;
}

ThreadId schedule_thread(const Program *program, const NamedStep *step)
{
    for (ThreadId t = 0; t < program->thread_count; t++)
        if (program->threads[t].symbol == step->symbol && program->threads[t].instance == step->instance)
            return t;
    return NO_ID;
}

/* ---------------------------------------------------------------- printing */

void schedule_print_name(const Program *program, const Symbol *symbol, uint32_t instance, Text *out)
{
    NamedStep step = {.symbol = symbol, .instance = instance};
    ThreadId thread = schedule_thread(program, &step);
    if (thread != NO_ID)
        text_add(out, program->threads[thread].name);
    else
        text_format(out, "%s[%u]", symbol->name, instance);
}

static void print_step(const Program *program, const NamedStep *step, bool is_first, Text *out)
{
    if (!is_first)
        text_add_char(out, ' ');
    schedule_print_name(program, step->symbol, step->instance, out);
    if (step->choices > 1 || step->choice > 1)
        text_format(out, ":%u", step->choice);
}

void schedule_print(const Program *program, const Schedule *schedule, Text *out)
{
    for (uint32_t i = 0; i < schedule->count; i++)
        print_step(program, &schedule->steps[i], i == 0, out);
}

void schedule_print_steps(const Program *program, const ScheduleStep *steps, uint32_t count, Text *out)
{
    for (uint32_t i = 0; i < count; i++) {
        const ThreadCode *thread = &program->threads[steps[i].thread];
        NamedStep step = {thread->symbol, thread->instance, steps[i].choice, steps[i].choices};
        print_step(program, &step, i == 0, out);
    }
}

/* ------------------------------------------------------------------ errors */

/* The symbol behind a name: a declared thread or a spawned function. */
static const Symbol *find_symbol(const Program *program, const char *name, size_t length)
{
    for (ThreadId t = 0; t < program->thread_count; t++) {
        const Symbol *symbol = program->threads[t].symbol;
        if (strlen(symbol->name) == length && memcmp(symbol->name, name, length) == 0)
            return symbol;
    }
    return NULL;
}

/* The thread whose name is nearest to what was written; NULL when none is near. */
static const char *nearest(const Program *program, const char *name, size_t length)
{
    char wanted[SHOWN_MAX_BYTES + 1] = {0};
    if (length > SHOWN_MAX_BYTES)
        return NULL;
    memcpy(wanted, name, length);
    Suggestion suggestion;
    suggest_begin(&suggestion, wanted);
    for (ThreadId t = 0; t < program->thread_count; t++)
        suggest_offer(&suggestion, program->threads[t].symbol->name, false);
    return suggestion.best;
}

/* "w[0], w[1] and w[2]", or "w[0] to w[99]". */
static void list_members(const Program *program, const Symbol *symbol, Text *out)
{
    uint32_t count = 0, seen = 0;
    const char *last = "";
    for (ThreadId t = 0; t < program->thread_count; t++)
        if (program->threads[t].symbol == symbol) {
            count++;
            last = program->threads[t].name;
        }
    for (ThreadId t = 0; t < program->thread_count; t++) {
        if (program->threads[t].symbol != symbol)
            continue;
        if (seen > 0 && count > LISTED_MEMBERS) {
            text_format(out, " to %s", last);
            return;
        }
        text_add(out, seen == 0 ? "" : seen + 1 == count ? " and " : ", ");
        text_add(out, program->threads[t].name);
        seen++;
    }
}

static void list_threads(const Program *program, Text *out)
{
    for (ThreadId t = 0; t < program->thread_count; t++) {
        if (t >= LISTED_MEMBERS) {
            text_format(out, ", ... (%u threads)", program->thread_count);
            return;
        }
        text_add(out, t == 0 ? "" : ", ");
        text_add(out, program->threads[t].name);
    }
}

/* ----------------------------------------------------------------- parsing */

typedef struct ScheduleToken {
    const char *text;
    size_t length;
    size_t name_length; /* up to [ : or * */
    size_t at;          /* where reading goes on */
} ScheduleToken;

typedef struct Parse {
    const Program *program;
    ScheduleToken token;
    Text message;
} Parse;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',';
}

/* Begins the message: what in the schedule is wrong. */
static Text *complain(Parse *parse)
{
    size_t shown = parse->token.length < NAMED_MAX_BYTES ? parse->token.length : NAMED_MAX_BYTES;
    text_add(&parse->message, "schedule: '");
    text_add_bytes(&parse->message, parse->token.text, shown);
    text_add(&parse->message, shown < parse->token.length ? "...': " : "': ");
    return &parse->message;
}

/* Digits at the token's place; false (nothing said) without, or beyond `most`. */
static bool read_number(Parse *parse, uint32_t most, uint32_t *number)
{
    ScheduleToken *token = &parse->token;
    uint64_t value = 0;
    size_t start = token->at;
    while (token->at < token->length && token->text[token->at] >= '0' && token->text[token->at] <= '9') {
        if (value <= most)
            value = value * 10 + (uint64_t)(token->text[token->at] - '0');
        token->at++;
    }
    *number = (uint32_t)(value <= most ? value : 0);
    return token->at > start && value <= most;
}

static bool peek(const Parse *parse, char c)
{
    return parse->token.at < parse->token.length && parse->token.text[parse->token.at] == c;
}

static bool resolve_name(Parse *parse, NamedStep *step)
{
    ScheduleToken *token = &parse->token;
    const Program *program = parse->program;
    step->symbol = find_symbol(program, token->text, token->name_length);
    if (step->symbol != NULL)
        return true;
    Text *out = complain(parse);
    text_add(out, "no thread has this name; ");
    const char *near = nearest(program, token->text, token->name_length);
    if (near != NULL) {
        text_format(out, "did you mean '%s", near);
        text_add_bytes(out, token->text + token->name_length, token->length - token->name_length);
        text_add(out, "'?");
    } else {
        text_add(out, "there are ");
        list_threads(program, out);
    }
    return false;
}

static uint32_t instance_count(const Program *program, const Symbol *symbol)
{
    uint32_t count = 0;
    for (ThreadId t = 0; t < program->thread_count; t++)
        count += program->threads[t].symbol == symbol;
    return count;
}

static bool read_instance(Parse *parse, NamedStep *step)
{
    const Symbol *symbol = step->symbol;
    bool is_spawned = symbol->kind == SYMBOL_FUNCTION;
    uint32_t count = instance_count(parse->program, symbol);
    if (!peek(parse, '[')) {
        if (!symbol->is_family && (!is_spawned || count == 1))
            return true;
        Text *out = complain(parse);
        if (symbol->is_family)
            text_format(out, "'%s' is a family; name one of ", symbol->name);
        else
            text_format(out, "'%s' is spawned several times; name one of ", symbol->name);
        list_members(parse->program, symbol, out);
        return false;
    }
    parse->token.at++;
    uint32_t instance;
    if (!read_number(parse, SCHEDULE_MAX_STEPS, &instance) || !peek(parse, ']')) {
        text_add(complain(parse), "a number and ']' must follow '['");
        return false;
    }
    parse->token.at++;
    if (!symbol->is_family && !is_spawned) {
        text_format(complain(parse), "'%s' is a single thread; write it without an index", symbol->name);
        return false;
    }
    /* How many instances of a function will be spawned is not known before the run. */
    if (!is_spawned && instance >= count) {
        Text *out = complain(parse);
        text_format(out, "the family '%s' has %u member%s: ", symbol->name, count, count == 1 ? "" : "s");
        list_members(parse->program, symbol, out);
        return false;
    }
    step->instance = instance;
    return true;
}

/* `:k`, then `*n`. */
static bool read_tail(Parse *parse, NamedStep *step, uint32_t *repeat)
{
    if (peek(parse, ':')) {
        parse->token.at++;
        if (!read_number(parse, SCHEDULE_MAX_STEPS, &step->choice) || step->choice == 0) {
            text_add(complain(parse), "after ':' stands the number of the result, from 1");
            return false;
        }
    }
    if (peek(parse, '*')) {
        parse->token.at++;
        if (!read_number(parse, SCHEDULE_MAX_STEPS, repeat) || *repeat == 0) {
            text_format(complain(parse), "after '*' stands how many steps, from 1 to %d", SCHEDULE_MAX_STEPS);
            return false;
        }
    }
    if (parse->token.at == parse->token.length)
        return true;
    text_format(complain(parse), "cannot read it from '%.*s' on; a step is written as NAME, NAME[1], NAME:2 or NAME*3",
                (int)(parse->token.length - parse->token.at < SHOWN_MAX_BYTES ? parse->token.length - parse->token.at
                                                                              : SHOWN_MAX_BYTES),
                parse->token.text + parse->token.at);
    return false;
}

static Status parse_token(Parse *parse, Schedule *schedule)
{
    NamedStep step = {.choice = 1};
    uint32_t repeat = 1;
    if (!resolve_name(parse, &step) || !read_instance(parse, &step) || !read_tail(parse, &step, &repeat))
        return STATUS_INVALID;
    if (repeat > SCHEDULE_MAX_STEPS - schedule->count) {
        text_format(complain(parse), "the schedule has more than %d steps", SCHEDULE_MAX_STEPS);
        return STATUS_INVALID;
    }
    for (uint32_t i = 0; i < repeat; i++)
        if (!schedule_add(schedule, step))
            return STATUS_NO_MEMORY;
    return STATUS_OK;
}

Status schedule_parse(const Program *program, const char *text, Schedule *schedule, char **message)
{
    Parse parse = {.program = program};
    Status status = STATUS_OK;
    *schedule = (Schedule){0};
    *message = NULL;
    while (status == STATUS_OK) {
        while (is_blank(*text))
            text++;
        if (*text == '\0')
            break;
        ScheduleToken *token = &parse.token;
        *token = (ScheduleToken){.text = text};
        while (*text != '\0' && !is_blank(*text))
            text++;
        token->length = (size_t)(text - token->text);
        while (token->name_length < token->length && strchr("[:*", token->text[token->name_length]) == NULL)
            token->name_length++;
        token->at = token->name_length;
        status = parse_token(&parse, schedule);
    }
    if (status == STATUS_OK)
        return STATUS_OK;
    schedule_free(schedule);
    if (status == STATUS_INVALID && (*message = text_take(&parse.message)) == NULL)
        status = STATUS_NO_MEMORY;
    text_free(&parse.message);
    return status;
}
