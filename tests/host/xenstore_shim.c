// SPDX-License-Identifier: BSD-2-Clause
/*
 * LD_PRELOAD for a xenstore daemon on a plain Linux: the hypervisor's
 * libraries, faked. Rings are files in $SHIM_DIR (ring.N), an event is a
 * datagram with a port to $SHIM_DIR/evt, our port of domain N is 10 + N, and
 * every domain exists. Serves our daemon and Debian's C xenstored and
 * oxenstored, so that one test can ask all the same.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define FAKE __attribute__((visibility("default")))

static int events = -1;
static char handle[64];

static void path_in_dir(char *path, size_t size, const char *name)
{
	(void)snprintf(path, size, "%s/%s", getenv("SHIM_DIR"), name);
}

FAKE void *xenevtchn_open(void *logger, unsigned int flags);
FAKE void *xenevtchn_open(void *logger, unsigned int flags)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	(void)logger;
	(void)flags;
	path_in_dir(addr.sun_path, sizeof(addr.sun_path), "evt");
	events = socket(AF_UNIX, SOCK_DGRAM, 0);
	(void)unlink(addr.sun_path);
	if (bind(events, (struct sockaddr *)&addr, sizeof(addr))) {
		return NULL;
	}
	return handle;
}

FAKE void *xenevtchn_fdopen(void *logger, int fd, unsigned int flags);
FAKE void *xenevtchn_fdopen(void *logger, int fd, unsigned int flags)
{
	(void)logger;
	(void)flags;
	events = fd;
	return handle;
}

FAKE int xenevtchn_close(void *h);
FAKE int xenevtchn_close(void *h)
{
	(void)h;
	return close(events);
}

FAKE int xenevtchn_fd(void *h);
FAKE int xenevtchn_fd(void *h)
{
	(void)h;
	return events;
}

FAKE int xenevtchn_bind_interdomain(void *h, uint32_t domid, uint32_t port);
FAKE int xenevtchn_bind_interdomain(void *h, uint32_t domid, uint32_t port)
{
	(void)h;
	(void)port;
	return (int)(10 + domid);
}

FAKE int xenevtchn_bind_virq(void *h, unsigned int virq);
FAKE int xenevtchn_bind_virq(void *h, unsigned int virq)
{
	(void)h;
	return (int)virq;
}

FAKE int xenevtchn_pending(void *h);
FAKE int xenevtchn_pending(void *h)
{
	int port = -1;

	(void)h;
	if (recv(events, &port, sizeof(port), MSG_DONTWAIT) != sizeof(port)) {
		return -1;
	}
	return port;
}

FAKE int xenevtchn_notify(void *h, uint32_t port);
FAKE int xenevtchn_notify(void *h, uint32_t port)
{
	(void)h;
	(void)port;
	return 0;
}

FAKE int xenevtchn_unbind(void *h, uint32_t port);
FAKE int xenevtchn_unbind(void *h, uint32_t port)
{
	(void)h;
	(void)port;
	return 0;
}

FAKE int xenevtchn_unmask(void *h, uint32_t port);
FAKE int xenevtchn_unmask(void *h, uint32_t port)
{
	(void)h;
	(void)port;
	return 0;
}

FAKE void *xengnttab_open(void *logger, unsigned int flags);
FAKE void *xengnttab_open(void *logger, unsigned int flags)
{
	(void)logger;
	(void)flags;
	return handle;
}

FAKE int xengnttab_close(void *h);
FAKE int xengnttab_close(void *h)
{
	(void)h;
	return 0;
}

FAKE int xengnttab_set_max_grants(void *h, uint32_t count);
FAKE int xengnttab_set_max_grants(void *h, uint32_t count)
{
	(void)h;
	(void)count;
	return 0;
}

FAKE void *xengnttab_map_grant_ref(void *h, uint32_t domid, uint32_t ref,
				   int prot);
FAKE void *xengnttab_map_grant_ref(void *h, uint32_t domid, uint32_t ref,
				   int prot)
{
	char name[32];
	char path[256];
	void *page;
	int fd;

	(void)h;
	(void)ref;
	(void)snprintf(name, sizeof(name), "ring.%u", domid);
	path_in_dir(path, sizeof(path), name);
	fd = openat(AT_FDCWD, path, O_RDWR | O_CREAT, 0600);
	if (fd < 0 || ftruncate(fd, 4096)) {
		return NULL;
	}
	page = mmap(NULL, 4096, prot, MAP_SHARED, fd, 0);
	(void)close(fd);
	return page == MAP_FAILED ? NULL : page;
}

FAKE int xengnttab_unmap(void *h, void *page, uint32_t count);
FAKE int xengnttab_unmap(void *h, void *page, uint32_t count)
{
	(void)h;
	return munmap(page, 4096 * (size_t)count);
}

/* Handles of the libraries that are only opened and closed here. */
FAKE void *xc_interface_open(void *a, void *b, unsigned int flags);
FAKE void *xc_interface_open(void *a, void *b, unsigned int flags)
{
	(void)a;
	(void)b;
	(void)flags;
	return handle;
}

