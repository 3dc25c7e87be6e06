/* Processes, actors, topics and unreliable queues: by hand, and against scenarios that say the same in plain words:
 * copies as variables of their own, mailboxes as queues with room enough, a lost message as a choice of the sender. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "require.h"
#include "snarl/snarl.h"

static SnScenario *scenario;
static SnResult *result;

static void explore_with(const char *text, const SnExploreOptions *options)
{
    char *message;
    SnStatus status = sn_load("test.snarl", text, strlen(text), NULL, &scenario, &message);
    ck_assert_msg(status == SN_OK, "%s\n%s", message == NULL ? "(no message)" : message, text);
    sn_string_free(message);
    sn_explore(scenario, options, &result, &message);
    ck_assert_msg(result != NULL, "%s\n%s", message == NULL ? "(no message)" : message, text);
}

static void explore(const char *text)
{
    explore_with(text, NULL);
}

static void done(void)
{
    sn_result_free(result);
    sn_scenario_free(scenario);
    result = NULL;
    scenario = NULL;
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

static void check_kinds(const char *wanted)
{
    char found[200] = "";
    for (uint32_t f = 0; f < result->finding_count; f++) {
        size_t length = strlen(found);
        snprintf(found + length, sizeof found - length, "%s%s", f == 0 ? "" : " ", result->findings[f].kind);
    }
    ck_assert_str_eq(found, wanted);
}

static void check_rejected(const char *text, const char *wanted)
{
    char *message;
    ck_assert_int_eq(sn_load("test.snarl", text, strlen(text), NULL, &scenario, &message), SN_INVALID);
    ck_assert_msg(strstr(message, wanted) != NULL, "%s\ndoes not contain: %s", message, wanted);
    sn_string_free(message);
    scenario = NULL;
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

/* Both have as many interleavings, and as many of them end in each outcome (in order of values). */
static void check_same(const char *model, const char *plain)
{
    explore(model);
    char *interleavings = strdup(result->interleavings);
    uint32_t outcomes = result->outcome_count, findings = result->finding_count;
    char **counts = calloc(outcomes + 1, sizeof *counts);
    for (uint32_t i = 0; i < outcomes; i++)
        counts[i] = strdup(result->outcomes[i].interleavings);
    done();
    explore(plain);
    ck_assert_str_eq(result->interleavings, interleavings);
    ck_assert_uint_eq(result->outcome_count, outcomes);
    ck_assert_uint_eq(result->finding_count, findings);
    for (uint32_t i = 0; i < outcomes; i++) {
        ck_assert_str_eq(result->outcomes[i].interleavings, counts[i]);
        free(counts[i]);
    }
    done();
    free(counts);
    free(interleavings);
}

/* --------------------------------------------------------------- processes */

START_TEST(a_process_has_variables_of_its_own)
{
    explore("shared x = 3, a[2] = {1, 2}\nmapped m = 0\n"
            "process P[2] {\n x += self\n a[self] = x\n m = 1\n assert a[1 - self] == 2 - self\n}\n"
            "finally x == 3 && a[0] == 1 && a[1] == 2\noutcome x, m");
    check_kinds("data-race"); /* on m alone */
    ck_assert_str_eq(result->findings[0].objects[0], "m");
    ck_assert_uint_eq(result->outcome_count, 1);
    done();
    check_same("shared x = 5\nmapped y\nprocess P[2] { x += 1\n y += x }\noutcome y",
               "shared x[2] = 5\nshared y\nthread P[2] { x[self] += 1\n y += x[self] }\noutcome y");
}
END_TEST

