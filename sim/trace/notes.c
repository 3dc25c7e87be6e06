/* notes.c: the finding's remarks on the steps that show it. */
#include "trace/telling.h"

void notes_add(Telling *telling, SnNote note)
{
    ARENA_PUSH(telling->arena, telling->notes, note);
}

/* How a step touched an object. */
typedef struct Touch {
    bool reads, writes;
} Touch;

static Touch touch_of(const Telling *telling, uint32_t s, ThreadId thread, ObjectId object)
{
    const ToldStep *step = &telling->steps.items[s];
    Touch touch = {false, false};
    for (uint32_t i = 0; i < step->access_count; i++) {
        const LoggedAccess *access = &step->accesses[i];
        if (access->thread != thread || access->object != object)
            continue;
        touch.reads |= access->reads;
        touch.writes |= access->writes;
    }
    return touch;
}

static const char *name_of(const Telling *telling, uint32_t s)
{
    return telling_thread(telling, telling->steps.items[s].thread);
}

/* ------------------------------------------------------------- lost update */

/* The step of the read whose value the write of step `s` uses; NO_ID. */
static uint32_t stale_read(const Telling *telling, uint32_t s, ObjectId object)
{
    ThreadId thread = telling->steps.items[s].thread;
    for (uint32_t i = s; i-- > 0;)
        if (telling->steps.items[i].thread == thread && touch_of(telling, i, thread, object).reads)
            return i;
    return NO_ID;
}

static bool overtakes(const Telling *telling, uint32_t s, ThreadId loser, ObjectId object)
{
    ThreadId thread = telling->steps.items[s].thread;
    return thread != loser && touch_of(telling, s, thread, object).writes;
}

/* "step 4" or "steps 3 and 4", and who wrote there. */
static const char *say_overtaking(Telling *telling, uint32_t from, uint32_t to, ThreadId loser, ObjectId object,
                                  uint32_t *last, uint32_t *count)
{
    enum { LISTED = 4 };
    uint32_t told = 0;
    *count = 0;
    for (uint32_t s = from; s < to; s++)
        if (overtakes(telling, s, loser, object)) {
            ++*count;
            *last = s;
        }
    text_add(&telling->scratch, *count == 1 ? "step " : "steps ");
    for (uint32_t s = from; s < to && told < LISTED; s++)
        if (overtakes(telling, s, loser, object)) {
            bool is_cut = told + 1 == LISTED && *count > LISTED;
            text_format(&telling->scratch, "%s%u", telling_comma(told, *count), s + 1);
            text_add(&telling->scratch, is_cut ? ", ..." : "");
            told++;
        }
    return telling_take(telling);
}

/* The only thread that overtook; NULL: several did. */
static const char *overtaker(const Telling *telling, uint32_t from, uint32_t last, ThreadId loser, ObjectId object)
{
    for (uint32_t s = from; s < last; s++)
        if (overtakes(telling, s, loser, object) && telling->steps.items[s].thread != telling->steps.items[last].thread)
            return NULL;
    return name_of(telling, last);
}

const char *notes_lost_update(Telling *telling, uint32_t step, ObjectId object)
{
    Arena *arena = telling->arena;
    ThreadId loser = telling->steps.items[step].thread;
    uint32_t read = stale_read(telling, step, object), last = NO_ID, count;
    const char *steps = say_overtaking(telling, read == NO_ID ? 0 : read + 1, step, loser, object, &last, &count);
    if (read == NO_ID || last == NO_ID) {
        const char *text =
            arena_format(arena, "lost update: the write of step %u destroys a write of another thread", step + 1);
        notes_add(telling, (SnNote){step, SN_NONE, false, true, text});
        return text;
    }
    const char *who = overtaker(telling, read + 1, last, loser, object);
    notes_add(telling,
              (SnNote){step, read, true, false,
                       arena_format(arena, "stale read: %s uses the value it read at step %u, though %s wrote at %s",
                                    name_of(telling, step), read + 1, who == NULL ? "others" : who, steps)});
    notes_add(telling, (SnNote){step, last, false, true,
                                arena_format(arena, "lost update: the write of step %u destroys the write%s of %s",
                                             step + 1, count == 1 ? "" : "s", steps)});
    return arena_format(arena, "%s's write at step %u destroys %s write%s at %s", name_of(telling, step), step + 1,
                        who == NULL ? "the others'" : arena_format(arena, "%s's", who), count == 1 ? "" : "s", steps);
}

/* --------------------------------------------------------------- data race */

static const char *verb_of(Touch touch)
{
    return touch.reads && touch.writes ? "updates" : touch.writes ? "writes" : "reads";
}

/* "A holds m", "B holds no lock". Into scratch; returns how many. */
static uint32_t say_locks(Telling *telling, ThreadId thread, const Word *state, ObjectId *room)
{
    uint32_t count = machine_owned(telling->machine, state, thread, room, telling->program->object_count);
    text_format(&telling->scratch, "%s holds ", telling_thread(telling, thread));
    for (uint32_t i = 0; i < count; i++)
        text_format(&telling->scratch, "%s%s", telling_comma(i, count), telling_object(telling, room[i]));
    text_add(&telling->scratch, count == 0 ? "no lock" : "");
    return count;
}

