/* An exploration that was cut and went on gives the result of one that was not, byte for byte: over the gallery, over layouts that change,
 * cut at many places, by limits and by the user, and from what was on the disk at any time before. Damaged and foreign files are refused,
 * writes that fail change neither the file nor the result. Only times and memory may differ. */
#define _XOPEN_SOURCE 700 /* mkdtemp; NOLINT(bugprone-reserved-identifier) */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "gallery.h"
#include "snarl/snarl.h"

static char folder[64];
static char file[80], other[80];

static void begin(void)
{
    /* thousands of files are synced: where there is one, on a disk that is memory */
    snprintf(folder, sizeof folder, "%s/snarl-checkpoint-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/file", folder);
    snprintf(other, sizeof other, "%s/other", folder);
}

static void end(void)
{
    unlink(file);
    unlink(other);
    ck_assert_msg(rmdir(folder) == 0, "something else was left behind");
}

static SnScenario *load(const char *text, const SnLoadOptions *options)
{
    SnScenario *scenario;
    char *message;
    ck_assert_msg(sn_load("test.snarl", text, strlen(text), options, &scenario, &message) == SN_OK, "%s", message);
    sn_string_free(message);
    return scenario;
}

/* ------------------------------------------------------------------------ results */

static SnResult *explore(const SnScenario *scenario, SnExploreOptions options)
{
    SnResult *result;
    char *message;
    sn_explore(scenario, &options, &result, &message);
    ck_assert_msg(result != NULL, "%s: %s", sn_scenario_name(scenario), message == NULL ? "(no message)" : message);
    sn_string_free(message);
    return result;
}

static char *report(const SnScenario *scenario, SnExploreOptions options)
{
    SnResult *result = explore(scenario, options);
    result->seconds = 0;
    result->peak_bytes = 0;
    char *json = sn_report_result_json(result);
    ck_assert_ptr_nonnull(json);
    sn_result_free(result);
    return json;
}

/* Long texts are too long for Check's messages. */
static void same(const char *a, const char *b)
{
    size_t at = 0;
    while (a[at] != '\0' && a[at] == b[at])
        at++;
    ck_assert_msg(strcmp(a, b) == 0, "...%.300s\n...%.300s", a + at, b + at);
}

/* Cut as `cut` says, then gone on. False: nothing was written. */
static bool compare(const SnScenario *scenario, SnExploreOptions options, SnExploreOptions cut, const char *whole)
{
    unlink(file);
    cut.checkpoint = file;
    sn_result_free(explore(scenario, cut));
    if (access(file, F_OK) != 0)
        return false;
    options.resume = file;
    char *parts = report(scenario, options);
    same(whole, parts);
    sn_string_free(parts);
    return true;
}

/* The user ends it at the n-th look. */
typedef struct Patience {
    unsigned looks;
} Patience;

static bool is_patient(void *context, const SnProgress *progress)
{
    Patience *patience = context;
    (void)progress;
    return patience->looks == 0 || --patience->looks > 0;
}

/* Sanitizers make all of it ten times slower: there fewer lessons, and fewer cuts. */
#ifdef __SANITIZE_ADDRESS__
enum { SPARSE = 12 };
#else
enum { SPARSE = 1 };
#endif

/* ------------------------------------------------------------------------ full search */

static void cut_scenario(const char *path, void *context)
{
    static unsigned number;
    unsigned *written = context;
    if (number++ % SPARSE != 0)
        return;
    SnScenario *scenario = gallery_load(path);
    SnExploreOptions options = {.max_states = 20000}, cut = options;
    char *whole = report(scenario, options);
    static const uint64_t places[] = {2, 3, 11, 100, 999};
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        cut.max_states = places[p];
        cut.skip_counts = true;
        options.jobs = 1 + p % 2;
        *written += compare(scenario, options, cut, whole);
    }
    sn_string_free(whole);
    sn_scenario_free(scenario);
}

START_TEST(gallery)
{
    unsigned written = 0;
    begin();
    ck_assert_uint_gt(gallery_visit(cut_scenario, &written), 100);
    ck_assert_uint_gt(written, 400 / SPARSE);
    ck_assert_uint_eq(mem_live_blocks(), 0);
    end();
}
END_TEST

