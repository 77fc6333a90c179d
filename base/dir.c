/* See dir.h. */
#include "base/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/reader.h"
#include "base/text.h"

/* struct linux_dirent64: inode and offset; the length of the record; type;
 * name. */
#define RECORD_LEN_AT 16
#define RECORD_TYPE_AT 18

/* The name of the next record, into ENTRY; false when it is none to show. */
static bool next_name(struct reader *reader, char entry[NAME_MAX + 1])
{
	struct reader rest;
	uint16_t len;

	reader_skip(reader, RECORD_LEN_AT);
	reader_copy(reader, &len, sizeof(len));
	rest = reader_sub(reader, len < RECORD_TYPE_AT ?
					  SIZE_MAX :
					  (size_t)len - RECORD_TYPE_AT);
	reader_skip(&rest, 1);
	if (text_copy(entry, NAME_MAX + 1, reader_until(&rest, '\0')) < 0)
		return false;
	return entry[0] != '\0' && !span_is(span_of(entry), ".") &&
	       !span_is(span_of(entry), "..");
}

int dir_list(int parent, const char *name,
	     int (*seen)(int directory, const char *name, void *owner),
	     void *owner)
{
	_Alignas(8) char buffer[4096];
	int fd AUTO_CLOSE = openat(parent, name,
				   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = 0;

	if (fd < 0)
		return -errno;
	for (;;) {
		long n = syscall(SYS_getdents64, fd, buffer, sizeof(buffer));
		struct reader reader;

		if (n < 0)
			return -errno;
		if (n == 0)
			return result;
		reader_init(&reader, buffer, (size_t)n);
		while (reader_left(&reader) > 0) {
			char entry[NAME_MAX + 1];
			int r;

			if (!next_name(&reader, entry))
				continue;
			r = seen(fd, entry, owner);
			if (r < 0 && result == 0)
				result = r;
		}
	}
}
