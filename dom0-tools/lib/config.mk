# SPDX-License-Identifier: BSD-2-Clause
# The guest configuration language and kernel images, as one archive.
