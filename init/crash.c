/* See crash.h. What runs in the handler calls nothing that is not safe there:
 * system calls, and the pure files' text and readers. */
#include "init/crash.h"

#include <assert.h>
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/log.h"
#include "base/signals.h"
#include "base/text.h"
#include "init/crash_text.h"

#if defined(__aarch64__)
#define ARCH "arm64"
#define PAGE_MAX 65536
#else
#define ARCH "x86_64"
#define PAGE_MAX 4096
#endif

/* Far more than the frames of a handler, and of two more inside it, with the
 * registers of any processor. Only what is used takes memory. */
#define STACK_SIZE (128 * 1024)
/* How much of the stack is searched for return addresses, and how many of
 * them are taken. */
#define SEARCH_MAX 4096
#define GUESSES_MAX 6

/* Pages of its own, which are read-only but while they are written. */
static union {
	struct crash crash;
	uint8_t pages[PAGE_MAX];
} config __attribute__((aligned(PAGE_MAX)));
static_assert(sizeof(config) == PAGE_MAX, "more than one page");

/* Handlers have no argument of ours: so these are the file's own. */
static uint8_t stack[STACK_SIZE] __attribute__((aligned(16)));
static uintptr_t stack_top; /* of the process' first stack */
static volatile sig_atomic_t n_crashes;

/* The linker's names for the first byte of the binary in memory, and for the
 * end of its code. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char etext[] __attribute__((visibility("hidden")));

/* In place of libc's, which uses stdio. The message is the last one of the
 * log when the handler shows that. */
NORETURN void __assert_fail(const char *expression, const char *file, int line,
			    const char *function)
{
	log_error("assertion failed: %s:%d: %s(): %s", file, line, function,
		  expression);
	/* Not by abort() at once, which leaves no frame pointer. */
	kill(getpid(), SIGABRT);
	abort();
}

static void add_caller(struct crash_place *place, uint64_t address)
{
	if (place->n_callers < CRASH_CALLERS_MAX &&
	    crash_is_code(place, address))
		place->callers[place->n_callers++] = address;
}

/* Of a word of the stack, or 0 where it does not reach: between a good stack
 * pointer and the top all is mapped. */
static uint64_t peek(const struct crash_place *place, uint64_t address)
{
	if (address % 8 != 0 || address < place->sp || address >= stack_top ||
	    stack_top - place->sp > STACK_SIZE)
		return 0;
	return *(const uint64_t *)(uintptr_t)address;
}

/* Both machines' frames begin with the address of the caller's, and the
 * return address. libc's have none on x86_64, and a frame pointer may be what
 * is broken: so what lies in front of the first is searched for what looks
 * like a return address. */
static void find_callers(struct crash_place *place, uint64_t frame)
{
	bool is_frame = peek(place, frame) != 0;
	uint64_t end = is_frame ? frame : place->sp + SEARCH_MAX;
	unsigned int n_max = is_frame ? GUESSES_MAX : CRASH_CALLERS_MAX;

	for (uint64_t at = (place->sp + 7) & ~(uint64_t)7;
	     at < end && place->n_callers < n_max; at += 8)
		add_caller(place, peek(place, at));
	while (is_frame) {
		uint64_t next = peek(place, frame);

		add_caller(place, peek(place, frame + 8));
		is_frame = next > frame && peek(place, next);
		frame = next;
	}
}

static void find_place(const ucontext_t *context, struct crash_place *place)
{
	uint64_t frame;

	memset(place, 0, sizeof(*place));
	place->base = (uintptr_t)__ehdr_start;
	place->is_fixed =
		((const Elf64_Ehdr *)(const void *)__ehdr_start)->e_type ==
		ET_EXEC;
	place->size = (uintptr_t)etext - (uintptr_t)__ehdr_start;
#if defined(__aarch64__)
	place->pc = context->uc_mcontext.pc;
	place->sp = context->uc_mcontext.sp;
	frame = context->uc_mcontext.regs[29];
	add_caller(place, context->uc_mcontext.regs[30]);
#else
	place->pc = (uint64_t)context->uc_mcontext.gregs[REG_RIP];
	place->sp = (uint64_t)context->uc_mcontext.gregs[REG_RSP];
	frame = (uint64_t)context->uc_mcontext.gregs[REG_RBP];
#endif
	find_callers(place, frame);
}

