/*
 * phase-report: shows the report of the boot (docs/phase-report.8).
 */
#pragma once

int report_main(int argc, char **argv);
