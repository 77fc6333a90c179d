# Phase Boot: one Makefile, not recursive but for building a second
# architecture.  What is built lands in build/$(ARCH)/, what is downloaded
# in $(CACHE).  `make help` lists targets and variables.

MAKEFLAGS += --no-builtin-rules --no-builtin-variables
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
SHELL := /bin/sh

# === Sources ==============================================================

# Pure: no system call, no clock, no heap.  libcore.a; tests and fuzzers
# link nothing else.
CORE_SRCS := \
	base/cmdline.c \
	base/confine_lists.c \
	base/format.c \
	base/json.c \
	base/lines.c \
	base/reader.c \
	base/record.c \
	base/syscall_filter.c \
	base/text.c \
	base/text_width.c \
	base/writer.c \
	dhcp/acd.c \
	dhcp/advert.c \
	dhcp/arp.c \
	dhcp/client.c \
	dhcp/client6.c \
	dhcp/client6_recv.c \
	dhcp/client6_send.c \
	dhcp/client_recv.c \
	dhcp/client_send.c \
	dhcp/counters.c \
	dhcp/frame.c \
	dhcp/ip6.c \
	dhcp/lease.c \
	dhcp/lease6.c \
	dhcp/lease6_check.c \
	dhcp/lease6_text.c \
	dhcp/lease_check.c \
	dhcp/lease_env.c \
	dhcp/lease_fields.c \
	dhcp/lease_json.c \
	dhcp/lease_routes.c \
	dhcp/lease_rules.c \
	dhcp/lease_text.c \
	dhcp/linklocal.c \
	dhcp/message.c \
	dhcp/message6.c \
	dhcp/name.c \
	dhcp/option.c \
	dhcp/resolvers6.c \
	dhcp/timing.c \
	dhcp/wire.c \
	discover/address.c \
	discover/cache.c \
	discover/cache_address.c \
	discover/cache_take.c \
	discover/dns_unicast.c \
	discover/dnssd.c \
	discover/dnssd_answer.c \
	discover/dnssd_known.c \
	discover/dnssd_query.c \
	discover/dnssd_record.c \
	discover/dnssd_tale.c \
	discover/dnssd_zone.c \
	discover/hints.c \
	discover/http.c \
	discover/life.c \
	discover/manifest.c \
	discover/manifest_scan.c \
	discover/message.c \
	discover/name.c \
	discover/neighbours.c \
	discover/options.c \
	discover/options_goal.c \
	discover/options_value.c \
	discover/output.c \
	discover/parts.c \
	discover/querier.c \
	discover/querier_ask.c \
	discover/querier_tale.c \
	discover/schedule.c \
	discover/service.c \
	discover/service_rank.c \
	discover/ssdp.c \
	discover/ssdp_message.c \
	discover/table.c \
	discover/template.c \
	discover/url.c \
	init/consoles.c \
	init/crash_text.c \
	init/discovery.c \
	init/facts.c \
	init/identity.c \
	init/ip_field.c \
	init/ip_param.c \
	init/kmsg.c \
	init/modules_args.c \
	init/mount_table.c \
	init/need.c \
	init/net_args.c \
	init/net_plan.c \
	init/net_show.c \
	init/params.c \
	init/partition.c \
	init/providers.c \
	init/quota.c \
	init/report.c \
	init/report_json.c \
	init/report_table.c \
	init/report_view.c \
	init/root_spec.c \
	init/status.c \
	init/supervise.c \
	init/window.c \
	modules/aliases.c \
	modules/compressed.c \
	modules/config.c \
	modules/error.c \
	modules/index.c \
	modules/name.c \
	modules/options.c \
	modules/plan.c \
	modules/plan_next.c \
	modules/resolve.c \
	modules/table.c \
	modules/unserved.c \
	netlink/address.c \
	netlink/link.c \
	netlink/message.c \
	netlink/neighbour.c \
	netlink/route.c \
	netlink/uevent.c

# The system below them.  libsys.a
SYS_SRCS := \
	base/clock.c \
	base/confine.c \
	base/dir.c \
	base/fd.c \
	base/log.c \
	base/loop.c \
	base/pages.c \
	base/relro.c \
	base/signals.c \
	dhcp/arp_socket.c \
	dhcp/packet.c \
	dhcp/socket.c \
	dhcp/socket6.c \
	discover/interfaces.c \
	discover/probe.c \
	discover/socket.c \
	discover/socket_filter.c \
	init/child.c \
	init/console.c \
	init/drivers.c \
	init/ending.c \
	init/environment.c \
	init/exit_port.c \
	init/handover.c \
	init/memory.c \
	init/mounts.c \
	init/net_hooks.c \
	init/power.c \
	init/process.c \
	init/providers_file.c \
	init/reporting.c \
	init/rescue.c \
	init/root.c \
	init/shell.c \
	init/switch_root.c \
	init/unmount.c \
	modules/devices.c \
	modules/files.c \
	modules/insert.c \
	modules/load.c \
	modules/workers.c \
	netlink/socket.c \
	netlink/tasks.c

# The programs.  They alone bring directories together.
INIT_SRCS := \
	init/boot.c \
	init/crash.c \
	init/drivers_main.c \
	init/main.c \
	init/modules_main.c \
	init/net_client.c \
	init/net_client6.c \
	init/net_config.c \
	init/net_config6.c \
	init/net_files.c \
	init/net_main.c \
	init/net_manager.c \
	init/net_nic.c \
	init/net_nic_client.c \
	init/net_nic_config.c \
	init/net_nic_release.c \
	init/net_report.c \
	init/net_static.c \
	init/report_main.c \
	init/root_main.c \
	init/searching.c \
	init/services.c \
	init/sessions.c
DISCOVER_SRCS := \
	discover/finder.c \
	discover/finder_check.c \
	discover/finder_tell.c \
	discover/main.c \
	discover/printer.c \
	discover/search.c \
	discover/search_dns.c \
	discover/search_hints.c \
	discover/search_nic.c

# tests/unit/test_NAME.c: of pure files; they link libcore.a alone
UNIT_TESTS := \
	test_base_cmdline \
	test_base_confine_lists \
	test_base_format \
	test_base_json \
	test_base_lines \
	test_base_reader \
	test_base_record \
	test_base_syscall_filter \
	test_base_text \
	test_base_text_width \
	test_base_writer \
	test_dhcp_acd \
	test_dhcp_advert \
	test_dhcp_arp \
	test_dhcp_client \
	test_dhcp_client6 \
	test_dhcp_client6_faults \
	test_dhcp_client_faults \
	test_dhcp_client_modes \
	test_dhcp_client_shell \
	test_dhcp_client_table \
	test_dhcp_client_year \
	test_dhcp_frame \
	test_dhcp_ip6 \
	test_dhcp_lease \
	test_dhcp_lease6 \
	test_dhcp_lease6_check \
	test_dhcp_lease6_text \
	test_dhcp_lease_check \
	test_dhcp_lease_env \
	test_dhcp_lease_json \
	test_dhcp_lease_options \
	test_dhcp_lease_text \
	test_dhcp_linklocal \
	test_dhcp_message \
	test_dhcp_message6 \
	test_dhcp_name \
	test_dhcp_option \
	test_dhcp_resolvers6 \
	test_dhcp_timing \
	test_dhcp_wire \
	test_discover_address \
	test_discover_dns_unicast \
	test_discover_dnssd \
	test_discover_dnssd_servers \
	test_discover_hints \
	test_discover_http \
	test_discover_life \
	test_discover_manifest \
	test_discover_message \
	test_discover_name \
	test_discover_neighbours \
	test_discover_options \
	test_discover_output \
	test_discover_parts \
	test_discover_querier \
	test_discover_querier_flood \
	test_discover_querier_watch \
	test_discover_schedule \
	test_discover_service \
	test_discover_service_rank \
	test_discover_ssdp \
	test_discover_ssdp_message \
	test_discover_table \
	test_discover_template \
	test_discover_url \
	test_init_consoles \
	test_init_crash_text \
	test_init_discovery \
	test_init_facts \
	test_init_identity \
	test_init_ip_param \
	test_init_kmsg \
	test_init_modules_args \
	test_init_mount_table \
	test_init_need \
	test_init_net_args \
	test_init_net_plan \
	test_init_net_show \
	test_init_params \
	test_init_partition \
	test_init_providers \
	test_init_quota \
	test_init_report \
	test_init_report_view \
	test_init_root_spec \
	test_init_status \
	test_init_supervise \
	test_init_window \
	test_modules_compressed \
	test_modules_config \
	test_modules_error \
	test_modules_index \
	test_modules_options \
	test_modules_plan \
	test_modules_plan_several \
	test_modules_resolve \
	test_modules_table \
	test_netlink_address \
	test_netlink_link \
	test_netlink_message \
	test_netlink_neighbour \
	test_netlink_route \
	test_netlink_uevent
