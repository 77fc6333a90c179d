/* init/params.c: the input is a command line. Whatever it is, the parameters
 * are usable, and complaints are whole lines that are safe to show. */
#include <stdlib.h>
#include <string.h>

#include "init/need.h"
#include "init/params.h"

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void complain(const char *message)
{
	size_t len = strlen(message);
	static const char ignored[] = "; ignored";

	check(strncmp(message, "unknown parameters: phase.", 26) == 0 ||
	      (strncmp(message, "phase.", 6) == 0 && len > sizeof(ignored) &&
	       strcmp(message + len - strlen(ignored), ignored) == 0));
	for (size_t i = 0; i < len; i++) {
		const uint8_t *c = (const uint8_t *)message + i;

		check(c[0] >= 0x20 && c[0] != 0x7f);
		if (c[0] == 0xc2)
			check(c[1] >= 0xa0);
	}
}

static void check_string(const char *string, size_t size)
{
	check(memchr(string, '\0', size) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct params *params = malloc(sizeof(*params));

	check(params != NULL);
	memset(params, 0xee, sizeof(*params));
	params_init(params);
	params_parse(params, (struct span){ data, size }, complain);
	check(params->mode >= PARAMS_MODE_INTERNET &&
	      params->mode <= PARAMS_MODE_PRIVATE);
	check(params_mode_name(params->mode) != NULL);
	check(params->log_level >= 3 && params->log_level <= 7);
	check(params->wait_ms >= 0 && params->wait_ms <= 2592000000);
	check(params->net_timeout_ms >= 0 &&
	      params->net_timeout_ms <= 2592000000);
	check(params->run_timeout_ms >= 0 &&
	      params->run_timeout_ms <= 2592000000);
	check(params->need >= NEED_NONE && params->need <= NEED_PROVIDER);
	check(params->exit_port >= 0 && params->exit_port <= 0xffff);
	check_string(params->channel, sizeof(params->channel));
	check_string(params->provider, sizeof(params->provider));
	check_string(params->run, sizeof(params->run));
	check_string(params->hostname, sizeof(params->hostname));
	check_string(params->machine_id, sizeof(params->machine_id));
	free(params);
	return 0;
}
