/*
 * modules/config.c: the input is a name, then two files of modprobe.d, with
 * NULs between the three.
 */
#include <stdlib.h>
#include <string.h>

#include "modules/config.h"
#include "modules/name.h"

static void check(bool good)
{
	if (!good)
		abort();
}

/* A copy with an allocation of its own, unwrapped. */
static struct span copy_of(struct span file)
{
	uint8_t *copy = malloc(file.len > 0 ? file.len : 1);

	check(copy != NULL);
	if (file.len > 0)
		memcpy(copy, file.data, file.len);
	modules_config_unwrap(copy, file.len);
	return (struct span){ copy, file.len };
}

static unsigned int count_lines(struct span file)
{
	unsigned int n_lines = 1;

	for (size_t i = 0; i < file.len; i++)
		n_lines += file.data[i] == '\n';
	return n_lines;
}

/* Goes through the lines; the answers must be theirs. */
static void compare(const struct modules_config *config, struct span name)
{
	unsigned int n_blacklists = 0, n_aliases = 0;
	struct modules_config_aliases aliases;
	struct modules_line line;
	struct reader reader;
	struct span module;

	for (unsigned int i = 0; i < config->n_files; i++) {
		unsigned int number = 0, before = 0;

		reader_from_span(&reader, config->files[i]);
		while (modules_config_next(&reader, &number, &line)) {
			check(number > before && line.word.len > 0);
			before = number;
			if (line.directive == MODULES_DIRECTIVE_BLACKLIST)
				n_blacklists += modules_name_equal(line.name,
								   name);
			if (line.directive == MODULES_DIRECTIVE_ALIAS)
				n_aliases += modules_glob(line.name, name);
		}
		check(number <= count_lines(config->files[i]));
	}
	check(modules_config_forbids(config, name) == (n_blacklists > 0));
	modules_config_aliases(&aliases, config, name);
	while (modules_config_next_alias(&aliases, &module)) {
		check(module.len > 0);
		n_aliases--;
	}
	check(n_aliases == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct modules_config config;
	struct span name, files[2], rest;
	struct reader reader;
	struct writer writer;
	uint8_t buffer[256];

	reader_init(&reader, data, size);
	name = reader_until(&reader, 0);
	files[0] = reader_until(&reader, 0);
	files[1] = reader_rest(&reader);
	config.n_files = 2;
	config.n_before = 1;
	for (unsigned int i = 0; i < 2; i++) {
		config.files[i] = copy_of(files[i]);
		check(count_lines(config.files[i]) >= count_lines(files[i]));
	}
	compare(&config, name);
	writer_init(&writer, buffer, sizeof(buffer));
	modules_config_put_options(&config, name, &writer);
	check(!memchr(buffer, '\0', writer_len(&writer)));
	if (modules_config_find_in(&config, 0, 2, MODULES_DIRECTIVE_SOFTDEP,
				   name, &rest))
		check(rest.len > 0);
	for (unsigned int i = 0; i < 2; i++)
		free((void *)(uintptr_t)config.files[i].data);
	return 0;
}