# the same of system files: libsys.a as well
SYS_TESTS := \
	test_base_dir \
	test_base_fd \
	test_base_log \
	test_base_loop \
	test_base_storm \
	test_init_net_hooks \
	test_modules_devices
# tests/net/test_NAME.c: against the kernel of this machine
NET_TESTS := \
	test_base_confine \
	test_dhcp_acd_link \
	test_dhcp_arp_socket \
	test_dhcp_socket \
	test_dhcp_socket6 \
	test_discover_plain \
	test_discover_probe \
	test_discover_socket_filter \
	test_netlink_ipv6 \
	test_netlink_many \
	test_netlink_monitor \
	test_netlink_socket
# tests/tools/NAME.c: what runs inside of a machine under test
TOOLS := \
	deny \
	inject \
	partial \
	poke
# tests/bench/NAME.c: what our programs are compared with
BENCH_TOOLS := \
	floor \
	oneshot
# and the pure files measured by themselves
COST_SRCS := $(addprefix tests/bench/,cost.c cost_boot.c cost_discover.c \
	cost_modules.c)
# tests/fuzz/fuzz_NAME.c
FUZZ_TARGETS := \
	fuzz_base_cmdline \
	fuzz_base_format \
	fuzz_base_json \
	fuzz_base_lines \
	fuzz_base_reader \
	fuzz_base_record \
	fuzz_base_text \
	fuzz_dhcp_advert \
	fuzz_dhcp_arp \
	fuzz_dhcp_client \
	fuzz_dhcp_client6 \
	fuzz_dhcp_lease_check \
	fuzz_dhcp_message \
	fuzz_dhcp_message6 \
	fuzz_dhcp_name \
	fuzz_dhcp_option \
	fuzz_dhcp_wire \
	fuzz_discover_dnssd \
	fuzz_discover_hints \
	fuzz_discover_http \
	fuzz_discover_manifest \
	fuzz_discover_message \
	fuzz_discover_name \
	fuzz_discover_neighbours \
	fuzz_discover_options \
	fuzz_discover_output \
	fuzz_discover_querier \
	fuzz_discover_ssdp \
	fuzz_discover_ssdp_message \
	fuzz_discover_url \
	fuzz_init_facts \
	fuzz_init_identity \
	fuzz_init_ip_param \
	fuzz_init_kmsg \
	fuzz_init_mount_table \
	fuzz_init_params \
	fuzz_init_partition \
	fuzz_init_report \
	fuzz_init_report_view \
	fuzz_init_root_spec \
	fuzz_init_terminal \
	fuzz_modules_compressed \
	fuzz_modules_config \
	fuzz_modules_index \
	fuzz_modules_plan \
	fuzz_netlink_route \
	fuzz_netlink_uevent

# === Variables for the command line =======================================

