/*
 * Read-only after relocation, for static executables.
 */
#pragma once

/*
 * Takes the right to write from tables of pointers that nothing changes once
 * they are relocated. A dynamic loader does that; a static PIE relocates
 * itself, and musl leaves them writable. The linker's script gives them pages
 * of their own. First thing in main(). A kernel that refuses leaves things as
 * they are.
 */
void relro_protect(void);