static const char *const models[] = {
    /* values, outputs, assertions, spawned threads and mailboxes that come up late: the layout changes again and again */
    "atomic x = 1\n"
    "thread A { for i in 0..8 { local t = x; x = t * 2 } }\n"
    "thread B { for i in 0..8 { local t = x; x = t + 1 } }\n",
    "atomic x = 0\nthread w[3] { for i in 0..3 { local t = fetch_add(x, 1); print t } }\noutcome output\n",
    "atomic x = 0\nthread w[3] { for i in 0..4 { local t = fetch_add(x, 3); assert t != 21, \"t\" } }\n",
    "shared counter = 0\nthread w[3] { for i in 0..3 { local t = counter\ncounter = t + 1 } }\nexpect lost update, data race\n",
    "clock virtual\nmutex m\nshared x = 0\nthread w[3] { sleep 10ms\nlock m\nx = x * 2 + self\ncompute 5ms\nunlock m }\n",
    "shared x = 0\nfn f(k) { x = x * 2 + k\n if (k < 3) { spawn f(k + 1) } }\nthread main { spawn f(1)\nspawn f(2) }\n",
};

START_TEST(every_cut)
{
    begin();
    SnScenario *scenario = load(models[_i], NULL);
    SnExploreOptions options = {.jobs = 1}, cut = {.skip_counts = true};
    char *whole = report(scenario, options);
    SnResult *result = explore(scenario, options);
    uint64_t states = result->states, pace = 1 + states * SPARSE / 25, written = 0, cuts = 0;
    ck_assert(result->complete);
    sn_result_free(result);
    for (uint64_t k = 2; k <= states; k += pace) {
        cut.max_states = k;
        cut.jobs = 1 + (uint32_t)(k % 2);
        written += compare(scenario, options, cut, whole);
        cuts++;
    }
    ck_assert_uint_ge(written + 4, cuts); /* nothing is written where not even the start was expanded */
    sn_string_free(whole);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
    end();
}
END_TEST

START_TEST(lower_limits) /* than those of the run before: as if it had never been */
{
    begin();
    SnScenario *scenario = load(models[3], NULL);
    sn_result_free(explore(scenario, (SnExploreOptions){.max_states = 500, .checkpoint = file}));
    for (uint64_t k = 1; k < 700; k += 7) {
        SnExploreOptions options = {.max_states = k, .jobs = 1 + (uint32_t)(k % 2)};
        char *plain = report(scenario, options);
        options.resume = file;
        char *resumed = report(scenario, options);
        same(plain, resumed);
        sn_string_free(plain);
        sn_string_free(resumed);
    }
    sn_scenario_free(scenario);
    end();
}
END_TEST

/* ------------------------------------------------------------------------ reduced search */

static const struct {
    SnReduce reduce;
    uint64_t max_counted;
} reductions[] = {{SN_REDUCE_AUTO, 50},     {SN_REDUCE_ALL, 0},   {SN_REDUCE_SLEEP, 0},
                  {SN_REDUCE_PERSISTENT, 0}, {SN_REDUCE_MERGE, 0}, {SN_REDUCE_SYMMETRY, 0}};

static unsigned cut_reduced(const SnScenario *scenario, SnReduce reduce, uint64_t max_counted, unsigned most)
{
    SnExploreOptions options = {.reduce = reduce, .max_counted = max_counted, .max_states = 30000}, cut = options;
    char *whole = report(scenario, options);
    Patience patience;
    unsigned written = 0;
    cut.progress = is_patient;
    cut.progress_context = &patience;
    for (unsigned looks = 1; looks <= most; looks += 1 + looks / 3) {
        patience.looks = looks;
        written += compare(scenario, options, cut, whole);
    }
    patience.looks = 0; /* not cut: what is left is of the last search */
    written += compare(scenario, options, cut, whole);
    sn_string_free(whole);
    return written;
}

static void cut_reduced_scenario(const char *path, void *context)
{
    static unsigned number;
    unsigned *written = context;
    if (number++ % SPARSE != 0)
        return;
    SnScenario *scenario = gallery_load(path);
    *written += cut_reduced(scenario, SN_REDUCE_ALL, 0, 6);
    *written += cut_reduced(scenario, SN_REDUCE_SLEEP, 0, 3);
    sn_scenario_free(scenario);
}

