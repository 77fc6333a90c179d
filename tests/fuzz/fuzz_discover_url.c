/*
 * discover/url.c: the input is a URL. One that is taken holds nothing that
 * another reader could take for something else.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "discover/url.h"

static void check_address(const struct url *url)
{
	uint8_t again[16];
	struct writer writer;
	char text[64];

	if (!url->address.is_ipv6)
		return;
	writer_init(&writer, text, sizeof(text));
	text_put_ipv6(&writer, url->address.ipv6);
	if (text_parse_ipv6(writer_span(&writer), again) < 0 ||
	    memcmp(again, url->address.ipv6, 16) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct url url;

	if (url_parse((struct span){ data, size }, &url) < 0)
		return 0;
	if (url.port == 0 || url.host.len == 0)
		abort();
	for (size_t i = 0; i < size; i++) {
		if (data[i] <= ' ' || data[i] >= 0x7f || data[i] == '\\' ||
		    data[i] == '@')
			/* '@' may stand in a path, not before it. */
			if (data[i] != '@' || data + i < url.path.data)
				abort();
	}
	for (size_t i = 0; i + 3 < url.path.len; i++) {
		if (memcmp(url.path.data + i, "/../", 4) == 0)
			abort();
	}
	if (url.has_address)
		check_address(&url);
	return 0;
}