START_TEST(fork_copies_what_the_parent_has)
{
    explore("shared x = 1, big = 0\nqueue q[3]\n"
            "fn child(n) { put q, x * 1000 + big + n }\n"
            "thread A {\n x = 2\n big = 500\n local h = fork child(1)\n join h\n local v = get q\n assert v == 2501\n x = 9\n"
            " local k = fork child(2)\n join k\n v = get q\n assert v == 9502\n}");
    check_kinds("");
    done();
    explore("shared x = 1\nqueue q[3]\nfn child(n) { put q, x }\n"
            "thread A {\n x = 2\n local h = spawn process child(1)\n join h\n local v = get q\n assert v == 1\n}");
    check_kinds("");
    done();
    explore("shared x = 1\nqueue q[3]\nfn grandchild() { put q, x }\nfn child() { x += 10\n fork grandchild() }\n"
            "thread A {\n x = 2\n fork child()\n local v = get q\n assert v == 12 && x == 2\n}");
    check_kinds("");
    done();
}
END_TEST

START_TEST(what_a_process_writes_is_explained)
{
    explore("shared x = 0\nprocess P { x = 1 }\nfinally x == 1");
    check_kinds("final");
    SnTrace *trace;
    char *message;
    ck_assert_int_eq(sn_trace_finding(result, 0, &trace, &message), SN_OK);
    ck_assert_uint_eq(trace->note_count, 1);
    ck_assert_ptr_nonnull(strstr(trace->notes[0].text, "P.x is P's own copy"));
    sn_trace_free(trace);
    done();
}
END_TEST

START_TEST(wrong_processes)
{
    check_rejected("fn f() { skip }\nthread A { spawn f()\n fork f() }", "test.snarl:3:2: error: 'f' is started as a thread and as a process");
    check_rejected("fn f() { skip }\nprocess A { spawn f() }", "test.snarl:2:13: error: the process 'A' starts a thread");
    check_rejected("process P(n) { skip }", "test.snarl:1:10: error: a process has no parameters");
}
END_TEST

/* ---------------------------------------------------------------- messages */

START_TEST(a_mailbox_is_a_queue_without_a_bound)
{
    check_same("actor A { repeat 3 { local n = receive\n print n } }\nthread B[2] { send A, self\n if (self) { send A, 7 } }",
               "queue q[8]\ndaemon thread A { repeat 3 { local n = get q\n print n } }\n"
               "thread B[2] { put q, self\n if (self) { put q, 7 } }");
    explore("const N = 40\nactor A { loop { skip } }\nthread B { for i in 0..N { send A, i } }"); /* it grows */
    check_kinds("");
    done();
}
END_TEST

START_TEST(families_of_actors)
{
    explore("shared got[2]\nactor W[2] { got[self] = receive }\nthread M { for i in 0..2 { send W[i], 10 + i }\n join W }\n"
            "finally got[0] == 10 && got[1] == 11");
    check_kinds("");
    done();
    explore("actor W[2] { local n = receive }\nthread M { local i = 2\n send W[i], 1 }");
    check_kinds("runtime-error");
    done();
}
END_TEST

START_TEST(sending_to_one_that_has_ended_is_a_misuse)
{
    explore("actor A { skip }\nthread B { join A\n send A, 1 }");
    check_kinds("misuse");
    ck_assert_str_eq(result->findings[0].objects[0], "A.mailbox");
    done();
}
END_TEST

START_TEST(a_topic_is_a_queue_for_each_subscriber)
{
    check_same("topic t[1]\nthread P { publish t, 1\n publish t, 2 }\n"
               "subscriber thread S[2] of t { local x = get t\n local y = get t\n print self, x, y }",
               "queue t[2][1]\nthread P { atomic when (len(t[0]) < 1 && len(t[1]) < 1) { put t[0], 1\n put t[1], 1 }\n"
               " atomic when (len(t[0]) < 1 && len(t[1]) < 1) { put t[0], 2\n put t[1], 2 } }\n"
               "thread S[2] { local x = get t[self]\n local y = get t[self]\n print self, x, y }");
    explore("topic t[2]\nthread P { publish t, 1\n close t\n publish t, 2 }\nsubscriber thread S of t { local x, ok = get t\n"
            " if (ok) { x, ok = get t }\n assert !ok }");
    check_kinds("misuse");
    done();
}
END_TEST