# Both architectures are tested unless one is asked for
ARCHES := $(if $(filter undefined,$(origin ARCH)),arm64 x86_64,$(ARCH))
ARCH ?= arm64##		arm64 or x86_64
KERNEL_IS_GIVEN := $(filter-out undefined,$(origin KERNEL))
KERNEL ?= $(KERNEL_$(ARCH))##	debian-6.12-cloud, debian-6.12, debian-6.1-cloud, debian-6.1, mmio, mmio-16k, mmio-64k (arm64), bare or the path of an image; "A B" has the modules of both and boots A
MODULES ?=##		lib/modules/RELEASE of a KERNEL given as a path
MODULES_LIST ?= rootfs/modules.list##	modules of the initramfs
MODULES_ADD ?=##		more of them: names, aliases, @net-all, @block-all, @fs-all ...
SLIM ?=##		1 makes an initramfs of at most 700,000 bytes, with fewer commands
GUEST_KERNEL ?= mmio##	kernel of make guest: a name, or the path of an Image
DECOMPRESS ?= auto##	whether modules are unpacked at build time: yes, no, or auto, when the kernel cannot
SIGNATURES ?= keep##	strip: modules without theirs load in half the time, and taint the kernel
APPEND ?=##		more words for the kernel's command line
RUN ?=##		command to run in place of the shell; its status is the run's
MEM ?= 256M##		memory of the machine
CPUS ?= 1##		processors of the machine
# those without PCI have no choice
NET_DEVICE ?= $(if $(filter mmio%,$(firstword $(KERNEL))),virtio-net-device,virtio-net-pci)##	or virtio-net-device (virtio over MMIO)
NET_BACKEND ?= user##	of qemu-user: or passt, or hub (all machines of this host)
VM ?= default##		name of the machine: its MAC address follows from it
NET ?= 192.168.2.0/24##	of qemu-vmnet, on Linux
BRIDGE ?= phasebr0##	the same
NETNS ?=##		1, or a name: qemu-vmnet in a network namespace, with no way out
VMNET_WITH ?= auto##	on a Mac, what joins its network: qemu, socket or helper
VMNET_START ?=##		on a Mac: first address of that network, the host's
VMNET_END ?=##		the last one
VMNET_MASK ?=##		its mask
VMNET_ISOLATED ?=##	on: no way to other guests
export VM VMNET_WITH VMNET_START VMNET_END VMNET_MASK VMNET_ISOLATED
CACHE ?= $(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/phase-boot##	downloads
PREFIX ?= /usr/local##	install below $(DESTDIR)$(PREFIX)
DESTDIR ?=
DETACH ?=##		1 lets qemu-user run in the background; make console attaches
BASE ?=##			init, discover, root-image: programs for this address, of a kernel that loads no others
LTO ?= yes##		no links in a moment, and makes larger programs
V ?=##			1 shows the commands, and the kernel's messages

PYTHON ?= /usr/bin/python3
KERNEL_arm64 := debian-6.12-cloud
KERNEL_x86_64 := debian-6.1-cloud

# Time stamps inside of archives; any constant will do
SOURCE_DATE_EPOCH ?= 1767225600
export SOURCE_DATE_EPOCH CACHE PYTHON

ifeq ($(filter $(ARCH),arm64 x86_64),)
$(error ARCH is "$(ARCH)": arm64 or x86_64)
endif
ifneq ($(BASE),)
ifneq ($(filter-out deps init discover root-image build/%,$(or $(MAKECMDGOALS),help)),)
$(error BASE is for init, discover and root-image: what else is built is for \
	kernels that load a program anywhere)
endif
endif
ifneq ($(filter-out 1,$(SLIM)),)
$(error SLIM is "$(SLIM)": 1, or nothing)
endif

# === Toolchain ============================================================

CPU_arm64 := aarch64
CPU_x86_64 := x86_64
CPU := $(CPU_$(ARCH))
TRIPLE := $(CPU)-linux-gnu
CC := $(TRIPLE)-gcc
AR := $(TRIPLE)-ar
OBJCOPY := $(TRIPLE)-objcopy
READELF := $(TRIPLE)-readelf
HOSTCC := gcc

B := build/$(ARCH)
# Programs for one address have a directory of their own: nothing that is made
# of the others can take them by mistake.
P := $(B)$(if $(BASE),/at-$(BASE))
H := build/host
SYSROOT := $(CACHE)/$(ARCH)/sysroot

PHASE_VERSION = $(shell cat VERSION)

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Werror
WARN_CORE := $(WARN) -Wconversion -Wcast-qual

# No _FORTIFY_SOURCE: the checks are in the headers of libc, and musl's
# have none.
HARDEN := -fPIE -fstack-protector-strong
# LSE atomics are chosen at run time by libgcc through a call that musl
# does not export.  Code that lies with all its data in one megabyte takes one
# instruction for an address and not two: 6 KB of init.  The link fails when
# there is more ("relocation truncated to fit"): base/pages.h.
# Which way a branch goes is not worth a longer one: 0.4 KB here, and 0.4 KB
# more on x86_64.
CPU_FLAGS_arm64 := -mno-outline-atomics -mcmodel=tiny \
	-fno-guess-branch-probability
# 2 KB of init; on arm64 it is the same as -Os
CPU_FLAGS_x86_64 := -Oz
# A test may have more
TEST_FLAGS_arm64 := -mcmodel=small
TEST_FLAGS = $(CFLAGS) $(TEST_FLAGS_$(ARCH))

# Paths in debug information and assertions are the same everywhere
MAP := -ffile-prefix-map=$(CURDIR)=. -ffile-prefix-map=$(CACHE)=cache

TARGET_INC = -nostdinc -isystem $(SYSROOT)/include \
	-isystem $$($(CC) -print-file-name=include) -I.
CPPFLAGS = -D_GNU_SOURCE -DPHASE_VERSION='"$(PHASE_VERSION)"'
# What -Os does for speed all the same, measured on the whole of init: 1.3 KB on
# arm64, 1.4 KB on x86_64. And an analysis that it leaves out: what may point
# to what, in the whole program.
SMALL := -fipa-pta -fno-ipa-modref -fno-partial-inlining -fno-shrink-wrap \
	-fno-thread-jumps
# A function that is called once is part of its caller, also when a buffer of its
# makes the caller's frame larger: 3 KB. The largest frames, 34 KB of stack, are
# what they were (-fstack-usage).
SMALL += --param=large-stack-frame=16000 --param=large-stack-frame-growth=1000
# Addresses are cheap to make: hoisting them out of loops costs 2 KB
CFLAGS = -std=gnu11 -Os -g -fno-omit-frame-pointer -fno-move-loop-invariants \
	$(SMALL) $(HARDEN) $(CPU_FLAGS_$(ARCH)) -ffunction-sections -fdata-sections \
	-fno-asynchronous-unwind-tables -fno-unwind-tables $(MAP)
# The programs are optimized once more at the link, as a whole: 12 KB of init.
# Their objects hold both, what the compiler understands and what any linker
# does, for tests, lints and LTO=no.
LTO_OBJECT = -flto -ffat-lto-objects -frandom-seed=$@
LTO_LINK := $(if $(filter no,$(LTO)),-fno-lto,-flto -flto-partition=one)

# Page size: the largest that an arm64 kernel may have, or a kernel with
# pages larger than the alignment refuses to load the file.
PAGE_arm64 := 65536
PAGE_x86_64 := 4096
# ld's own script but for three things.  Code and constants are one segment;
# what is read-only after relocation (base/relro.c) and what stays writable are
# one each, with pages of their own in memory but no gap in the file: ld's way
# has gaps of up to 60 KB.  And no unwind tables.
LD_SCRIPT = $(TRIPLE)-ld --verbose -pie -z relro -z now -z noseparate-code | \
	sed -n '/^=====/,/^=====/p' | sed '/^=====/d; \
	s/^ *\. = DATA_SEGMENT_ALIGN.*/  $(NEXT_PAGE)\n  relro_start = .;/; \
	s/^ *\. = DATA_SEGMENT_RELRO_END.*/  relro_end = .;\n  $(NEXT_PAGE)\n  . += $(PAGE_$(ARCH));/; \
	s/^ *\. = DATA_SEGMENT_END.*//; \
	s,^ */DISCARD/ : {,& *(.eh_frame) ,; /^ *\.eh_frame /d'
# Where a page later the file goes on
NEXT_PAGE = . = ALIGN ($(PAGE_$(ARCH))) + (. \& ($(PAGE_$(ARCH)) - 1));
# Cortex-A53's erratum 843419: ld moves some address computations away, into
# stubs that it fills up with 4 KB of nothing, whenever one of libc's comes to
# lie at the end of a page. In reach of an ADR, as all is here, that instruction
# does it in place.
ERRATUM_arm64 := -Wl,--fix-cortex-a53-843419=adr
# Where the kernel likes; or at BASE, where nothing is relocated any more.
PLACE = -static-pie
START = rcrt1.o
ifneq ($(BASE),)
$(P)/init.debug $(P)/phase-discover.debug: private PLACE = \
	-static -no-pie -Wl,-Ttext-segment=$(BASE) -Wl,-z,noseparate-code
$(P)/init.debug $(P)/phase-discover.debug: private START = crt1.o
endif
# By hand, as musl's specs file turns -static-pie into a dynamic link.
LDFLAGS = -nostdlib $(PLACE) -Wl,--gc-sections -Wl,-z,norelro -Wl,-z,now \
	-Wl,-z,noexecstack -Wl,-z,max-page-size=$(PAGE_$(ARCH)) \
	-Wl,--build-id=none -Wl,--no-eh-frame-hdr -Wl,--fatal-warnings \
	-Wl,-T,$(B)/ld.script $(ERRATUM_$(ARCH))
# $(call link,OUTPUT,OBJECTS AND LIBRARIES)
link = $(CC) $(LDFLAGS) -o $(1) $(SYSROOT)/lib/$(START) $(SYSROOT)/lib/crti.o \
	$(2) -Wl,--start-group $(B)/libmnl.a $(SYSROOT)/lib/libc.a \
	$$($(CC) -print-libgcc-file-name) -Wl,--end-group \
	$(SYSROOT)/lib/crtn.o

# The host's own build of the pure files, with sanitizers
HOST_CPU = $(shell uname -m)
HOST_ARCH = $(patsubst aarch64,arm64,$(HOST_CPU))
HOST_MNL = $(CACHE)/$(HOST_ARCH)/libmnl-dev/usr
HOST_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
HOST_CFLAGS = -std=gnu11 -O1 -g -fno-omit-frame-pointer $(HOST_SANITIZE) \
	-I. -isystem $(HOST_MNL)/include $(MAP)
HOST_LDFLAGS = $(HOST_SANITIZE)
HOST_LIBS = $(HOST_MNL)/lib/$(HOST_CPU)-linux-gnu/libmnl.a

CMOCKA = $(CACHE)/src/cmocka
# its header knows no musl, and would make a uintptr_t of its own
CMOCKA_UINTPTR := -D_UINTPTR_T -D_UINTPTR_T_DEFINED
CMOCKA_FLAGS = -std=gnu11 -g -I$(CMOCKA)/include $(CMOCKA_UINTPTR) -DHAVE_CLOCK_GETTIME \
	-DHAVE_INTTYPES_H -DHAVE_MALLOC_H -DHAVE_SIGNAL_H -DHAVE_STRINGS_H \
	-DHAVE_STRUCT_TIMESPEC -DHAVE_TIME_H -DHAVE_UNISTD_H \
	-DHAVE_STRSIGNAL -DHAVE_SETJMP_H -DHAVE_STDINT_H -DHAVE_STDLIB_H \
	-DHAVE_STRING_H -DHAVE_GCC_THREAD_LOCAL_STORAGE
CMOCKA_INC = -isystem $(CMOCKA)/include $(CMOCKA_UINTPTR)

# === Printing =============================================================

ifeq ($(strip $(V)),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-8s%s\n' $(1) $(2)
endif

# === What everything waits for ============================================

# With `deps` among the goals nothing else starts before it is done
FIRST := $(if $(filter deps,$(MAKECMDGOALS)),deps)

.PHONY: FORCE
FORCE:

# $(call need,TOOL,PACKAGE): stop with the way out if TOOL is not there
need = command -v $(1) >/dev/null 2>&1 || [ -e $(1) ] || { echo \
	"$(1) is missing: run \`make deps\` (or: sudo apt-get install $(2))" \
	>&2; exit 1; }
# $(call need-cache,PATH,NAME)
need-cache = [ -e $(1) ] || { echo \
	"$(2) is missing ($(1)): run \`make deps\`" >&2; exit 1; }
# Replace $@ by $@.new if that is different, so that what depends on it is
# built again then and only then
update = if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

GCC_PACKAGE := gcc-$(subst _,-,$(CPU))-linux-gnu

# Compiler, flags and lists, as far as what is built depends on them
$(B)/flags: FORCE | $(FIRST)
	@mkdir -p $(@D)
	@$(call need,$(CC),$(GCC_PACKAGE))
	@$(call need-cache,$(SYSROOT)/lib/libc.a,musl for $(ARCH))
	@{ $(CC) -dumpfullversion; readlink $(SYSROOT); \
	printf '%s\n' $(call quote,$(CC) $(CPPFLAGS) $(TARGET_INC) $(TEST_FLAGS) $(LTO_OBJECT)) \
	$(call quote,$(WARN_CORE)); } >$@.new; $(update)

$(B)/ld.script: $(B)/flags Makefile
	$(Q)$(LD_SCRIPT) >$@
	@[ $$(grep -c 'ALIGN ($(PAGE_$(ARCH)))' $@) -eq 2 ] && \
		grep -q relro_start $@ && grep -q relro_end $@ && \
		grep -q 'DISCARD.*eh_frame' $@

$(B)/lists: FORCE | $(FIRST)
	@mkdir -p $(@D)
	@printf '%s\n' $(call quote,$(CORE_SRCS)) $(call quote,$(SYS_SRCS)) \
	$(call quote,$(INIT_SRCS)) $(call quote,$(DISCOVER_SRCS)) \
	$(call quote,$(link) $(LTO_LINK)) >$@.new; $(update)

$(H)/flags: FORCE | $(FIRST)
	@mkdir -p $(@D)
	@$(call need,$(HOSTCC),gcc)
	@$(call need-cache,$(HOST_MNL),libmnl for this machine)
	@{ $(HOSTCC) -dumpfullversion; printf '%s\n' $(call quote,$(CORE_SRCS)) \
	$(call quote,$(SYS_SRCS)) $(call quote,$(HOST_CFLAGS) $(HOST_LDFLAGS) $(CMOCKA_FLAGS)); } \
	>$@.new; $(update)

quote = '$(subst ','\'',$(1))'

# === Objects ==============================================================

objects = $(patsubst %.c,$(B)/obj/%.o,$(1))
CORE_OBJS := $(call objects,$(CORE_SRCS))
SYS_OBJS := $(call objects,$(SYS_SRCS))
INIT_OBJS := $(call objects,$(INIT_SRCS))
DISCOVER_OBJS := $(call objects,$(DISCOVER_SRCS))
COMPAT_OBJS := $(call objects,rootfs/libmnl-musl.c)
PROGRAM_OBJS := $(SYS_OBJS) $(INIT_OBJS) $(DISCOVER_OBJS) $(COMPAT_OBJS)

$(CORE_OBJS): $(B)/obj/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(TARGET_INC) $(CFLAGS) $(LTO_OBJECT) $(WARN_CORE) \
		-MMD -MP -c -o $@ $<

$(PROGRAM_OBJS): $(B)/obj/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(TARGET_INC) $(CFLAGS) $(LTO_OBJECT) $(WARN) \
		-MMD -MP -c -o $@ $<

-include $(CORE_OBJS:.o=.d) $(PROGRAM_OBJS:.o=.d)

# Without what is never called (rootfs/libmnl-musl.c)
$(B)/libmnl.a: $(B)/flags Makefile
	$(Q)$(OBJCOPY) -D $(foreach name,__ctype_b_loc __fprintf_chk free \
		fwrite malloc,--redefine-sym $(name)=libmnl_$(name)) \
		$(SYSROOT)/lib/libmnl.a $@

$(B)/libcore.a: $(CORE_OBJS) $(B)/lists
$(B)/libsys.a: $(SYS_OBJS) $(B)/lists
$(B)/libcore.a $(B)/libsys.a:
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcD $@ $(filter %.o,$^)

# === Programs =============================================================

$(P)/init.debug: $(INIT_OBJS)
$(P)/phase-discover.debug: $(DISCOVER_OBJS)
$(P)/init.debug $(P)/phase-discover.debug: $(COMPAT_OBJS) $(B)/libsys.a \
		$(B)/libcore.a $(B)/libmnl.a $(B)/ld.script $(B)/lists \
		$(B)/flags
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(call link,$@,$(CFLAGS) $(LTO_LINK) $(filter %.o,$^) \
		-Wl$(comma)--start-group $(B)/libsys.a $(B)/libcore.a \
		-Wl$(comma)--end-group)
comma := ,

# An interpreter or a library to load means that the link went wrong
# without a word, and that the kernel would not start it as /init
$(P)/init $(P)/phase-discover: %: %.debug
	@if $(READELF) -lW $< | grep -q INTERP || \
	    $(READELF) -dW $< | grep -q NEEDED; then \
		echo "$<: not static" >&2; exit 1; fi
	$(if $(BASE),@READELF=$(READELF) rootfs/fixed-address $< $(BASE) \
		$(PAGE_$(ARCH)))
	$(call say,STRIP,$@)
	$(Q)$(OBJCOPY) --strip-all -R .comment $< $@

# phase-modules for this machine: the builder of the initramfs asks it
# what has to be in there.  No sanitizers, and nothing that `make deps`
# has only for tests.
TOOL_SRCS := $(filter base/% modules/%,$(CORE_SRCS) $(SYS_SRCS)) \
	init/modules_args.c init/modules_main.c
TOOL_OBJS := $(TOOL_SRCS:%.c=$(H)/tool/%.o)
TOOL_CFLAGS := -std=gnu11 -O2 -g -ffunction-sections -fdata-sections -I. \
	-Dmodules_main=main $(MAP)

$(H)/tool-flags: FORCE | $(FIRST)
	@mkdir -p $(@D)
	@$(call need,$(HOSTCC),gcc)
	@{ $(HOSTCC) -dumpfullversion; printf '%s\n' \
	$(call quote,$(TOOL_SRCS) $(CPPFLAGS) $(TOOL_CFLAGS)); } >$@.new; \
	$(update)

$(TOOL_OBJS): $(H)/tool/%.o: %.c $(H)/tool-flags
	$(call say,HOSTCC,$<)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(CPPFLAGS) $(TOOL_CFLAGS) $(WARN) -MMD -MP -c -o $@ $<

$(H)/phase-modules: $(TOOL_OBJS)
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) -Wl,--gc-sections -o $@ $^

