/* See confine_lists.h. What is called most comes first. */
#include "base/confine_lists.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <linux/sockios.h>

#define ANY(call)                                                              \
	{                                                                      \
		.number = SYS_##call                                           \
	}
#define ONLY(call, which, is)                                                  \
	{                                                                      \
		.number = SYS_##call, .argument = (which), .value = (is)       \
	}
#define RULES(list) .rules = (list), .n_rules = ARRAY_SIZE(list)

static const struct syscall_rule net_client[] = {
	ANY(ppoll),   ANY(clock_gettime), ANY(recvmsg),	   ANY(recvfrom),
	ANY(sendmsg), ANY(sendto),	  ANY(read),	   ANY(write),
	ANY(getpid),  ANY(rt_sigreturn),  ANY(exit_group),
};

const struct syscall_filter confine_calls_net_client = { RULES(net_client) };

static const struct syscall_rule discover[] = {
	ANY(ppoll),
	ANY(clock_gettime),
	ANY(recvmsg),
	ANY(recvfrom),
	ANY(sendto),
	ANY(read),
	ANY(write),
	ANY(rt_sigreturn),
	ONLY(socket, 1, AF_INET),
	ONLY(socket, 1, AF_INET6),
	ANY(bind),
	ANY(connect),
	ANY(getsockopt),
	ONLY(setsockopt, 2, SOL_SOCKET),
	ONLY(setsockopt, 2, IPPROTO_IP),
	ONLY(setsockopt, 2, IPPROTO_IPV6),
	ANY(close),
	ONLY(ioctl, 2, SIOCGIFINDEX),
	ANY(exit_group),
};

const struct syscall_filter confine_calls_discover = { RULES(discover) };

static const struct syscall_rule net_manager[] = {
	/* What makes a kernel or a machine another one. */
	ANY(init_module),
	ANY(finit_module),
	ANY(delete_module),
	ANY(kexec_load),
	ANY(kexec_file_load),
	ANY(reboot),
	ANY(bpf),
	ANY(perf_event_open),
	ANY(swapon),
	ANY(swapoff),
	ANY(acct),
	ANY(quotactl),
	/* Other file systems, another root. */
	ANY(mount),
	ANY(umount2),
	ANY(pivot_root),
	ANY(open_tree),
	ANY(move_mount),
	ANY(fsopen),
	ANY(fsmount),
	ANY(fspick),
	ANY(mount_setattr),
	ANY(name_to_handle_at),
	ANY(open_by_handle_at),
	ANY(unshare),
	ANY(setns),
	/* Other processes' memory. */
	ANY(ptrace),
	ANY(process_vm_readv),
	ANY(process_vm_writev),
	ANY(kcmp),
	ANY(pidfd_getfd),
	/* Much code in the kernel that nobody here calls. */
	ANY(userfaultfd),
	ANY(io_uring_setup),
	ANY(add_key),
	ANY(request_key),
	ANY(keyctl),
#ifdef SYS_ioperm
	ANY(ioperm),
	ANY(iopl),
	ANY(modify_ldt),
#endif
};

const struct syscall_filter confine_calls_net_manager = {
	RULES(net_manager),
	.is_deny_list = true,
	.error = EPERM,
};
