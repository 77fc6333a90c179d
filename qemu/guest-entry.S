/* Where QEMU's processors start instead of qemu/guest: what a hypervisor on
 * bare metal does for the one guest that it has, as far as Linux can tell.
 * Linked at GUEST_ENTRY, below the guest's memory; QEMU's loader sets the program
 * counter of the first processor to it.
 *
 * At EL1 (-M virt) QEMU itself is the hypervisor, PSCI over hvc included: all
 * that is left is the boot protocol of Linux, x0 = device tree, x1..x3 = 0, MMU
 * off (Documentation/arch/arm64/booting.rst).
 *
 * At EL2 (-M virt,virtualization=on) we are: stage 2 has what guest.dtb names
 * and nothing else, so that any other access stops the machine with a message;
 * hvc is PSCI, passed on as smc to QEMU; and the guest runs at EL1. Registers
 * and their fields are named as in the Arm architecture's manual (DDI 0487).
 *
 * Addresses are those of qemu/guest-map. */

#define EC_HVC64 0x16
#define PSCI_SYSTEM_OFF 0x84000008
#define PSCI_CPU_ON 0xc4000003
#define UART 0x09000000

/* Stage 2: blocks of 2 MB; access flag, read and write. Memory is normal and
 * shareable, a device is nGnRE and holds no instructions. */
#define BLOCK_MEMORY 0x7fd
#define BLOCK_DEVICE 0x00400000000004c5
#define BLOCK_SHIFT 21

	.arch	armv8-a
	.text
	.globl	_start
_start:
	mrs	x9, CurrentEL
	cmp	x9, #(2 << 2)
	b.eq	hypervisor
	ldr	x4, =IMAGE
	ldr	x0, =DTB
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	br	x4

/* --- EL2, first processor ------------------------------------------------- */

/* Blocks FROM to TO of what TABLE, of one GB, maps, as they are */
	.macro	identity table, from, to, block
	adrp	x9, \table
	add	x9, x9, :lo12:\table
	ldr	x10, =\from
	ldr	x11, =\to
	ldr	x12, =\block
