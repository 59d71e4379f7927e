// SPDX-License-Identifier: Apache-2.0
// Files for what reads files by their paths, in memory where the system has such a place.
#pragma once

#include <string>

#include "zipdream/bytes.h"

namespace zipdream {

// A folder of the process's own, the same each time; it goes when the process ends as it should.
[[nodiscard]] const std::string& scratch_folder();

// Makes scratch_folder()/name hold just these bytes. Returns its path.
std::string put_scratch_file(const std::string& name, ByteView bytes);

void remove_scratch_file(const std::string& name);

}  // namespace zipdream
