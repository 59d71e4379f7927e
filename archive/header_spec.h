// SPDX-License-Identifier: Apache-2.0
// How a header spells its spec. It is the canonical spec but for one word: when there was only one
// `cm`, in zipdream 0.1 and in the first archives of 0.2, it was written without a level. That one
// is `cm:0` now, and in headers it stays `cm`.
#pragma once

#include <string>

#include "zipdream/spec.h"

namespace zipdream {

// What a header's spec means. Throws as Spec::parse() does.
[[nodiscard]] Spec parse_header_spec(const std::string& written);

// How a header spells a canonical spec.
[[nodiscard]] std::string header_spelling(const std::string& canonical);

}  // namespace zipdream
