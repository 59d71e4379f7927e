// SPDX-License-Identifier: Apache-2.0
// What the shared library shows: everything marked ZIPDREAM_API, and nothing else.
#pragma once

#if defined(__GNUC__)
#define ZIPDREAM_API __attribute__((visibility("default")))
#else
#define ZIPDREAM_API
#endif
