/* sn_report_trace_json: CLI.md's object of a trace. */
#include "report/json.h"
#include "report/result.h"

static const char *action_name(SnAction action)
{
    static const char *const names[] = {
        [SN_READ] = "read",   [SN_WRITE] = "write", [SN_UPDATE] = "update",   [SN_TAKE] = "take",
        [SN_GIVE] = "give",   [SN_SLEEP] = "sleep", [SN_WAKE] = "wake",       [SN_NOTIFY] = "notify",
        [SN_WAIT] = "wait",   [SN_SEND] = "send",   [SN_RECEIVE] = "receive", [SN_TRANSFER] = "transfer",
        [SN_BLOCK] = "block", [SN_OTHER] = "other",
    };
    return names[action];
}

static const char *object_kind_name(SnObjectKind kind)
{
    static const char *const names[] = {
        [SN_VARIABLE] = "shared",     [SN_ATOMIC_VARIABLE] = "atomic",
        [SN_MUTEX] = "mutex",         [SN_RWLOCK] = "rwlock",
        [SN_SEMAPHORE] = "semaphore", [SN_CONDITION] = "condition",
        [SN_BARRIER] = "barrier",     [SN_EVENT] = "event",
        [SN_QUEUE] = "queue",         [SN_ONCE] = "once",
        [SN_WAITGROUP] = "waitgroup", [SN_POOL] = "pool",
    };
    return names[kind];
}

static void add_object_name(Text *out, const SnTrace *trace, uint32_t object)
{
    json_string(out, object == SN_NONE ? NULL : trace->objects[object].name);
}

static void add_thread_name(Text *out, const SnTrace *trace, uint32_t thread)
{
    json_string(out, thread == SN_NONE ? NULL : trace->threads[thread].name);
}

/* Watched values and locals after `after` steps, as members of an object. */
static void add_values(Text *out, const SnTrace *trace, uint32_t after)
{
    json_key(out, "values", false);
    text_add_char(out, '{');
    for (uint32_t w = 0; w < trace->watched_count; w++) {
        if (w > 0)
            text_add(out, ", ");
        add_object_name(out, trace, trace->watched[w]);
        text_add(out, ": ");
        json_string(out, trace->values[(size_t)after * trace->watched_count + w]);
    }
    text_add_char(out, '}');
    json_key(out, "locals", false);
    text_add_char(out, '[');
    for (uint32_t l = 0; l < trace->local_count; l++) {
        text_add(out, l > 0 ? ", [" : "[");
        add_thread_name(out, trace, trace->local_threads[l]);
        text_add(out, ", ");
        json_string(out, trace->local_names[l]);
        text_add(out, ", ");
        json_string(out, trace->local_values[(size_t)after * trace->local_count + l]);
        text_add_char(out, ']');
    }
    text_add_char(out, ']');
}

static void add_step(Text *out, const SnTrace *trace, uint32_t s)
{
    const SnStep *step = &trace->steps[s];
    text_add(out, "    {");
    json_key(out, "step", true);
    json_number(out, (uint64_t)s + 1);
    json_key(out, "thread", false);
    add_thread_name(out, trace, step->thread);
    json_key(out, "choice", false);
    json_number(out, step->choice);
    json_key(out, "choices", false);
    json_number(out, step->choices);
    json_key(out, "line", false);
    json_number(out, step->line);
    json_key(out, "column", false);
    json_number(out, step->column);
    json_key(out, "source", false);
    json_string(out, step->source);
    json_key(out, "effect", false);
    json_string(out, step->effect);
    json_key(out, "action", false);
    json_string(out, action_name(step->action));
    json_key(out, "object", false);
    add_object_name(out, trace, step->object);
    json_key(out, "partner", false);
    add_thread_name(out, trace, step->partner);
    json_key(out, "switch", false);
    json_bool(out, step->is_switch);
    json_key(out, "preemption", false);
    json_bool(out, step->is_preemption);
    if (trace->has_clock) {
        json_key(out, "time_ns", false);
        json_known_ns(out, true, step->time_ns);
    }
    json_key(out, "accesses", false);
    text_add_char(out, '[');
    for (uint32_t a = 0; a < step->access_count; a++) {
        const SnAccess *access = &trace->accesses[step->first_access + a];
        text_add(out, a > 0 ? ", {" : "{");
        json_key(out, "object", true);
        add_object_name(out, trace, access->object);
        json_key(out, "action", false);
        json_string(out, action_name(access->action));
        if (access->has_value)
            text_format(out, ", \"before\": %lld, \"after\": %lld", (long long)access->before,
                        (long long)access->after);
        text_add_char(out, '}');
    }
    text_add_char(out, ']');
    add_values(out, trace, s + 1);
    text_add_char(out, '}');
}

