/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Error numbers as the Xen ABI has them (they are Linux's). Functions return
 * them negated. On the host the C library's are the same and are used.
 */
#ifndef LIB_ERRNO_H
#define LIB_ERRNO_H

#ifdef HOST_BUILD
#include <errno.h>
#else
#define EPERM	   1
#define ENOENT	   2
#define ESRCH	   3
#define EINTR	   4
#define E2BIG	   7
#define ENOEXEC	   8
#define EAGAIN	   11
#define ENOMEM	   12
#define EACCES	   13
#define EFAULT	   14
#define EBUSY	   16
#define EEXIST	   17
#define ENODEV	   19
#define EINVAL	   22
#define ENOSPC	   28
#define ERANGE	   34
#define ENOSYS	   38
#define ENODATA	   61
#define ETIME	   62
#define ERESTART   85
#define EOPNOTSUPP 95
#define ENOBUFS	   105
#endif

#endif
