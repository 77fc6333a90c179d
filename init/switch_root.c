/*
 * See switch_root.h.
 *
 * A ramfs that is the root can't be unmounted, nor left by pivot_root(2): the
 * new root is moved over it, as util-linux's and BusyBox's switch_root do.
 * Unlike these we delete nothing before the new init runs, so that there is a
 * way back. Descriptors of both roots lead there: a path would not.
 */
#include "init/switch_root.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/fd.h"
#include "base/log.h"
#include "init/memory.h"

/* linux/magic.h, which does not go with musl's headers everywhere. */
#define MAGIC_RAMFS 0x858458f6
#define MAGIC_TMPFS 0x01021994

static const char taken_along[][6] = { "/dev", "/proc", "/sys", "/run" };

struct roots {
	int old_root;
	int new_root;
	bool moved[ARRAY_SIZE(taken_along)];
};

/* Deleting the initramfs. */

static int delete_name(int directory, const char *name, void *owner)
{
	const dev_t *device = owner;
	struct stat status;

	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
	    status.st_dev != *device)
		return 0;
	if (!S_ISDIR(status.st_mode))
		return unlinkat(directory, name, 0);
	(void)!dir_list(directory, name, delete_name, owner);
	return unlinkat(directory, name, AT_REMOVEDIR);
}

/* Only what lies in memory, and on this file system alone. */
static bool may_delete(int old_root)
{
	struct statfs status;

	return fstatfs(old_root, &status) == 0 &&
	       ((unsigned long)status.f_type == MAGIC_RAMFS ||
		(unsigned long)status.f_type == MAGIC_TMPFS);
}

/* In a process of its own, which waits until the pipe GO is closed by the
 * execution of the new init; a byte says that it failed. */
static NORETURN void delete_when_gone(const struct roots *roots, int go)
{
	struct stat status;
	char byte;

	if (read(go, &byte, 1) != 0)
		_exit(0);
	if (fchdir(roots->old_root) < 0 || chroot(".") < 0)
		_exit(1);
	/* What was mounted there and not taken along. */
	umount2("/tmp", MNT_DETACH);
	for (size_t i = 0; i < ARRAY_SIZE(taken_along); i++) {
		if (!roots->moved[i])
			umount2(taken_along[i], MNT_DETACH);
	}
	if (may_delete(roots->old_root) && fstat(roots->old_root, &status) == 0)
		(void)!dir_list(roots->old_root, ".", delete_name,
				&status.st_dev);
	_exit(0);
}

/* The pid of the deleting process, or -errno; RET_GO is our end of its pipe. */
static int start_deleting(const struct roots *roots, int *ret_go)
{
	int go[2];
	pid_t pid;
	int r;

	r = fd_pipe(go);
	if (r < 0)
		return r;
	pid = _Fork();
	if (pid == 0) {
		fd_close(&go[1]);
		fcntl(go[0], F_SETFL, 0);
		setsid();
		delete_when_gone(roots, go[0]);
	}
	r = pid < 0 ? -errno : (int)pid;
	fd_close(&go[0]);
	if (r < 0)
		fd_close(&go[1]);
	*ret_go = go[1];
	return r;
}

/* Moving. */

/* With the new root as the working directory: "/dev" goes to "dev". */
static void take_along(struct roots *roots)
{
	for (size_t i = 0; i < ARRAY_SIZE(taken_along); i++) {
		const char *from = taken_along[i], *to = from + 1;

		/* There already, or the root is read-only and lacks it. */
		(void)mkdir(to, 0755);
		roots->moved[i] = mount(from, to, NULL, MS_MOVE, NULL) == 0;
		if (!roots->moved[i])
			log_warning("%s is not taken along: %s", from,
				    strerror(errno));
	}
}

/* With the new root as the working directory, and the old one as the root. */
static void put_back(const struct roots *roots)
{
	for (size_t i = 0; i < ARRAY_SIZE(taken_along); i++) {
		const char *to = taken_along[i], *from = to + 1;

		if (roots->moved[i] && mount(from, to, NULL, MS_MOVE, NULL) < 0)
			log_error("%s is lost: %s", to, strerror(errno));
	}
}

static int move_root(struct roots *roots)
{
	if (fchdir(roots->new_root) < 0)
		return -errno;
	take_along(roots);
	if (mount(".", "/", NULL, MS_MOVE, NULL) == 0 && chroot(".") == 0)
		return 0;
	return -errno;
}

static void move_back(const struct roots *roots)
{
	if (fchdir(roots->old_root) < 0 || chroot(".") < 0 ||
	    fchdir(roots->new_root) < 0) {
		log_error("no way back to the initramfs: %s", strerror(errno));
		return;
	}
	/* Refused where it had not been moved. */
	(void)mount(".", SWITCH_ROOT_PLACE, NULL, MS_MOVE, NULL);
	put_back(roots);
	if (chdir("/") < 0)
		log_debug("/: %s", strerror(errno));
}

/* Executing. */

static void set_ignored(void (*action)(int))
{
	signal(SIGPIPE, action);
	signal(SIGHUP, action);
}

/* Ours does not block; the new init's must, as the kernel's own does. */
static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);

	if (fd < 0)
		return;
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		dup2(fd, i);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* Handlers go with execve(); what is ignored or blocked would stay so. */
static int execute(const char *init, char **argv, char **envp)
{
	sigset_t none, old;
	int r;

	open_console();
	set_ignored(SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, &old);
	reboot(RB_ENABLE_CAD);
	memory_unprotect();
	execve(init, argv, envp);
	r = -errno;
	memory_protect();
	reboot(RB_DISABLE_CAD);
	sigprocmask(SIG_SETMASK, &old, NULL);
	set_ignored(SIG_IGN);
	return r;
}

int switch_root(const char *init, char **argv, char **envp)
{
	struct roots roots = {
		.old_root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.new_root = open(SWITCH_ROOT_PLACE,
				 O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	};
	int old_root AUTO_CLOSE = roots.old_root;
	int new_root AUTO_CLOSE = roots.new_root;
	int go AUTO_CLOSE = -1;
	char path[256];
	int r, pid;

	if (old_root < 0 || new_root < 0)
		return -errno;
	if (strlen(init) >= sizeof(path))
		return -ENAMETOOLONG;
	argv[0] = strcpy(path, init);
	r = move_root(&roots);
	pid = r < 0 ? r : start_deleting(&roots, &go);
	if (r == 0 && pid < 0)
		log_warning("the initramfs stays in memory: %s",
			    strerror(-pid));
	if (r == 0)
		r = execute(init, argv, envp);
	if (pid > 0 && write(go, "", 1) == 1)
		waitpid(pid, NULL, 0);
	move_back(&roots);
	return r;
}
