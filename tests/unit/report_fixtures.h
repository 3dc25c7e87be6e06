/* report_fixtures.h: hand-built traces and results for the tests of sim/report.
 *
 * They have no scenario: a report then calls it "scenario". Static data; nothing is to be freed. */
#ifndef REPORT_FIXTURES_H
#define REPORT_FIXTURES_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "snarl/snarl.h"

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof *(array)))

/* ----------------------------------------------------------- lost update */

static const SnThread lost_threads[] = {{"A", false, 3}, {"B", false, 7}};
static const SnObject lost_objects[] = {{"counter", SN_VARIABLE, 1}};
static const SnAccess lost_accesses[] = {
    {0, SN_READ, true, 0, 0}, {0, SN_READ, true, 0, 0}, {0, SN_WRITE, true, 0, 1}, {0, SN_WRITE, true, 1, 1}};
static const SnStep lost_steps[] = {
    {0, 1, 1, 4, 5, "local t = counter", "counter = 0", SN_READ, 0, SN_NONE, 0, 1, false, false, 0},
    {1, 1, 1, 8, 5, "local t = counter", "counter = 0", SN_READ, 0, SN_NONE, 1, 1, true, true, 0},
    {1, 1, 1, 9, 5, "counter = t + 1", "counter: 0 -> 1", SN_WRITE, 0, SN_NONE, 2, 1, false, false, 0},
    {0, 1, 1, 5, 5, "counter = t + 1", "counter: 1 -> 1", SN_WRITE, 0, SN_NONE, 3, 1, true, false, 0},
};
static const SnNote lost_notes[] = {
    {2, SN_NONE, false, false, "B writes counter in between"},
    {3, 0, true, true, "stale read: A uses the value it read at step 1, though B wrote at step 3"},
};
static const uint32_t lost_watched[] = {0};
static const char *const lost_values[] = {"0", "0", "0", "1", "1"};
static const char *const lost_local_names[] = {"t", "t"};
static const uint32_t lost_local_threads[] = {0, 1};
static const char *const lost_local_values[] = {"0", "0", "0", "0", "0", "0", "0", "0", "0", "0"};
static const uint8_t lost_states[] = {
    SN_THREAD_READY, SN_THREAD_READY, SN_THREAD_READY, SN_THREAD_READY, SN_THREAD_READY,
    SN_THREAD_READY, SN_THREAD_READY, SN_THREAD_ENDED, SN_THREAD_ENDED, SN_THREAD_ENDED};
static const uint32_t lost_lines[] = {4, 8, 5, 8, 5, 9, 5, 0, 0, 0};
static const uint32_t no_cycles[] = {0};

static const SnTrace lost_trace = {
    .title = "Lost update: counter ends at 1",
    .verdict = "A writes counter at line 5 with the value it read before B's write: B's update is lost",
    .is_bad = true, .schedule = "A B B A", .end = SN_END_OK,
    .threads = lost_threads, .thread_count = 2, .objects = lost_objects, .object_count = 1,
    .steps = lost_steps, .step_count = 4, .accesses = lost_accesses, .access_count = 4,
    .notes = lost_notes, .note_count = 2, .watched = lost_watched, .watched_count = 1, .values = lost_values,
    .local_names = lost_local_names, .local_threads = lost_local_threads, .local_count = 2, .local_values = lost_local_values,
    .thread_states = lost_states, .thread_lines = lost_lines, .cycle_start = no_cycles, .loop_start = SN_NONE,
};

