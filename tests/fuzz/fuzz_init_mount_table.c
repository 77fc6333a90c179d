/* init/mount_table.c: the input is a table. Each line is met once, from the
 * last to the first, and its words lie inside of the input. */
#include <stdlib.h>
#include <string.h>

#include "init/mount_table.h"

static void check(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { data, size };
	const uint8_t *before = data + size;
	struct mount_line line;

	while (mount_table_pop(&text, &line)) {
		char *path = malloc(line.target.len + 1);

		check(path != NULL);
		check(line.target.len > 0 && line.type.len > 0);
		check(line.target.data >= data + text.len);
		check(line.type.data > line.target.data);
		check(line.type.data + line.type.len <= before);
		before = data + text.len;
		(void)mount_has_store(&line);
		if (mount_table_decode(path, line.target.len + 1,
				       line.target) == 0)
			check(strlen(path) > 0 &&
			      strlen(path) <= line.target.len);
		free(path);
	}
	check(text.len == 0);
	return 0;
}
