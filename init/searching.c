/* See searching.h. */
#include "init/searching.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "init/boot.h"
#include "init/shell.h"

#define TELL_MAX 1024
/* What a NIC has to get an address in before one is searched without. A DHCP
 * server takes a part of it, and is not to wait for a search. */
#define ADDRESS_MS 100

static const char *const environment[] = { SHELL_PATH, NULL };

/* On the console if it is NEWS, and there were not many such lines just now. */
static void say(struct boot *boot, bool news, const char *text)
{
	struct searching *searching = &boot->searching;

	if (news && quota_take(&searching->quota, boot->loop.now)) {
		log_notice("%s", text);
		return;
	}
	log_info("%s", text);
	if (news)
		loop_set_timer(&boot->loop, &searching->summary,
			       searching->quota.until);
}

/* In place of all the lines that were held back. */
static void summary_expired(struct loop *loop UNUSED, struct loop_timer *timer)
{
	struct boot *boot = timer->owner;
	const struct providers *providers = &boot->facts.providers;
	char buffer[TELL_MAX];
	struct writer writer;

	if (ending_is_near(&boot->ending))
		return;
	writer_init(&writer, buffer, sizeof(buffer));
	text_put_u64(&writer, quota_held(&boot->searching.quota));
	text_put(&writer,
		 " more changes of providers, see " FACTS_PROVIDERS_PATH);
	if (providers->n > 0 && providers->list[0].suitable) {
		text_put(&writer, "; the best is ");
		text_put_escaped(&writer, span_of(providers->list[0].url));
	}
	log_notice("%s", text_end(&writer));
}

void searching_found(struct boot *boot, struct provider *provider)
{
	struct searching *searching = &boot->searching;
	bool is_open = boot->sessions.started && !ending_is_near(&boot->ending);
	char buffer[TELL_MAX];
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	provider_put(&writer, provider);
	/* Before there is a session it is the banner that tells. */
	say(boot, is_open && provider_is_news(provider), text_end(&writer));
	if (boot->facts.providers.n_over > 0 && !searching->told_over) {
		searching->told_over = true;
		log_notice("more than %d providers; the rest is left out",
			   PROVIDERS_MAX);
	}
	providers_file_note(&searching->file);
	if (provider->suitable)
		sessions_hurry(boot);
}

void searching_lost(struct boot *boot)
{
	const struct provider *gone = &boot->facts.providers.gone;
	char buffer[TELL_MAX];
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	provider_put_gone(&writer, gone);
	say(boot, gone->is_told && !ending_is_near(&boot->ending),
	    text_end(&writer));
	providers_file_note(&boot->searching.file);
}

/* What the one before has found, and this one has not, has gone. */
static void settle(struct boot *boot)
{
	boot->facts.searched = true;
	while (providers_sweep(&boot->facts.providers))
		searching_lost(boot);
	providers_file_note(&boot->searching.file);
}

void searching_over(struct boot *boot)
{
	struct searching *searching = &boot->searching;

	searching->is_over = true;
	reporting_end(&boot->reporting, REPORT_DISCOVERY, "phase-discover",
		      NULL);
	child_grant(&searching->child,
		    boot->params.discover == PARAMS_DISCOVER_WATCH ?
			    0 :
			    DISCOVERY_LIMIT_MS);
	settle(boot);
}

/* Tells it DATA, which is whole lines. One that does not read them is ended,
 * and the next one told everything. */
static void pass_on(struct searching *searching, struct span data)
{
	if (searching->is_deaf ||
	    child_send(&searching->child, data.data, data.len) == 0)
		return;
	searching->is_deaf = true;
	child_kill(&searching->child);
}

void searching_hear(struct boot *boot, struct span line)
{
	struct searching *searching = &boot->searching;
	uint8_t buffer[RECORD_LINE_MAX + 1];
	struct writer writer;

	if (!discovery_hear(&searching->discovery, line))
		return;
	writer_init(&writer, buffer, sizeof(buffer));
	writer_put(&writer, line);
	writer_u8(&writer, '\n');
	pass_on(searching, writer_span(&writer));
	/* The search begins anew. */
	if (!searching->is_over)
		child_grant(&searching->child, DISCOVERY_LIMIT_MS);
}

static void started(struct child *child)
{
	struct boot *boot = child->owner;
	struct searching *searching = &boot->searching;
	uint8_t buffer[DISCOVERY_NIC_MAX];
	struct writer writer;

	searching->is_over = false;
	searching->is_deaf = false;
	providers_expect(&boot->facts.providers);
	reporting_begin(&boot->reporting, REPORT_DISCOVERY, "phase-discover");
	for (unsigned int i = 0; i < boot->facts.n_nics; i++) {
		writer_init(&writer, buffer, sizeof(buffer));
		discovery_put_nic(&writer, &searching->discovery,
				  &boot->facts.nics[i]);
		pass_on(searching, writer_span(&writer));
	}
}

