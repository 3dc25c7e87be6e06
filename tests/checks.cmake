# Other tools that look at the code; each is one command, `cmake --build build/release --target NAME`. They take longer than the tests.
find_program(VALGRIND valgrind)
find_program(CPPCHECK cppcheck)
find_program(RUN_CLANG_TIDY NAMES run-clang-tidy run-clang-tidy-14)

# Unit tests in one process each, so that memcheck sees what the library does. Children of real threads are tested by the tests themselves.
if(VALGRIND AND CHECK_FOUND)
  set(memcheck ${VALGRIND} -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite)
  set(valgrind_commands)
  foreach(name test_base test_map test_store test_graph test_machine test_program test_build test_walk test_finding test_order)
    list(APPEND valgrind_commands COMMAND ${CMAKE_COMMAND} -E env CK_FORK=no CK_TIMEOUT_MULTIPLIER=50 ${memcheck} $<TARGET_FILE:${name}>)
  endforeach()
  add_custom_target(valgrind ${valgrind_commands}
    COMMAND ${memcheck} $<TARGET_FILE:snarl> explore ${PROJECT_SOURCE_DIR}/scenarios/races/lost_update.snarl --jobs 2 || test $? -eq 1
    COMMAND ${memcheck} $<TARGET_FILE:snarl> outcomes ${PROJECT_SOURCE_DIR}/scenarios/deadlocks/ab_ba.snarl
    COMMAND ${memcheck} $<TARGET_FILE:snarl> run ${PROJECT_SOURCE_DIR}/scenarios/deadlocks/ab_ba.snarl --seed 7
    USES_TERMINAL VERBATIM)
endif()
if(RUN_CLANG_TIDY)
  add_custom_target(tidy COMMAND ${RUN_CLANG_TIDY} -quiet -p ${PROJECT_BINARY_DIR} "${PROJECT_SOURCE_DIR}/(sim|viz)/.*[.]c$" USES_TERMINAL VERBATIM)
endif()
if(CPPCHECK)
  add_custom_target(cppcheck COMMAND ${CPPCHECK} -q --error-exitcode=1 --enable=warning,performance,portability --inline-suppr
      --suppress=missingIncludeSystem -I ${PROJECT_SOURCE_DIR}/sim -I ${PROJECT_SOURCE_DIR}/include -I ${PROJECT_SOURCE_DIR}
      ${PROJECT_SOURCE_DIR}/sim ${PROJECT_SOURCE_DIR}/viz USES_TERMINAL VERBATIM)
endif()
