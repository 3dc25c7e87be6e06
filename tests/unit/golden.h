/* golden.h: compares a text with a file of tests/golden. With SNARL_UPDATE_GOLDEN set, writes the file instead: look at
 * the difference before you commit it. */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void golden_check(const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/tests/golden/%s", SNARL_SOURCE_DIR, name);
    ck_assert_ptr_nonnull(text);
    if (getenv("SNARL_UPDATE_GOLDEN") != NULL) {
        FILE *out = fopen(path, "w");
        ck_assert_ptr_nonnull(out);
        fputs(text, out);
        ck_assert_int_eq(fclose(out), 0);
        return;
    }
    FILE *in = fopen(path, "r");
    ck_assert_msg(in != NULL, "no golden file %s; write it with SNARL_UPDATE_GOLDEN=1", path);
    size_t room = strlen(text) + 65536;
    char *wanted = malloc(room);
    ck_assert_ptr_nonnull(wanted);
    size_t length = fread(wanted, 1, room - 1, in);
    fclose(in);
    wanted[length] = '\0';
    bool same = strcmp(wanted, text) == 0;
    if (!same)
        printf("--- %s: got\n%s--- wanted\n%s", name, text, wanted);
    free(wanted);
    ck_assert_msg(same, "%s differs", name);
}

#endif
