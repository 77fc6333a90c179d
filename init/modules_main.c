/*
 * phase-modules: see modules_main.h. It asks modules/plan.h what modprobe(8)
 * would do, so what it prints is what init loads. Nothing of it runs in
 * process 1.
 */
#include "init/modules_main.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cmdline.h"
#include "base/fd.h"
#include "base/format.h"
#include "base/lines.h"
#include "base/log.h"
#include "base/pages.h"
#include "base/text.h"
#include "init/modules_args.h"
#include "modules/insert.h"
#include "modules/load.h"
#include "modules/resolve.h"

/* The longest line: a path, a page of parameters, and an alias, escaped. */
#define LINE_SIZE 32768
/* All names that one modalias stands for. */
#define NAMES_SIZE 8192
/* Of output that is written at once. */
#define OUTPUT_SIZE 8192

struct command {
	struct modules_args args;
	bool reads_stdin; /* not twice */
	unsigned int n_failed;
	struct modules modules;
	char kernel_cmdline[CMDLINE_MAX + 1];
	char line[LINE_SIZE];
	struct writer output;
	char output_buffer[OUTPUT_SIZE];
	int output_error; /* the first; told once, at the end */
};

/* Writes what is in the buffer, and TEXT past it. */
static void flush(struct command *command, struct span text)
{
	const struct span parts[] = { writer_span(&command->output), text };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		int r = fd_write(STDOUT_FILENO, parts[i].data, parts[i].len);

		if (command->output_error == 0)
			command->output_error = r;
	}
	writer_init(&command->output, command->output_buffer, OUTPUT_SIZE);
}

static void put_out(struct command *command, struct span text)
{
	if (text.len > writer_room(&command->output))
		flush(command, text);
	else
		writer_put(&command->output, text);
}

static void put_line(struct command *command, struct writer *writer)
{
	text_put(writer, "\n");
	put_out(command, writer_span(writer));
}

static const char *reason(int error)
{
	switch (error) {
	case -ENOENT:
		return "no module, alias or built-in has that name";
	case -EPERM:
		return "blacklisted";
	case -EBADMSG:
		return "modules.dep names a path outside of the module tree";
	case -ENOBUFS:
		return "too long, or it needs more modules than fit";
	default:
		return strerror(-error);
	}
}

static void open_json(struct writer *writer, struct span query)
{
	text_put(writer, "{\"query\":\"");
	text_put_json(writer, query);
	text_put(writer, "\"");
}

/* QUERY came to nothing. */
static void refuse(struct command *command, struct span query, int error)
{
	struct writer writer;

	command->n_failed++;
	writer_init(&writer, command->line, sizeof(command->line));
	if (command->args.json) {
		open_json(&writer, query);
		text_put(&writer, ",\"error\":\"");
		text_put(&writer, reason(error));
		text_put(&writer, "\"}");
		put_line(command, &writer);
	} else if (!command->args.quiet || error != -ENOENT) {
		/* Longer than what the log takes. */
		text_put(&writer, "phase-modules: ");
		text_put_escaped(&writer, query);
		text_format(&writer, ": %s\n", reason(error));
		if (fd_write(STDERR_FILENO, command->line,
			     writer_len(&writer)) < 0)
			command->n_failed++;
	}
}

static void put_path(const struct command *command, struct writer *writer,
		     const struct module *module, bool json)
{
	const char *root = command->args.root ? command->args.root : "";
	const struct span parts[] = {
		span_of(root),
		span_of("/lib/modules/"),
		span_of(command->args.release),
		span_of("/"),
		module->path,
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (json)
			text_put_json(writer, parts[i]);
		else
			writer_put(writer, parts[i]);
	}
}

static uint64_t size_of(const struct command *command, struct span path)
{
	char name[4096];
	struct stat status;

	if (text_copy(name, sizeof(name), path) < 0 ||
	    fstatat(command->modules.directory, name, &status, 0) < 0)
		return 0;
	return (uint64_t)status.st_size;
}

static struct span parameters(const struct command *command, struct span name,
			      char *buffer, size_t size)
{
	struct writer writer;

	writer_init(&writer, buffer, size);
	modules_plan_put_options(&command->modules.plan, name, &writer);
	return writer_span(&writer);
}

static void put_module(const struct command *command, struct writer *writer,
		       const struct module *module)
{
	char buffer[CMDLINE_MAX];
	struct span options = parameters(command, module->name, buffer,
					 sizeof(buffer));

	if (!command->args.json) {
		text_put(writer, "insmod ");
		put_path(command, writer, module, false);
		/* modprobe leaves this blank there without options too */
		text_put(writer, " ");
		writer_put(writer, options);
		return;
	}
	text_put(writer, "{\"name\":\"");
	text_put_json(writer, module->name);
	text_put(writer, "\",\"path\":\"");
	put_path(command, writer, module, true);
	text_put(writer, "\",\"options\":\"");
	text_put_json(writer, options);
	text_put(writer, "\",\"bytes\":");
	text_put_u64(writer, size_of(command, module->path));
	text_put(writer, "}");
}

