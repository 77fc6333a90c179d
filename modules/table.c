/* See table.h. Linear probing. */
#include "modules/table.h"

#include "modules/index.h"

uint32_t modules_table_first(const struct modules_table *table,
			     struct span name)
{
	return modules_name_hash(name) & (table->size - 1);
}

uint32_t modules_table_after(const struct modules_table *table, uint32_t place)
{
	return (place + 1) & (table->size - 1);
}

void modules_table_build(struct modules_table *table, struct span dep)
{
	struct reader reader;
	uint32_t n_lines = 0;

	table->size = 0;
	if (dep.len >= UINT32_MAX)
		return;
	reader_from_span(&reader, dep);
	while (reader_left(&reader) > 0) {
		reader_until(&reader, '\n');
		if (++n_lines > MODULES_TABLE_MAX / 2)
			return;
	}
	for (table->size = 16; table->size < 2 * n_lines;)
		table->size *= 2;
	for (uint32_t i = 0; i < table->size; i++)
		table->places[i] = 0;
	reader_from_span(&reader, dep);
	while (reader_left(&reader) > 0) {
		uint32_t offset = (uint32_t)(reader.pos - dep.data);
		struct reader line;
		uint32_t place;

		reader_from_span(&line, reader_until(&reader, '\n'));
		place = modules_table_first(
			table, modules_path_name(reader_until(&line, ':')));
		while (table->places[place] != 0)
			place = modules_table_after(table, place);
		table->places[place] = offset + 1;
	}
}
