/* See status.h. */
#include "init/status.h"

#include "base/compiler.h"

#define PORT_OTHERS 127

unsigned char status_to_port(int status)
{
	static const struct {
		unsigned char first, last, value; /* of the first */
	} ranges[] = {
		{ 0, 62, 1 },	  { 63, 79, 80 },    { 99, 99, 97 },
		{ 119, 127, 98 }, { 129, 143, 107 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(ranges); i++) {
		if (status >= ranges[i].first && status <= ranges[i].last)
			return (unsigned char)(ranges[i].value + status -
					       ranges[i].first);
	}
	return PORT_OTHERS;
}
