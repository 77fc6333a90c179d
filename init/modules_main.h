/*
 * phase-modules(8): what is loaded for a name or an alias, and loading it.
 * The same binary as init; the builder of the initramfs runs a build of this
 * file for its own machine.
 */
#pragma once

/* Exit status: 0, 1 when a name failed, 2 for wrong usage. */
int modules_main(int argc, char **argv);