static void put_recent(struct writer *writer)
{
	text_put(writer, "init: the last messages were\n");
	for (unsigned int age = LOG_RECENT_MAX; age-- > 0;) {
		struct span message = log_recent(age);

		if (message.len == 0)
			continue;
		text_put(writer, "  ");
		text_put_escaped(writer, message);
		text_put(writer, "\n");
	}
}

static const char *what_follows(void)
{
	switch ((enum params_crash)config.crash.action) {
	case PARAMS_CRASH_REBOOT:
		return "init: rebooting\n";
	case PARAMS_CRASH_FREEZE:
		return "init: phase.crash=freeze: nothing follows\n";
	case PARAMS_CRASH_SHELL:
		break;
	}
	return "init: a rescue shell comes on each console that nobody uses; "
	       "what runs goes on,\ninit: and poweroff and reboot work\n";
}

static void report(const struct crash_cause *cause, const ucontext_t *context)
{
	struct crash_place place;
	struct writer writer;
	/* Each byte of a kept message may become four. */
	char text[2048 + LOG_RECENT_MAX * (4 * LOG_RECENT_SIZE + 4)];

	find_place(context, &place);
	writer_init(&writer, text, sizeof(text));
	text_put(&writer, "\ninit: process 1 crashed: ");
	crash_put_cause(&writer, cause);
	text_put(&writer,
		 "\ninit: Phase Boot " PHASE_VERSION " for " ARCH " was at ");
	crash_put_place(&writer, &place);
	text_put(&writer, "\ninit: `addr2line -fie build/" ARCH);
	crash_put_directory(&writer, &place);
	text_put(&writer, "/init.debug 0x...` tells the lines of init+0x...\n");
	put_recent(&writer);
	text_put(&writer, what_follows());
	rescue_say(&config.crash.rescue, text_end(&writer));
}

static NORETURN void act(void)
{
	static const char why[] =
		"\nThis is a rescue shell: process 1 has crashed, see dmesg.\n";
	const struct rescue *rescue = &config.crash.rescue;

	/* A machine without the port, or a host that does not listen: what
	 * could be told is on the consoles. */
	(void)rescue_tell_host();
	if (config.crash.action == PARAMS_CRASH_REBOOT)
		rescue_reboot(rescue, RB_AUTOBOOT);
	rescue_run(rescue, config.crash.action == PARAMS_CRASH_SHELL, why);
}

static void crashed(int signo, siginfo_t *info, void *context)
{
	struct crash_cause cause = {
		.signo = signo,
		.code = info->si_code,
		.sender = info->si_code <= 0 ? info->si_pid : 0,
		.address = (uintptr_t)info->si_addr,
	};
	bool sent = info->si_code <= 0 && info->si_pid != getpid();

	if (getpid() != 1) {
		/* A child that has executed nothing yet. The fault comes
		 * again on return. */
		signal(signo, SIG_DFL);
		if (info->si_code <= 0)
			kill(getpid(), signo);
		return;
	}
	if (n_crashes > 0 && sent)
		return; /* no fault; the rescue goes on */
	switch (n_crashes++) {
	case 0:
		rescue_prepare();
		report(&cause, context);
		act();
	case 1:
		rescue_freeze();
	default:
		for (;;)
			pause();
	}
}

static void protect(int protection)
{
	/* Where the kernel can't, it stays writable. */
	(void)mprotect(&config, sizeof(config), protection);
}

void crash_configure(const struct crash *crash)
{
	protect(PROT_READ | PROT_WRITE);
	config.crash = *crash;
	protect(PROT_READ);
}

void crash_arm(void)
{
	static const struct crash initial = {
		.action = PARAMS_CRASH_SHELL,
		.rescue.consoles = { .n = 1, .paths = { "/dev/console" } },
	};
	struct sigaction action = { .sa_sigaction = crashed };
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };

	stack_top = (uintptr_t)__builtin_frame_address(0);
	crash_configure(&initial);
	(void)sigaltstack(&alternate, NULL);
	/* A fault inside the handler must reach it again: blocked, it would
	 * kill. */
	action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
	signals_fill(&action.sa_mask);
	for (size_t i = 0; i < SIGNALS_FAULTS; i++)
		sigaction(signals_faults[i], &action, NULL);
}
