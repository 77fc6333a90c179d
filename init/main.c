/*
 * /init: process 1, and under other names the processes that it starts of
 * itself.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/relro.h"
#include "base/text.h"
#include "init/boot.h"
#include "init/net_main.h"
#include "init/params.h"

static void print_help(void)
{
	char buffer[4096];
	struct writer text;

	writer_init(&text, buffer, sizeof(buffer));
	text_put(&text,
		 "Usage: /init, as the first process of an initramfs.\n"
		 "\n"
		 "Mounts proc, sys and dev, loads drivers, brings every NIC up "
		 "with DHCP, looks\nfor providers, and starts a shell.\n"
		 "\n"
		 "  --help      this text\n"
		 "  --version   the version\n"
		 "\n"
		 "Words of the kernel's command line, with their defaults:\n");
	params_put_help(&text);
	fputs(text_end(&text), stdout);
}

int main(int argc, char **argv)
{
	const char *name = argc > 0 && argv[0] ? argv[0] : "init";
	const char *slash = strrchr(name, '/');

	relro_protect();
	if (slash)
		name = slash + 1;
	if (strcmp(name, "phase-net") == 0)
		return net_main(argc, argv);
	if (getpid() == 1)
		boot_run();
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		print_help();
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("Phase Boot " PHASE_VERSION);
		return 0;
	}
	fprintf(stderr,
		"%s: not process 1; the kernel starts it, from an "
		"initramfs (see --help)\n",
		name);
	return 1;
}
