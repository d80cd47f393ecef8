/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory types that the cache bits of a page-table entry stand for. */
#ifndef HOSPES_CPU_PAT_H
#define HOSPES_CPU_PAT_H

void pat_init_cpu(void); /* on each CPU, before its first guest */

#endif
