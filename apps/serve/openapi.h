// SPDX-License-Identifier: Apache-2.0
// openapi.json, compiled into the program.
#pragma once

#include <string_view>

namespace zipdream {

extern const std::string_view kOpenApi;

}  // namespace zipdream
