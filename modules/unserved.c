/* See unserved.h. */
#include "modules/unserved.h"

#include <string.h>

void modules_unserved_init(struct modules_unserved *unserved)
{
	unserved->n_listed = 0;
	unserved->n_left_out = 0;
	unserved->text_len = 0;
}

static bool find(const struct modules_unserved *unserved, struct span modalias,
		 unsigned int *ret_place)
{
	for (unsigned int i = 0; i < unserved->n_listed; i++) {
		if (span_equal(unserved->list[i], modalias)) {
			*ret_place = i;
			return true;
		}
	}
	return false;
}

void modules_unserved_add(struct modules_unserved *unserved,
			  struct span modalias)
{
	uint8_t *place = unserved->text + unserved->text_len;
	unsigned int known;

	if (find(unserved, modalias, &known))
		return;
	if (unserved->n_listed == MODULES_UNSERVED_MAX ||
	    modalias.len > sizeof(unserved->text) - unserved->text_len) {
		unserved->n_left_out++;
		return;
	}
	if (modalias.len > 0)
		memcpy(place, modalias.data, modalias.len);
	unserved->text_len += modalias.len;
	unserved->list[unserved->n_listed++] = (struct span){ place,
							      modalias.len };
}

void modules_unserved_remove(struct modules_unserved *unserved,
			     struct span modalias)
{
	unsigned int place;

	if (!find(unserved, modalias, &place))
		return;
	unserved->n_listed--;
	memmove(&unserved->list[place], &unserved->list[place + 1],
		(unserved->n_listed - place) * sizeof(unserved->list[0]));
}
