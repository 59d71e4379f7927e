// SPDX-License-Identifier: Apache-2.0
// The ending of an output's name says its format.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace zipdream {

// The ending of `path` in lower case, without the dot, if it is one of `allowed`; the first of
// `allowed` when the name has no ending or is "-". Otherwise throws a usage Error that names `what`
// is written and the endings.
[[nodiscard]] std::string ending_of(std::string_view path,
                                    std::initializer_list<std::string_view> allowed,
                                    std::string_view what);

}  // namespace zipdream
