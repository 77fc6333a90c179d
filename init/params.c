/* See params.h. */
#include "init/params.h"

#include <errno.h>
#include <stddef.h>

#include "base/cmdline.h"
#include "base/compiler.h"
#include "base/log.h"
#include "base/text.h"
#include "init/need.h"

#define PREFIX "phase."

enum form {
	FORM_CHOICE,   /* int: the index of the word among those of .wants */
	FORM_DURATION, /* int64_t: ms */
	FORM_PORT,     /* int: an I/O port of x86 */
	FORM_STRING,   /* char[.size] */
	FORM_WINDOW,   /* struct window */
	FORM_OTHER,    /* nothing: somebody else reads it */
};

/* Texts are in it and not pointed to: a pointer takes 32 bytes of the file. */
struct param {
	char name[15];	 /* without the prefix */
	uint8_t form;	 /* of enum form */
	uint16_t offset; /* in struct params */
	uint16_t size;
	uint8_t first_word; /* the value of a choice's first word */
	/* For the message when the value is none. Of a choice it is all its
	 * words: "off, once or watch". */
	char wants[57];
	char initial[9];
	char help[57];
};

#define FIELD(name)                                                            \
	offsetof(struct params, name), sizeof(((struct params *)0)->name)

static const struct param table[] = {
	{ "mode", FORM_CHOICE, FIELD(mode), 0, "internet, local or private",
	  "internet", "what may be asked of the network" },
	{ "channel", FORM_STRING, FIELD(channel), 0,
	  "a name of at most 63 bytes", "stable",
	  "the channel of images that is wanted" },
	{ "provider", FORM_STRING, FIELD(provider), 0,
	  "a URL of at most 511 bytes", "",
	  "the provider to use before any that is found" },
	{ "discover", FORM_CHOICE, FIELD(discover), 0, "off, once or watch",
	  "watch", "whether providers are looked for, and for how long" },
	{ "run", FORM_STRING, FIELD(run), 0, "a command of at most 1023 bytes",
	  "", "run this instead of the shell, then power off" },
	{ "shell", FORM_STRING, FIELD(shell), 0,
	  "a path of at most 255 bytes, or none", "", "the shell, or none" },
	{ "console", FORM_STRING, FIELD(console), 0,
	  "a list such as ttyS0,tty1", "", "the terminals that get a shell" },
	{ "console.size", FORM_WINDOW, FIELD(window), 0,
	  "columns and rows such as 120x40", "",
	  "the size of serial terminals" },
	{ "wait", FORM_DURATION, FIELD(wait_ms), 0,
	  "a duration such as 300ms or 2s", "300ms",
	  "how long lease and discovery may each hold up the shell" },
	{ "net.timeout", FORM_DURATION, FIELD(net_timeout_ms), 0,
	  "a duration such as 300ms or 2s", "10s",
	  "when phase.run no longer waits for the network" },
	{ "net.boot-wait", FORM_DURATION, FIELD(net_boot_wait_ms), 0,
	  "a duration such as 300ms or 2s", "0",
	  "how long an offer without boot options waits for one" },
	{ "net.interfaces", FORM_OTHER, 0, 0, 0,
	  "patterns, with commas between them; !PATTERN leaves out", "",
	  "the NICs that are configured" },
	{ "ip", FORM_OTHER, 0, 0, 0, "as the kernel's ip=, and instead of it",
	  "", "how NICs are configured" },
	{ "root.timeout", FORM_DURATION, FIELD(root_timeout_ms), 0,
	  "a duration such as 300ms or 2s", "10s",
	  "how long root= is waited for" },
	{ "hostname", FORM_STRING, FIELD(hostname), 0,
	  "a host name of at most 64 bytes", "", "the machine's name" },
	{ "machine-id", FORM_STRING, FIELD(machine_id), 0,
	  "32 hexadecimal digits", "", "the machine-id" },
	{ "modules", FORM_OTHER, 0, 0, 0,
	  "names, with commas between them; more words add to them", "",
	  "modules to load that no device asks for" },
	{ "need", FORM_CHOICE, FIELD(need), NEED_NONE,
	  "none, nic, lease or provider", "none",
	  "what phase.run is not started without" },
	{ "run.timeout", FORM_DURATION, FIELD(run_timeout_ms), 0,
	  "a duration such as 300ms or 2s", "0",
	  "when phase.run is ended; 0 for never" },
	{ "exit-port", FORM_PORT, FIELD(exit_port), 0,
	  "an I/O port of at most 0xffff", "0",
	  "port of QEMU's isa-debug-exit (x86_64); 0 for none" },
	{ "log", FORM_CHOICE, FIELD(log_level), LOG_LEVEL_ERROR,
	  "error, warning, notice, info or debug", "notice",
	  "which messages the console shows" },
	{ "crash", FORM_CHOICE, FIELD(crash), 0, "shell, reboot or freeze",
	  "shell", "what to do when process 1 itself crashes" },
};

/* Decimal, or hexadecimal after "0x". */
static int parse_port(struct span text, int *ret_port)
{
	struct span digits = span_skip(text, 2);
	uint64_t port = 0;
	int r;

	if (!span_starts(text, "0x")) {
		r = text_parse_u64(text, UINT16_MAX, &port);
		if (r == 0)
			*ret_port = (int)port;
		return r;
	}
	for (size_t i = 0; i < digits.len; i++) {
		int digit = text_hex_digit(digits.data[i]);

		if (digit < 0)
			return -EBADMSG;
		port = port << 4 | (unsigned int)digit;
		if (port > UINT16_MAX)
			return -EBADMSG;
	}
	if (digits.len == 0)
		return -EBADMSG;
	*ret_port = (int)port;
	return 0;
}

