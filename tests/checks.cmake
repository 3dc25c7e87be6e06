# Other tools that look at the code; each is one command, `cmake --build build/release --target NAME`. They take longer than the tests.
find_program(VALGRIND valgrind)
find_program(CPPCHECK cppcheck)
find_program(RUN_CLANG_TIDY NAMES run-clang-tidy run-clang-tidy-14)

# Unit tests in one process each, so that memcheck sees what the library does: the suites of the parts; those
# that explore thousands of scenarios would be slow there, and have AddressSanitizer. Then command lines over every output.
# Children with real threads leave by _exit, whatever they still have: there errors count, no leaks.
if(VALGRIND AND CHECK_FOUND AND BUILD_TESTING)
  set(memcheck ${VALGRIND} -q --error-exitcode=99 --num-callers=40 --suppressions=${PROJECT_SOURCE_DIR}/tests/valgrind.supp)
  set(leaks --leak-check=full --show-leak-kinds=definite,indirect,possible --errors-for-leak-kinds=definite,indirect,possible)
  set(valgrind_commands)
  foreach(name test_base test_map test_store test_graph test_machine test_program test_build test_walk test_finding test_order)
    list(APPEND valgrind_commands COMMAND ${CMAKE_COMMAND} -E env CK_FORK=no CK_TIMEOUT_MULTIPLIER=50
      ${memcheck} --leak-check=full --errors-for-leak-kinds=definite $<TARGET_FILE:${name}>)
  endforeach()
  add_custom_target(valgrind ${valgrind_commands}
    COMMAND ${CMAKE_COMMAND} -E env "MEMCHECK=${memcheck}" "LEAKS=${leaks}"
      sh ${PROJECT_SOURCE_DIR}/tests/valgrind.sh $<TARGET_FILE:snarl> ${PROJECT_SOURCE_DIR}/scenarios
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
