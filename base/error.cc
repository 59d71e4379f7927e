// SPDX-License-Identifier: Apache-2.0
#include "zipdream/error.h"

namespace zipdream {
namespace {

std::string one_line(const std::string& subject, const std::string& message,
                     const std::string& remedy) {
  std::string line = subject.empty() ? message : subject + ": " + message;
  if (!remedy.empty()) line += "; " + remedy;
  return line;
}

}  // namespace

Error::Error(Kind kind, const std::string& subject, const std::string& message,
             const std::string& remedy)
    : std::runtime_error(one_line(subject, message, remedy)),
      kind_(kind),
      subject_(subject),
      message_(message),
      remedy_(remedy) {}

Error Error::of_option(const std::string& option, const std::string& value,
                       const std::string& message, const std::string& remedy) {
  Error error(Kind::kUsage, value.empty() ? option : option + " " + value, message, remedy);
  error.option_ = option;
  return error;
}

}  // namespace zipdream