/* Nothing is to be loaded for QUERY: what it is in the kernel. */
static void show_builtin(struct command *command, struct span query)
{
	struct writer names, writer;
	struct reader reader;
	char buffer[NAMES_SIZE];

	writer_init(&names, buffer, sizeof(buffer));
	modules_resolve(&command->modules.plan, query, &names);
	reader_from_span(&reader, writer_span(&names));
	while (reader_left(&reader) > 0) {
		writer_init(&writer, command->line, sizeof(command->line));
		text_put(&writer, "builtin ");
		writer_put(&writer, reader_until(&reader, '\n'));
		put_line(command, &writer);
	}
}

/* The plan for one name: its modules, or "builtin". */
static void show_plan(struct command *command, struct span query)
{
	struct writer writer;
	struct module *module;
	unsigned int n = 0;

	writer_init(&writer, command->line, sizeof(command->line));
	if (command->args.json) {
		open_json(&writer, query);
		text_put(&writer, ",\"modules\":[");
	}
	while ((module = modules_plan_next(&command->modules.plan))) {
		modules_plan_done(&command->modules.plan, module, 0);
		text_put(&writer, command->args.json && n > 0 ? "," : "");
		put_module(command, &writer, module);
		n++;
		/* One object may be longer than the buffer. */
		if (!command->args.json) {
			put_line(command, &writer);
		} else {
			put_out(command, writer_span(&writer));
		}
		writer_init(&writer, command->line, sizeof(command->line));
	}
	if (command->args.json) {
		text_put(&writer, n > 0 ? "],\"builtin\":false}" :
					  "],\"builtin\":true}");
		put_line(command, &writer);
	} else if (n == 0) {
		show_builtin(command, query);
	}
}

static int show(struct command *command, struct span query)
{
	struct modules *modules = &command->modules;
	struct span cmdline = modules->plan.cmdline;
	int r;

	/* Every name has a plan of its own. */
	modules_plan_init(&modules->plan, &modules->index, cmdline);
	r = modules_plan_name(&modules->plan, query);
	if (r == 0)
		show_plan(command, query);
	return r;
}

static int resolve(struct command *command, struct span query)
{
	char buffer[NAMES_SIZE];
	struct writer names, writer;
	struct reader reader;
	bool first = true;

	writer_init(&names, buffer, sizeof(buffer));
	modules_resolve(&command->modules.plan, query, &names);
	if (writer_failed(&names))
		return -ENOBUFS;
	if (writer_len(&names) == 0)
		return -ENOENT;
	if (!command->args.json) {
		put_out(command, writer_span(&names));
		return 0;
	}
	writer_init(&writer, command->line, sizeof(command->line));
	open_json(&writer, query);
	text_put(&writer, ",\"names\":[");
	reader_from_span(&reader, writer_span(&names));
	for (; reader_left(&reader) > 0; first = false) {
		text_put(&writer, first ? "\"" : ",\"");
		text_put_json(&writer, reader_until(&reader, '\n'));
		text_put(&writer, "\"");
	}
	text_put(&writer, "]}");
	put_line(command, &writer);
	return 0;
}

static int take(struct command *command, struct span query)
{
	switch (command->args.action) {
	case MODULES_ACTION_LOAD:
		return modules_plan_name(&command->modules.plan, query);
	case MODULES_ACTION_SHOW:
		return show(command, query);
	case MODULES_ACTION_RESOLVE:
		return resolve(command, query);
	case MODULES_ACTION_HELP:
	case MODULES_ACTION_VERSION:
		break;
	}
	return -EINVAL;
}

/* All modules of a directory of the tree, in the order of modules.dep. */
static int take_directory(struct command *command, struct span directory)
{
	struct reader lines;
	int result = -ENOENT;

	reader_from_span(&lines, command->modules.index.dep);
	while (reader_left(&lines) > 0) {
		struct reader line;
		struct span path;
		int r;

		reader_from_span(&line, reader_until(&lines, '\n'));
		path = reader_until(&line, ':');
		if (path.len <= directory.len ||
		    memcmp(path.data, directory.data, directory.len) != 0)
			continue;
		r = take(command, modules_path_name(path));
		if (result == -ENOENT || r < 0)
			result = r;
		if (r == -ENOBUFS)
			break;
	}
	return result;
}

static void handle(struct command *command, struct span query)
{
	bool may_be_absent = false;
	int r;

	if (query.len > 1 && query.data[query.len - 1] == '?') {
		query.len--;
		may_be_absent = true;
	}
	if (query.len > MODULES_ALIAS_MAX)
		r = -ENOBUFS;
	else if (query.len > 1 && query.data[query.len - 1] == '/')
		r = take_directory(command, query);
	else
		r = take(command, query);
	if (r < 0 && !(r == -ENOENT && may_be_absent))
		refuse(command, query, r);
}