static const char *const counter_name[] = {"counter"}, *const both_threads[] = {"A", "B"};
static const uint32_t lines_race[] = {5, 9}, lines_lost[] = {5, 8, 9};
static const SnFinding lost_findings[] = {
    {.kind = "data-race", .words = "data race", .message = "A and B access counter at the same time, and both write",
     .objects = counter_name, .object_count = 1, .threads = both_threads, .thread_count = 2, .lines = lines_race, .line_count = 2,
     .schedule = "A B A B", .preemptions = 1, .switches = 3, .step_count = 4, .interleavings = "6", .probability = 1, .probability_exact = "1",
     .loop_start = SN_NONE},
    {.kind = "lost-update", .words = "lost update", .message = "A overwrites what B wrote to counter in between",
     .objects = counter_name, .object_count = 1, .threads = both_threads, .thread_count = 2, .lines = lines_lost, .line_count = 3,
     .schedule = "A B B A", .preemptions = 1, .switches = 2, .step_count = 4, .interleavings = "4", .probability = 0.5,
     .probability_exact = "1/2", .loop_start = SN_NONE},
};
static const char *const one_value[] = {"1"}, *const two_value[] = {"2"};
static const SnOutcome lost_outcomes[] = {
    {.names = counter_name, .values = one_value, .end = SN_END_OK, .has_final = true, .final = false, .interleavings = "4",
     .probability = 0.5, .probability_exact = "1/2", .schedule = "A B B A", .preemptions = 1, .switches = 2, .step_count = 4},
    {.names = counter_name, .values = two_value, .end = SN_END_OK, .has_final = true, .final = true, .interleavings = "2",
     .probability = 0.5, .probability_exact = "1/2", .schedule = "A A B B", .preemptions = 0, .switches = 1, .step_count = 4},
};
static const SnResult lost_result = {
    .status = SN_FOUND, .verdict = "found", .complete = true, .states = 13, .steps = 14, .max_depth = 4, .interleavings = "6",
    .findings = lost_findings, .finding_count = 2, .outcome_names = counter_name, .outcome_name_count = 1,
    .outcomes = lost_outcomes, .outcome_count = 2, .bytes_per_state = 8, .seconds = 0.001, .peak_bytes = 1234567,
};

/* -------------------------------------------------------------- deadlock */

static const SnThread dead_threads[] = {{"T1", false, 4}, {"T2", false, 11}};
static const SnObject dead_objects[] = {{"a", SN_MUTEX, 1}, {"b", SN_MUTEX, 2}};
static const SnStep dead_steps[] = {
    {0, 1, 1, 5, 5, "lock a", "a taken", SN_TAKE, 0, SN_NONE, 0, 0, false, false, 0},
    {1, 1, 1, 12, 5, "lock b", "b taken", SN_TAKE, 1, SN_NONE, 0, 0, true, true, 0},
};
static const uint8_t dead_states[] = {SN_THREAD_READY, SN_THREAD_READY, SN_THREAD_READY, SN_THREAD_READY, SN_THREAD_BLOCKED, SN_THREAD_BLOCKED};
static const uint32_t dead_lines[] = {5, 12, 6, 12, 6, 13};
static const SnHolder dead_holders[] = {{1, 1, 12, 1, true}, {0, 0, 5, 0, true}};
static const SnWait dead_waits[] = {
    {0, 6, "lock b", 1, SN_NONE, "b is held by T2 (line 12)", 0, 1, false, false},
    {1, 13, "lock a", 0, SN_NONE, "a is held by T1 (line 5)", 1, 1, false, false},
};
static const uint32_t dead_cycle_start[] = {0, 2}, dead_cycle[] = {0, 1};
static const SnHold dead_holds[] = {{0, 0, 0, SN_NONE}, {1, 1, 1, SN_NONE}};
static const SnTrace dead_trace = {
    .title = "Deadlock of T1 and T2", .verdict = "T1 and T2 each hold the lock that the other one waits for", .is_bad = true,
    .schedule = "T1 T2", .end = SN_END_DEADLOCK, .threads = dead_threads, .thread_count = 2, .objects = dead_objects, .object_count = 2,
    .steps = dead_steps, .step_count = 2, .holds = dead_holds, .hold_count = 2, .thread_states = dead_states, .thread_lines = dead_lines,
    .waits = dead_waits, .wait_count = 2, .holders = dead_holders, .holder_count = 2,
    .cycle_start = dead_cycle_start, .cycle_threads = dead_cycle, .cycle_count = 1, .loop_start = SN_NONE,
};

static const char *const dead_object_names[] = {"a", "b"}, *const dead_thread_names[] = {"T1", "T2"};
static const uint32_t lines_dead[] = {6, 13};
static const SnFinding dead_findings[] = {
    {.kind = "deadlock", .words = "deadlock", .message = "T1 and T2 each hold the lock that the other one waits for",
     .objects = dead_object_names, .object_count = 2, .threads = dead_thread_names, .thread_count = 2, .lines = lines_dead, .line_count = 2,
     .schedule = "T1 T2", .preemptions = 1, .switches = 1, .step_count = 2, .interleavings = "2", .probability = 0.5, .probability_exact = "1/2",
     .loop_start = SN_NONE},
};
static const SnResult dead_result = {
    .status = SN_FOUND, .verdict = "found", .complete = true, .states = 12, .steps = 14, .max_depth = 8, .interleavings = "6",
    .findings = dead_findings, .finding_count = 1, .bytes_per_state = 8, .seconds = 0.002, .peak_bytes = 4096,
};

#endif
