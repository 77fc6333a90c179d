/* See relro.h. */
#include "base/relro.h"

#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>

/* Names of the linker's script; nothing else lies in their pages. */
extern uint8_t relro_start[] __attribute__((visibility("hidden")));
extern uint8_t relro_end[] __attribute__((visibility("hidden")));

void relro_protect(void)
{
	uintptr_t page = getauxval(AT_PAGESZ);
	uint8_t *start = relro_start - ((uintptr_t)relro_start & (page - 1));

	/* The kernel fills the last page up by itself. */
	(void)mprotect(start, (size_t)(relro_end - start), PROT_READ);
}
