/* Rendering and files: same bytes each time, and every failure a status with a message and nothing left behind. */
#define _XOPEN_SOURCE 700 /* mkdtemp, realpath */
#include <check.h>
#include <dirent.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "snarl/viz.h"
#include "trace_fixtures.h"

static char folder[64];

static void setup(void)
{
    strcpy(folder, "/tmp/snarl-viz-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

/* Names in the folder of the test, "." and ".." aside. */
static unsigned count_files(void)
{
    unsigned count = 0;
    DIR *dir = opendir(folder);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return count;
}

static void path_in(char *path, size_t room, const char *name)
{
    snprintf(path, room, "%s/%s", folder, name);
}

static void teardown(void)
{
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        char path[512];
        path_in(path, sizeof path, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove(path);
    }
    if (dir != NULL)
        closedir(dir);
    rmdir(folder);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

static char *draw(SnFormat format, size_t *length)
{
    SnDrawOptions options = {.format = format};
    char *bytes, *message;
    SnStatus status = sn_draw_schedule(fixture_long(), &options, &bytes, length, &message);
    ck_assert_msg(status == SN_OK, "%s", message != NULL ? message : "no message");
    return bytes;
}

/* ------------------------------------------------------------- determinism */

START_TEST(same_bytes)
{
    static const SnFormat formats[] = {SN_FORMAT_DOT, SN_FORMAT_SVG, SN_FORMAT_PDF, SN_FORMAT_PNG};
    char *first[4];
    size_t lengths[4];
    for (int i = 0; i < 4; i++)
        first[i] = draw(formats[i], &lengths[i]);
    nanosleep(&(struct timespec){.tv_sec = 1, .tv_nsec = 100000000}, NULL); /* a PDF would tell the second */
    for (int i = 0; i < 4; i++) {
        size_t length;
        char *again = draw(formats[i], &length);
        ck_assert_uint_eq(length, lengths[i]);
        ck_assert_int_eq(memcmp(again, first[i], length), 0);
        sn_string_free(again);
        sn_string_free(first[i]);
    }
}
END_TEST

START_TEST(formats)
{
    size_t length;
    char *bytes = draw(SN_FORMAT_PDF, &length);
    ck_assert_int_eq(memcmp(bytes, "%PDF", 4), 0);
    sn_string_free(bytes);
    bytes = draw(SN_FORMAT_PNG, &length);
    ck_assert_int_eq(memcmp(bytes, "\x89PNG", 4), 0);
    sn_string_free(bytes);
    bytes = draw(SN_FORMAT_SVG, &length);
    ck_assert_ptr_nonnull(strstr(bytes, "</svg>"));
    ck_assert_uint_eq(strlen(bytes), length);
    sn_string_free(bytes);
}
END_TEST

START_TEST(decimal_commas)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "ru_RU.UTF-8"};
    size_t length, again_length;
    char *plain = draw(SN_FORMAT_SVG, &length);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (setlocale(LC_ALL, names[i]) != NULL) {
            char *again = draw(SN_FORMAT_SVG, &again_length);
            ck_assert_str_eq(plain, again);
            sn_string_free(again);
        }
    setlocale(LC_ALL, "C");
    sn_string_free(plain);
}
END_TEST

/* In a child, for the drawing library reads GVBINDIR once: without plugins there is a message and nothing else, not on
 * the standard streams either. */
START_TEST(missing_plugin)
{
    for (SnFormat format = SN_FORMAT_SVG; format <= SN_FORMAT_PNG; format++) {
        char log[128];
        path_in(log, sizeof log, "log");
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
            char empty[128];
            path_in(empty, sizeof empty, "empty");
            mkdir(empty, 0700);
            setenv("GVBINDIR", empty, 1);
            if (freopen(log, "w", stderr) == NULL || freopen(log, "a", stdout) == NULL)
                _exit(9);
            SnDrawOptions options = {.format = format};
            char *bytes, *message;
            size_t length;
            SnStatus status = sn_draw_schedule(fixture_lost_update(), &options, &bytes, &length, &message);
            bool is_right = status == SN_SYSTEM && bytes == NULL && length == 0 && message != NULL &&
                            strstr(message, "plugin") != NULL && strstr(message, "dot -c") != NULL;
            fflush(NULL);
            sn_string_free(message);
            _exit(is_right && mem_live_blocks() == 0 ? 0 : 1);
        }
        int status;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "format %d: %d", (int)format, status);
        struct stat info;
        ck_assert_int_eq(stat(log, &info), 0);
        ck_assert_msg(info.st_size == 0, "Graphviz printed something");
    }
}
END_TEST

