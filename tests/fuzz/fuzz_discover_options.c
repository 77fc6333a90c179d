/*
 * discover/options.c, options_goal.c, options_value.c, parts.c, template.c:
 * the input is a command line, an argument a line. What is taken is whole;
 * what is refused is refused with a sentence that a terminal can show.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "discover/options.h"
#include "discover/output.h"

#define ARGUMENTS_MAX 24
#define INPUT_MAX 2048

static void check_reason(struct span reason)
{
	if (reason.len == 0)
		abort();
	for (size_t i = 0; i < reason.len; i++) {
		if (reason.data[i] < 0x20 || reason.data[i] == 0x7f)
			abort();
	}
}

/* The labels and the domain are the name, and end where a label does. */
static void check_name(const struct options *options)
{
	struct dns_name domain = { .len = 0 };
	char text[1024];
	struct dns_name again;
	struct writer writer;
	size_t at = 0;

	if (options->goal == OPTIONS_SSDP) {
		if (options->name.len > 0 || options->is_local_name)
			abort();
		return;
	}
	while (at < options->labels_len)
		at += 1u + options->name.wire[at];
	if (at != options->labels_len || at >= options->name.len)
		abort();
	writer_init(&writer, text, sizeof(text));
	dns_name_put(&writer, &options->name);
	if (dns_name_parse(writer_span(&writer), &again) < 0 ||
	    !dns_name_equal(&again, &options->name))
		abort();
	domain.len = (uint8_t)(options->name.len - at);
	memcpy(domain.wire, options->name.wire + at, domain.len);
	if (!options->is_local_name &&
	    (options->n_domains != 1 ||
	     !dns_name_equal(&domain, &options->domains[0])))
		abort();
	if (!options->is_local_name && !options->is_unicast_name)
		abort();
}

static void fill_template(const struct template *template)
{
	static uint8_t line[16 * INPUT_MAX];
	struct service service = { .source = SERVICE_MDNS };
	struct template_context context = { "service", "_x._tcp", true };
	struct writer writer;

	memset(service.instance, 0xff, sizeof(service.instance));
	service.instance_len = sizeof(service.instance);
	writer_init(&writer, line, sizeof(line));
	template_put(&writer, template, &context, &service);
	context.is_raw = false;
	template_put(&writer, template, &context, &service);
	if (writer_failed(&writer))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char program[] = "phase-discover", copy[INPUT_MAX + 1], text[8192];
	char *argv[ARGUMENTS_MAX + 2] = { program };
	struct options options;
	struct writer reason;
	size_t n = 1;

	if (size > INPUT_MAX)
		return 0;
	memcpy(copy, data, size);
	copy[size] = '\0';
	for (char *line = strtok(copy, "\n"); line && n <= ARGUMENTS_MAX;
	     line = strtok(NULL, "\n"))
		argv[n++] = line;
	writer_init(&reason, text, sizeof(text));
	switch (options_parse(argv, &options, &reason)) {
	case OPTIONS_RUN:
		break;
	case OPTIONS_HELP:
	case OPTIONS_VERSION:
		return 0;
	case OPTIONS_WRONG:
		if (!writer_failed(&reason))
			check_reason(writer_span(&reason));
		return 0;
	}
	check_name(&options);
	if (options.format == OPTIONS_TEMPLATE)
		fill_template(&options.template);
	return 0;
}
