/* See relro.h. */
#include "base/relro.h"

#include <elf.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* The linker's name for the file's first byte in memory. */
extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));

void relro_protect(void)
{
	const uint8_t *base = (const uint8_t *)&__ehdr_start;
	const Elf64_Phdr *headers = (const void *)(base + __ehdr_start.e_phoff);
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	for (unsigned int i = 0; i < __ehdr_start.e_phnum; i++) {
		uintptr_t start = (uintptr_t)base + headers[i].p_vaddr;
		uintptr_t end = start + headers[i].p_memsz;

		if (headers[i].p_type != PT_GNU_RELRO)
			continue;
		/* What shares its last page with data stays writable; in front
		 * of it nothing is that is written to. */
		start &= ~(page - 1);
		end &= ~(page - 1);
		if (end > start)
			(void)mprotect((void *)start, end - start, PROT_READ);
	}
}
