/* See lease_env.h. */
#include "dhcp/lease_env.h"

#include <errno.h>

#include "base/text.h"
#include "dhcp/lease_fields.h"

struct env {
	struct writer *writer;
	char **strings;
	size_t n, max; /* one is left for NULL */
	size_t value;  /* where the last string's begins */
};

static void begin(struct env *env, const char *name)
{
	if (env->n + 1 >= env->max) {
		writer_fail(env->writer);
		return;
	}
	env->strings[env->n++] = (char *)env->writer->pos;
	text_put(env->writer, name);
	writer_u8(env->writer, '=');
	env->value = writer_len(env->writer);
}

static void end(struct env *env)
{
	struct writer *writer = env->writer;

	for (size_t i = env->value; i < writer_len(writer); i++) {
		if (writer->start[i] < 0x20 || writer->start[i] == 0x7f)
			writer_patch_u8(writer, i, '?');
	}
	writer_u8(writer, '\0');
}

/* As udhcpc has an option that it has no name for. */
static void put_hex(struct writer *writer, const struct dhcp_field *field)
{
	if (field->kind == DHCP_FIELD_NUMBER)
		text_put_hex(writer, field->number, field->digits);
	for (uint32_t i = 0; i < field->n_hosts; i++)
		text_put_hex(writer, field->hosts[i], 8);
	text_put_hex_bytes(writer, field->span, 0);
}

/* Option 121 as "DESTINATION/PREFIX GATEWAY", option 33, whose routes are all
 * but the default, as "DESTINATION/GATEWAY". */
static void put_routes(struct env *env, const struct dhcp_lease *lease)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < lease->n_routes; i++) {
		const struct dhcp_route *route = &lease->routes[i];

		if (!lease->classless && route->prefix == 0)
			continue;
		if (n++ == 0)
			begin(env,
			      lease->classless ? "staticroutes" : "routes");
		else
			writer_u8(env->writer, ' ');
		if (lease->classless) {
			dhcp_route_put(env->writer, route);
			writer_u8(env->writer, ' ');
		} else {
			text_put_ipv4(env->writer, route->destination);
			writer_u8(env->writer, '/');
		}
		text_put_ipv4(env->writer, route->gateway);
	}
	if (n > 0)
		end(env);
}

static void put_text(struct env *env, const char *name, struct span value)
{
	if (value.len == 0)
		return;
	begin(env, name);
	writer_put(env->writer, value);
	end(env);
}

static void put_others(struct env *env, struct span others)
{
	struct reader reader;

	reader_from_span(&reader, others);
	while (reader_left(&reader) > 0) {
		char name[sizeof("opt255")];
		struct writer writer;

		writer_init(&writer, name, sizeof(name));
		text_put(&writer, "opt");
		text_put_u64(&writer, reader_u8(&reader));
		begin(env, text_end(&writer));
		text_put_hex_bytes(env->writer,
				   reader_span(&reader, reader_u8(&reader)), 0);
		end(env);
	}
}

static void put_field(struct env *env, const struct dhcp_lease *lease,
		      unsigned int i)
{
	struct dhcp_field field = dhcp_lease_field(lease, i);

	if (field.kind == DHCP_FIELD_ROUTES) {
		put_routes(env, lease);
		return;
	}
	/* T1 and T2 are always told, elsewhere. */
	if (!field.present ||
	    (field.kind == DHCP_FIELD_NUMBER && field.number == 0))
		return;
	begin(env, field.env);
	if (span_starts(span_of(field.env), "opt"))
		put_hex(env->writer, &field);
	else
		dhcp_field_put(env->writer, lease, &field, ' ');
	end(env);
}

int dhcp_lease_put_env(struct writer *writer, const char *interface,
		       const struct dhcp_lease *lease, char **env, size_t max)
{
	struct env out = { .writer = writer, .strings = env, .max = max };

	put_text(&out, "interface", span_of(interface));
	if (lease) {
		for (unsigned int i = 0; i < DHCP_FIELDS_N; i++)
			put_field(&out, lease, i);
		begin(&out, "subnet");
		text_put_ipv4(writer, dhcp_prefix_mask(lease->prefix));
		end(&out);
		put_text(&out, "boot_file", dhcp_raw_span(&lease->boot_file));
		put_text(&out, "sname", dhcp_raw_span(&lease->tftp_server));
		put_text(&out, "opt53", span_of("05"));
		put_others(&out, dhcp_raw_span(&lease->others));
	}
	if (writer_failed(writer))
		return -ENOBUFS;
	env[out.n] = NULL;
	return (int)out.n;
}