static void handle_stdin(struct command *command)
{
	struct lines lines;
	struct span line;

	if (command->reads_stdin)
		return;
	command->reads_stdin = true;
	lines_init(&lines);
	for (;;) {
		size_t room;
		void *place = lines_place(&lines, &room);
		ssize_t n = read(STDIN_FILENO, place, room);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			refuse(command, span_of("-"), -errno);
			return;
		}
		if (n == 0) {
			/* the last line may lack its end */
			memcpy(place, "\n", 1);
			n = 1;
			room = 0;
		}
		lines_filled(&lines, (size_t)n);
		while (lines_next(&lines, &line)) {
			line = span_trim(line);
			if (line.len > 0 && line.data[0] != '#')
				handle(command, line);
		}
		if (room == 0)
			break;
	}
	while (lines.n_dropped-- > 0)
		refuse(command, span_of("a line of standard input"), -ENOBUFS);
}

/* What was asked to be loaded, at once: one plan, each module once. */
static void load(struct command *command)
{
	int kmsg AUTO_CLOSE = modules_insert_listen();
	struct modules *modules = &command->modules;
	struct module *module;

	while ((module = modules_next(modules))) {
		if (module->state == MODULES_FAILED)
			modules_insert_cancelled(module);
		else
			modules_done(modules, module,
				     modules_insert(modules->directory, module,
						    &modules->plan, kmsg));
	}
	if (modules->plan.n_failed > 0)
		command->n_failed++;
	if (modules->error < 0) {
		log_error("this kernel loads no module: %s",
			  strerror(-modules->error));
		command->n_failed++;
	}
}

/* The words of another machine's kernel are not known here. */
static struct span cmdline_of(struct command *command)
{
	size_t len;

	if (command->args.cmdline)
		return span_of(command->args.cmdline);
	if (command->args.root ||
	    command->args.action == MODULES_ACTION_RESOLVE ||
	    fd_read_file("/proc/cmdline", command->kernel_cmdline,
			 sizeof(command->kernel_cmdline), &len) < 0)
		return (struct span){ NULL, 0 };
	return (struct span){ (const uint8_t *)command->kernel_cmdline, len };
}

static int open_tree(struct command *command, const char *kernel)
{
	int r;

	if (!command->args.release)
		command->args.release = kernel;
	r = modules_open(&command->modules,
			 command->args.root ? command->args.root : "",
			 command->args.release, cmdline_of(command));
	/* It stays mapped until the end. */
	if (command->args.no_config)
		command->modules.index.config = (struct modules_config){ 0 };
	if (r < 0)
		log_error("%s/lib/modules/%s: %s",
			  command->args.root ? command->args.root : "",
			  command->args.release,
			  r == -ENOENT ? "no such directory, or no modules.dep "
					 "in it (has depmod run?)" :
					 strerror(-r));
	return r;
}

/* -1 to go on, or the exit status. */
static int begin(struct command *command, char **argv)
{
	struct writer text;
	int r;

	writer_init(&text, command->line, sizeof(command->line));
	r = modules_args_parse(argv, &command->args, &text);
	if (r < 0) {
		log_error("%s\nTry phase-modules --help", text_end(&text));
		return 2;
	}
	if (command->args.action == MODULES_ACTION_VERSION) {
		return fd_write_text(STDOUT_FILENO,
				     "Phase Boot " PHASE_VERSION "\n") < 0;
	}
	if (command->args.action == MODULES_ACTION_HELP) {
		modules_args_put_help(&text);
		return fd_write_text(STDOUT_FILENO, text_end(&text)) < 0;
	}
	if (command->args.action == MODULES_ACTION_LOAD && geteuid() != 0) {
		log_error("only root can load modules; --show-depends prints "
			  "what would be loaded");
		return 1;
	}
	return -1;
}

int modules_main(int argc, char **argv)
{
	struct command *command = pages_take(sizeof(*command));
	struct utsname kernel;
	int r;

	log_init("phase-modules", LOG_LEVEL_WARNING);
	if (!command) {
		log_error("%s", strerror(errno));
		return 1;
	}
	r = argc > 0 ? begin(command, ++argv) : 2;
	if (r >= 0)
		return r;
	if (command->args.verbose)
		log_set_level(LOG_LEVEL_DEBUG);
	writer_init(&command->output, command->output_buffer, OUTPUT_SIZE);
	if (uname(&kernel) < 0 || open_tree(command, kernel.release) < 0)
		return 1;
	for (unsigned int i = 0; i < command->args.n_names; i++) {
		if (strcmp(argv[i], "-") == 0)
			handle_stdin(command);
		else
			handle(command, span_of(argv[i]));
	}
	if (command->args.action == MODULES_ACTION_LOAD)
		load(command);
	modules_close(&command->modules);
	flush(command, (struct span){ NULL, 0 });
	if (command->output_error < 0) {
		log_error("output: %s", strerror(-command->output_error));
		return 1;
	}
	return command->n_failed > 0 ? 1 : 0;
}
