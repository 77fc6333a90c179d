/* See searching.h. */
#include "init/searching.h"

#include <sys/wait.h>

#include "base/log.h"
#include "base/text.h"
#include "init/boot.h"
#include "init/shell.h"

#define LINE_MAX 1024

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
	char buffer[LINE_MAX];
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
	char buffer[LINE_MAX];
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
	char buffer[LINE_MAX];
	struct writer writer;

	writer_init(&writer, buffer, sizeof(buffer));
	provider_put_gone(&writer, gone);
	say(boot, gone->is_told && !ending_is_near(&boot->ending),
	    text_end(&writer));
	providers_file_note(&boot->searching.file);
}

void searching_over(struct boot *boot)
{
	/* What the search before this one has found, and this one has not. */
	while (providers_sweep(&boot->facts.providers))
		searching_lost(boot);
	providers_file_note(&boot->searching.file);
}

/* Starts phase-discover, or has it run again after the one that runs. */
static void start(struct boot *boot)
{
	struct searching *searching = &boot->searching;

	if (searching->child.supervise.state == SUPERVISE_RUNNING) {
		searching->again = true;
		return;
	}
	discovery_set_arguments(searching->argv, &boot->params, &boot->facts);
	searching->again = false;
	boot->facts.searched = false;
	providers_expect(&boot->facts.providers);
	reporting_begin(&boot->reporting, REPORT_DISCOVERY, "phase-discover");
	child_want(&searching->child);
	sessions_await_provider(boot);
}

void searching_begin(struct boot *boot)
{
	if (!ending_is_near(&boot->ending) && !root_is_leaving(&boot->root))
		start(boot);
}

static void line(struct child *child, struct span text)
{
	services_discovered(child->owner, text);
}

static void ended(struct child *child, int status)
{
	struct boot *boot = child->owner;
	bool refused = WIFEXITED(status) &&
		       WEXITSTATUS(status) == DISCOVERY_EXIT_USAGE;
	bool failed = WIFSIGNALED(status) || WEXITSTATUS(status) > 1;

	reporting_end(&boot->reporting, REPORT_DISCOVERY, "phase-discover",
		      failed ? "failed" : NULL);

	boot->facts.searched = true;
	if (ending_is_near(&boot->ending))
		return;
	if (root_is_leaving(&boot->root)) {
		/* It was ended. */
	} else if (refused && boot->params.provider[0]) {
		/* The one argument that a user has written. */
		log_warning("phase.provider= is ignored");
		boot->params.provider[0] = '\0';
		boot->searching.again = true;
	} else if (failed) {
		log_warning("discovery failed; `phase-discover` tells why");
	}
	if (boot->searching.again)
		start(boot);
	sessions_consider(boot);
}

void searching_init(struct boot *boot)
{
	struct searching *searching = &boot->searching;

	searching->child = (struct child){
		.name = "phase-discover",
		.policy = SUPERVISE_ONCE,
		.spec = { .path = DISCOVERY_PATH,
			  .argv = searching->argv,
			  .envp = environment,
			  .directory = "/" },
		.reports = true,
		.line = line,
		.ended = ended,
		.owner = boot,
	};
	child_init(&searching->child, &boot->loop);
	/* It ends by itself; one that does not has gone wrong. */
	supervise_set_limit(&searching->child.supervise, DISCOVERY_LIMIT_MS);
	searching->summary = (struct loop_timer){ CLOCK_NEVER, summary_expired,
						  boot };
	providers_file_init(&searching->file, &boot->facts, &boot->loop);
}
