/* See privilege.h. */
#include "discover/privilege.h"

#include <errno.h>
#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

#define CAPABILITIES_MAX 64

static int note(int failed, int first)
{
	return failed < 0 && first == 0 ? -errno : first;
}

int privilege_drop(void)
{
	int r = 0;

	r = note(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), r);
	if (geteuid() != 0)
		return r;
	/* While we still may: this needs CAP_SETPCAP. EINVAL is the first
	 * number that this kernel has no capability for. */
	for (unsigned long i = 0; i < CAPABILITIES_MAX; i++) {
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == 0)
			continue;
		if (errno != EINVAL || i == 0)
			r = note(-1, r);
		break;
	}
	r = note(setgroups(0, NULL), r);
	r = note(
		setresgid(PRIVILEGE_NOBODY, PRIVILEGE_NOBODY, PRIVILEGE_NOBODY),
		r);
	/* Leaving uid 0 clears the permitted and effective sets. */
	r = note(
		setresuid(PRIVILEGE_NOBODY, PRIVILEGE_NOBODY, PRIVILEGE_NOBODY),
		r);
	return r;
}
