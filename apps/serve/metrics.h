// SPDX-License-Identifier: Apache-2.0
// What the server has done, for /metrics.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace zipdream {

// Threads: all members may be called from many.
class Metrics {
 public:
  // A request that was answered; `status` is HTTP's.
  void count(const std::string& path, int status);
  void count_tokens(std::size_t prompt, std::size_t completion);

  // In Prometheus' form, with the number of requests that wait now.
  [[nodiscard]] std::string text(std::size_t waiting) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::uint64_t> requests_;
  std::uint64_t prompt_tokens_ = 0;
  std::uint64_t completion_tokens_ = 0;
};

}  // namespace zipdream
