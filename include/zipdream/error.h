// SPDX-License-Identifier: Apache-2.0
// The one exception of zipdream: what the world did wrong (a file, a stream, an argument). A broken
// REQUIRES is a bug and is asserted instead. Errors of third-party libraries are translated where
// the library is wrapped. Stable.
#pragma once

#include <stdexcept>
#include <string>

#include "zipdream/export.h"

namespace zipdream {

// what() is one line, "subject: message; remedy", and can be shown to people as it is. A client
// that names the library's options its own way (the command's flags, Python's keywords) puts its
// name for option() where subject() begins, and for the options that message and remedy speak of,
// which stand in backquotes: "raise it or widen `alphabet`".
class ZIPDREAM_API Error : public std::runtime_error {
 public:
  enum class Kind {
    kFailure,  // the input or the machine is at fault
    kUsage,    // the request is at fault: an argument, an option, the name of a model
  };

  explicit Error(const std::string& message, Kind kind = Kind::kFailure)
      : std::runtime_error(message), kind_(kind), message_(message) {}

  // `subject` is the file, stream or model that is at fault; `remedy`, which may be empty, is what
  // would do.
  Error(Kind kind, const std::string& subject, const std::string& message,
        const std::string& remedy);

  // Of a field of a request, as "temperature" of SamplerOptions; `value` is what it was, which may
  // be empty.
  [[nodiscard]] static Error of_option(const std::string& option, const std::string& value,
                                       const std::string& message, const std::string& remedy);

  [[nodiscard]] Kind kind() const { return kind_; }

  // The parts of what(). All of it is in message() where an error was made without a subject.
  [[nodiscard]] const std::string& subject() const { return subject_; }
  [[nodiscard]] const std::string& message() const { return message_; }
  [[nodiscard]] const std::string& remedy() const { return remedy_; }

  // The name of the option that is at fault, or empty; subject() begins with it.
  [[nodiscard]] const std::string& option() const { return option_; }

 private:
  Kind kind_;
  std::string subject_;
  std::string message_;
  std::string remedy_;
  std::string option_;
};

// A subject, a message and a remedy in one text, of which the request is at fault.
[[nodiscard]] inline Error usage_error(const std::string& message) {
  return Error(message, Error::Kind::kUsage);
}

}  // namespace zipdream
