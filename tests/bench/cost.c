/*
 * usage: cost			the cases, and the size each is counted at
 *	  cost CASE N		what it costs: ns of this process, bytes touched
 *	  cost --count CASE...	each once at its size, to be counted by callgrind
 */
#include "tests/bench/cost.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define BATCHES 5
#define BATCH_NS 10000000 /* and one run at least */

static struct cost cost;

void cost_check(int r, const char *what)
{
	if (r == 0)
		return;
	fprintf(stderr, "cost: %s: %s\n", what, strerror(r < 0 ? -r : r));
	exit(1);
}

void cost_packet(struct cost *c, size_t start)
{
	struct span all = writer_span(&c->input);

	cost_check(writer_failed(&c->input) ? -ENOBUFS : 0, "input");
	cost_check(c->n_packets == COST_PACKETS_MAX ? -ENOBUFS : 0, "packets");
	c->packets[c->n_packets++] = span_skip(all, start);
}

static void *pages(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cost_check(memory == MAP_FAILED ? errno : 0, "mmap");
	return memory;
}

/* How much of the state is in memory. */
static size_t touched(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n = 0;
	size_t n_pages = (size + page - 1) / page;
	unsigned char *is_there = pages(n_pages);

	cost_check(mincore(cost.state, size, is_there), "mincore");
	for (size_t i = 0; i < n_pages; i++)
		n += is_there[i] & 1;
	munmap(is_there, n_pages);
	return n * page;
}

static const struct cost_case *find(const char *name)
{
	const struct cost_case *lists[] = { cost_modules, cost_discover,
					    cost_boot };

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		for (const struct cost_case *c = lists[i]; c->name; c++) {
			if (!name)
				printf("%s %u\n", c->name, c->counted);
			else if (strcmp(c->name, name) == 0)
				return c;
		}
	}
	cost_check(name ? EINVAL : 0, name);
	return NULL;
}

/* callgrind counts what is in here, and nothing else. */
__attribute__((noipa)) void cost_measured(const struct cost_case *c);
__attribute__((noipa)) void cost_measured(const struct cost_case *c)
{
	c->run(&cost);
}

static void make(const struct cost_case *c, unsigned int n, uint8_t *input)
{
	memset(&cost, 0, sizeof(cost));
	cost.n = n;
	cost.state = pages(c->state_size);
	writer_init(&cost.input, input, COST_INPUT_MAX);
	c->make(&cost);
}

static int64_t used_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* The least of some batches: whatever else the machine does makes it more. */
static int64_t time_of(const struct cost_case *c)
{
	int64_t least = INT64_MAX;

	for (unsigned int i = 0; i < BATCHES; i++) {
		int64_t start = used_ns(), used;
		unsigned int runs = 0;

		do {
			cost_measured(c);
			runs++;
			used = used_ns() - start;
		} while (used < BATCH_NS);
		if (used / runs < least)
			least = used / runs;
	}
	return least;
}

int main(int argc, char **argv)
{
	uint8_t *input = pages(COST_INPUT_MAX);
	const struct cost_case *c;

	if (argc < 2) {
		find(NULL);
	} else if (strcmp(argv[1], "--count") == 0) {
		for (int i = 2; i < argc; i++) {
			c = find(argv[i]);
			make(c, c->counted, input);
			cost_measured(c);
		}
	} else if (argc == 3) {
		int64_t ns;

		c = find(argv[1]);
		make(c, (unsigned int)strtoul(argv[2], NULL, 10), input);
		ns = time_of(c);
		printf("%lld %zu\n", (long long)ns, touched(c->state_size));
	} else {
		return 2;
	}
	return 0;
}
