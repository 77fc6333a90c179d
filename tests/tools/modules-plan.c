/*
 * modules-plan ROOT RELEASE: for each module name or alias on standard input,
 * one a line, prints the files that would be loaded for it, in order, on one
 * line, after the name and a colon. To be compared with `modprobe -D`.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "modules/load.h"

static struct modules modules;

static void show(const char *query)
{
	struct module *module;
	int r;

	modules_plan_init(&modules.plan, &modules.index, (struct span){ 0 });
	r = modules_request_name(&modules, query);
	printf("%s:", query);
	if (r < 0)
		printf(" %s", strerror(-r));
	while ((module = modules_plan_next(&modules.plan))) {
		printf(" %.*s", (int)module->path.len,
		       (const char *)module->path.data);
		modules_plan_done(&modules.plan, module, 0);
	}
	printf("\n");
}

int main(int argc, char **argv)
{
	char line[4096];
	int r;

	if (argc != 3) {
		fprintf(stderr, "usage: modules-plan ROOT RELEASE <names\n");
		return 2;
	}
	r = modules_open(&modules, argv[1], argv[2], (struct span){ 0 });
	if (r < 0) {
		fprintf(stderr, "modules-plan: %s/lib/modules/%s: %s\n",
			argv[1], argv[2], strerror(-r));
		return 1;
	}
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		show(line);
	}
	modules_close(&modules);
	return 0;
}
