/* See providers.h. */
#include "init/providers.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"

/* The strings, in the order of the JSON object. Its members have '_' for
 * '-'. */
static const struct string_field {
	char key[15];
	uint16_t offset;
	uint16_t size;
} strings[] = {
#define STRING(key, name)                                                      \
	{                                                                      \
		key, offsetof(struct provider, name),                          \
			sizeof(((struct provider *)0)->name)                   \
	}
	STRING("source", source),
	STRING("instance", instance),
	STRING("interface", interface),
	STRING("domain", domain),
	STRING("host", host),
	STRING("address", address),
	STRING("url", url),
	STRING("manifest", manifest),
	STRING("manifest-state", manifest_state),
	STRING("channel", channel),
	STRING("arch", arch),
	STRING("version", version),
	STRING("health", health),
#undef STRING
};

static const char *string_of(const struct provider *provider,
			     const struct string_field *field)
{
	return (const char *)provider + field->offset;
}

static bool get_bool(const struct record *record, const char *key)
{
	char value[4];

	return record_get(record, key, value, sizeof(value)) == 0 &&
	       strcmp(value, "yes") == 0;
}

/* The provider that RECORD speaks of; false when it says too little. */
static bool read_provider(const struct record *record,
			  struct provider *ret_provider)
{
	uint64_t number;

	*ret_provider = (struct provider){ .latency_ms = -1 };
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		char *value = (char *)ret_provider + strings[i].offset;

		if (record_get(record, strings[i].key, value, strings[i].size) <
		    0)
			value[0] = '\0';
	}
	if (record_get_u64(record, "port", UINT16_MAX, &number) == 0)
		ret_provider->port = (uint16_t)number;
	if (record_get_u64(record, "latency-ms", INT32_MAX, &number) == 0)
		ret_provider->latency_ms = (int64_t)number;
	ret_provider->suitable = get_bool(record, "suitable");
	ret_provider->best = get_bool(record, "best");
	ret_provider->near = get_bool(record, "near");
	return ret_provider->url[0] || ret_provider->instance[0];
}

static bool is_same(const struct provider *a, const struct provider *b)
{
	/* Of one that is gone the domain may not be told. */
	if (strcmp(a->source, b->source) != 0 ||
	    strcmp(a->interface, b->interface) != 0 ||
	    strcmp(a->instance, b->instance) != 0 ||
	    (a->domain[0] && b->domain[0] && strcmp(a->domain, b->domain) != 0))
		return false;
	return a->instance[0] || strcmp(a->url, b->url) == 0;
}

/* Whether nothing that it says differs. */
static bool is_equal(const struct provider *a, const struct provider *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		if (strcmp(string_of(a, &strings[i]),
			   string_of(b, &strings[i])) != 0)
			return false;
	}
	return a->port == b->port && a->latency_ms == b->latency_ms &&
	       a->suitable == b->suitable && a->best == b->best &&
	       a->near == b->near;
}

static bool find(const struct providers *providers,
		 const struct provider *provider, unsigned int *ret_index)
{
	for (unsigned int i = 0; i < providers->n; i++) {
		if (!is_same(&providers->list[i], provider))
			continue;
		*ret_index = i;
		return true;
	}
	return false;
}

static int worth(const struct provider *provider)
{
	return 2 * provider->best + provider->suitable;
}

static void take_out(struct providers *providers, unsigned int index)
{
	providers->n--;
	memmove(&providers->list[index], &providers->list[index + 1],
		(providers->n - index) * sizeof(providers->list[0]));
}

/* Behind all that are worth as much; false when there is no room. */
static bool put_in(struct providers *providers, const struct provider *provider,
		   unsigned int *ret_index)
{
	unsigned int i = 0;

	while (i < providers->n &&
	       worth(&providers->list[i]) >= worth(provider))
		i++;
	if (providers->n == PROVIDERS_MAX) {
		providers->n_over++;
		if (i == PROVIDERS_MAX)
			return false;
		take_out(providers, PROVIDERS_MAX - 1);
	}
	memmove(&providers->list[i + 1], &providers->list[i],
		(providers->n - i) * sizeof(providers->list[0]));
	providers->list[i] = *provider;
	providers->n++;
	*ret_index = i;
	return true;
}

/* There is one best: it makes way for another. */
static void demote(struct providers *providers)
{
	struct provider old = providers->list[0];
	unsigned int index;

	if (providers->n == 0 || !old.best)
		return;
	take_out(providers, 0);
	old.best = false;
	/* There is room where it was. */
	put_in(providers, &old, &index);
}

