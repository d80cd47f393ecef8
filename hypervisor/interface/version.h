/* SPDX-License-Identifier: BSD-2-Clause */
/* What XENVER_* says of this hypervisor, for others that show it. */
#ifndef HOSPES_INTERFACE_VERSION_H
#define HOSPES_INTERFACE_VERSION_H

#define HV_VERSION_MAJOR 4
#define HV_VERSION_MINOR 17
#define HV_EXTRA_VERSION "-hospes"

/* Boot: keep the command line for XENVER_commandline. */
void version_set_command_line(const char *line);

#endif
