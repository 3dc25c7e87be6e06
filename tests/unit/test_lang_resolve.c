/* What a correct scenario looks like after lang_load: every field that later passes rely on. */
#include "lang_fixture.h"

static const Stmt *statement_of(const Symbol *owner, uint32_t at)
{
    ck_assert_uint_lt(at, owner->body->statements.count);
    return owner->body->statements.items[at];
}

START_TEST(constants)
{
    Loaded loaded;
    loaded_begin_fine(&loaded, "const N = 3, M = (N << 2) | 1 // 13\nenum { idle, busy, gone }\n"
                               "const K = N > 2 ? -7 / 2 : 1 / 0, R = -7 % 3, L = min(4, N, 9) + max(1, 2) + abs(-5)\n"
                               "const S = -9223372036854775808, Z = N == 3 || 1 / 0\n"
                               "shared a[busy + 1] = N\nthread A { a[0] = M }\n");
    ck_assert_int_eq(loaded_symbol(&loaded, "M")->value, 13);
    ck_assert_int_eq(loaded_symbol(&loaded, "gone")->value, 2);
    ck_assert_int_eq(loaded_symbol(&loaded, "K")->value, -3);
    ck_assert_int_eq(loaded_symbol(&loaded, "R")->value, -1);
    ck_assert_int_eq(loaded_symbol(&loaded, "L")->value, 10);
    ck_assert_int_eq(loaded_symbol(&loaded, "S")->value, INT64_MIN);
    ck_assert_int_eq(loaded_symbol(&loaded, "Z")->value, 1);
    const Symbol *a = loaded_symbol(&loaded, "a");
    ck_assert_uint_eq(a->length, 2);
    ck_assert_int_eq(a->initial[1], 3);
    const Stmt *assign = statement_of(loaded_symbol(&loaded, "A"), 0);
    ck_assert_int_eq(assign->expr->kind, EXPR_INTEGER);
    ck_assert_int_eq(assign->expr->value, 13);
    ck_assert_str_eq(assign->expr->name, "M");
    loaded_end(&loaded);
}
END_TEST

START_TEST(definitions)
{
    const char *text = "const N = 2, SIZE = N * 10\nthread w[N] { skip }";
    Define defines[] = {{.name = "N", .value = 5}, {.name = "SZIE", .value = 1}};
    Loaded loaded;
    loaded_begin_bytes(&loaded, text, strlen(text), defines, 1);
    ck_assert_int_eq(loaded.status, STATUS_OK);
    ck_assert(defines[0].used);
    ck_assert_int_eq(loaded_symbol(&loaded, "SIZE")->value, 50);
    ck_assert_uint_eq(loaded_symbol(&loaded, "w")->length, 5);
    loaded_end(&loaded);

    loaded_begin_bytes(&loaded, text, strlen(text), defines, 2);
    ck_assert_int_eq(loaded.status, STATUS_INVALID);
    ck_assert_ptr_null(loaded.scenario);
    ck_assert(!defines[1].used);
    ck_assert_str_eq(loaded.messages, "t:1:1: error: -D SZIE: the scenario has no constant of this name\n"
                                      "    const N = 2, SIZE = N * 10\n    ^\n    hint: did you mean 'SIZE'?\n");
    loaded_end(&loaded);
}
END_TEST

