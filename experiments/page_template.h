// SPDX-License-Identifier: Apache-2.0
// How pages are put together: one file that holds its style, scripts and data.
#pragma once

#include <string>
#include <string_view>

namespace zipdream {

// page/frame.html with its style and Chart.js, the content, the script that draws it and the data.
// REQUIRES: data as script_safe() makes it.
[[nodiscard]] std::string fill_page(std::string_view content, std::string_view script,
                                    std::string_view data);

// JSON without '<', so that nothing in it can end the script element it stands in.
[[nodiscard]] std::string script_safe(std::string_view json);

}  // namespace zipdream
