/* See providers_file.h. No heap: the file goes out a provider at a time. */
#include "init/providers_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/log.h"
#include "init/report.h"

#define VERSION 1
#define DELAY_MS 200

static void begin_line(struct json *json)
{
	if (json->comma)
		writer_u8(json->writer, ',');
	json->comma = false;
	writer_u8(json->writer, '\n');
}

static int put_all(int fd, const struct facts *facts)
{
	const struct providers *providers = &facts->providers;
	uint8_t buffer[PROVIDERS_JSON_MAX + 128];
	struct writer writer;
	struct json json;
	int r = 0;

	writer_init(&writer, buffer, sizeof(buffer));
	json_begin(&json, &writer);
	json_open(&json, '{');
	json_put_i64(&json, "version", VERSION);
	json_put_i64(&json, "updated", clock_ms());
	json_put_bool(&json, "searched", facts->searched);
	json_put_i64(&json, "over", (int64_t)providers->n_over);
	json_key(&json, span_of("services"));
	json_open(&json, '[');
	for (unsigned int i = 0; i < providers->n && r == 0; i++) {
		begin_line(&json);
		provider_put_json(&json, &providers->list[i]);
		r = fd_write(fd, buffer, writer_len(&writer));
		writer_init(&writer, buffer, sizeof(buffer));
	}
	json_close(&json, ']');
	json_close(&json, '}');
	writer_u8(&writer, '\n');
	if (r == 0)
		r = fd_write(fd, buffer, writer_len(&writer));
	return r;
}

static int replace(const struct facts *facts)
{
	int fd AUTO_CLOSE = -1;
	int r;

	if (mkdir(REPORT_DIRECTORY, 0755) < 0 && errno != EEXIST)
		return -errno;
	r = fd_replace_begin(FACTS_PROVIDERS_PATH, &fd);
	if (r < 0)
		return r;
	return fd_replace_end(FACTS_PROVIDERS_PATH, put_all(fd, facts));
}

void providers_file_save(struct providers_file *file)
{
	int r;

	loop_set_timer(file->loop, &file->timer, CLOCK_NEVER);
	file->next = file->loop->now + DELAY_MS;
	r = replace(file->facts);
	if (r < 0)
		log_info("no " FACTS_PROVIDERS_PATH ": %s", strerror(-r));
}

static void timer_expired(struct loop *loop UNUSED, struct loop_timer *timer)
{
	providers_file_save(timer->owner);
}

void providers_file_init(struct providers_file *file, const struct facts *facts,
			 struct loop *loop)
{
	*file = (struct providers_file){
		.facts = facts,
		.loop = loop,
		.timer = { CLOCK_NEVER, timer_expired, file },
	};
}

void providers_file_note(struct providers_file *file)
{
	int64_t now = file->loop->now;

	if (file->timer.due == CLOCK_NEVER)
		loop_set_timer(file->loop, &file->timer,
			       now > file->next ? now : file->next);
}