START_TEST(reduced_gallery)
{
    unsigned written = 0;
    begin();
    ck_assert_uint_gt(gallery_visit(cut_reduced_scenario, &written), 100);
    ck_assert_uint_gt(written, 200 / SPARSE);
    ck_assert_uint_eq(mem_live_blocks(), 0);
    end();
}
END_TEST

START_TEST(reduced_cuts)
{
    begin();
    for (size_t m = 2; m < sizeof models / sizeof *models; m++) {
        SnScenario *scenario = load(models[m], NULL);
        ck_assert_uint_gt(cut_reduced(scenario, reductions[_i].reduce, reductions[_i].max_counted, 6), 0);
        sn_scenario_free(scenario);
    }
    ck_assert_uint_eq(mem_live_blocks(), 0);
    end();
}
END_TEST

/* ------------------------------------------------------------------------ kept copies */

static char *read_all(const char *path, size_t *length)
{
    FILE *in = fopen(path, "rb");
    ck_assert_ptr_nonnull(in);
    struct stat about;
    ck_assert_int_eq(fstat(fileno(in), &about), 0);
    char *bytes = malloc((size_t)about.st_size + 2);
    *length = fread(bytes, 1, (size_t)about.st_size, in);
    fclose(in);
    return bytes;
}

static void write_all(const char *path, const char *bytes, size_t length)
{
    FILE *out = fopen(path, "wb");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(bytes, 1, length, out), length);
    ck_assert_int_eq(fclose(out), 0);
}

typedef struct Copies { /* of what is on the disk while the search goes on: where a kill -9 leaves it */
    char *bytes[6];
    size_t lengths[6];
    unsigned count;
} Copies;

static bool keep_copy(void *context, const SnProgress *progress)
{
    Copies *copies = context;
    (void)progress;
    if (copies->count == 6 || access(file, F_OK) != 0)
        return true;
    copies->bytes[copies->count] = read_all(file, &copies->lengths[copies->count]);
    const unsigned last = copies->count - 1;
    if (copies->count > 0 && copies->lengths[last] == copies->lengths[copies->count])
        free(copies->bytes[copies->count]);
    else
        copies->count++;
    return true;
}

static const struct {
    SnReduce reduce;
    uint64_t max_counted;
} ways[] = {{SN_REDUCE_AUTO, 0}, {SN_REDUCE_AUTO, 5000}, {SN_REDUCE_SLEEP, 0}};

START_TEST(killed_at_any_time)
{
    begin();
    SnScenario *scenario =
        load("shared x = 0\nthread w[3] { for i in 0..4 { local t = x\nx = t + 1 } }\nexpect lost update, data race\n", NULL);
    SnExploreOptions options = {.reduce = ways[_i].reduce, .max_counted = ways[_i].max_counted, .skip_counts = true};
    char *whole = report(scenario, options);
    Copies copies = {.count = 0};
    SnExploreOptions watched = options;
    watched.checkpoint = file;
    watched.checkpoint_seconds = 1e-9;
    watched.progress = keep_copy;
    watched.progress_context = &copies;
    char *seen = report(scenario, watched);
    same(whole, seen);
    sn_string_free(seen);
    ck_assert_uint_gt(copies.count, 0);
    options.resume = file;
    for (unsigned c = 0; c < copies.count; c++) {
        write_all(file, copies.bytes[c], copies.lengths[c]);
        char *parts = report(scenario, options);
        same(whole, parts);
        sn_string_free(parts);
        free(copies.bytes[c]);
    }
    sn_string_free(whole);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
    end();
}
END_TEST

/* ------------------------------------------------------------------------ what is refused */

static void refused(const SnScenario *scenario, SnExploreOptions options, SnStatus wanted, const char *words)
{
    SnResult *result;
    char *message;
    SnStatus status = sn_explore(scenario, &options, &result, &message);
    ck_assert_msg(status == wanted && result == NULL, "status %d instead of %d", (int)status, (int)wanted);
    ck_assert_msg(message != NULL && strstr(message, words) != NULL, "\"%s\" lacks \"%s\"", message, words);
    sn_string_free(message);
}

/* The file of a small search, whole or reduced. */
static SnScenario *small(SnReduce reduce)
{
    SnScenario *scenario = load(models[3], NULL);
    sn_result_free(explore(scenario, (SnExploreOptions){.reduce = reduce, .max_states = reduce == SN_REDUCE_AUTO ? 60 : 0,
                                                        .checkpoint = file}));
    return scenario;
}

