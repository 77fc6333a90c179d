/*
 * Who the machine is: its host name and machine-id, from what the command
 * line, DHCP, the firmware and the first NIC say. All of that is foreign and
 * is checked here before anybody uses it. Pure.
 *
 * RFC 952, RFC 1123 §2.1 (host names), machine-id(5).
 */
#pragma once

#include "base/compiler.h"
#include "base/reader.h"
#include "base/writer.h"

#define IDENTITY_NAME_MAX 65 /* the kernel's 64, and the terminator */
#define IDENTITY_ID_MAX 33

/* A host name: labels of letters, digits and '-' (not at their ends) with a
 * dot between, 64 bytes at most. -EBADMSG when TEXT is none. */
MUST_CHECK int identity_read_name(struct span text,
				  char ret_name[IDENTITY_NAME_MAX]);

/* The same of a name that the network gives: of a full one its first label,
 * and never "localhost". */
MUST_CHECK int identity_read_foreign_name(struct span text,
					  char ret_name[IDENTITY_NAME_MAX]);

/* "phase-525400123456" of "52:54:00:12:34:56". -EBADMSG. */
MUST_CHECK int identity_name_of_mac(struct span mac,
				    char ret_name[IDENTITY_NAME_MAX]);

/* A machine-id: 32 hexadecimal digits, or a UUID with its dashes, blanks
 * around it; the result is in lower case. -EBADMSG when TEXT is none, or one
 * that firmware has when nobody gave it any. */
MUST_CHECK int identity_read_id(struct span text, char ret_id[IDENTITY_ID_MAX]);

/* A machine-id from something else that is the machine's own: FNV-1a of 128
 * bits over "KIND VALUE". No secret: who knows the value knows the id. */
void identity_make_id(const char *kind, struct span value,
		      char ret_id[IDENTITY_ID_MAX]);

/* /etc/hosts for a machine of that NAME. */
void identity_put_hosts(struct writer *writer, const char *name);
