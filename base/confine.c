/* See confine.h. System calls are made without libc's wrappers: these have all
 * threads change their user, and there is one. */
#include "base/confine.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/seccomp.h>

#include "base/text.h"

#define CAPABILITIES_MAX 64
#define PLACES_MAX 3

static bool fails(long r)
{
	return r < 0;
}

/* Where a directory can be made, for as long as it takes to go there. Nobody
 * but root can put anything else in its place meanwhile. Its owner may go in,
 * also without CAP_DAC_OVERRIDE, and nobody else. */
static bool enter_empty_directory(void)
{
	static const char places[PLACES_MAX][8] = { "/run", "/tmp", "" };
	char path[32];

	for (unsigned int i = 0; i < PLACES_MAX; i++) {
		struct writer writer;

		writer_init(&writer, path, sizeof(path));
		text_put(&writer, places[i]);
		text_put(&writer, "/.confine-");
		text_put_u64(&writer, (uint64_t)getpid());
		if (mkdir(text_end(&writer), 0100) < 0)
			continue;
		if (chdir(path) == 0)
			return rmdir(path) == 0;
		(void)rmdir(path);
	}
	return false;
}

static bool give_up_root(void)
{
	return enter_empty_directory() && chroot(".") == 0;
}

static bool give_up_user(uint32_t id)
{
	bool failed = fails(syscall(SYS_setgroups, 0, NULL));

	failed |= fails(syscall(SYS_setresgid, id, id, id));
	failed |= fails(syscall(SYS_setresuid, id, id, id));
	return !failed;
}

/* While we still may: this needs CAP_SETPCAP. EINVAL is the first number that
 * this kernel has no capability for. */
static bool give_up_bounds(uint64_t kept)
{
	for (unsigned int i = 0; i < CAPABILITIES_MAX; i++) {
		if (kept >> i & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
			return errno == EINVAL && i > 0;
	}
	return true;
}

/* The ambient set goes along with the inheritable one. */
static bool give_up_capabilities(uint64_t kept)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {
		{ .effective = (uint32_t)kept, .permitted = (uint32_t)kept },
		{ .effective = (uint32_t)(kept >> 32),
		  .permitted = (uint32_t)(kept >> 32) },
	};

	return syscall(SYS_capset, &header, data) == 0;
}

static bool limit(int resource, uint32_t value)
{
	const struct rlimit limit = { value, value };

	return syscall(SYS_prlimit64, 0, resource, &limit, NULL) == 0;
}

static bool give_up_privileges(void)
{
	bool failed = fails(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));

	failed |= fails(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
	return limit(RLIMIT_CORE, 0) && !failed;
}

static bool give_up_calls(const struct syscall_filter *filter)
{
	struct sock_filter code[SYSCALL_FILTER_LEN(SYSCALL_FILTER_RULES_MAX)];
	struct sock_fprog program = { .filter = code };

	return syscall_filter_build(filter, SYSCALL_FILTER_ARCH, code,
				    ARRAY_SIZE(code), &program.len) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

unsigned int confine(const struct confine *confine)
{
	const bool is_root = geteuid() == 0;
	const unsigned int parts = confine->parts;
	unsigned int done = 0;

	if (!is_root)
		done |= CONFINE_ROOT | CONFINE_USER;
	else if (parts & CONFINE_ROOT && give_up_root())
		done |= CONFINE_ROOT;
	if (parts & CONFINE_CAPABILITIES &&
	    (!is_root || give_up_bounds(confine->capabilities)))
		done |= CONFINE_CAPABILITIES;
	if (is_root && parts & CONFINE_USER && give_up_user(confine->id))
		done |= CONFINE_USER;
	if (parts & CONFINE_CAPABILITIES &&
	    !give_up_capabilities(confine->capabilities))
		done &= ~(unsigned int)CONFINE_CAPABILITIES;
	if (parts & CONFINE_PRIVILEGES && give_up_privileges())
		done |= CONFINE_PRIVILEGES;
	if (parts & CONFINE_FILES && limit(RLIMIT_FSIZE, 0))
		done |= CONFINE_FILES;
	if (parts & CONFINE_PROCESSES && limit(RLIMIT_NPROC, 0))
		done |= CONFINE_PROCESSES;
	if (parts & CONFINE_DESCRIPTORS &&
	    limit(RLIMIT_NOFILE, confine->n_descriptors))
		done |= CONFINE_DESCRIPTORS;
	if (parts & CONFINE_CALLS && give_up_calls(confine->filter))
		done |= CONFINE_CALLS;
	return parts & ~done;
}

/* Whoever could not set a filter has none, and may ask. */
static bool lacks_prctl(void)
{
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) < 0 && errno == ENOSYS;
}

void confine_put_missing(struct writer *writer, unsigned int missing)
{
	static const char names[][48] = {
		"root directory", "user",      "capabilities", "privileges",
		"growing files",  "processes", "descriptors",  "system calls",
	};
	const char *comma = "";

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(missing >> i & 1))
			continue;
		text_put(writer, comma);
		text_put(writer, names[i]);
		comma = ", ";
	}
	if (missing & CONFINE_CALLS)
		text_put(writer, lacks_prctl() ? " (no prctl(2))" :
						 " (no CONFIG_SECCOMP_FILTER)");
}
