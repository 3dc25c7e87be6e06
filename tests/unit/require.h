/* require.h: ck_assert for inner loops, since Check's own writes to a file each time. */
#ifndef REQUIRE_H
#define REQUIRE_H

#include <check.h>

#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            ck_abort_msg("%s", #condition);                                                                            \
    } while (0)

#endif