START_TEST(wrong_messages)
{
    check_rejected("thread A { local x = receive }", "test.snarl:1:12: error: 'A' is no actor");
    check_rejected("fn f() { receive }\nthread A { f() }", "error: 'A' is no actor and has no mailbox");
    check_rejected("thread A { skip }\nthread B { send A, 1 }", "test.snarl:2:17: error: 'A' is a thread, 'send' needs an actor");
    check_rejected("queue q[1]\nthread B { publish q, 1 }", "error: 'q' is a queue, 'publish' needs a topic");
    check_rejected("topic t[1]\nthread B { publish t, 1 }", "test.snarl:1:7: error: nobody subscribes to the topic 't'");
    check_rejected("topic t[1]\nsubscriber thread S of t { get t }\nthread B { get t }", "error: 'B' is no subscriber of 't'");
    check_rejected("topic t[1]\nsubscriber thread S of t { put t, 1 }", "error: 't' is a topic, 'put' needs a queue");
    check_rejected("queue q[1]\nthread B { ack q }", "error: nobody waits for acknowledgements of 'q'");
    check_rejected("queue q[0] lossy\nthread B { put q, 1 }", "error: a rendezvous hands messages over directly");
    check_rejected("queue q[1] slow\nthread B { put q, 1 }", "test.snarl:1:12: error: 'slow' is nothing that happens to messages");
    check_rejected("topic t\nsubscriber thread S { get t }\n", "error: the topic 't' needs the capacity");
}
END_TEST

/* ----------------------------------------------------------- on the way */

START_TEST(a_lost_message_is_a_choice_of_the_link)
{
    check_same("queue q[2] lossy\nthread A { put q, 1\n put q, 2 }\nthread B { local x = get q\n print x }",
               "queue q[2]\nthread A { select { when put q, 1 { } when await (true) { } }\n"
               " select { when put q, 2 { } when await (true) { } } }\nthread B { local x = get q\n print x }");
    explore("queue q[1] lossy\nthread A { put q, 1 }\nthread B { local x = get q }");
    check_kinds("deadlock");
    ck_assert_str_eq(result->interleavings, "2");
    ck_assert_str_eq(result->findings[0].schedule, "A:2");
    done();
}
END_TEST

START_TEST(duplicates_and_overtaking)
{
    explore("queue q[4] duplicating\nshared n = 0\nthread A { put q, 1\n put q, 2\n close q }\n"
            "thread B { loop { local x, ok = get q\n if (!ok) { break }\n n = n * 10 + x } }\noutcome n");
    ck_assert_uint_eq(result->outcome_count, 4); /* 12, 112, 122, 1122 */
    ck_assert_str_eq(result->outcomes[0].values[0], "12");
    ck_assert_str_eq(result->outcomes[3].values[0], "1122");
    done();
    explore("queue q[3] reordering = {1, 2, 3}\nshared n = 0\nthread B { repeat 3 { local x = get q\n n = n * 10 + x } }\noutcome n");
    ck_assert_uint_eq(result->outcome_count, 6);
    ck_assert_str_eq(result->interleavings, "6");
    done();
}
END_TEST

START_TEST(acknowledged_messages_come_at_least_once)
{
    /* one message, its acknowledgement lost or not: once or twice */
    explore("queue q[2] lossy ack\nshared n = 0\nthread A { put q, 1 }\ndaemon thread B { loop { local x = get q\n n += x\n ack q } }\noutcome n");
    check_kinds("");
    ck_assert_uint_eq(result->outcome_count, 2);
    ck_assert_str_eq(result->interleavings, "2");
    done();
    /* what a consumer has not acknowledged comes to the next one */
    explore("queue q[1] ack\nshared n = 0\nthread A { put q, 1 }\nthread B { local x = get q }\n"
            "thread C { join B\n local x = get q\n ack q\n n = x }\nfinally n == 1 && len(q) == 0");
    check_kinds("");
    done();
    explore("queue q[1] ack\nthread A { ack q }\nthread B { get q }");
    check_kinds("misuse");
    done();
    /* the place of a message that is held is kept: it may have to go back */
    explore("queue q[1] ack\nthread A { put q, 1\n put q, 2 }\nthread B { get q\n ack q\n get q\n ack q }");
    check_kinds("");
    ck_assert_str_eq(result->interleavings, "1");
    done();
}
END_TEST