1:	ubfx	x13, x10, #BLOCK_SHIFT, #9
	orr	x14, x10, x12
	str	x14, [x9, x13, lsl #3]
	add	x10, x10, #(1 << BLOCK_SHIFT)
	cmp	x10, x11
	b.lo	1b
	.endm

hypervisor:
	identity devices, 0x08000000, 0x09000000, BLOCK_DEVICE	/* GICv3 */
	identity devices, UART, UART + 1, BLOCK_DEVICE
	identity devices, 0x0a000000, 0x0a000001, BLOCK_DEVICE	/* virtio */
	identity memory, DTB, DTB + 1, BLOCK_MEMORY
	identity memory, IMAGE, DISK, BLOCK_MEMORY
	identity memory, DISK_END, MEMORY_END, BLOCK_MEMORY
	adrp	x9, level1
	adrp	x10, devices
	adrp	x11, memory
	orr	x10, x10, #3
	orr	x11, x11, #3
	stp	x10, x11, [x9]
	dsb	sy
	ldr	x20, =IMAGE
	ldr	x21, =DTB

/* --- EL2, any processor: to EL1, at x20, with x21 as its argument --------- */

guest:
	adr	x9, vectors
	msr	vbar_el2, x9
	adrp	x9, level1
	msr	vttbr_el2, x9
	/* 40 bits of physical address, 4 KB, starting at level 1, 32 bits */
	ldr	x9, =0x80020060
	msr	vtcr_el2, x9
	ldr	x9, =0x80000001			/* RW, VM */
	msr	hcr_el2, x9
	isb
	tlbi	vmalls12e1
	mrs	x9, midr_el1
	msr	vpidr_el2, x9
	mrs	x9, mpidr_el1
	msr	vmpidr_el2, x9
	mov	x9, #3				/* EL1PCTEN, EL1PCEN */
	msr	cnthctl_el2, x9
	msr	cntvoff_el2, xzr
	mov	x9, #0x33ff			/* no traps of SIMD */
	msr	cptr_el2, x9
	msr	hstr_el2, xzr
	mrs	x9, pmcr_el0
	ubfx	x9, x9, #11, #5
	msr	mdcr_el2, x9			/* all counters are the guest's */
	mrs	x9, S3_4_C12_C9_5		/* ICC_SRE_EL2: Enable, SRE */
	mov	x10, #9
	orr	x9, x9, x10
	msr	S3_4_C12_C9_5, x9
	isb
	msr	S3_4_C12_C11_0, xzr		/* ICH_HCR_EL2 */
	ldr	x9, =0x30d00800			/* what is one, MMU off */
	msr	sctlr_el1, x9
	mov	x9, #0x3c5			/* EL1h, all masked */
	msr	spsr_el2, x9
	msr	elr_el2, x20
	dsb	sy
	isb
	mov	x0, x21
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	eret

/* Where PSCI starts the others; x0 is what CPU_ON below has left for it */
secondary:
	ldp	x20, x21, [x0]
	b	guest

/* --- EL2: the guest has trapped ------------------------------------------- */

	.macro	nothing_expected entries
	.rept	\entries
	.balign	0x80
	b	unexpected
	.endr
	.endm

	.balign	0x800
vectors:
	nothing_expected 8
	.balign	0x80	/* from a lower EL, AArch64, synchronous */
	msr	tpidr_el2, x9
	mrs	x9, esr_el2
	lsr	x9, x9, #26
	cmp	x9, #EC_HVC64
	b.ne	unexpected
	ldr	w9, =PSCI_SYSTEM_OFF
	cmp	w0, w9
	b.eq	system_off
	ldr	x9, =PSCI_CPU_ON
	cmp	x0, x9
	b.eq	cpu_on
call:	smc	#0
	mrs	x9, tpidr_el2
	eret
	nothing_expected 7

/* x1 which processor, x2 where it is to begin, x3 its argument. It begins
 * here, at EL2. */
cpu_on:
	adrp	x9, started
	bfi	x9, x1, #4, #2
	stp	x2, x3, [x9]
	dsb	sy
	adr	x2, secondary
	mov	x3, x9
	b	call

system_off:
	adr	x3, text_off
	bl	print
	ldr	x9, =STAY		/* QEMU's loader may have set it */
	ldr	w9, [x9]
	cbz	w9, call
1:	wfi
	b	1b

unexpected:
	adr	x3, text_trap
	bl	print
	mrs	x4, esr_el2
	bl	print_hex
	mrs	x4, far_el2
	bl	print_hex
	mrs	x4, hpfar_el2
	lsl	x4, x4, #8
	bl	print_hex
	mrs	x4, elr_el2
	bl	print_hex
1:	wfi
	b	1b

/* The text at x3, to the serial port, which waits for nothing in QEMU */
print:
	ldr	x1, =UART
1:	ldrb	w2, [x3], #1
	cbz	w2, 2f
	strb	w2, [x1]
	b	1b
2:	ret

/* A blank and x4 */
print_hex:
	ldr	x1, =UART
	mov	w2, #' '
	strb	w2, [x1]
	mov	w5, #16
1:	ror	x4, x4, #60
	and	w2, w4, #15
	cmp	w2, #10
	add	w2, w2, #'0'
	b.lo	2f
	add	w2, w2, #('a' - '0' - 10)
2:	strb	w2, [x1]
	subs	w5, w5, #1
	b.ne	1b
	ret

	.ltorg
text_off:
	.asciz	"[PSCI] SYSTEM_OFF\r\n"
text_trap:
	.asciz	"\r\n[EL2] stopped: ESR, FAR, intermediate address, PC:"

/* --- Data ------------------------------------------------------------------ */

	.balign	4096
level1:	.space	4096
devices: .space	4096
memory:	.space	4096
started: .space	64		/* for each processor: where, and with what */
