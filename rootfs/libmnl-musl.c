/*
 * libmnl has its debug printer and its batches in one object with the message
 * builders, so what they want of libc, stdio and the heap among it, would be
 * linked without ever being called: 10 KB. In the Makefile's copy of libmnl.a
 * they call these instead. __fprintf_chk() musl does not even have; Debian's
 * libmnl is built for glibc.
 */
#define NEVER_CALLED(name)                                                     \
	void libmnl_##name(void);                                              \
	void libmnl_##name(void)                                               \
	{                                                                      \
		__builtin_trap();                                              \
	}

NEVER_CALLED(__ctype_b_loc)
NEVER_CALLED(__fprintf_chk)
NEVER_CALLED(free)
NEVER_CALLED(fwrite)
NEVER_CALLED(malloc)
