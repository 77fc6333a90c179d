/*
 * /run/phase/services.json: the providers that there are, for programs and
 * scripts (docs/services.md). It follows what changes, at most five times a
 * second, and is always whole.
 */
#pragma once

#include "base/loop.h"
#include "init/facts.h"

struct providers_file {
	const struct facts *facts;
	struct loop *loop;
	struct loop_timer timer;
	int64_t next; /* not before then */
};

/* FACTS and LOOP stay the caller's. Nothing is written yet. */
void providers_file_init(struct providers_file *file, const struct facts *facts,
			 struct loop *loop);

/* Something has changed: the file will. */
void providers_file_note(struct providers_file *file);

/* The file is to be right now. */
void providers_file_save(struct providers_file *file);
