/* See error.h; kernel/module/main.c and decompress.c say what means what. */
#include "modules/error.h"

#include <errno.h>
#include <string.h>

#include "base/compiler.h"
#include "base/text.h"
#include "modules/index.h"

static const char *open_error(int error)
{
	switch (error) {
	case ENOENT:
		return "its file is not there, though modules.dep names it: "
		       "put it there or run depmod again";
	case EFBIG:
		return "its file is too large to be a module";
	case ENODATA:
		return "its file is empty";
	case EISDIR:
	case EINVAL:
		return "what modules.dep names is not a file";
	case EACCES:
	case EPERM:
		return "its file may not be read";
	case EIO:
		return "its file cannot be read";
	default:
		return "its file cannot be opened";
	}
}

static const char *unpack_error(int error)
{
	switch (error) {
	case EFBIG:
		return "it says that it is larger than 128 MB when unpacked, "
		       "which no module is";
	default:
		return "its file is cut off or damaged, or not compressed as "
		       "its name says";
	}
}

const char *modules_error_text(enum modules_stage stage, int error,
			       bool compressed)
{
	if (error < 0)
		error = -error;
	if (stage == MODULES_STAGE_OPEN)
		return open_error(error);
	if (stage == MODULES_STAGE_UNPACK)
		return unpack_error(error);
	switch (error) {
	case ENOEXEC:
		return "it was built for another kernel or another machine, or "
		       "is damaged (the kernel's log has the details): take "
		       "the modules of exactly this kernel";
	case ENOENT:
		return "it needs a symbol that neither the kernel nor a loaded "
		       "module has (the kernel's log names it): modules.dep "
		       "is not of these modules, run depmod again";
	case EKEYREJECTED:
	case ENOKEY:
		return "it is not signed with a key that the kernel trusts, or "
		       "is damaged: take the modules of exactly this kernel";
	case EBADMSG:
		return "its signature is damaged";
	case ENOSYS:
		return "the kernel cannot load modules (CONFIG_MODULES is not "
		       "set): what is needed must be built in";
	case EOPNOTSUPP:
		return compressed ?
			       "the kernel cannot decompress modules "
			       "(CONFIG_MODULE_DECOMPRESS is not set, or is for "
			       "another format): store them uncompressed" :
			       "the kernel does not support it";
	case EINVAL:
		return compressed ?
			       "the kernel cannot decompress it: it is damaged "
			       "or of another format (the kernel's log has the "
			       "details); or store modules uncompressed" :
			       "the kernel refused a parameter of it, or its "
			       "contents";
	case EPERM:
	case EACCES:
		return "the kernel forbids it: module_blacklist=, lockdown, "
		       "modules_disabled, or no CAP_SYS_MODULE";
	case ENODEV:
	case ENXIO:
		return "it found no device that it is for";
	case ENOMEM:
		return "there is not enough memory";
	case EBUSY:
		return "it, or what it drives, is in use already";
	case ECHILD:
		return "the process that loaded it was killed: by a bug of "
		       "the driver, or for want of memory (the kernel's log "
		       "may tell)";
	case ETIMEDOUT:
		return "its device did not answer";
	case E2BIG:
	case EFBIG:
		return "it is too large";
	default:
		return "it failed to start (the kernel's log may tell why)";
	}
}

const char *modules_error_name(int error)
{
	/* No pointers: each would be relocated. */
	static const struct {
		uint8_t error;
		char name[15];
	} names[] = {
#define NAME(error) { error, #error }
		NAME(EPERM),	    NAME(ENOENT),    NAME(EIO),
		NAME(ENXIO),	    NAME(E2BIG),     NAME(ENOEXEC),
		NAME(EBADF),	    NAME(ECHILD),    NAME(EAGAIN),
		NAME(ENOMEM),	    NAME(EACCES),    NAME(EBUSY),
		NAME(EEXIST),	    NAME(ENODEV),    NAME(EISDIR),
		NAME(EINVAL),	    NAME(EFBIG),     NAME(ENOSYS),
		NAME(ENODATA),	    NAME(EBADMSG),   NAME(EOPNOTSUPP),
		NAME(ETIMEDOUT),    NAME(ECANCELED), NAME(ENOKEY),
		NAME(EKEYREJECTED),
#undef NAME
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].error == error || names[i].error == -error)
			return names[i].name;
	}
	return "E";
}

/* Documentation/ABI/testing/dev-kmsg: "level and facility,sequence number,
 * time,flags;text" and then lines that begin with a blank. */
bool modules_error_from_log(struct span record, struct span name,
			    struct span *ret_text)
{
	/* In kernel/module/, where the module's name is not known yet. */
	static const char unnamed[][13] = { "Invalid ", "Unsupported ",
					    "decompress", "Lockdown: " };
	struct reader reader, words;
	struct span text;
	uint64_t level;

	reader_from_span(&reader, record);
	/* Facility 0 is the kernel's: the rest is what userland wrote. */
	if (text_parse_u64(reader_until(&reader, ','), 7, &level) < 0)
		return false;
	reader_until(&reader, ';');
	text = span_trim(reader_until(&reader, '\n'));
	for (size_t i = 0; i < ARRAY_SIZE(unnamed); i++) {
		if (span_starts(text, unnamed[i])) {
			*ret_text = text;
			return true;
		}
	}
	reader_from_span(&words, text);
	if (!modules_name_equal(reader_until(&words, ':'), name) ||
	    reader_left(&words) == 0)
		return false;
	*ret_text = span_trim(reader_rest(&words));
	return true;
}
