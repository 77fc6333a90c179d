/* See mount_table.h. */
#include "init/mount_table.h"

#include <errno.h>

static struct span pop_line(struct span *text)
{
	struct span line = *text;

	if (line.len > 0 && line.data[line.len - 1] == '\n')
		line.len--;
	text->len = line.len;
	while (text->len > 0 && text->data[text->len - 1] != '\n')
		text->len--;
	return span_skip(line, text->len);
}

bool mount_table_pop(struct span *text, struct mount_line *ret_line)
{
	while (text->len > 0) {
		struct mount_line line;
		struct reader reader;

		reader_from_span(&reader, pop_line(text));
		(void)reader_word(&reader); /* the device */
		line.target = reader_word(&reader);
		line.type = reader_word(&reader);
		if (line.type.len == 0)
			continue;
		*ret_line = line;
		return true;
	}
	return false;
}

bool mount_has_store(const struct mount_line *line)
{
	static const char in_memory[][12] = {
		"autofs",   "binfmt_misc", "bpf",	"cgroup",
		"cgroup2",  "configfs",	   "debugfs",	"devpts",
		"devtmpfs", "efivarfs",	   "fusectl",	"hugetlbfs",
		"mqueue",   "proc",	   "pstore",	"ramfs",
		"rootfs",   "securityfs",  "selinuxfs", "sysfs",
		"tmpfs",    "tracefs",
	};

	for (size_t i = 0; i < ARRAY_SIZE(in_memory); i++) {
		if (span_is(line->type, in_memory[i]))
			return false;
	}
	return true;
}

/* The byte of three octal digits, or a negative number. */
static int octal(struct span digits)
{
	int value = 0;

	if (digits.len < 3)
		return -1;
	for (size_t i = 0; i < 3; i++) {
		if (digits.data[i] < '0' || digits.data[i] > '7')
			return -1;
		value = value * 8 + digits.data[i] - '0';
	}
	return value > 0 && value <= 255 ? value : -1;
}

int mount_table_decode(char *dest, size_t size, struct span word)
{
	size_t len = 0;

	while (word.len > 0) {
		int byte = word.data[0];
		size_t used = 1;

		if (byte == '\\') {
			byte = octal(span_skip(word, 1));
			used = 4;
		}
		if (byte <= 0)
			return -EBADMSG;
		if (len + 1 >= size)
			return -ENOBUFS;
		dest[len++] = (char)byte;
		word = span_skip(word, used);
	}
	if (size == 0)
		return -ENOBUFS;
	dest[len] = '\0';
	return 0;
}