-include $(TOOL_OBJS:.o=.d)

# === Kernel and initramfs =================================================

# The images and the modules that KERNEL names, and what identifies them and
# BusyBox, the small one for SLIM
$(B)/kernel.id: FORCE | $(FIRST)
	@mkdir -p $(@D)
	@rootfs/kernel $(ARCH) $(call quote,$(KERNEL)) \
		$(call quote,$(MODULES)) >$@.new
	@{ $(call busybox-id,$(SLIM)); } >>$@.new
	@$(update)
# $(call busybox-id,SLIM)
busybox-id = $(call need-busybox,$(CACHE)/$(ARCH)/busybox$(if $(1),-slim),$(1)); \
	echo "busybox=$$(readlink $(CACHE)/$(ARCH)/busybox$(if $(1),-slim))"; \
	[ -z "$(1)" ] || echo slim=1
need-busybox = [ -e $(1) ] || { echo "BusyBox for $(ARCH) is missing ($(1)): \
run \`make deps$(if $(2), SLIM=1)\`" >&2; exit 1; }

# Of several kernels the first is what is booted, and vmlinuz-NAME is each
$(B)/vmlinuz: $(B)/kernel.id
	$(call say,KERNEL,$@)
	$(Q)rm -f $@-*
	$(Q)sed -n '/^name=/{ N; s/^name=\(.*\)\nimage=/\1 /p; }' $< | \
	while read -r name image; do \
		install -m 644 "$$image" $@-$$name || exit; \
	done
	$(Q)cp "$$(sed -n '/^image=/{ s///p; q; }' $<)" $@.new && \
		chmod 644 $@.new && mv $@.new $@