START_TEST(damaged)
{
    begin();
    const SnReduce reduce = _i == 0 ? SN_REDUCE_AUTO : SN_REDUCE_ALL;
    SnScenario *scenario = small(reduce);
    const SnExploreOptions options = {.reduce = reduce, .resume = other};
    size_t length, pace = 1;
    char *bytes = read_all(file, &length);
    if (length > 400)
        pace = length / 300;
    for (size_t at = 0; at < length; at += at < 200 || at + 50 > length ? 1 : pace) {
        for (int bit = 0; bit < 8; bit += at < 100 ? 1 : 3) {
            bytes[at] = (char)(bytes[at] ^ 1 << bit);
            write_all(other, bytes, length);
            refused(scenario, options, SN_INVALID, at < strlen("snarl checkpoint 1\n") ? "not a checkpoint" : "damaged");
            bytes[at] = (char)(bytes[at] ^ 1 << bit);
        }
        write_all(other, bytes, at);
        refused(scenario, options, SN_INVALID, "checkpoint");
    }
    bytes[length] = 0;
    write_all(other, bytes, length + 1);
    refused(scenario, options, SN_INVALID, "damaged");
    free(bytes);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
    end();
}
END_TEST

START_TEST(foreign)
{
    begin();
    static const char text[] = "const N = 2\nshared x = 0\nthread w[2] { for i in 0..N { local t = x\nx = t + 1 } }\n"
                               "expect lost update, data race\n";
    const SnDefine three = {"N", 3}, two = {"N", 2};
    const SnLoadOptions same = {.defines = &two, .define_count = 1}, more = {.defines = &three, .define_count = 1},
                        coarse = {.statement_granularity = true};
    SnScenario *scenario = load(text, NULL), *again = load(text, &same), *larger = load(text, &more),
               *statements = load(text, &coarse), *changed = load(models[0], NULL);
    sn_result_free(explore(scenario, (SnExploreOptions){.max_states = 10, .checkpoint = file}));
    sn_result_free(explore(again, (SnExploreOptions){.resume = file}));
    refused(larger, (SnExploreOptions){.resume = file}, SN_INVALID, "another scenario");
    refused(changed, (SnExploreOptions){.resume = file}, SN_INVALID, "another scenario");
    refused(statements, (SnExploreOptions){.resume = file}, SN_INVALID, "other options");
    refused(scenario, (SnExploreOptions){.resume = file, .reduce = SN_REDUCE_NONE}, SN_INVALID, "other options");
    refused(scenario, (SnExploreOptions){.resume = file, .skip_lost_updates = true}, SN_INVALID, "other options");
    refused(scenario, (SnExploreOptions){.resume = file, .reduce = SN_REDUCE_CLASSES}, SN_INVALID, "no checkpoints");
    refused(scenario, (SnExploreOptions){.resume = file, .search = SN_SEARCH_PCT}, SN_INVALID, "no checkpoints");
    refused(scenario, (SnExploreOptions){.checkpoint = file, .has_preemption_bound = true}, SN_INVALID, "no checkpoints");
    refused(scenario, (SnExploreOptions){.resume = other}, SN_SYSTEM, "cannot be read");
    refused(scenario, (SnExploreOptions){.resume = folder}, SN_SYSTEM, "cannot be read");
    write_all(other, text, sizeof text);
    refused(scenario, (SnExploreOptions){.resume = other}, SN_INVALID, "not a checkpoint");
    refused(scenario, (SnExploreOptions){.checkpoint = other}, SN_INVALID, "not written over");
    refused(scenario, (SnExploreOptions){.checkpoint = "/dev/full"}, SN_INVALID, "not written over");
    refused(scenario, (SnExploreOptions){.checkpoint = "/nowhere/file"}, SN_SYSTEM, "cannot be written");
    SnScenario *const all[] = {scenario, again, larger, statements, changed};
    for (size_t s = 0; s < sizeof all / sizeof *all; s++)
        sn_scenario_free(all[s]);
    ck_assert_uint_eq(mem_live_blocks(), 0);
    end();
}
END_TEST

/* ------------------------------------------------------------------------ what fails */