/* The place of VALUE among the words of a choice; -1. */
static int find_word(const struct param *param, struct span value)
{
	struct reader reader;
	struct span word;

	reader_from_span(&reader, span_of(param->wants));
	for (int i = 0; (word = reader_word(&reader)).len > 0;) {
		if (span_is(word, "or"))
			continue;
		if (word.data[word.len - 1] == ',')
			word.len--;
		if (span_equal(word, value))
			return i;
		i++;
	}
	return -1;
}

static int apply(struct params *params, const struct param *param,
		 struct span value)
{
	char *field = (char *)params + param->offset;
	int64_t ms;
	int r;

	switch ((enum form)param->form) {
	case FORM_CHOICE:
		r = find_word(param, value);
		if (r < 0)
			return -EBADMSG;
		*(int *)(void *)field = param->first_word + r;
		return 0;
	case FORM_DURATION:
		r = text_parse_duration(value, &ms);
		if (r == 0)
			*(int64_t *)(void *)field = ms;
		return r;
	case FORM_PORT:
		return parse_port(value, (int *)(void *)field);
	case FORM_STRING:
		return text_copy(field, param->size, value);
	case FORM_WINDOW:
		if (value.len > 0)
			return window_parse(value,
					    (struct window *)(void *)field);
		*(struct window *)(void *)field = (struct window){ 0 };
		return 0;
	case FORM_OTHER:
		return 0;
	}
	return -EBADMSG;
}

void params_init(struct params *params)
{
	*params = (struct params){ .mode = PARAMS_MODE_INTERNET };
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (apply(params, &table[i], span_of(table[i].initial)) < 0)
			params->run[0] = '\0'; /* a test forbids it */
	}
}

/* The kernel takes '-' and '_' for equal in parameter names; so do we. WANTED
 * has '-' only. */
static bool is_named(struct span name, const char *wanted)
{
	struct span other = span_of(wanted);

	if (name.len != other.len)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t byte = name.data[i] == '_' ? '-' : name.data[i];

		if (byte != other.data[i])
			return false;
	}
	return true;
}

static const struct param *find(struct span name)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (is_named(name, table[i].name))
			return &table[i];
	}
	return NULL;
}

static void complain_value(const struct param *param, struct span value,
			   void (*complain)(const char *message))
{
	char buffer[384]; /* 64 bytes as \xNN, and the words around them */
	struct writer message;

	writer_init(&message, buffer, sizeof(buffer));
	text_put(&message, PREFIX);
	text_put(&message, param->name);
	text_put(&message, "=: ");
	if (value.len > 64)
		text_put(&message, "a value that long");
	else
		text_put_escaped(&message, value);
	text_put(&message, " is not ");
	text_put(&message, param->wants);
	text_put(&message, "; ignored");
	complain(text_end(&message));
}

/* Adds NAME to the list of unknown ones, where there is room for it; the
 * start of it when it is a long one. */
static void note_unknown(struct writer *list, struct span name, bool *more)
{
	const char *before = writer_len(list) > 0 ? ", " :
						    "unknown parameters: ";
	char buffer[128];
	struct writer item;

	writer_init(&item, buffer, sizeof(buffer));
	text_put(&item, before);
	text_put_escaped(&item, name);
	if (writer_failed(&item)) {
		name.len = 24;
		writer_init(&item, buffer, sizeof(buffer));
		text_put(&item, before);
		text_put_escaped(&item, name);
		text_put(&item, "...");
	}
	if (writer_len(&item) > writer_room(list))
		*more = true;
	else
		writer_put(list, writer_span(&item));
}

void params_parse(struct params *params, struct span cmdline,
		  void (*complain)(const char *message))
{
	static const char and_others[] = " and others";
	char buffer[384];
	struct cmdline_word word;
	struct reader reader;
	struct writer unknown;
	bool more = false;

	writer_init(&unknown, buffer, sizeof(buffer) - sizeof(and_others));
	reader_from_span(&reader, cmdline);
	while (cmdline_next(&reader, &word)) {
		const struct param *param;

		if (!span_starts(word.name, PREFIX))
			continue;
		param = find(span_skip(word.name, sizeof(PREFIX) - 1));
		if (!param)
			note_unknown(&unknown, word.name, &more);
		else if (apply(params, param, word.value) < 0)
			complain_value(param, word.value, complain);
	}
	if (writer_len(&unknown) == 0 && !more)
		return;
	unknown.end += sizeof(and_others);
	if (more)
		text_put(&unknown, and_others);
	complain(text_end(&unknown));
}

const char *params_mode_name(int mode)
{
	static const char names[][9] = { "internet", "local", "private" };

	return names[mode];
}

void params_put_help(struct writer *writer)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		size_t start = writer_len(writer);

		text_put(writer, "  " PREFIX);
		text_put(writer, table[i].name);
		text_put(writer, "=");
		text_put(writer, table[i].initial);
		do {
			writer_u8(writer, ' ');
		} while (writer_len(writer) < start + 28 &&
			 !writer_failed(writer));
		text_put(writer, table[i].help);
		text_put(writer, "\n      (");
		text_put(writer, table[i].wants);
		text_put(writer, ")\n");
	}
}
