// SPDX-License-Identifier: Apache-2.0
// The one exception of zipdream: what the world did wrong (a file, a stream, an option). The text
// is one line in the form "where: what; remedy" and is shown to the user as it is. A broken
// REQUIRES is a bug and is asserted instead. Errors of third-party libraries are translated where
// the library is wrapped.
#pragma once

#include <stdexcept>
#include <string>

namespace zipdream {

class Error : public std::runtime_error {
 public:
  enum class Kind {
    kFailure,  // the input or the machine is at fault: exit code 1
    kUsage,    // the command line is at fault: exit code 2
  };

  explicit Error(const std::string& message, Kind kind = Kind::kFailure)
      : std::runtime_error(message), kind_(kind) {}

  [[nodiscard]] Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

[[nodiscard]] inline Error usage_error(const std::string& message) {
  return Error(message, Error::Kind::kUsage);
}

}  // namespace zipdream