/* The disk is full after so many bytes: the result is the same but for the word of it, and an older file stays as it was. */
START_TEST(full_disk)
{
    begin();
    signal(SIGXFSZ, SIG_IGN);
    const SnReduce reduce = _i == 0 ? SN_REDUCE_AUTO : SN_REDUCE_ALL;
    SnScenario *scenario = small(reduce);
    size_t length, left;
    char *bytes = read_all(file, &length);
    Patience patience;
    SnExploreOptions options = {.reduce = reduce, .checkpoint = file, .max_states = reduce == SN_REDUCE_AUTO ? 60 : 0,
                                .progress = is_patient, .progress_context = &patience};
    for (size_t most = 0; most <= length; most += most < 100 / SPARSE ? 1 : 1 + length * SPARSE / 50) {
        struct rlimit before, limit;
        getrlimit(RLIMIT_FSIZE, &before);
        limit = before;
        limit.rlim_cur = most;
        patience.looks = 0;
        setrlimit(RLIMIT_FSIZE, &limit);
        SnResult *result = explore(scenario, options);
        setrlimit(RLIMIT_FSIZE, &before);
        ck_assert_msg(!result->may_go_on || (result->checkpoint_failure != NULL) == (most < length), "%lu bytes of %lu",
                      (unsigned long)most, (unsigned long)length);
        sn_result_free(result);
        char *now = read_all(file, &left);
        ck_assert(left == length && memcmp(now, bytes, length) == 0);
        free(now);
    }
    free(bytes);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
    end();
}
END_TEST

START_TEST(refused_memory)
{
    begin();
    const bool is_reduced = _i % 2 == 1, resumes = _i >= 2;
    const SnReduce reduce = is_reduced ? SN_REDUCE_ALL : SN_REDUCE_AUTO;
    SnScenario *scenario = small(reduce);
    SnExploreOptions options = {.reduce = reduce, .checkpoint = other, .resume = resumes ? file : NULL};
    char *whole = report(scenario, (SnExploreOptions){.reduce = reduce});
    size_t loaded = mem_live_blocks();
    bool is_done = false;
    for (uint64_t n = 1; !is_done && n < 100000; n += 1 + n / 100) {
        SnResult *result;
        char *message;
        unlink(other);
        mem_fail_at(n);
        SnStatus status = sn_explore(scenario, &options, &result, &message);
        mem_fail_at(0);
        ck_assert_msg(status == SN_SYSTEM || result != NULL, "allocation %lu: %s", (unsigned long)n, message);
        if (result != NULL) {
            result->seconds = 0;
            result->peak_bytes = 0;
            char *json = sn_report_result_json(result);
            is_done = result->complete && strcmp(json, whole) == 0 && access(other, F_OK) == 0;
            sn_string_free(json);
        }
        sn_result_free(result);
        sn_string_free(message);
        ck_assert_uint_eq(mem_live_blocks(), loaded);
        if (access(other, F_OK) == 0) { /* whatever failed, what was written can be gone on from */
            char *parts = report(scenario, (SnExploreOptions){.reduce = reduce, .resume = other});
            bool gave_up = is_reduced && strstr(parts, "\"reduced\"") == NULL; /* for lack of memory: all states then */
            if (!gave_up)
                same(parts, whole);
            sn_string_free(parts);
        }
    }
    ck_assert(is_done);
    sn_string_free(whole);
    sn_scenario_free(scenario);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("checkpoint");
    const struct {
        const TTest *test;
        const char *name;
        int count;
    } tests[] = {
#define TEST(name, count) {name, #name, count}
        TEST(gallery, 1),
        TEST(every_cut, sizeof models / sizeof *models),
        TEST(lower_limits, 1),
        TEST(reduced_gallery, 1),
        TEST(reduced_cuts, sizeof reductions / sizeof *reductions),
        TEST(killed_at_any_time, sizeof ways / sizeof *ways),
        TEST(damaged, 2),
        TEST(foreign, 1),
        TEST(full_disk, 2),
        TEST(refused_memory, 4),
    };
    for (size_t t = 0; t < sizeof tests / sizeof *tests; t++) {
        TCase *one = tcase_create(tests[t].name);
        tcase_set_timeout(one, 600);
        tcase_add_loop_test(one, tests[t].test, 0, tests[t].count);
        suite_add_tcase(suite, one);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