static void add_wait(Text *out, const SnTrace *trace, const SnWait *wait)
{
    text_add(out, "    {");
    json_key(out, "thread", true);
    add_thread_name(out, trace, wait->thread);
    json_key(out, "line", false);
    json_number(out, wait->line);
    json_key(out, "source", false);
    json_string(out, wait->source);
    json_key(out, "object", false);
    add_object_name(out, trace, wait->object);
    json_key(out, "target", false);
    add_thread_name(out, trace, wait->target);
    json_key(out, "why", false);
    json_string(out, wait->why);
    json_key(out, "holders", false);
    text_add_char(out, '[');
    for (uint32_t h = 0; h < wait->holder_count; h++) {
        const SnHolder *holder = &trace->holders[wait->first_holder + h];
        text_add(out, h > 0 ? ", {" : "{");
        json_key(out, "thread", true);
        add_thread_name(out, trace, holder->thread);
        json_key(out, "holds", false);
        json_bool(out, holder->holds);
        json_key(out, "line", false);
        json_number(out, holder->line);
        json_key(out, "step", false);
        json_index(out, holder->step == SN_NONE ? SN_NONE : holder->step + 1);
        text_add_char(out, '}');
    }
    text_add(out, "]}");
}

char *sn_report_trace_json(const SnTrace *trace)
{
    Text out = {0};
    text_format(&out, "{\n  \"schema\": %d", JSON_SCHEMA);
    json_field(&out, "scenario");
    json_string(&out, result_name(trace->scenario));
    json_field(&out, "title");
    json_string(&out, trace->title);
    json_field(&out, "verdict");
    json_string(&out, trace->verdict);
    json_field(&out, "bad");
    json_bool(&out, trace->is_bad);
    json_field(&out, "schedule");
    json_string(&out, trace->schedule);
    json_field(&out, "end");
    json_string(&out, sn_end_name(trace->end));
    json_field(&out, "end_message");
    json_string(&out, trace->end_message);
    json_field(&out, "threads");
    text_add_char(&out, '[');
    for (uint32_t t = 0; t < trace->thread_count; t++) {
        text_add(&out, t > 0 ? ", {" : "{");
        json_key(&out, "name", true);
        json_string(&out, trace->threads[t].name);
        json_key(&out, "daemon", false);
        json_bool(&out, trace->threads[t].is_daemon);
        text_format(&out, ", \"line\": %u}", trace->threads[t].line);
    }
    text_add_char(&out, ']');
    json_field(&out, "objects");
    text_add_char(&out, '[');
    for (uint32_t o = 0; o < trace->object_count; o++) {
        text_add(&out, o > 0 ? ", {" : "{");
        json_key(&out, "name", true);
        json_string(&out, trace->objects[o].name);
        json_key(&out, "kind", false);
        json_string(&out, object_kind_name(trace->objects[o].kind));
        text_format(&out, ", \"line\": %u}", trace->objects[o].line);
    }
    text_add_char(&out, ']');
    json_field(&out, "start");
    text_add(&out, "{\"step\": 0");
    add_values(&out, trace, 0);
    text_add_char(&out, '}');
    json_field(&out, "steps");
    json_open_list(&out, trace->step_count);
    for (uint32_t s = 0; s < trace->step_count; s++) {
        add_step(&out, trace, s);
        json_close_item(&out, s, trace->step_count);
    }
    text_add_char(&out, ']');
    json_field(&out, "notes");
    json_open_list(&out, trace->note_count);
    for (uint32_t n = 0; n < trace->note_count; n++) {
        const SnNote *note = &trace->notes[n];
        text_add(&out, "    {");
        json_key(&out, "step", true);
        json_index(&out, note->step == SN_NONE ? SN_NONE : note->step + 1);
        json_key(&out, "from_step", false);
        json_index(&out, note->from_step == SN_NONE ? SN_NONE : note->from_step + 1);
        json_key(&out, "stale_read", false);
        json_bool(&out, note->is_stale_read);
        json_key(&out, "offender", false);
        json_bool(&out, note->is_offender);
        json_key(&out, "text", false);
        json_string(&out, note->text);
        text_add_char(&out, '}');
        json_close_item(&out, n, trace->note_count);
    }
    text_add_char(&out, ']');
    json_field(&out, "waits");
    json_open_list(&out, trace->wait_count);
    for (uint32_t w = 0; w < trace->wait_count; w++) {
        add_wait(&out, trace, &trace->waits[w]);
        json_close_item(&out, w, trace->wait_count);
    }
    text_add_char(&out, ']');
    json_field(&out, "cycles");
    text_add_char(&out, '[');
    for (uint32_t c = 0; c < trace->cycle_count; c++) {
        text_add(&out, c > 0 ? ", [" : "[");
        for (uint32_t i = trace->cycle_start[c]; i < trace->cycle_start[c + 1]; i++) {
            if (i > trace->cycle_start[c])
                text_add(&out, ", ");
            add_thread_name(&out, trace, trace->cycle_threads[i]);
        }
        text_add_char(&out, ']');
    }
    text_add_char(&out, ']');
    json_field(&out, "output");
    json_strings(&out, trace->output, trace->output_count);
    json_field(&out, "loop_start");
    json_index(&out, trace->loop_start);
    text_add(&out, "\n}\n");
    return text_take(&out);
}