/* DOT needs no plugin at all. */
START_TEST(dot_without_plugins)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        setenv("GVBINDIR", folder, 1);
        SnDrawOptions options = {.format = SN_FORMAT_DOT};
        char *bytes, *message;
        size_t length;
        _exit(sn_draw_schedule(fixture_lost_update(), &options, &bytes, &length, &message) == SN_OK ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

/* -------------------------------------------------------------------- files */

static void check_refused(const char *path, const char *bytes, size_t length)
{
    char *message;
    ck_assert_int_eq(sn_write_file(path, bytes, length, &message), SN_SYSTEM);
    ck_assert_ptr_nonnull(message);
    ck_assert_ptr_nonnull(strstr(message, path));
    sn_string_free(message);
}

static char *read_back(const char *path)
{
    static char text[256];
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

START_TEST(writes_and_replaces)
{
    char path[128], link_path[128], *message;
    path_in(path, sizeof path, "out.svg");
    path_in(link_path, sizeof link_path, "link.svg");
    ck_assert_int_eq(sn_write_file(path, "one", 3, &message), SN_OK);
    ck_assert_ptr_null(message);
    ck_assert_str_eq(read_back(path), "one");
    ck_assert_int_eq(chmod(path, 0640), 0);
    ck_assert_int_eq(sn_write_file(path, "two!", 4, &message), SN_OK);
    ck_assert_str_eq(read_back(path), "two!");
    struct stat info;
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_int_eq(info.st_mode & 0777, 0640);

    ck_assert_int_eq(symlink("out.svg", link_path), 0);
    ck_assert_int_eq(sn_write_file(link_path, "three", 5, &message), SN_OK);
    ck_assert_int_eq(lstat(link_path, &info), 0);
    ck_assert(S_ISLNK(info.st_mode));
    ck_assert_str_eq(read_back(path), "three");
    ck_assert_uint_eq(count_files(), 2);
}
END_TEST

START_TEST(refuses)
{
    char path[512], long_name[300];
    check_refused("/nonexistent/folder/out.svg", "x", 1);
    check_refused(folder, "x", 1); /* a folder */
    path_in(path, sizeof path, "out.svg");
    char *message;
    ck_assert_int_eq(sn_write_file(path, "x", 1, &message), SN_OK);
    strcat(path, "/below");
    check_refused(path, "x", 1); /* a file where a folder should be */
    memset(long_name, 'n', sizeof long_name);
    long_name[299] = '\0';
    path_in(path, sizeof path, long_name);
    check_refused(path, "x", 1); /* name too long; the temporary file has to go again */
    ck_assert_uint_eq(count_files(), 1);
}
END_TEST

START_TEST(full_device)
{
    check_refused("/dev/full", "picture", 7);
    struct stat info;
    ck_assert_int_eq(stat("/dev/full", &info), 0);
    ck_assert(S_ISCHR(info.st_mode)); /* not replaced by a file */
    char *message;
    ck_assert_int_eq(sn_write_file("/dev/null", "x", 1, &message), SN_OK);
}
END_TEST

/* A disk that gets full half way: the old file stays, no new one appears. */
START_TEST(full_disk)
{
    char path[128], *message;
    path_in(path, sizeof path, "out.svg");
    ck_assert_int_eq(sn_write_file(path, "old", 3, &message), SN_OK);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        static char large[100000];
        struct rlimit limit = {4096, 4096};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        _exit(sn_write_file(path, large, sizeof large, &message) == SN_SYSTEM && message != NULL ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    ck_assert_str_eq(read_back(path), "old");
    ck_assert_uint_eq(count_files(), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz render");
    TCase *tests = tcase_create("render");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, setup, teardown);
    /* First, so that they also hold in one process (CK_FORK=no): a context once made keeps its plugins. */
    tcase_add_test(tests, missing_plugin);
    tcase_add_test(tests, dot_without_plugins);
    tcase_add_test(tests, same_bytes);
    tcase_add_test(tests, formats);
    tcase_add_test(tests, decimal_commas);
    tcase_add_test(tests, writes_and_replaces);
    tcase_add_test(tests, refuses);
    tcase_add_test(tests, full_device);
    tcase_add_test(tests, full_disk);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
