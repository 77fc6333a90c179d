/*
 * modules/compressed.c and error.c: the input is the file, or a record of the
 * kernel's log behind the name of a module and a NUL.
 */
#include <stdlib.h>
#include <string.h>

#include "modules/compressed.h"
#include "modules/error.h"

static void check(bool good)
{
	if (!good)
		abort();
}

static void check_file(const uint8_t *data, size_t size)
{
	size_t head_len = size < COMPRESSED_HEAD ? size : COMPRESSED_HEAD;
	size_t tail_len = size < COMPRESSED_TAIL ? size : COMPRESSED_TAIL;
	uint64_t unpacked = 77;
	int r;

	r = compressed_size((struct span){ data, head_len },
			    (struct span){ data + size - tail_len, tail_len },
			    &unpacked);
	check(r <= 0);
	check(r == 0 || unpacked == 77);
}

static void check_record(const uint8_t *data, size_t size)
{
	struct reader reader;
	struct span name, record, text;

	reader_init(&reader, data, size);
	name = reader_until(&reader, 0);
	record = reader_rest(&reader);
	if (!modules_error_from_log(record, name, &text))
		return;
	check(text.data >= record.data);
	check(text.data + text.len <= record.data + record.len);
	check(!memchr(text.data, '\n', text.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_file(data, size);
	check_record(data, size);
	return 0;
}