ROOTFS_FILES := rootfs/build rootfs/modules rootfs/initramfs.list \
	$(MODULES_LIST) $(wildcard rootfs/groups/*) rootfs/etc/group \
	rootfs/etc/passwd rootfs/etc/profile
export MODULES_LIST MODULES_ADD DECOMPRESS SIGNATURES
export PHASE_MODULES = $(H)/phase-modules

$(B)/modules.id: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(call quote,$(MODULES_LIST)) \
		$(call quote,$(MODULES_ADD)) $(call quote,$(DECOMPRESS)) \
		$(call quote,$(SIGNATURES)) \
		>$@.new; $(update)

# All but our own programs: these change with every edit
$(B)/rootfs.stamp: $(ROOTFS_FILES) $(B)/kernel.id $(B)/modules.id \
		$(H)/phase-modules
	@$(call need,cpio,cpio)
	$(call say,STAGE,$(B)/rootfs)
	$(Q)rootfs/build stage $(ARCH) $(B) rootfs/initramfs.list
	@touch $@

$(B)/initramfs.cpio.gz: $(B)/rootfs.stamp $(B)/init $(B)/phase-discover
	@$(call need,libdeflate-gzip,libdeflate-tools)
	$(call say,PACK,$@)
	$(Q)rootfs/build pack $(ARCH) $(B) rootfs/initramfs.list

# A disk to start from without an initramfs. BusyBox has one address anyway; with
# BASE it gets another.
$(P)/busybox: rootfs/busybox-build rootfs/busybox.config \
		$(if $(BASE),$(B)/flags,$(B)/kernel.id)
	@$(call need-cache,$(CACHE)/src/busybox,the source of BusyBox)
	$(call say,BUSYBOX,$@)
	@mkdir -p $(@D)
	$(Q)$(if $(BASE),rootfs/busybox-build $(ARCH) $(CACHE)/src/busybox \
		$(SYSROOT) $@ $(BASE),cp $(CACHE)/$(ARCH)/busybox/bin/busybox $@)
	$(if $(BASE),@READELF=$(READELF) rootfs/fixed-address $@ $(BASE) \
		$(PAGE_$(ARCH)))

$(P)/root.ext2: $(P)/init $(P)/phase-discover $(P)/busybox rootfs/root-image \
		rootfs/build rootfs/root-image.list rootfs/etc/group \
		rootfs/etc/passwd rootfs/etc/profile
	@PATH=$$PATH:/usr/sbin:/sbin; $(call need,mke2fs,e2fsprogs)
	$(call say,IMAGE,$@)
	$(Q)rootfs/root-image $(ARCH) $(P) rootfs/root-image.list

# === The guest of a hypervisor (docs/guest.md) ============================

# Four files, and what they are made with: a build of its own, so that those
# of build/arm64 stay what they are
G := build/guest
GW := build/arm64/guest
GUEST_FILES := $(G)/Image $(G)/guest.dtb $(G)/initramfs.cpio.gz $(G)/disk.img

$(GW)/kernel.id: FORCE | $(FIRST)
	@[ $(ARCH) = arm64 ] || { echo 'the guest is arm64' >&2; exit 1; }
	@mkdir -p $(@D)
	@rootfs/kernel arm64 $(call quote,$(GUEST_KERNEL)) '' >$@.new
	@{ $(call busybox-id,1); } >>$@.new
	@$(update)

$(G)/Image: $(GW)/kernel.id
	$(call say,KERNEL,$@)
	@mkdir -p $(@D)
	$(Q)install -m 644 "$$(sed -n '/^image=/{ s///p; q; }' $<)" $@

$(GW)/init $(GW)/phase-discover: $(GW)/%: $(B)/%
	@mkdir -p $(@D)
	$(Q)cp $< $@

$(G)/initramfs.cpio.gz: $(GW)/kernel.id $(B)/modules.id $(ROOTFS_FILES) \
		$(H)/phase-modules $(GW)/init $(GW)/phase-discover
	@$(call need,cpio,cpio)
	@$(call need,libdeflate-gzip,libdeflate-tools)
	$(call say,PACK,$@)
	@mkdir -p $(@D)
	$(Q)rootfs/build stage arm64 $(GW) rootfs/initramfs.list
	$(Q)rootfs/build pack arm64 $(GW) rootfs/initramfs.list
	$(Q)mv $(GW)/initramfs.cpio.gz $@

$(G)/guest.dtb: GUEST_PART := dtb
$(G)/disk.img: GUEST_PART := disk
$(GW)/entry.bin: GUEST_PART := entry
$(GW)/entry.bin: qemu/guest-entry.S
$(G)/guest.dtb $(G)/disk.img $(GW)/entry.bin: qemu/guest-files qemu/guest-map \
		| $(FIRST)
	$(call say,GUEST,$@)
	@mkdir -p $(@D)
	$(Q)qemu/guest-files $(GUEST_PART) $@

# === Tests ================================================================

ALL_TESTS := $(UNIT_TESTS) $(SYS_TESTS)
TEST_OBJS := $(ALL_TESTS:%=$(B)/tests/%.o)
TEST_PROGRAMS := $(ALL_TESTS:%=$(B)/tests/%)
HOST_TESTS := $(ALL_TESTS:%=$(H)/tests/%)
HOST_NET_TESTS := $(NET_TESTS:%=$(H)/tests/%)
TARGET_TOOLS := $(TOOLS:%=$(B)/tests/%)
TARGET_BENCH := $(BENCH_TOOLS:%=$(B)/tests/%)
HOST_FUZZ := $(FUZZ_TARGETS:%=$(H)/fuzz/%)
HOST_CORE_OBJS := $(CORE_SRCS:%.c=$(H)/obj/%.o)
HOST_SYS_OBJS := $(SYS_SRCS:%.c=$(H)/obj/%.o)

$(B)/cmocka.o: $(B)/flags
	$(call say,CC,cmocka)
	@$(call need-cache,$(CMOCKA)/src/cmocka.c,cmocka)
	$(Q)$(CC) $(TARGET_INC) $(TEST_FLAGS) $(CMOCKA_FLAGS) \
		-c -o $@ $(CMOCKA)/src/cmocka.c

$(TEST_OBJS): $(B)/tests/%.o: tests/unit/%.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(TARGET_INC) $(CMOCKA_INC) $(TEST_FLAGS) $(WARN) \
		-MMD -MP -c -o $@ $<

$(SYS_TESTS:%=$(B)/tests/%): $(B)/libsys.a
$(TEST_PROGRAMS): %: %.o $(B)/cmocka.o $(COMPAT_OBJS) $(B)/libcore.a \
		$(B)/libmnl.a $(B)/ld.script $(B)/lists
	$(call say,LINK,$@)
	$(Q)$(call link,$@,-fno-lto $(filter %.o,$^) \
		-Wl$(comma)--start-group $(filter %.a,$^) \
		-Wl$(comma)--end-group)

# What a boot test does to process 1, from inside of the machine
$(H)/cmocka.o: $(H)/flags
	$(call say,HOSTCC,cmocka)
	@$(call need-cache,$(CMOCKA)/src/cmocka.c,cmocka)
	$(Q)$(HOSTCC) -O1 $(CMOCKA_FLAGS) -c -o $@ $(CMOCKA)/src/cmocka.c

$(HOST_CORE_OBJS) $(HOST_SYS_OBJS): $(H)/obj/%.o: %.c $(H)/flags
	$(call say,HOSTCC,$<)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(CPPFLAGS) $(HOST_CFLAGS) $(WARN) -MMD -MP -c -o $@ $<

$(H)/libcore.a: $(HOST_CORE_OBJS)
$(H)/libsys.a: $(HOST_SYS_OBJS)
$(H)/libcore.a $(H)/libsys.a: $(H)/flags
	$(call say,AR,$@)
	@rm -f $@
	$(Q)ar rcD $@ $(filter %.o,$^)

$(SYS_TESTS:%=$(H)/tests/%) $(HOST_NET_TESTS): $(H)/libsys.a
$(HOST_TESTS): $(H)/tests/%: tests/unit/%.c
$(HOST_NET_TESTS): $(H)/tests/%: tests/net/%.c
$(HOST_TESTS) $(HOST_NET_TESTS): $(H)/cmocka.o $(H)/libcore.a
	$(call say,HOSTCC,$@)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(CPPFLAGS) $(HOST_CFLAGS) $(CMOCKA_INC) $(WARN) \
		-MMD -MP -MF $@.d -o $@ $(filter %.c %.o,$^) \
		-Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
		$(HOST_LIBS) $(HOST_LDFLAGS)

# The load plan of any kernel's modules, to compare with modprobe's
# What runs inside of a machine under test, and what is measured
$(TARGET_TOOLS): $(B)/tests/%: tests/tools/%.c
$(TARGET_BENCH): $(B)/tests/%: tests/bench/%.c
$(TARGET_TOOLS) $(TARGET_BENCH): $(COMPAT_OBJS) $(B)/libmnl.a $(B)/ld.script \
		$(B)/flags
	$(call say,CC,$(filter %.c,$^))
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(TARGET_INC) -I$(B)/tests $(TEST_FLAGS) $(WARN) \
		-MMD -MP -MF $@.d -c -o $@.o $(filter %.c,$^)
	$(Q)$(call link,$@,-fno-lto $@.o $(COMPAT_OBJS))

# Without link-time optimization a count is of one function, and of the next
COST_OBJS := $(call objects,$(COST_SRCS))
$(COST_OBJS): $(B)/obj/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(TARGET_INC) $(TEST_FLAGS) $(WARN) -MMD -MP \
		-c -o $@ $<

$(B)/tests/cost: $(COST_OBJS) $(COMPAT_OBJS) $(B)/libcore.a $(B)/libmnl.a \
		$(B)/ld.script $(B)/lists
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(call link,$@,-fno-lto $(filter %.o,$^) $(B)/libcore.a)

# The names of system calls, for one of them
$(B)/tests/inject: $(B)/tests/syscalls.h
$(B)/tests/syscalls.h: $(B)/flags
	@mkdir -p $(@D)
	@echo '#include <sys/syscall.h>' | $(CC) $(TARGET_INC) -E -dM - | \
	sed -n 's/^#define SYS_\([a-z0-9_]*\) .*/{ SYS_\1, "\1" },/p' | \
	sort >$@.new; $(update)

# The corpus runs through the sanitizers here, without libFuzzer
$(HOST_FUZZ): $(H)/fuzz/%: tests/fuzz/%.c tests/fuzz/replay.c $(H)/libcore.a
	$(call say,HOSTCC,$<)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(CPPFLAGS) $(HOST_CFLAGS) $(WARN) -MMD -MP \
		-MF $@.d -o $@ $(filter %.c %.a,$^) $(HOST_LIBS) $(HOST_LDFLAGS)

-include $(TEST_OBJS:.o=.d) $(COST_OBJS:.o=.d) $(TARGET_TOOLS:=.d) $(TARGET_BENCH:=.d) $(HOST_TESTS:=.d) $(HOST_NET_TESTS:=.d) \
	$(HOST_FUZZ:=.d) $(HOST_CORE_OBJS:.o=.d) $(HOST_SYS_OBJS:.o=.d)

# === Targets ==============================================================

.PHONY: help deps all init discover initramfs root-image sizes kernel qemu-user \
	boot-chart guest qemu-guest gdb console log provider qemu-vmnet test \
	test-programs matrix kernels-without check bench fuzz format install clean \
	distclean

## help: this text
help:
	@echo 'make TARGET... [VARIABLE=value...]'
	@sed -n 's/^## \([a-z-]*\): */\1|/p' $(MAKEFILE_LIST) | \
		awk -F'|' '{ printf "  %-15s %s\n", $$1, $$2 }'
	@echo 'Variables'
	@awk '/^[A-Z_]* [?]=.*##/ { \
		name = $$1; text = $$0; sub(/.*##[ \t]*/, "", text); \
		printf "  %-15s %s\n", name, text }' $(MAKEFILE_LIST)

GUEST_GOALS := $(filter guest qemu-guest,$(MAKECMDGOALS))
## deps: install packages of this machine and download the target's; before other goals, only what these need
# For tests it is both architectures; for a run only the chosen one.
RUN_GOALS := all init discover initramfs root-image sizes kernel qemu-user qemu-vmnet \
	boot-chart install console log guest qemu-guest
DEPS_FOR := $(if $(and $(filter $(RUN_GOALS),$(MAKECMDGOALS)),$(if \
	$(filter-out deps $(RUN_GOALS),$(MAKECMDGOALS)),,1)),run,test)
DEPS_ARCHES := $(if $(filter run,$(DEPS_FOR)),$(ARCH),$(ARCHES))
DEPS_GUEST_ONLY := $(if $(GUEST_GOALS),$(if $(filter-out deps \
	$(GUEST_GOALS),$(MAKECMDGOALS)),,1))
DEPS_GUEST_KERNEL := $(if $(GUEST_GOALS)$(filter test,$(DEPS_FOR)),$(GUEST_KERNEL))
DEPS_KERNELS = $(foreach a,$(DEPS_ARCHES),$(call quote,$(a):$(strip $(if \
	$(DEPS_GUEST_ONLY),,$(if $(KERNEL_IS_GIVEN),$(KERNEL),$(KERNEL_$(a)))) $(if \
	$(filter arm64,$(a)),$(DEPS_GUEST_KERNEL)))))
deps:
	@VMNET=$(filter qemu-vmnet,$(MAKECMDGOALS)) GUEST_DEPS='$(GUEST_GOALS)' \
		rootfs/deps host $(DEPS_FOR) $(DEPS_KERNELS)
	@SLIM=$(or $(SLIM),$(if $(GUEST_GOALS),1)) rootfs/deps target \
		$(DEPS_FOR) $(DEPS_KERNELS)

## all: init, phase-discover, initramfs and kernel for ARCH
all: init discover initramfs kernel

## init: build/ARCH/init, or build/ARCH/at-BASE/init
init: $(P)/init

## discover: build/ARCH/phase-discover, or build/ARCH/at-BASE/phase-discover
discover: $(P)/phase-discover

## initramfs: build/ARCH/initramfs.cpio.gz
initramfs: $(B)/initramfs.cpio.gz

## root-image: build/ARCH/root.ext2 or build/ARCH/at-BASE/root.ext2, a disk to boot from without an initramfs
root-image: $(P)/root.ext2

## sizes: what each line of MODULES_LIST costs in the initramfs
sizes: initramfs
	$(Q)rootfs/modules sizes $(B) $(call quote,$(MODULES_LIST))

## kernel: build/ARCH/vmlinuz; of several also vmlinuz-NAME each
kernel: $(B)/vmlinuz

## qemu-user: boot it in QEMU with its user-mode network; Ctrl-A X leaves
QEMU_RUN = qemu/run --arch $(ARCH) --kernel $(B)/vmlinuz \
	--initrd $(B)/initramfs.cpio.gz --log $(B)/console.log \
	--mem $(MEM) --cpus $(CPUS) --device $(NET_DEVICE) \
	$(if $(filter 1,$(V)),--verbose) \
	--append $(call quote,$(if $(RUN),phase.run="$(RUN)") $(APPEND))
# Nobody asks for a status at the prompt: to leave QEMU is no error there
qemu-user: kernel initramfs
	$(RUN_IS_GOOD)
	$(Q)$(if $(filter 1,$(DETACH)),$(PYTHON) qemu/console --start \
		$(B)/console.sock $(QEMU_RUN) --net $(NET_BACKEND) --vm $(VM) \
		--console $(B)/console.sock,$(QEMU_RUN) --net $(NET_BACKEND) \
		--vm $(VM)$(LEAVING))
define RUN_IS_GOOD
	@$(call need,qemu-system-$(CPU),qemu-system-$(QEMU_PACKAGE_$(ARCH)))
	$(if $(findstring ",$(RUN)),@echo 'RUN cannot hold double quotes: the \
	kernel has no way to write them' >&2; exit 1)
endef
LEAVING = $(if $(RUN),, || [ $$? -eq 125 ])
QEMU_PACKAGE_arm64 := arm
QEMU_PACKAGE_x86_64 := x86

## gdb: boot it with gdb attached, at the first instruction of /init
gdb: kernel initramfs
	@$(call need,qemu-system-$(CPU),qemu-system-$(QEMU_PACKAGE_$(ARCH)))
	$(Q)$(PYTHON) qemu/gdb --debug $(B)/init.debug --socket $(B)/console.sock \
		$(QEMU_RUN:qemu/run=)

## console: attach to a machine of `make qemu-user DETACH=1` or `make gdb`; Ctrl-A D leaves
console:
	$(Q)$(PYTHON) qemu/console --log $(B)/console.log $(B)/console.sock

## log: what the last run's console said, and which panics and crashes are kept
log:
	@[ -e $(B)/console.log ] || { echo \
		'no run yet that is known of: `make qemu-user`' >&2; exit 1; }
	@esc=$$(printf '\033'); tr -d '\r' <$(B)/console.log | \
		sed "s/$$esc\\[[0-9;?]*[A-Za-z]//g; s/$$esc[78]//g"
	@[ ! -d $(B)/log ] || ls $(B)/log/*.txt >&2

## provider: serve and announce the images of DIR, or what is built, until ^C
PORT ?= 8080##		of make provider
NAME ?=##		of its announcement; default plasmd-HOSTNAME
CHANNEL ?= stable##		of its images
DIR ?=##		of a kernel and an initramfs, or a tree with manifest.json
provider: $(if $(DIR),,kernel initramfs)
	$(Q)$(PYTHON) qemu/provider --port $(PORT) --channel $(call quote,$(CHANNEL)) \
		--arch $(ARCH) $(if $(NAME),--name $(call quote,$(NAME))) \
		$(call quote,$(or $(DIR),$(B)))

## boot-chart: boot, or take REPORT, and draw build/ARCH/boot.svg
REPORT ?=##		a boot report (docs/boot-report.md) for boot-chart
boot-chart: RUN := $(or $(RUN),true)
boot-chart: $(if $(REPORT),,kernel initramfs)
	@$(call need,$(PYTHON),python3)
	@mkdir -p $(B)
ifeq ($(REPORT),)
	@$(call need,qemu-system-$(CPU),qemu-system-$(QEMU_PACKAGE_$(ARCH)))
	$(call say,BOOT,$(B)/boot.json)
	$(Q)$(QEMU_RUN) --net user --report $(B)/boot.json </dev/null >/dev/null
endif
	$(call say,DRAW,$(B)/boot.svg)
	$(Q)$(PYTHON) qemu/boot-chart \
		$(call quote,$(or $(REPORT),$(B)/boot.json)) $(B)/boot.svg

## guest: build/guest/*, what a hypervisor on bare metal takes: Image, guest.dtb, initramfs.cpio.gz, disk.img
guest: $(GUEST_FILES)

## qemu-guest: boot them in QEMU, from memory; GUEST="--hypervisor" for one at EL2
GUEST ?=##		options of qemu/guest, for qemu-guest
qemu-guest: guest $(GW)/entry.bin
	$(Q)qemu/guest $(GUEST)

## qemu-vmnet: the same on a network with this machine; with sudo
# Called through sudo, what is built is the user's all the same, and the cache
# is that of the user.
AS_USER = setpriv --reuid $(SUDO_UID) --regid $(SUDO_GID) --init-groups env -u CACHE \
	HOME="$$(getent passwd $(SUDO_UID) | cut -d: -f6)"
VMNET = $(if $(filter Darwin,$(shell uname -s)),qemu/vmnet-macos,qemu/vmnet \
	--vm $(VM) --net $(NET) --bridge $(BRIDGE) \
	$(if $(NETNS),--netns $(if $(filter 1,$(NETNS)),phase-boot,$(NETNS))) --)
qemu-vmnet: $(if $(filter-out 0,$(SUDO_UID)),vmnet-built,kernel initramfs)
	$(RUN_IS_GOOD)
	$(Q)$(VMNET) $(QEMU_RUN) --net vmnet --vm $(VM)$(LEAVING)

.PHONY: vmnet-built
vmnet-built:
	+@$(AS_USER) $(MAKE) --no-print-directory kernel initramfs

## test: unit and boot tests, for both architectures or the given ARCH
# Only make knows how to build the other architecture's: it calls itself.
# Tests wait as well as they work: three of them for two processors.
WORKERS ?= $$(($$(nproc) * 3 / 2))
test: | $(FIRST)
	+@for arch in $(ARCHES); do \
		$(MAKE) --no-print-directory ARCH=$$arch test-programs || exit; \
	done
	@$(call need,$(PYTHON),python3)
	$(Q)ARCHES='$(ARCHES)' $(PYTHON) -m pytest -q -p no:cacheprovider -n $(WORKERS) \
		--junitxml=build/test.xml $(TESTFLAGS) tests

# For a test, and after what has the same objects
TEST_BASE := 0x40000000
.PHONY: at-base
at-base: $(B)/init $(B)/phase-discover
	+@$(MAKE) --no-print-directory BASE=$(TEST_BASE) root-image

test-programs: $(TEST_PROGRAMS) $(HOST_TESTS) $(HOST_NET_TESTS) matrix-programs
	@echo $(ALL_TESTS) >$(B)/unit-tests
	@echo $(NET_TESTS) >$(H)/net-tests

## matrix: boot every kernel on every machine that there is a row for; KEEP=1 puts the table into docs/kernels.md
ROWS ?=##		of make matrix: those that match, "x86_64.*128M"
KEEP ?=##		1 keeps the table of make matrix
matrix: | $(FIRST)
	+@for arch in $(ARCHES); do \
		$(MAKE) --no-print-directory ARCH=$$arch matrix-programs || exit; \
	done
	@$(call need,$(PYTHON),python3)
	$(Q)$(PYTHON) tests/boot/matrix.py $(ARCHES:%=--arch %) \
		--rows $(call quote,$(ROWS)) $(if $(filter 1,$(KEEP)),--keep)

.PHONY: matrix-programs
matrix-programs: all at-base $(H)/phase-modules $(TARGET_TOOLS) \
	$(if $(filter arm64,$(ARCH)),guest $(GW)/entry.bin)

## kernels-without: boot kernels that lack one option each, and print a table; to build them takes long
kernels-without: initramfs
	$(Q)$(PYTHON) tests/boot/without.py $(ARCH)

## check: lints, formatting, static analysis, fuzz corpora
# What is counted runs on this machine, whatever ARCH is
check: $(HOST_FUZZ) $(B)/libcore.a $(B)/init $(B)/phase-discover \
		$(if $(filter $(ARCH),$(HOST_ARCH)),$(B)/tests/cost,cost) \
		| $(FIRST)
	$(Q)CC='$(CC)' FLAGS="-D_GNU_SOURCE $(TARGET_INC)" BUILD=$(B) \
	CORE_SRCS='$(CORE_SRCS)' SYS_SRCS='$(SYS_SRCS)' \
	PROGRAM_SRCS='$(INIT_SRCS) $(DISCOVER_SRCS)' \
	FUZZ_TARGETS='$(FUZZ_TARGETS)' tests/lint/run

.PHONY: cost
cost: | $(FIRST)
	+@[ ! -e $(CACHE)/$(HOST_ARCH)/sysroot/lib/libc.a ] || \
		$(MAKE) --no-print-directory ARCH=$(HOST_ARCH) \
		build/$(HOST_ARCH)/tests/cost

## format: clang-format over all C files
format:
	@$(call need,clang-format,clang-format)
	$(Q)clang-format -i $$(find base netlink dhcp modules discover init \
		boot rootfs tests -name '*.[ch]' 2>/dev/null)

## fuzz: look for new inputs with libFuzzer, in build/host/libfuzzer/: make fuzz FUZZ=fuzz_NAME
FUZZ ?=##		target of make fuzz
FUZZFLAGS ?= -max_total_time=60
fuzz: $(H)/flags
	@$(call need,clang,clang)
	@case ' $(FUZZ_TARGETS) ' in *' $(FUZZ) '*) ;; *) \
		echo 'FUZZ is one of: $(FUZZ_TARGETS)' >&2; exit 1 ;; esac
	@mkdir -p $(H)/libfuzzer/corpus-$(FUZZ)
	$(Q)clang $(CPPFLAGS) $(filter-out -fno-sanitize-recover=all,\
		$(HOST_CFLAGS)) -fsanitize=fuzzer -fno-sanitize-recover=undefined \
		-o $(H)/libfuzzer/$(FUZZ) tests/fuzz/$(FUZZ).c $(CORE_SRCS) \
		$(HOST_LIBS)
	$(Q)$(H)/libfuzzer/$(FUZZ) -artifact_prefix=$(H)/libfuzzer/ \
		$(FUZZFLAGS) $(H)/libfuzzer/corpus-$(FUZZ) \
		tests/fuzz/corpus/$(FUZZ:fuzz_%=%)

## bench: what a boot, DHCP and a search take beside others, what is resident, how large things are and how they grow; in build/bench
# DHCP and discovery are measured on this machine, boots in any.
bench: | $(FIRST)
	+@for arch in $(sort $(ARCHES) $(HOST_ARCH)); do \
		$(MAKE) --no-print-directory ARCH=$$arch bench-programs || exit; \
	done
	$(Q)$(PYTHON) tests/bench/boot.py $(ARCHES)
	$(Q)for arch in $(ARCHES); do \
		$(PYTHON) tests/bench/memory.py $$arch || exit; done
	$(Q)$(PYTHON) tests/bench/dhcp.py $(HOST_ARCH)
	$(Q)$(PYTHON) tests/bench/discover.py $(HOST_ARCH)
	$(Q)$(PYTHON) tests/bench/modules.py $(ARCH) $(call quote,$(KERNEL))
	$(Q)$(PYTHON) tests/bench/size.py $(ARCH) --charts $(B)
	$(Q)$(PYTHON) tests/bench/growth.py $(HOST_ARCH) $(B)
	$(Q)$(PYTHON) tests/bench/nics.py $(HOST_ARCH)

## bench-docs: the same, and what was measured into docs/benchmarks.md
bench-docs: bench
	$(Q)$(PYTHON) tests/bench/publish.py

.PHONY: bench-docs bench-programs
bench-programs: all $(TARGET_BENCH) \
	$(if $(filter $(ARCH),$(HOST_ARCH)),$(B)/tests/cost)

## install: init, phase-discover, phase-net and manual pages below DESTDIR and PREFIX
MAN_PAGES := docs/init.8 docs/phase-discover.8 docs/phase-modules.8 \
	docs/phase-net.8 docs/phase-report.8
install: init discover
	install -d $(DESTDIR)$(PREFIX)/lib/phase-boot \
		$(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 755 $(B)/init $(B)/phase-discover \
		$(DESTDIR)$(PREFIX)/lib/phase-boot
	ln -sf ../lib/phase-boot/init $(DESTDIR)$(PREFIX)/sbin/phase-net
	ln -sf ../lib/phase-boot/phase-discover \
		$(DESTDIR)$(PREFIX)/sbin/phase-discover
	$(if $(MAN_PAGES),install -m 644 $(MAN_PAGES) \
		$(DESTDIR)$(PREFIX)/share/man/man8)

## clean: remove build/; downloads stay
clean:
	rm -rf build

## distclean: remove build/ and the downloads
distclean: clean
	rm -rf $(call quote,$(CACHE))
