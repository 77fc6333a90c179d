/* init/identity.c: the input is what DHCP or the firmware says. What is taken
 * is a host name, or an id, of the right form, and is taken again. */
#include <stdlib.h>
#include <string.h>

#include "init/identity.h"

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_name(int r, const char *name)
{
	char again[IDENTITY_NAME_MAX];

	if (r < 0)
		return;
	check(strlen(name) > 0 && strlen(name) < IDENTITY_NAME_MAX);
	check(strspn(name,
		     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		     "0123456789-.") == strlen(name));
	check(name[0] != '-' && name[0] != '.');
	check(identity_read_name(span_of(name), again) == 0);
	check(strcmp(name, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = { data, size };
	char name[IDENTITY_NAME_MAX], id[IDENTITY_ID_MAX];

	check_name(identity_read_name(input, name), name);
	check_name(identity_read_foreign_name(input, name), name);
	check_name(identity_name_of_mac(input, name), name);
	if (identity_read_id(input, id) == 0)
		check(strspn(id, "0123456789abcdef") == 32 && id[32] == '\0');
	identity_make_id("fuzz", input, id);
	check(strspn(id, "0123456789abcdef") == 32 && id[32] == '\0');
	return 0;
}
