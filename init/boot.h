/*
 * What process 1 does, from its first instruction to the end of the machine.
 */
#pragma once

#include "base/compiler.h"

NORETURN void boot_run(void);
