/* commands.h: one function a command; its file has its name. operands[0] is the command itself. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/options.h"

SnStatus explore_run(const Options *options);
SnStatus run_run(const Options *options);
SnStatus outcomes_run(const Options *options);
SnStatus time_run(const Options *options);
SnStatus test_run(const Options *options);
SnStatus draw_run(const Options *options);
SnStatus fmt_run(const Options *options);
SnStatus step_run(const Options *options);
SnStatus replay_run(const Options *options);
SnStatus html_run(const Options *options);
SnStatus stress_run(const Options *options);
SnStatus export_run(const Options *options);
SnStatus new_run(const Options *options);
SnStatus help_run(const Options *options);
SnStatus completion_run(const Options *options);

/* A syntax file for `vim` or `textmate` on standard output; false for another name. */
bool editor_print(const char *name);
/* Help of one command, or of the program for NULL. */
void help_print(FILE *out, const Command *command);

#endif