START_TEST(objects)
{
    Loaded loaded;
    loaded_begin_fine(&loaded, "shared x, y = 4, a[3] = 7, b[4] = {1,\n 2}\natomic ready = true\nmutex m, fork[5]; recursive mutex r\n"
                               "rwlock w1 writers first, w2\nsemaphore s = 3, t[2] = {1, 0} max 2, u[2] = 1\ncondition c, cc[2]\nbarrier p[2] = 3\n"
                               "event e\nqueue q[3] = {1, 2}, z[0], many[5][4]\nonce o\nwaitgroup g = 3, h\ndaemon thread A, w[2] { skip }\n");
    ck_assert_int_eq(loaded_symbol(&loaded, "y")->initial[0], 4);
    ck_assert_int_eq(loaded_symbol(&loaded, "a")->initial[2], 7);
    const Symbol *b = loaded_symbol(&loaded, "b");
    ck_assert_uint_eq(b->initial_count, 4);
    ck_assert_int_eq(b->initial[1], 2);
    ck_assert_int_eq(b->initial[3], 0);
    ck_assert(loaded_symbol(&loaded, "ready")->is_atomic);
    ck_assert_int_eq(loaded_symbol(&loaded, "ready")->initial[0], 1);
    ck_assert_uint_eq(loaded_symbol(&loaded, "fork")->length, 5);
    ck_assert_uint_eq(loaded_symbol(&loaded, "r")->index, 2);
    ck_assert(loaded_symbol(&loaded, "r")->is_recursive);
    ck_assert(loaded_symbol(&loaded, "w1")->writers_first && !loaded_symbol(&loaded, "w2")->writers_first);
    ck_assert_int_eq(loaded_symbol(&loaded, "s")->maximum, -1);
    ck_assert_int_eq(loaded_symbol(&loaded, "t")->maximum, 2);
    ck_assert_int_eq(loaded_symbol(&loaded, "t")->initial[1], 0);
    ck_assert_int_eq(loaded_symbol(&loaded, "u")->initial[1], 1);
    ck_assert_int_eq(loaded_symbol(&loaded, "p")->parties, 3);
    const Symbol *q = loaded_symbol(&loaded, "q"), *many = loaded_symbol(&loaded, "many");
    ck_assert_int_eq(q->capacity, 3);
    ck_assert_uint_eq(q->length, 1);
    ck_assert(!q->is_array);
    ck_assert_uint_eq(q->initial_count, 2);
    ck_assert_int_eq(many->capacity, 4);
    ck_assert_uint_eq(many->length, 5);
    ck_assert(many->is_array);
    ck_assert_int_eq(loaded_symbol(&loaded, "z")->capacity, 0);
    ck_assert_int_eq(loaded_symbol(&loaded, "h")->initial[0], 0);
    ck_assert_uint_eq(loaded.scenario->threads.count, 2);
    const Symbol *family = loaded.scenario->threads.items[1];
    ck_assert(family->is_family && family->is_daemon && family->repeats_body);
    ck_assert_ptr_ne(family->body, loaded.scenario->threads.items[0]->body);
    loaded_end(&loaded);
}
END_TEST

static void check_operation(const Symbol *thread, uint32_t at, OperationKind kind)
{
    const Stmt *statement = statement_of(thread, at);
    ck_assert_int_eq(statement->kind, STMT_OPERATION);
    ck_assert_int_eq(statement->operation->kind, kind);
}

START_TEST(operations)
{
    Loaded loaded;
    loaded_begin_fine(&loaded, "mutex m; rwlock rw; condition c; barrier b = 1; event e; waitgroup g = 1; queue q[2]; semaphore s = 1\n"
                               "shared x, ok2\nfn f(n) { return n }\nthread B { }\nthread w[2] { }\n"
                               "thread A {\n wait c with m\n wait b\n wait e\n wait g\n unlock rw\n unlock(m)\n join B\n join w\n join w[self]\n"
                               " local h = spawn f(1)\n join h\n x = get q\n local y, ok = get q\n x, ok2 = get q\n with s { }\n with (m) { }\n"
                               " release s, x + 1\n destroy q\n}\n");
    const Symbol *a = loaded_symbol(&loaded, "A");
    check_operation(a, 0, OPERATION_WAIT_CONDITION);
    ck_assert_ptr_eq(statement_of(a, 0)->operation->with_object->symbol, loaded_symbol(&loaded, "m"));
    check_operation(a, 1, OPERATION_WAIT_BARRIER);
    check_operation(a, 2, OPERATION_WAIT_EVENT);
    check_operation(a, 3, OPERATION_WAIT_WAITGROUP);
    check_operation(a, 4, OPERATION_UNLOCK);
    check_operation(a, 5, OPERATION_UNLOCK);
    ck_assert_ptr_eq(statement_of(a, 6)->operation->object->symbol, loaded_symbol(&loaded, "B"));
    ck_assert_ptr_null(statement_of(a, 6)->operation->a);
    ck_assert_ptr_null(statement_of(a, 7)->operation->object->index);
    ck_assert_int_eq(statement_of(a, 8)->operation->object->index->kind, EXPR_SELF);
    ck_assert_int_eq(statement_of(a, 9)->expr->kind, EXPR_SPAWN);
    ck_assert(loaded_symbol(&loaded, "f")->is_spawned);
    ck_assert_ptr_null(statement_of(a, 10)->operation->object);
    ck_assert_int_eq(statement_of(a, 10)->operation->a->symbol->kind, SYMBOL_LOCAL);
    ck_assert_uint_eq(statement_of(a, 11)->operation->targets.count, 1);
    const Stmt *get = statement_of(a, 12);
    ck_assert_uint_eq(get->declares.count, 2);
    ck_assert_ptr_eq(get->operation->targets.items[1]->symbol, get->declares.items[1]);
    ck_assert(get->declares.items[0]->is_outermost);
    ck_assert_uint_eq(statement_of(a, 13)->operation->targets.count, 2);
    ck_assert_int_eq(statement_of(a, 14)->operation->kind, OPERATION_ACQUIRE);
    ck_assert_int_eq(statement_of(a, 15)->operation->kind, OPERATION_LOCK);
    ck_assert_int_eq(statement_of(a, 16)->operation->a->kind, EXPR_BINARY);
    ck_assert_uint_eq(a->locals.count, 3);
    loaded_end(&loaded);
}
END_TEST

