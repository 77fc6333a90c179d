/*
 * What Debian's libmnl.a expects of glibc and musl does not have.
 *
 * Only its debug printer, mnl_nlmsg_fprintf(), asks for it; that shares an
 * object with the message builders, so the name must be there at the link.
 * It reports failure and prints nothing, which keeps stdio out.
 */
#include <stdio.h>

int __fprintf_chk(FILE *stream, int flag, const char *format, ...);

int __fprintf_chk(FILE *stream, int flag, const char *format, ...)
{
	(void)stream;
	(void)flag;
	(void)format;
	return -1;
}