enum providers_change providers_found(struct providers *providers,
				      const struct record *record,
				      unsigned int *ret_index)
{
	struct provider provider;
	unsigned int i;

	if (!read_provider(record, &provider))
		return PROVIDERS_MALFORMED;
	if (find(providers, &provider, &i)) {
		struct provider *old = &providers->list[i];

		old->is_stale = false;
		if (is_equal(old, &provider))
			return PROVIDERS_NOTHING;
		provider.is_told = old->is_told;
		provider.told_suitable = old->told_suitable;
		if (worth(old) == worth(&provider)) {
			*old = provider;
			*ret_index = i;
			return PROVIDERS_FOUND;
		}
		take_out(providers, i);
	}
	if (provider.best)
		demote(providers);
	return put_in(providers, &provider, ret_index) ? PROVIDERS_FOUND :
							 PROVIDERS_NOTHING;
}

static void go(struct providers *providers, unsigned int index)
{
	providers->gone = providers->list[index];
	take_out(providers, index);
}

enum providers_change providers_lost(struct providers *providers,
				     const struct record *record)
{
	struct provider provider;
	unsigned int i;

	if (!read_provider(record, &provider))
		return PROVIDERS_MALFORMED;
	if (!find(providers, &provider, &i))
		return PROVIDERS_NOTHING;
	go(providers, i);
	return PROVIDERS_GONE;
}

bool providers_suit(const struct providers *providers)
{
	for (unsigned int i = 0; i < providers->n; i++) {
		if (providers->list[i].suitable)
			return true;
	}
	return false;
}

void providers_expect(struct providers *providers)
{
	for (unsigned int i = 0; i < providers->n; i++)
		providers->list[i].is_stale = true;
}

bool providers_sweep(struct providers *providers)
{
	for (unsigned int i = 0; i < providers->n; i++) {
		if (!providers->list[i].is_stale)
			continue;
		go(providers, i);
		return true;
	}
	return false;
}

bool provider_is_news(struct provider *provider)
{
	if (strcmp(provider->health, "unchecked") == 0 ||
	    (provider->is_told &&
	     provider->told_suitable == provider->suitable))
		return false;
	provider->is_told = true;
	provider->told_suitable = provider->suitable;
	return true;
}

void providers_told(struct providers *providers)
{
	for (unsigned int i = 0; i < providers->n; i++) {
		providers->list[i].is_told = true;
		providers->list[i].told_suitable = providers->list[i].suitable;
	}
}

static void put(struct writer *writer, const char *before, const char *text)
{
	if (text[0] == '\0')
		return;
	text_put(writer, before);
	text_put_escaped(writer, span_of(text));
}

void provider_put(struct writer *writer, const struct provider *provider)
{
	bool failed = strcmp(provider->health, "unhealthy") == 0 ||
		      strcmp(provider->health, "unreachable") == 0;

	text_put(writer, "provider");
	put(writer, "  ", provider->url);
	put(writer, "  ", provider->instance);
	put(writer, "  (", provider->source);
	put(writer, provider->source[0] ? ", " : "  (", provider->health);
	if (provider->source[0] || provider->health[0])
		text_put(writer, ")");
	/* Else that is why. */
	if (!provider->suitable && !failed)
		text_put(writer, "  not for this architecture and channel");
}

void provider_put_gone(struct writer *writer, const struct provider *provider)
{
	text_put(writer, "provider gone");
	put(writer, "  ", provider->url);
	put(writer, "  ", provider->instance);
	if (provider->source[0]) {
		put(writer, "  (", provider->source);
		text_put(writer, ")");
	}
}

static void put_member(struct json *json, const char *key, const char *value)
{
	char member[sizeof(strings[0].key)];
	size_t i = 0;

	for (; key[i] != '\0'; i++)
		member[i] = key[i] == '-' ? '_' : key[i];
	json_key(json, (struct span){ (const uint8_t *)member, i });
	if (value[0])
		json_string(json, span_of(value));
	else
		json_null(json);
}

void provider_put_json(struct json *json, const struct provider *provider)
{
	json_open(json, '{');
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		put_member(json, strings[i].key,
			   string_of(provider, &strings[i]));
	json_put_i64(json, "port", provider->port);
	json_key(json, span_of("latency_ms"));
	if (provider->latency_ms >= 0)
		json_i64(json, provider->latency_ms);
	else
		json_null(json);
	json_put_bool(json, "suitable", provider->suitable);
	json_put_bool(json, "best", provider->best);
	json_put_bool(json, "near", provider->near);
	json_close(json, '}');
}