static const char *locks_held(Telling *telling, const Word *state, ThreadId a, ThreadId b)
{
    ObjectId *room = ARENA_ARRAY(telling->arena, ObjectId, telling->program->object_count);
    uint32_t of_a = say_locks(telling, a, state, room);
    text_add(&telling->scratch, ", ");
    uint32_t of_b = say_locks(telling, b, state, room);
    const char *both = telling_take(telling);
    return of_a == 0 && of_b == 0 ? "neither thread holds a lock" : both;
}

/* The first access ended the execution (an assertion on what was read): the second one was possible, and never came. */
static const char *note_single_access(Telling *telling, ObjectId object, const TraceSubject *subject)
{
    Arena *arena = telling->arena;
    uint32_t last = telling->steps.count - 1;
    telling->trace->race_first = last;
    ThreadId thread = telling->steps.items[last].thread, other = NO_ID;
    for (uint32_t i = 0; i < subject->thread_count; i++)
        if (subject->threads[i] != thread)
            other = subject->threads[i];
    const char *locks = other == NO_ID ? "" : locks_held(telling, telling->states.items[last].state, thread, other);
    const char *text = arena_format(
        arena, "%s %s %s at line %u, and nothing orders this access and the next one of %s; %s", name_of(telling, last),
        verb_of(touch_of(telling, last, thread, object)), telling_object(telling, object),
        telling->trace->steps[last].line, other == NO_ID ? "another thread" : telling_thread(telling, other), locks);
    notes_add(telling, (SnNote){last, SN_NONE, false, true, text});
    return text;
}

static bool is_in_subject(const TraceSubject *subject, ThreadId thread)
{
    for (uint32_t i = 0; i < subject->thread_count; i++)
        if (subject->threads[i] == thread)
            return true;
    return subject->thread_count == 0;
}

const char *notes_data_race(Telling *telling, ObjectId object, const TraceSubject *subject)
{
    Arena *arena = telling->arena;
    uint32_t count = telling->steps.count;
    if (count == 0)
        return "nothing orders these two accesses";
    uint32_t first = count - 2, second = count - 1;
    if (count == 1 || telling->steps.items[first].thread == telling->steps.items[second].thread ||
        !is_in_subject(subject, telling->steps.items[first].thread))
        return note_single_access(telling, object, subject);
    telling->trace->race_first = first;
    telling->trace->race_second = second;
    const ToldStep *one = &telling->steps.items[first], *two = &telling->steps.items[second];
    Touch a = touch_of(telling, first, one->thread, object), b = touch_of(telling, second, two->thread, object);
    const char *name = telling_object(telling, object);
    const char *locks = locks_held(telling, telling->states.items[first].state, one->thread, two->thread);
    uint32_t first_line = telling->trace->steps[first].line, second_line = telling->trace->steps[second].line;
    notes_add(telling, (SnNote){first, SN_NONE, false, true,
                                arena_format(arena, "%s %s %s at line %u", name_of(telling, first), verb_of(a), name,
                                             first_line)});
    notes_add(telling, (SnNote){second, first, false, true,
                                arena_format(arena, "%s %s %s at line %u: nothing orders these two accesses; %s",
                                             name_of(telling, second), verb_of(b), name, second_line, locks)});
    return arena_format(arena, "%s %s %s (line %u) while %s %s it (line %u), and nothing orders the two: %s",
                        name_of(telling, first), verb_of(a), name, first_line, name_of(telling, second), verb_of(b),
                        second_line, locks);
}

/* -------------------------------------------------------------- lock order */

static bool is_of_subject(const TraceSubject *subject, ObjectId object)
{
    for (uint32_t i = 0; i < subject->object_count; i++)
        if (subject->objects[i] == object)
            return true;
    return false;
}

/* The steps that take a lock of the cycle while another of it is held. */
void notes_lock_order(Telling *telling, const TraceSubject *subject)
{
    const SnTrace *trace = telling->trace;
    for (uint32_t h = 0; h < trace->hold_count; h++) {
        const SnHold *taken = &trace->holds[h];
        for (uint32_t k = 0; k < trace->hold_count && is_of_subject(subject, taken->object); k++) {
            const SnHold *held = &trace->holds[k];
            bool was_held = held->thread == taken->thread && held->from_step < taken->from_step &&
                            held->to_step >= taken->from_step;
            if (held->object == taken->object || !was_held || !is_of_subject(subject, held->object))
                continue;
            notes_add(telling,
                      (SnNote){taken->from_step, held->from_step, false, false,
                               arena_format(telling->arena, "%s takes %s while it holds %s",
                                            name_of(telling, taken->from_step), telling_object(telling, taken->object),
                                            telling_object(telling, held->object))});
        }
    }
}