static bool is_wanted(const struct boot *boot)
{
	return !boot->searching.is_off && !ending_is_near(&boot->ending) &&
	       !root_is_leaving(&boot->root);
}

static void begin(struct boot *boot)
{
	discovery_set_arguments(boot->searching.argv, &boot->params);
	child_want(&boot->searching.child);
}

static void linked(struct loop *loop UNUSED, struct loop_timer *timer)
{
	struct boot *boot = timer->owner;

	if (is_wanted(boot))
		begin(boot);
}

void searching_carrier(struct boot *boot)
{
	struct searching *searching = &boot->searching;
	struct loop_timer *timer = &searching->linked;

	/* That alone is no reason for another search. */
	if (searching->child.supervise.n_starts == 0 &&
	    timer->due == CLOCK_NEVER)
		loop_set_timer(&boot->loop, timer, boot->loop.now + ADDRESS_MS);
	else if (searching->child.supervise.n_starts > 0 &&
		 boot->params.discover == PARAMS_DISCOVER_WATCH)
		linked(&boot->loop, timer);
}

void searching_address(struct boot *boot)
{
	loop_set_timer(&boot->loop, &boot->searching.linked, CLOCK_NEVER);
	if (is_wanted(boot))
		begin(boot);
	sessions_await_provider(boot);
}

/* Whether there is a way to the group that is asked, 224.0.0.251: the network
 * that the kernel has, where nothing tells of its addresses. */
static bool has_network(void)
{
	int fd AUTO_CLOSE = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const struct sockaddr_in group = {
		.sin_family = AF_INET,
		.sin_port = htons(5353),
		.sin_addr.s_addr = htonl(0xe00000fb),
	};

	/* One that does not say so may have one: a search costs little. */
	return fd >= 0 && (connect(fd, (const struct sockaddr *)&group,
				   sizeof(group)) == 0 ||
			   errno != ENETUNREACH);
}

void searching_alone(struct boot *boot)
{
	boot->searching.is_alone = has_network();
	if (boot->searching.is_alone)
		searching_address(boot);
}

static void line(struct child *child, struct span text)
{
	services_discovered(child->owner, text);
}

static void ended(struct child *child, int status)
{
	struct boot *boot = child->owner;
	struct searching *searching = &boot->searching;
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	bool failed = WIFSIGNALED(status) || code > 1;

	reporting_end(&boot->reporting, REPORT_DISCOVERY, "phase-discover",
		      failed ? "failed" : NULL);
	if (!is_wanted(boot)) {
		boot->facts.searched = true;
		return;
	}
	if (code == DISCOVERY_EXIT_USAGE && boot->params.provider[0]) {
		/* The one argument that a user has written. */
		log_warning("phase.provider= is ignored");
		boot->params.provider[0] = '\0';
		begin(boot);
	} else if (code >= child->vain) {
		log_warning("discovery failed; `phase-discover` tells why");
		searching->is_off = true;
	}
	if (child->supervise.state == SUPERVISE_ENDED)
		settle(boot);
	sessions_consider(boot);
}

void searching_init(struct boot *boot)
{
	struct searching *searching = &boot->searching;
	bool watches = boot->params.discover == PARAMS_DISCOVER_WATCH;

	searching->child = (struct child){
		.name = "phase-discover",
		.policy = watches ? SUPERVISE_ALWAYS : SUPERVISE_ON_CRASH,
		.spec = { .path = DISCOVERY_PATH,
			  .argv = searching->argv,
			  .envp = environment,
			  .directory = "/" },
		.vain = DISCOVERY_EXIT_USAGE,
		.reports = true,
		.started = started,
		.line = line,
		.ended = ended,
		.owner = boot,
	};
	child_init(&searching->child, &boot->loop);
	/* One that does not say in time that its search is over hangs. */
	supervise_set_limit(&searching->child.supervise, DISCOVERY_LIMIT_MS);
	searching->is_off = boot->params.discover == PARAMS_DISCOVER_OFF;
	boot->facts.searched = searching->is_off;
	searching->linked = (struct loop_timer){ CLOCK_NEVER, linked, boot };
	searching->summary = (struct loop_timer){ CLOCK_NEVER, summary_expired,
						  boot };
	providers_file_init(&searching->file, &boot->facts, &boot->loop);
}
