/*
 * phase-modules --child: the process that loads drivers, for the devices that
 * are there at boot (coldplug) and for those that appear later (uevents).
 * PID 1 starts it (drivers.h), and again when it dies: all that it knows is
 * found out anew, and what is loaded already costs nothing.
 *
 * Its standard output has records (facts.h). It ends with the process group,
 * or when PID 1 closes its standard input.
 */
#pragma once

int drivers_main(int argc, char **argv);