/* ------------------------------------------------------------------ sweeps */

static const char everything[] =
    "shared x = 1\nmapped m\nqueue q[2] lossy ack\nqueue r[2] duplicating reordering\ntopic t[2]\n"
    "fn child() { x += 1\n m = x }\n"
    "actor A { loop { local n = receive\n publish t, n } }\n"
    "subscriber thread S[2] of t { get t }\n"
    "process P { x = 5\n send A, x }\n"
    "thread B { fork child()\n put q, 1\n put r, 2 }\ndaemon thread C { get q\n ack q\n get r }\n";

START_TEST(failing_memory)
{
    for (uint64_t fail = 1;; fail++) {
        char *message = NULL;
        SnScenario *made = NULL;
        SnResult *found = NULL;
        mem_fail_at(fail);
        SnStatus status = sn_load("test.snarl", everything, strlen(everything), NULL, &made, &message);
        if (status == SN_OK) {
            sn_string_free(message);
            message = NULL;
            sn_explore(made, NULL, &found, &message);
        }
        bool is_whole = found != NULL && found->complete;
        mem_fail_at(0);
        sn_string_free(message);
        sn_result_free(found);
        sn_scenario_free(made);
        ck_assert_uint_eq(mem_live_blocks(), 0);
        if (is_whole)
            break;
    }
}
END_TEST

START_TEST(the_modes_agree)
{
    static const char *const texts[] = {
        everything,
        "actor A { repeat 2 { local n = receive\n print n } }\nthread B[2] { send A, self }",
        "queue q[2] lossy ack\nshared n = 0\nthread A { put q, 1 }\nthread B { local x = get q\n n += x\n ack q }\noutcome n",
        "topic t[1]\nthread P { publish t, 1\n publish t, 2 }\nsubscriber thread S[2] of t { get t\n get t }",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        explore(texts[i]);
        uint32_t outcomes = result->outcome_count, findings = result->finding_count;
        done();
        SnExploreOptions options = {.reduce = SN_REDUCE_CLASSES};
        explore_with(texts[i], &options);
        ck_assert_uint_eq(result->outcome_count, outcomes);
        ck_assert_uint_eq(result->finding_count, findings);
        done();
        options = (SnExploreOptions){.reduce = SN_REDUCE_NONE};
        explore_with(texts[i], &options);
        ck_assert_uint_eq(result->outcome_count, outcomes);
        ck_assert_uint_eq(result->finding_count, findings);
        done();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("messages");
    TCase *cases = tcase_create("messages");
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, a_process_has_variables_of_its_own);
    tcase_add_test(cases, fork_copies_what_the_parent_has);
    tcase_add_test(cases, what_a_process_writes_is_explained);
    tcase_add_test(cases, wrong_processes);
    tcase_add_test(cases, a_mailbox_is_a_queue_without_a_bound);
    tcase_add_test(cases, families_of_actors);
    tcase_add_test(cases, sending_to_one_that_has_ended_is_a_misuse);
    tcase_add_test(cases, a_topic_is_a_queue_for_each_subscriber);
    tcase_add_test(cases, wrong_messages);
    tcase_add_test(cases, a_lost_message_is_a_choice_of_the_link);
    tcase_add_test(cases, duplicates_and_overtaking);
    tcase_add_test(cases, acknowledged_messages_come_at_least_once);
    tcase_add_test(cases, failing_memory);
    tcase_add_test(cases, the_modes_agree);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