FAKE int xc_interface_close(void *h);
FAKE int xc_interface_close(void *h)
{
	(void)h;
	return 0;
}

/* The first field of the answer is the domain's number. */
FAKE int xc_domain_getinfo(void *h, uint32_t first, unsigned int max,
			   void *info);
FAKE int xc_domain_getinfo(void *h, uint32_t first, unsigned int max,
			   void *info)
{
	(void)h;
	(void)max;
	memset(info, 0, 64);
	memcpy(info, &first, sizeof(first));
	return 1;
}

FAKE void *xencall_open(void *logger, unsigned int flags);
FAKE void *xencall_open(void *logger, unsigned int flags)
{
	(void)logger;
	(void)flags;
	return handle;
}

FAKE int xencall_close(void *h);
FAKE int xencall_close(void *h)
{
	(void)h;
	return 0;
}

FAKE void *xencall_alloc_buffer(void *h, size_t size);
FAKE void *xencall_alloc_buffer(void *h, size_t size)
{
	(void)h;
	return calloc(1, size);
}

FAKE void xencall_free_buffer(void *h, void *buffer);
FAKE void xencall_free_buffer(void *h, void *buffer)
{
	(void)h;
	free(buffer);
}

/* Only getdomaininfo comes here: the domain asked for is alive and well. */
FAKE int xencall1(void *h, unsigned int op, uint64_t arg);
FAKE int xencall1(void *h, unsigned int op, uint64_t arg)
{
	char *domctl = (char *)(uintptr_t)arg;

	(void)h;
	(void)op;
	memcpy(domctl + 16, domctl + 8, sizeof(uint16_t));
	return 0;
}

FAKE void *xenforeignmemory_open(void *logger, unsigned int flags);
FAKE void *xenforeignmemory_open(void *logger, unsigned int flags)
{
	(void)logger;
	(void)flags;
	return handle;
}

FAKE int xenforeignmemory_close(void *h);
FAKE int xenforeignmemory_close(void *h)
{
	(void)h;
	return 0;
}

/*
 * The files of xenfs, and the folder that oxenstored cannot be told, are in
 * our folder; the rest is where it is.
 */
static const char *redirect(const char *path, char *buf, size_t size)
{
	static const char *const moved[] = { "/proc/xen/xsd_",
					     "/var/run/xenstored/" };

	for (size_t i = 0; i < sizeof(moved) / sizeof(moved[0]); i++) {
		if (strncmp(path, moved[i], strlen(moved[i])) == 0) {
			path_in_dir(buf, size, strrchr(path, '/') + 1);
			return buf;
		}
	}
	return path;
}

FAKE int open(const char *path, int flags, ...)
{
	char buf[256];
	mode_t mode = 0;
	va_list ap;

	if (flags & O_CREAT) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return openat(AT_FDCWD, redirect(path, buf, sizeof(buf)), flags, mode);
}

FAKE FILE *fopen(const char *path, const char *mode)
{
	FILE *(*real)(const char *, const char *);
	char buf[256];

	real = (FILE * (*)(const char *, const char *))(uintptr_t)dlsym(
		RTLD_NEXT, "fopen");
	return real(redirect(path, buf, sizeof(buf)), mode);
}

FAKE int unlink(const char *path)
{
	char buf[256];

	return unlinkat(AT_FDCWD, redirect(path, buf, sizeof(buf)), 0);
}

FAKE int bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	int (*real)(int, const struct sockaddr *, socklen_t);
	struct sockaddr_un moved = { .sun_family = AF_UNIX };
	const struct sockaddr_un *from = (const struct sockaddr_un *)addr;
	char buf[256];

	real = (int (*)(int, const struct sockaddr *, socklen_t))(
		uintptr_t)dlsym(RTLD_NEXT, "bind");
	if (addr->sa_family != AF_UNIX || len > sizeof(moved)) {
		return real(fd, addr, len);
	}
	(void)snprintf(moved.sun_path, sizeof(moved.sun_path), "%s",
		       redirect(from->sun_path, buf, sizeof(buf)));
	return real(fd, (const struct sockaddr *)&moved, sizeof(moved));
}

/* oxenstored makes its folders before it is told others. */
FAKE int mkdir(const char *path, mode_t mode)
{
	return strncmp(path, "/var/run", 8) == 0
		       ? 0
		       : mkdirat(AT_FDCWD, path, mode);
}

/* Raising limits needs rights that a test may lack. */

FAKE int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	(void)resource;
	(void)limit;
	return 0;
}
