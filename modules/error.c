/* See error.h; kernel/module/main.c and decompress.c say what means what. */
#include "modules/error.h"

#include <errno.h>

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

const char *modules_error_text(enum modules_stage stage, int error,
			       bool compressed)
{
	if (error < 0)
		error = -error;
	if (stage == MODULES_STAGE_OPEN)
		return open_error(error);
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
	case ETIMEDOUT:
		return "its device did not answer";
	case E2BIG:
	case EFBIG:
		return "it is too large";
	default:
		return "it failed to start (the kernel's log may tell why)";
	}
}
