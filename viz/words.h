/* words.h: the fixed words of the pictures, in each language.
 *
 * A table, not gettext: a message catalogue of glibc follows the locale of the process, needs that locale installed and
 * the catalogue at its place, while a picture must be the same bytes on every machine and follow --lang alone. Titles,
 * verdicts and remarks come from the trace, in its language.
 *
 * Shape   one row a word: name, English, Russian. Formats take the same arguments in the same order in all languages;
 *         sentences with numbers are put so that they need no plural forms. */
#ifndef VIZ_WORDS_H
#define VIZ_WORDS_H

#include "snarl/viz.h"

#define WORDS(X)                                                                                                       \
    /* schedule */                                                                                                     \
    X(BLOCKED, "blocked: ", "ждёт: ")                                                                                  \
    X(END_LINE, "end :%u", "конец :%u")                                                                                \
    X(BEFORE_ANY, "Before any step: %s", "До первого шага: %s")                                                        \
    X(AFTER_LAST, "After step %u, the last: %s", "После шага %u, последнего: %s")                                      \
    X(STEP_OF, "Step %u of %u: %s", "Шаг %u из %u: %s")                                                                \
    X(STEPS_OF, "Steps %u\xE2\x80\x93%u of %u: %s", "Шаги %u\xE2\x80\x93%u из %u: %s")                                 \
    X(HOLDS_NAMES, "holds %s", "держит %s")                                                                            \
    X(START, "start", "начало")                                                                                        \
    X(READ, "read", "чтение")                                                                                          \
    X(WRITE, "write", "запись")                                                                                        \
    X(UPDATE, "update", "чт.+зап.")                                                                                    \
    X(TAKE, "take", "взять")                                                                                           \
    X(GIVE, "give", "отдать")                                                                                          \
    X(SLEEP, "sleep", "уснуть")                                                                                        \
    X(WAKE, "wake", "встать")                                                                                          \
    X(NOTIFY, "notify", "сигнал")                                                                                      \
    X(WAIT, "wait", "ждать")                                                                                           \
    X(PUT, "put", "послать")                                                                                           \
    X(GET, "get", "принять")                                                                                           \
    X(PASS, "pass", "передать")                                                                                        \
    X(ATOMIC, "atomic", "атомарно")                                                                                    \
    X(WAITS_FOR, "waits for %s", "ждёт %s")                                                                            \
    X(HELD_BY, "held by %s", "держит %s")                                                                              \
    X(SEVERAL_HOLD, "%u hold it", "держат: %u")                                                                        \
    X(SEE_BELOW, "see below", "см. ниже")                                                                              \
    X(NO_STEP, "no step was taken", "не сделано ни шага")                                                              \
    X(AND_MORE, "%s and %u more", "%s и ещё %u")                                                                       \
    X(PAGE_OF, "page %u of %u", "стр. %u из %u")                                                                       \
    X(IDLE_THREADS, "not shown: %u of %u threads, idle on this page",                                                  \
      "не показаны потоки, которые здесь стоят: %u из %u")                                                             \
    X(HIDDEN_VARIABLES, "variables not shown: %u", "не показано переменных: %u")                               \
    X(LEGEND_NUMBERS, "left: step :line", "слева: шаг :строка")                                                        \
    X(LEGEND_PATH, "grey path: which thread runs", "серая линия: чей шаг")                                             \
    X(LEGEND_BAR, "bar: owns a lock", "полоса: владеет")                                                               \
    X(LEGEND_BLOCKED, "dashed box: blocked", "штриховая рамка: ждёт")                                                  \
    X(LEGEND_STALE, "dashed arrow: stale value", "штриховая стрелка: старое значение")                                 \
    X(LEGEND_LOOP, "arrow on the left: repeats for ever", "стрелка слева: повторяется вечно")                          \
    /* who waits for whom */                                                                                           \
    X(WAITS, "waits", "ждёт")                                                                                          \
    X(HOLDS, "holds", "держит")                                                                                        \
    X(JOINS, "joins", "ждёт конца")                                                                                    \
    X(COULD, "could %s", "мог бы %s")                                                                                  \
    X(WHO_COULD, "%s could %s", "%s: мог бы %s")                                                                       \
    X(EACH_COULD, "%s: each could %s", "%s: каждый мог бы %s")                                                         \
    X(BLOCKED_TOO, ", but is blocked too", ", но ждёт и сам")                                                          \
    X(NOBODY_LEFT, "nobody is left to %s", "некому %s")                                                                \
    X(HELP_UNLOCK, "unlock it", "отпустить")                                                                           \
    X(HELP_RELEASE, "release it", "отпустить")                                                                         \
    X(HELP_SIGNAL, "signal it", "подать сигнал")                                                                       \
    X(HELP_ARRIVE, "arrive at it", "подойти")                                                                          \
    X(HELP_SET, "set it", "установить")                                                                                \
    X(HELP_SERVE, "serve it", "обслужить")                                                                             \
    X(HELP_FINISH, "finish it", "закончить")                                                                           \
    X(HELP_COUNT, "count it down", "уменьшить")                                                                        \
    X(HELP_END, "free a worker", "освободить")                                                                         \
    X(HELP_CHANGE, "change it", "изменить")                                                                            \
    X(ENDED, "ended", "окончен")                                                                                       \
    X(RUNS_ON, "runs on", "идёт дальше")                                                                               \
    X(NOT_STARTED, "not started", "не начат")                                                                          \
    X(MORE, "%u more", "ещё %u")                                                                                       \
    X(CROWD, "%u threads: %s \xE2\x80\xA6 %s", "потоков %u: %s \xE2\x80\xA6 %s")                                       \
    X(CYCLE, "cycle: ", "цикл: ")                                                                                      \
    X(LONG_CYCLE, "cycle of %u threads and %u objects", "цикл: потоков %u, объектов %u")                               \
    X(OUTSIDE_MANY, "(%u more threads wait, but are in no cycle)", "(ждут и другие, вне цикла: %u)")                   \
    X(OUTSIDE_ONE, "(%s waits too, but is not part of the cycle)", "(%s тоже ждёт, но в цикл не входит)")              \
    X(MORE_CYCLES, "and %u more cycles", "и ещё циклов: %u")                                                           \
    X(LEGEND_THREAD, "circle: thread", "круг: поток")                                                                  \
    X(LEGEND_LOCK, "square: lock", "квадрат: замок")                                                                   \
    X(LEGEND_SEMAPHORE, "square with dots or = 0: semaphore", "квадрат с точками или = 0: семафор")                    \
    X(LEGEND_CONDITION, "hexagon: condition variable", "шестиугольник: условная переменная")                           \
    X(LEGEND_QUEUE, "cylinder: queue", "цилиндр: очередь")                                                             \
    X(LEGEND_BARRIER, "octagon: barrier", "восьмиугольник: барьер")                                                    \
    X(LEGEND_EVENT, "diamond: event", "ромб: событие")                                                                 \
    X(LEGEND_WAITGROUP, "house: wait group", "домик: группа ожидания")                                                 \
    X(LEGEND_POOL, "tab: pool", "вкладка: пул")                                                                        \
    X(LEGEND_ONCE, "note: once", "листок: once")                                                                       \
    X(LEGEND_HELD, "solid: is held by", "сплошная: кто держит")                                                        \
    X(LEGEND_WAITS, "dashed: waits for", "штриховая: чего ждёт")                                                       \
    X(LEGEND_HELPS, "dotted: could help", "точечная: мог бы помочь")                                                   \
    X(UNPLACED, "%u more threads wait and are not shown", "ждут и не показаны: %u")                                    \
    /* state space */                                                                                                  \
    X(STATE_SPACE, "State space, %u states: %s", "Пространство состояний (%u): %s")                                    \
    X(STATE_PATH, "The way through %llu states: %s", "Путь через пространство состояний (%llu): %s")                   \
    X(LEGEND_STATE, "circle: state", "круг: состояние")                                                                \
    X(LEGEND_GOOD, "\xE2\x9C\x93 good end", "\xE2\x9C\x93 верный конец")                                               \
    X(LEGEND_BAD, "\xE2\x9C\x97 bad end", "\xE2\x9C\x97 неверный конец")                                               \
    X(LEGEND_DEADLOCK, "DL deadlock", "DL взаимная блокировка")                                                        \
    X(LEGEND_DROPPED, "\xE2\x88\x85 dropped by assume", "\xE2\x88\x85 отброшено (assume)")                             \
    X(LEGEND_DOOMED, "dashed circle: can no longer end well", "штриховой круг: хорошего конца уже нет")                \
    X(LEGEND_OPEN, "dotted circle: not followed", "точечный круг: дальше не показано")                                 \
    X(STEPS_BY, "lines:", "линии:")                                                                                    \
    X(SOLID, "%s solid", "%s сплошная")                                                                                \
    X(DASHED, "%s dashed", "%s штриховая")                                                                             \
    X(DOTTED, "%s dotted", "%s точечная")                                                                              \
    X(NO_RETURN, "after step %u (%s, line %u) no good end can be reached any more",                                    \
      "после шага %u (%s, строка %u) хороший конец уже недостижим")                                                    \
    X(DOOMED_FROM_START, "no good end can be reached at all", "хороший конец вообще недостижим")                       \
    X(DOOMED_COUNT, "from %u of %u states no good end can be reached", "нет хорошего конца из состояний: %u из %u")    \
    X(NONE_DOOMED, "a good end can be reached from every state", "хороший конец достижим из каждого состояния")        \
    X(NOT_ALL_KNOWN, "too many states to tell which can still end well", "состояний слишком много, чтобы знать исход") \
    /* happens-before */                                                                                               \
    X(HAPPENS_BEFORE, "Happens-before: %s", "Порядок событий: %s")                                                     \
    X(NO_ORDER, "\xE2\x9C\x97 no order: data race", "\xE2\x9C\x97 порядка нет: гонка")                                 \
    X(RACE_ONLY, "\xE2\x9C\x97 data race", "\xE2\x9C\x97 гонка")                                                       \
    X(NEITHER, "%s :%u %s and %s :%u %s: neither clock is \xE2\x89\xA4 the other",                                     \
      "%s :%u %s и %s :%u %s: ни одни часы не \xE2\x89\xA4 других")                                                    \
    X(LEGEND_CLOCK, "[\xE2\x80\xA6] vector clock: steps of each thread known here",                                    \
      "[\xE2\x80\xA6] векторные часы: сколько шагов каждого потока уже видно")                                         \
    X(LEGEND_PROGRAM, "grey: order in a thread", "серая: порядок в потоке")                                            \
    X(LEGEND_SYNC, "blue: order by synchronisation", "синяя: порядок от синхронизации")                                \
    X(LEVELS_OF, "rows %u\xE2\x80\x93%u of %u", "ряды %u\xE2\x80\x93%u из %u")                                         \
    X(SPAWN, "spawn", "spawn")                                                                                         \
    X(JOIN, "join", "join")                                                                                            \
    X(CONTROL, "control", "управление")                                                                                \
    /* lock order */                                                                                                   \
    X(LOCK_ORDER, "Lock order: %s", "Порядок захвата: %s")                                                             \
    X(LOCKS_CYCLE, "the cycle %s can deadlock", "цикл %s ведёт к взаимной блокировке")                                 \
    X(LOCKS_UNSURE, "the cycle %s may deadlock, but did not", "цикл %s опасен, хотя блокировки не было")               \
    X(LOCKS_REFUTED, "the cycle %s cannot deadlock", "цикл %s не может заблокировать")                                 \
    X(LOCKS_BAD, "%u cycles can deadlock", "опасных циклов: %u")                                                       \
    X(LOCKS_LIST, "can deadlock: %s", "опасные циклы: %s")                                                             \
    X(LOCKS_FINE, "no cycle, so these locks cannot deadlock", "циклов нет, замки не заблокируют друг друга")           \
    X(LEGEND_TAKES, "A \xE2\x86\x92 B: B is taken while A is held; :line of A \xE2\x86\x92 :line of B",                \
      "A \xE2\x86\x92 B: B берут, держа A; :строка A \xE2\x86\x92 :строка B")                                          \
    X(LEGEND_CYCLE, "double red: in a cycle", "двойная красная: в цикле")                                              \
    X(WITNESSES_MORE, "+%u more", "и ещё %u")                                                                          \
    /* timeline */                                                                                                     \
    X(CORE, "core %u", "ядро %u")                                                                                      \
    X(BY_CORE, "cores", "ядра")                                                                                        \
    X(BY_WORKER, "workers", "исполнители")                                                                             \
    X(BY_TASK, "tasks", "задачи")                                                                                      \
    X(BUSY, "busy", "загрузка")                                                                                        \
    X(END_AT, "end", "конец")                                                                                          \
    X(READY, "no free core", "нет ядра")                                                                               \
    X(LOCKED, "interpreter locked", "интерпретатор занят")                                                             \
    X(TIME_AXIS, "virtual time, %s", "виртуальное время, %s")                                                          \
    X(UTILISATION, "utilisation of the cores (%u): %s", "загрузка ядер (%u): %s")                                      \
    X(COST, "start, copy", "запуск, копия")                                                                            \
    X(LEGEND_COST, "filled, cut corners: cost of the pool", "сплошной, срезанные углы: издержки пула")                 \
    X(LEGEND_RUN, "filled: computes", "сплошной: вычисляет")                                                           \
    X(LEGEND_READY, "dashed: waits for a core", "штриховой: ждёт ядра")                                                \
    X(LEGEND_IO, "cut corners: I/O", "срезанные углы: ввод-вывод")                                                     \
    X(LEGEND_SLEEP, "thin line: sleeps", "тонкая линия: спит")                                                         \
    X(LEGEND_WAIT, "dotted: waits for others", "точечный: ждёт других")                                                \
    /* outcomes */                                                                                                     \
    X(OUTCOMES_OF, "%u outcomes of %s", "исходов: %u, %s")                                                             \
    X(RUNS_SEEN, "%llu runs of real threads, %u seen", "запусков настоящих потоков: %llu, увидено: %u")                \
    X(LEGEND_PROBABILITY, "solid: probability in the simulation", "сплошной: вероятность в модели")                    \
    X(LEGEND_MEASURED, "outlined, round corners: share of the runs", "контур, круглые углы: доля запусков")             \
    /* frames */                                                                                                       \
    X(FRAME_START, "before the first step", "до первого шага")                                                         \
    X(FRAME_STEP, "after step %u of %u", "после шага %u из %u")

typedef enum WordId {
#define WORD_ID(name, english, russian) WORD_##name,
    WORDS(WORD_ID)
#undef WORD_ID
        WORD_COUNT
} WordId;

const char *words_get(SnLanguage language, WordId word);

#endif
