/* See manifest.h. */
#include "discover/manifest.h"

#include <errno.h>
#include <string.h>

#include "discover/manifest_part.h"

/* The keys that say something to us. */
enum key {
	KEY_MANIFEST_VERSION,
	KEY_SCHEMA_VERSION,
	KEY_PAYLOAD,
	KEY_SIGNATURES,
	KEY_SIGNATURE,
	KEY_VERSION,
	KEY_ARCH,
	KEY_CHANNEL,
	KEY_OTHER,
};

static const char key_names[][17] = {
	[KEY_MANIFEST_VERSION] = "manifest_version",
	[KEY_SCHEMA_VERSION] = "schema_version",
	[KEY_PAYLOAD] = "payload",
	[KEY_SIGNATURES] = "signatures",
	[KEY_SIGNATURE] = "signature",
	[KEY_VERSION] = "version",
	[KEY_ARCH] = "arch",
	[KEY_CHANNEL] = "channel",
};

_Static_assert(ARRAY_SIZE(key_names) == KEY_OTHER, "a key has no name");

void manifest_init(struct manifest *manifest)
{
	memset(manifest, 0, sizeof(*manifest));
	manifest->state = MANIFEST_VALUE;
	manifest->key = manifest->inner = KEY_OTHER;
}

static bool is_word(const struct manifest *manifest, const char *word)
{
	size_t len = strlen(word);

	return manifest->word_len == len &&
	       memcmp(manifest->word, word, len) == 0;
}

static void keep_word(const struct manifest *manifest,
		      char ret_word[MANIFEST_WORD_MAX])
{
	if (manifest->word_len >= MANIFEST_WORD_MAX)
		return;
	for (size_t i = 0; i < manifest->word_len; i++) {
		if (manifest->word[i] < 0x20 || manifest->word[i] > 0x7e)
			return;
	}
	memcpy(ret_word, manifest->word, manifest->word_len);
	ret_word[manifest->word_len] = '\0';
}

/* Which key of ours the value at hand belongs to. */
static enum key key_here(const struct manifest *manifest)
{
	if (manifest->depth == 1)
		return (enum key)manifest->key;
	if (manifest->depth == 2 && manifest->key == KEY_PAYLOAD &&
	    manifest_in_object(manifest))
		return (enum key)manifest->inner;
	return KEY_OTHER;
}

static bool is_of_payload(enum key key)
{
	return key == KEY_VERSION || key == KEY_ARCH || key == KEY_CHANNEL;
}

/* A key of the top, or of the payload, has ended. */
void manifest_take_key(struct manifest *manifest)
{
	bool is_top = manifest->depth == 1;
	unsigned int key;

	if (!is_top && (manifest->depth != 2 || manifest->key != KEY_PAYLOAD))
		return;
	for (key = 0; key < KEY_OTHER; key++) {
		if (is_word(manifest, key_names[key]))
			break;
	}
	if (!is_top && !is_of_payload((enum key)key))
		key = KEY_OTHER;
	if (key != KEY_OTHER && (manifest->seen >> key & 1)) {
		manifest->state = MANIFEST_REFUSED;
		return;
	}
	manifest->seen |= 1u << key;
	if (is_top)
		manifest->key = (uint8_t)key;
	else
		manifest->inner = (uint8_t)key;
}

void manifest_take_string(struct manifest *manifest)
{
	switch (key_here(manifest)) {
	case KEY_VERSION:
		keep_word(manifest, manifest->version);
		break;
	case KEY_ARCH:
		keep_word(manifest, manifest->arch);
		break;
	case KEY_CHANNEL:
		keep_word(manifest, manifest->channel);
		break;
	case KEY_SIGNATURE:
		manifest->has_signature = manifest->word_len > 0;
		break;
	case KEY_MANIFEST_VERSION:
	case KEY_SCHEMA_VERSION:
	case KEY_PAYLOAD:
	case KEY_SIGNATURES:
	case KEY_OTHER:
		break;
	}
}

void manifest_take_number(struct manifest *manifest)
{
	enum key key = key_here(manifest);

	if (key != KEY_MANIFEST_VERSION && key != KEY_SCHEMA_VERSION)
		return;
	/* Of another version we know nothing; of two it is both or none. */
	if (!is_word(manifest, "1") || manifest->form != MANIFEST_FORM_NONE)
		manifest->state = MANIFEST_REFUSED;
	else
		manifest->form = key == KEY_MANIFEST_VERSION ? MANIFEST_FORM_A :
							       MANIFEST_FORM_C;
}

/* An object in the list of signatures is one. */
void manifest_take_object(struct manifest *manifest)
{
	if (manifest->depth == 2 && manifest->key == KEY_SIGNATURES &&
	    !manifest_in_object(manifest))
		manifest->has_signatures = true;
}

int manifest_end(struct manifest *manifest)
{
	if (manifest->state != MANIFEST_WHOLE)
		return -EBADMSG;
	switch (manifest->form) {
	case MANIFEST_FORM_NONE:
		return -EBADMSG;
	case MANIFEST_FORM_A:
		manifest->is_signed = manifest->has_signatures;
		break;
	case MANIFEST_FORM_C:
		manifest->is_signed = manifest->has_signature;
		break;
	}
	return 0;
}
