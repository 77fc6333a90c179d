/* See format.h. */
#include "base/format.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

/* So that an l stands for ll and z as well. */
static_assert(sizeof(long) == sizeof(long long) &&
		      sizeof(long) == sizeof(size_t),
	      "an LP64 machine");

/* A va_list may be an array, of which only a pointer can be passed on; in a
 * struct it is the same everywhere. */
struct arguments {
	va_list list;
};

struct conversion {
	char letter;
	bool zeroes;
	bool is_long;
	size_t width;
	size_t most; /* of a string's bytes */
};

static void put(struct writer *writer, const void *data, size_t len)
{
	size_t room = writer_room(writer);

	writer_bytes(writer, data, len < room ? len : room);
	if (len > room)
		writer_fail(writer);
}

static void fill(struct writer *writer, char c, size_t len, size_t width)
{
	for (; len < width; len++)
		put(writer, &c, 1);
}

/* Digits at *FORMAT, which moves behind them. */
static size_t read_number(const char **format)
{
	size_t number = 0;

	for (; **format >= '0' && **format <= '9'; (*format)++)
		number = number * 10 + (size_t)(**format - '0');
	return number;
}

/* What follows a percent sign; returns what follows that. */
static const char *read_conversion(const char *format, struct arguments *args,
				   struct conversion *conversion)
{
	*conversion = (struct conversion){ .zeroes = *format == '0',
					   .most = SIZE_MAX };
	conversion->width = read_number(&format);
	if (*format == '.' && format[1] == '*') {
		int most = va_arg(args->list, int);

		/* As C has it, a negative one is none. */
		if (most >= 0)
			conversion->most = (size_t)most;
		format += 2;
	} else if (*format == '.') {
		format++;
		conversion->most = read_number(&format);
	}
	for (; *format == 'l' || *format == 'z'; format++)
		conversion->is_long = true;
	conversion->letter = *format;
	/* Not past the end of a format that stops here. */
	return *format ? format + 1 : format;
}

static void put_string(struct writer *writer,
		       const struct conversion *conversion, const char *string)
{
	size_t len;

	string = string ? string : "(null)";
	len = strnlen(string, conversion->most);
	fill(writer, ' ', len, conversion->width);
	put(writer, string, len);
}

static void put_number(struct writer *writer,
		       const struct conversion *conversion, bool negative,
		       uint64_t number)
{
	uint8_t buffer[20];
	struct writer digits;
	size_t len;

	writer_init(&digits, buffer, sizeof(buffer));
	if (conversion->letter == 'x')
		text_put_hex(&digits, number, 1);
	else
		text_put_u64(&digits, number);
	len = writer_len(&digits) + negative;
	if (!conversion->zeroes)
		fill(writer, ' ', len, conversion->width);
	if (negative)
		put(writer, "-", 1);
	if (conversion->zeroes)
		fill(writer, '0', len, conversion->width);
	put(writer, buffer, writer_len(&digits));
}

static void put_argument(struct writer *writer, struct arguments *args,
			 const struct conversion *conversion)
{
	long number;
	char c;

	switch (conversion->letter) {
	case '%':
		put(writer, "%", 1);
		break;
	case 's':
		put_string(writer, conversion, va_arg(args->list, char *));
		break;
	case 'c':
		c = (char)va_arg(args->list, int);
		put(writer, &c, 1);
		break;
	case 'd':
		number = conversion->is_long ? va_arg(args->list, long) :
					       va_arg(args->list, int);
		/* Of the least number there is no negative one. */
		put_number(writer, conversion, number < 0,
			   number < 0 ? 0 - (uint64_t)number :
					(uint64_t)number);
		break;
	case 'u':
	case 'x':
		put_number(writer, conversion, false,
			   conversion->is_long ?
				   va_arg(args->list, unsigned long) :
				   va_arg(args->list, unsigned int));
		break;
	default:
		assert(!"a conversion that format.h names");
	}
}

void text_format_va(struct writer *writer, const char *format, va_list list)
{
	struct conversion conversion;
	struct arguments args;

	va_copy(args.list, list);
	while (*format) {
		size_t len = strcspn(format, "%");

		put(writer, format, len);
		format += len;
		if (!*format)
			break;
		format = read_conversion(format + 1, &args, &conversion);
		put_argument(writer, &args, &conversion);
	}
	va_end(args.list);
}

void text_format(struct writer *writer, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_format_va(writer, format, args);
	va_end(args);
}

int text_print(char *buffer, size_t size, const char *format, ...)
{
	struct writer writer;
	va_list args;

	assert(size > 0);
	/* The last byte is the terminator's. */
	writer_init(&writer, buffer, size - 1);
	va_start(args, format);
	text_format_va(&writer, format, args);
	va_end(args);
	buffer[writer_len(&writer)] = '\0';
	return writer_failed(&writer) ? -ENOBUFS : 0;
}