START_TEST(statements)
{
    Loaded loaded;
    loaded_begin_fine(&loaded, "shared x; queue q[1]; mutex m\nfn f() { return x }\n"
                               "thread A {\n x++; x -= 2\n local a[3] = {1}, b[2] = 5, c\n if (try x = get q) { } else if (x) { } else { }\n"
                               " x = x +\n 1\n await (x == 1 &&\n   x == 2)\n for i in 0..=3 { i = 5; c = i; break }\n return\n"
                               " select { when x = get q { } when put q, 1 { x = f() } else { } }\n atomic when (x > 1) { x = 0 }\n}\n");
    const Symbol *a = loaded_symbol(&loaded, "A");
    ck_assert(statement_of(a, 0)->is_compound);
    ck_assert_int_eq(statement_of(a, 1)->assign, BINARY_SUBTRACT);
    ck_assert_uint_eq(statement_of(a, 2)->values.count, 3);
    ck_assert_int_eq(statement_of(a, 2)->values.items[2]->value, 0);
    ck_assert_uint_eq(statement_of(a, 3)->values.count, 1);
    ck_assert_ptr_null(statement_of(a, 4)->expr);
    ck_assert_int_eq(statement_of(a, 5)->expr->kind, EXPR_TRY);
    ck_assert_uint_eq(statement_of(a, 5)->expr->operation->targets.count, 1);
    ck_assert_int_eq(statement_of(a, 5)->otherwise->kind, STMT_IF);
    ck_assert_int_eq(statement_of(a, 6)->expr->kind, EXPR_BINARY);
    ck_assert_int_eq(statement_of(a, 7)->kind, STMT_AWAIT);
    ck_assert(statement_of(a, 8)->is_closed && !statement_of(a, 8)->symbol->is_outermost);
    ck_assert_int_eq(statement_of(a, 9)->kind, STMT_EXIT);
    ck_assert_uint_eq(statement_of(a, 10)->arms.count, 2);
    ck_assert_ptr_nonnull(statement_of(a, 10)->otherwise);
    ck_assert_ptr_nonnull(statement_of(a, 11)->expr);
    loaded_end(&loaded);
}
END_TEST

/* a + b * c == d && e || f: the tree says how tight each operator binds. */
START_TEST(precedence)
{
    Loaded loaded;
    loaded_begin_fine(&loaded, "shared x\nthread A { x = 1 + 2 * 3 == 7 && 1 | 2 ^ 3 & 4 << 1 || !0 - 1 - 2 }\n");
    const Expr *expr = statement_of(loaded_symbol(&loaded, "A"), 0)->expr;
    ck_assert_int_eq(expr->binary, BINARY_OR);
    ck_assert_int_eq(expr->a->binary, BINARY_AND);
    ck_assert_int_eq(expr->a->a->binary, BINARY_EQUAL);
    ck_assert_int_eq(expr->a->a->a->b->binary, BINARY_MULTIPLY);
    ck_assert_int_eq(expr->a->b->binary, BINARY_BIT_OR);
    ck_assert_int_eq(expr->a->b->b->binary, BINARY_BIT_XOR);
    ck_assert_int_eq(expr->b->binary, BINARY_SUBTRACT); /* left to right */
    ck_assert_int_eq(expr->b->a->binary, BINARY_SUBTRACT);
    ck_assert_int_eq(expr->b->a->a->kind, EXPR_UNARY);
    loaded_end(&loaded);
}
END_TEST

