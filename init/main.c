/*
 * /init: process 1, and under other names the processes that it starts of
 * itself.
 */
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/relro.h"
#include "base/text.h"
#include "init/boot.h"
#include "init/drivers_main.h"
#include "init/modules_main.h"
#include "init/net_main.h"
#include "init/params.h"
#include "init/report_main.h"
#include "init/root_main.h"

static int print_help(void)
{
	char buffer[4096];
	struct writer text;

	writer_init(&text, buffer, sizeof(buffer));
	text_put(
		&text,
		"Usage: /init, as the first process of an initramfs.\n"
		"\n"
		"Mounts proc, sys and dev, loads drivers, configures every NIC "
		"by DHCP and IPv6,\nlooks for providers, and starts a shell.\n"
		"\n"
		"  --help      this text\n"
		"  --version   the version\n"
		"\n"
		"Words of the kernel's command line, with their defaults:\n");
	params_put_help(&text);
	text_put(&text,
		 "It also heeds ip=, vlan=, nameserver=, BOOTIF=, root= and "
		 "others: see init(8).\n");
	return fd_write_text(STDOUT_FILENO, text_end(&text));
}

/* By the name that it was started under. */
static const struct {
	char name[14];
	int (*main)(int argc, char **argv);
} roles[] = {
	{ "phase-modules", modules_main },
	{ "phase-net", net_main },
	{ "phase-report", report_main },
	{ "phase-root", root_main },
};

int main(int argc, char **argv)
{
	/* execve() may give no name, or an empty one. */
	const char *name = argc > 0 && argv[0] && *argv[0] ? argv[0] : "init";
	const char *slash = strrchr(name, '/');

	relro_protect();
	if (slash)
		name = slash + 1;
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		if (strcmp(name, roles[i].name) != 0)
			continue;
		/* The kernel calls us after the file: "exe", when init starts
		 * itself. */
		prctl(PR_SET_NAME, name);
		return roles[i].main(argc, argv);
	}
	/* 0 or less: a kernel that does not say. */
	if (getpid() <= 1)
		boot_run(argv);
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		return print_help() < 0;
	}
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		return fd_write_text(STDOUT_FILENO,
				     "Phase Boot " PHASE_VERSION "\n") < 0;
	}
	log_init(name, LOG_LEVEL_NOTICE);
	log_error("not process 1; the kernel starts it, from an initramfs "
		  "(see --help)");
	return 1;
}
