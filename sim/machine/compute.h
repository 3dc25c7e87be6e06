/* compute.h: checked arithmetic of local operations: the one meaning that operators have, in simulated states and on real threads. */
#ifndef MACHINE_COMPUTE_H
#define MACHINE_COMPUTE_H

#include "program/program.h"

/* NULL, or why the operation has no value. */
const char *exec_compute(Opcode op, int64_t a, int64_t b, int64_t *value);

#endif
