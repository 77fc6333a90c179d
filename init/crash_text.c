/* See crash_text.h. It runs in a signal handler of a damaged process: no
 * state, and nothing called but the writer. */
#include "init/crash_text.h"

#include <signal.h>

#include "base/text.h"
#include "init/supervise.h"

static void put_address(struct writer *writer, uint64_t address)
{
	text_put(writer, "0x");
	text_put_hex(writer, address, 1);
}

/* Codes of one signal have the numbers of another's. */
static const char *meaning(const struct crash_cause *cause)
{
	switch (cause->signo) {
	case SIGSEGV:
		return cause->code == SEGV_MAPERR ? "nothing is mapped there" :
		       cause->code == SEGV_ACCERR ? "that is not allowed" :
						    NULL;
	case SIGBUS:
		return cause->code == BUS_ADRALN ? "it is not aligned" :
		       cause->code == BUS_ADRERR ? "no memory stands behind" :
						   NULL;
	case SIGFPE:
		return cause->code == FPE_INTDIV ? "a division by zero" : NULL;
	}
	return NULL;
}

void crash_put_cause(struct writer *writer, const struct crash_cause *cause)
{
	const char *name = supervise_signal_name(cause->signo);
	const char *words = meaning(cause);

	if (name) {
		text_put(writer, name);
	} else {
		text_put(writer, "signal ");
		text_put_u64(writer, (uint64_t)cause->signo);
	}
	if (cause->code <= 0) {
		/* abort() is one that we have sent ourselves. */
		if (cause->sender == 1)
			return;
		text_put(writer, " sent by process ");
		text_put_u64(writer, (uint64_t)cause->sender);
		return;
	}
	text_put(writer, " at address ");
	put_address(writer, cause->address);
	if (words) {
		text_put(writer, ": ");
		text_put(writer, words);
	} else {
		text_put(writer, ", code ");
		text_put_u64(writer, (uint64_t)cause->code);
	}
}

bool crash_is_code(const struct crash_place *place, uint64_t address)
{
	return address >= place->base && address - place->base < place->size;
}

static void put_code(struct writer *writer, const struct crash_place *place,
		     uint64_t address)
{
	if (crash_is_code(place, address)) {
		text_put(writer, "init+");
		address -= place->is_fixed ? 0 : place->base;
	}
	put_address(writer, address);
}

void crash_put_directory(struct writer *writer, const struct crash_place *place)
{
	if (!place->is_fixed)
		return;
	text_put(writer, "/at-");
	put_address(writer, place->base);
}

void crash_put_place(struct writer *writer, const struct crash_place *place)
{
	put_code(writer, place, place->pc);
	text_put(writer, ", sp ");
	put_address(writer, place->sp);
	for (unsigned int i = 0; i < place->n_callers; i++) {
		text_put(writer, i > 0 ? " " : ", called from ");
		put_code(writer, place, place->callers[i]);
	}
}
