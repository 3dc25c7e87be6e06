/* page_words.h: the fixed words of the page, in each language; as words.h for the pictures. {0}, {1} stand for values.
 * Sentences about steps and findings come from the library, in its language. */
#ifndef VIZ_PAGE_WORDS_H
#define VIZ_PAGE_WORDS_H

#define PAGE_WORDS(X)                                                                                                  \
    /* the story */                                                                                                    \
    X(own_title, "Your own choice", "Ваш выбор")                                                                       \
    X(own_open, "go on: choose who steps next", "выберите, кто сделает следующий шаг")                                 \
    X(end_ok, "ended", "закончено")                                                                                    \
    X(end_deadlock, "deadlock", "взаимная блокировка")                                                                 \
    X(end_assertion, "assertion failed", "утверждение ложно")                                                          \
    X(end_invariant, "invariant broken", "инвариант нарушен")                                                          \
    X(end_misuse, "misuse", "неверное использование")                                                                  \
    X(end_error, "runtime error", "ошибка выполнения")                                                                 \
    X(end_assume, "dropped by assume", "отброшено (assume)")                                                           \
    X(end_running, "not ended", "не закончено")                                                                        \
    X(no_good_end, "no good end can be reached from here", "хороший конец отсюда недостижим")                          \
    X(bad_end, "a bad end", "плохой конец")                                                                            \
    X(prints, "prints", "печатает")                                                                                    \
    X(loop, "repeats for ever", "повторяется вечно")                                                                   \
    /* what lies ahead */                                                                                              \
    X(ahead_total, "Interleavings from here: {0}", "Чередований отсюда: {0}")                                          \
    X(the_end, "This is an end.", "Это конец.")                                                                        \
    X(ahead_some, "{0} of {1} {2}", "{0} из {1}: {2}")                                                                 \
    X(ahead_none, "none of them {0}", "ни одного: {0}")                                                                \
    X(ahead_can, "can still {0}", "ещё возможно: {0}")                                                                 \
    X(happened_at, "happened at step {0}", "случилось на шаге {0}")                                                    \
    X(by_lot, "{0} if steps are drawn by lot", "{0}, если шаги выбирать наугад")                                       \
    X(no_way_back, "no good end any more", "хорошего конца больше нет")                                                \
    X(too_large, "The state space ({0} states) is too large to choose freely on the page.",                            \
      "Пространство состояний ({0}) слишком велико, чтобы выбирать шаги на странице.")                                 \
    X(of, "{0} of {1}", "{0} из {1}")                                                                                  \
    X(more, "and {0} more", "и ещё {0}")                                                                               \
    X(kind_deadlock, "deadlock", "взаимная блокировка")                                                                \
    X(kind_data_race, "data race", "гонка данных")                                                                     \
    X(kind_lost_update, "lost update", "потерянное обновление")                                                        \
    X(kind_assertion, "assertion", "ложное утверждение")                                                               \
    X(kind_invariant, "invariant", "нарушенный инвариант")                                                             \
    X(kind_final, "wrong at the end", "неверный итог")                                                                 \
    X(kind_lock_order, "lock order", "порядок захвата")                                                                \
    X(kind_misuse, "misuse", "неверное использование")                                                                 \
    X(kind_runtime_error, "runtime error", "ошибка выполнения")                                                        \
    X(kind_livelock, "livelock", "активная блокировка")                                                                \
    X(kind_starvation, "starvation", "голодание")                                                                      \
    X(kind_not_serializable, "not serializable", "несериализуемость")                                                  \
    X(verb_deadlock, "deadlock", "взаимная блокировка")                                                                \
    X(verb_data_race, "have a data race", "гонка данных")                                                              \
    X(verb_lost_update, "lose an update", "потерянное обновление")                                                     \
    X(verb_assertion, "fail an assertion", "ложное утверждение")                                                       \
    X(verb_invariant, "break an invariant", "нарушенный инвариант")                                                    \
    X(verb_final, "end wrongly", "неверный итог")                                                                      \
    X(verb_lock_order, "take locks in dangerous order", "опасный порядок захвата")                                     \
    X(verb_misuse, "misuse an object", "неверное использование")                                                       \
    X(verb_runtime_error, "hit a runtime error", "ошибка выполнения")                                                  \
    X(verb_livelock, "livelock", "активная блокировка")                                                                \
    X(verb_starvation, "starve a thread", "голодание")                                                                 \
    X(verb_not_serializable, "are not serializable", "несериализуемость")                                              \
    X(not_serial, "no serial order gives it", "не даёт ни один последовательный порядок")                              \
    /* headings */                                                                                                     \
    X(choose, "Findings, outcomes, source", "Находки, исходы, текст")                                                  \
    X(findings, "Findings ({0})", "Находки ({0})")                                                                     \
    X(outcomes, "Outcomes ({0})", "Исходы ({0})")                                                                      \
    X(source, "Source", "Текст")                                                                                       \
    X(real_runs, "real threads: {0} of {1} runs \xC2\xB7 {2}",                                                         \
      "настоящие потоки: {0} из {1} запусков \xC2\xB7 {2}")                                                            \
    X(strangers, "{0} runs of real threads ended as the simulation never does",                                        \
      "настоящие потоки закончили так, как не бывает в модели: {0}")                                                   \
    X(tab_schedule, "Schedule", "Ход")                                                                                 \
    X(tab_waits, "Who waits", "Кто ждёт")                                                                              \
    X(tab_space, "State space", "Состояния")                                                                           \
    X(next_step, "Next step: choose a thread", "Следующий шаг: выберите поток")                                        \
    X(now, "Now", "Сейчас")                                                                                            \
    X(ahead, "What lies ahead", "Что впереди")                                                                         \
    X(variables, "Shared variables", "Общие переменные")                                                               \
    X(locks, "Locks and other objects", "Замки и другие объекты")                                                      \
    X(threads, "Threads", "Потоки")                                                                                    \
    X(waits_now, "Who waits for whom", "Кто кого ждёт")                                                                \
    X(steps, "Steps", "Шаги")                                                                                          \
    X(variable, "name", "имя")                                                                                         \
    X(value, "value", "значение")                                                                                      \
    X(last_writer, "last change", "кто менял")                                                                         \
    X(lock, "name", "имя")                                                                                             \
    X(held_by, "held by / state", "кто держит / состояние")                                                            \
    X(waiting, "waiting", "кто ждёт")                                                                                  \
    X(free, "free", "свободен")                                                                                        \
    X(thread, "thread", "поток")                                                                                       \
    X(state, "state", "состояние")                                                                                     \
    X(next, "next", "дальше")                                                                                          \
    X(locals, "locals", "локальные")                                                                                   \
    X(ready, "ready", "готов")                                                                                         \
    X(blocked, "blocked", "ждёт")                                                                                      \
    X(stopped, "stopped", "остановлен")                                                                                \
    X(ended, "ended", "окончен")                                                                                       \
    X(not_started, "not started", "не начат")                                                                          \
    X(line, "line", "строка")                                                                                          \
    X(step, "step", "шаг")                                                                                             \
    X(step_head, "step", "шаг")                                                                                        \
    X(start, "start", "начало")                                                                                        \
    X(switch, "context switch", "переключение")                                                                        \
    X(choice_of, "choice {0} of {1}", "вариант {0} из {1}")                                                            \
    X(step_of, "Step {0} of {1}", "Шаг {0} из {1}")                                                                    \
    X(step_count, "Steps of this run: {0}", "Шагов в этом ходе: {0}")                                                  \
    X(before_first, "Before the first step", "До первого шага")                                                        \
    X(states, "states: {0}", "состояний: {0}")                                                                         \
    X(states_so_far, "states so far: {0}, not all", "состояний: {0}, не все")                                          \
    X(interleavings, "interleavings: {0}", "чередований: {0}")                                                         \
    X(schedule_label, "Schedule of {0} steps; the list of steps has the same as text",                                 \
      "Ход из {0} шагов; то же текстом в списке шагов")                                                                \
    X(space_label, "State space of {0} states", "Пространство состояний: {0}")                                         \
    /* graphs */                                                                                                       \
    X(holds, "holds", "держит")                                                                                        \
    X(waits, "waits", "ждёт")                                                                                          \
    X(joins, "waits for its end", "ждёт его конца")                                                                    \
    X(could_help, "could help", "мог бы помочь")                                                                       \
    X(cycle, "cycle", "цикл")                                                                                          \
    X(nobody_waits, "Nobody waits, and no lock is held.", "Никто не ждёт, и замки свободны.")                          \
    X(waits_legend, "circle: thread \xC2\xB7 square: lock \xC2\xB7 solid: is held by \xC2\xB7 dashed: waits for"       \
      " \xC2\xB7 dotted: could help",                                                                                  \
      "круг: поток \xC2\xB7 квадрат: замок \xC2\xB7 сплошная: кто держит \xC2\xB7 штриховая: чего ждёт"                \
      " \xC2\xB7 точечная: мог бы помочь")                                                                             \
    X(legend_state, "circle: state, click to go there", "круг: состояние, щёлкните, чтобы перейти")                    \
    X(legend_good, "\xE2\x9C\x93 good end", "\xE2\x9C\x93 верный конец")                                               \
    X(legend_bad, "\xE2\x9C\x97 bad end", "\xE2\x9C\x97 неверный конец")                                               \
    X(legend_deadlock, "DL deadlock", "DL взаимная блокировка")                                                        \
    X(legend_doomed, "dashed: can no longer end well", "штриховой: хорошего конца уже нет")                            \
    X(doomed_count, "from {0} of {1} states no good end can be reached", "нет хорошего конца из состояний: {0} из {1}")\
    X(none_doomed, "a good end can be reached from every state", "хороший конец достижим из каждого состояния")        \
    /* controls */                                                                                                     \
    X(first, "to the start", "в начало")                                                                               \
    X(back, "one step back", "шаг назад")                                                                              \
    X(play, "play", "показ")                                                                                           \
    X(pause, "pause", "стоп")                                                                                           \
    X(forward, "one step on", "шаг вперёд")                                                                            \
    X(last, "to the end", "в конец")                                                                                   \
    X(ghost, "show faintly what is to come", "показывать бледно, что будет")                                           \
    X(ghost_short, "ghost", "что будет")                                                                               \
    X(dark, "dark or light", "тёмная или светлая")                                                                     \
    X(dark_short, "dark / light", "тема")                                                                              \
    X(help, "keys", "клавиши")                                                                                         \
    X(keys, "Keys", "Клавиши")                                                                                         \
    X(close, "Close", "Закрыть")                                                                                       \
    X(skip, "To the schedule", "К ходу")                                                                               \
    X(key_step, "one step back, one step on", "шаг назад, шаг вперёд")                                                 \
    X(key_ends, "to the start, to the end", "в начало, в конец")                                                       \
    X(key_switch, "to the context switch before, after", "к прошлому, к следующему переключению")                      \
    X(key_error, "to the error", "к ошибке")                                                                           \
    X(key_thread, "let this thread step next", "шаг этого потока")                                                     \
    X(key_finding, "finding or outcome before, after", "прошлая, следующая находка")                                   \
    X(key_view, "state space, who waits, schedule", "состояния, кто ждёт, ход")                                        \
    /* without JavaScript */                                                                                           \
    X(found, "found", "найдено")                                                                                       \
    X(nothing_found, "nothing found", "ничего не найдено")                                                             \
    X(incomplete, "not explored completely", "исследовано не всё")

#endif
