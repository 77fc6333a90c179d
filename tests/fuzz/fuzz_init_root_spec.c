/* init/root_spec.c: the input is a command line, a uevent file, blkid's line
 * and /proc/partitions at once. Strings end, and what is shown is safe. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "init/root_spec.h"

static void check(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = { data, size };
	struct root_spec *spec = malloc(sizeof(*spec));
	char type[ROOT_TYPES_MAX], shown[128];
	struct writer writer;

	check(spec != NULL);
	memset(spec, 0xee, sizeof(*spec));
	root_spec_parse(spec, input);
	check(memchr(spec->name, '\0', sizeof(spec->name)) != NULL);
	check(memchr(spec->types, '\0', sizeof(spec->types)) != NULL);
	check(memchr(spec->options, '\0', sizeof(spec->options)) != NULL);
	check(memchr(spec->init, '\0', sizeof(spec->init)) != NULL);
	check(spec->options[0] == 'r');
	check(spec->kind != ROOT_DEVICE ||
	      strncmp(spec->name, "/dev/", 5) == 0);
	if (spec->kind == ROOT_PARTITION)
		(void)root_spec_matches(spec, input);
	if (root_spec_read_type(input, type))
		check(strlen(type) > 0 && !strchr(type, '"'));
	writer_init(&writer, shown, sizeof(shown));
	root_spec_put_devices(&writer, input);
	for (const char *c = text_end(&writer); *c; c++)
		check((unsigned char)*c >= 0x20 && *c != 0x7f);
	free(spec);
	return 0;
}