START_TEST(properties)
{
    Loaded loaded;
    loaded_begin_fine(&loaded, "const N = 2\nshared x, a[3]; mutex fork[2]\nfn f(v) { local r = v }\nthread w[N] { local t = x, b[2]\n spawn f(1) }\n"
                               "thread A { local s = 1 }\nalways x <= N\nfinally w[N - 1].t == 1 && A.s == w[0].b[1] && f[7].r + f.v == 2\neventually x == 1\n"
                               "outcome x, a, a[ 1 ], A . s, w[1].b,\n  output\nexpect lost update on x, data  race, lock order on fork[N - 1]\n");
    const Scenario *scenario = loaded.scenario;
    ck_assert_uint_eq(scenario->finally.count, 1);
    const Expr *member = scenario->finally.items[0]->a->a->a;
    ck_assert_int_eq(member->kind, EXPR_MEMBER);
    ck_assert_uint_eq(member->instance_value, 1);
    ck_assert_ptr_eq(member->thread, loaded_symbol(&loaded, "w"));
    ck_assert_ptr_eq(member->symbol->owner, member->thread);
    ck_assert_uint_eq(scenario->outcome.count, 6);
    static const char *const texts[] = {"x", "a", "a[1]", "A.s", "w[1].b", "output"};
    for (uint32_t i = 0; i < 6; i++)
        ck_assert_str_eq(scenario->outcome.items[i].text, texts[i]);
    ck_assert_ptr_null(scenario->outcome.items[5].expr);
    ck_assert(scenario->has_expect && !scenario->expects_ok);
    ck_assert_uint_eq(scenario->expectations.count, 3);
    ck_assert_int_eq(scenario->expectations.items[0].kind, FINDING_LOST_UPDATE);
    ck_assert_str_eq(scenario->expectations.items[0].object, "x");
    ck_assert_int_eq(scenario->expectations.items[1].kind, FINDING_DATA_RACE);
    ck_assert_str_eq(scenario->expectations.items[2].object, "fork[1]");
    loaded_end(&loaded);

    loaded_begin_fine(&loaded, "thread A { }\nexpect ok");
    ck_assert(loaded.scenario->expects_ok);
    loaded_end(&loaded);
}
END_TEST

/* A load in which the n-th allocation fails; it leaves nothing behind. */
static Status load_failing_at(uint64_t n, const char *text)
{
    Arena arena = {0};
    jmp_buf escape;
    arena.escape = &escape;
    if (setjmp(escape) != 0)
        abort();
    Source source = {.name = "t", .text = text, .length = strlen(text)};
    DiagList diagnostics;
    Scenario *scenario;
    mem_fail_at(n);
    Status status = lang_load(&arena, &source, NULL, 0, &diagnostics, &scenario);
    mem_fail_at(0);
    ck_assert(status == STATUS_OK || scenario == NULL);
    arena_free(&arena);
    ck_assert_uint_eq(mem_live_blocks(), 0);
    return status;
}

/* Each allocation of a load fails once. */
START_TEST(memory_failures)
{
    const char *text = "const N = 2\nshared x = 1, a[30] = 0\nmutex m\nthread w[N] { local t = x\n with m { x = t + 1 } }\nfinally x == N\noutcome x, w[0].t\n";
    uint64_t n = 1;
    for (Status status = STATUS_NO_MEMORY; status != STATUS_OK; n++) {
        status = load_failing_at(n, text);
        ck_assert(status == STATUS_OK || status == STATUS_NO_MEMORY);
        ck_assert_uint_lt(n, 1000);
    }
    ck_assert_uint_gt(n, 4);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {constants, definitions, objects, operations, statements, precedence, properties, memory_failures};
    return run_tests("lang resolve", tests, sizeof tests / sizeof *tests);
}
