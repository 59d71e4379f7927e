// SPDX-License-Identifier: Apache-2.0
#include "apps/serve/metrics.h"

#include <fmt/format.h>

namespace zipdream {

void Metrics::count(const std::string& path, int status) {
  const std::lock_guard lock(mutex_);
  ++requests_[{path, status}];
}

void Metrics::count_tokens(std::size_t prompt, std::size_t completion) {
  const std::lock_guard lock(mutex_);
  prompt_tokens_ += prompt;
  completion_tokens_ += completion;
}

std::string Metrics::text(std::size_t waiting) const {
  const std::lock_guard lock(mutex_);
  std::string text = "# TYPE zipdream_requests_total counter\n";
  for (const auto& [what, count] : requests_) {
    text += fmt::format("zipdream_requests_total{{path=\"{}\",status=\"{}\"}} {}\n", what.first,
                        what.second, count);
  }
  const auto add = [&](const char* name, const char* type, auto value) {
    text += fmt::format("# TYPE zipdream_{0} {1}\nzipdream_{0} {2}\n", name, type, value);
  };
  add("prompt_tokens_total", "counter", prompt_tokens_);
  add("completion_tokens_total", "counter", completion_tokens_);
  add("requests_waiting", "gauge", waiting);
  return text;
}

}  // namespace zipdream
