// SPDX-License-Identifier: Apache-2.0
// Continues pixels or samples that lie bare, with no file around them: what a page has that reads
// and draws them itself, piece by piece as they come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "apps/serve/completion.h"
#include "base/sequence.h"
#include "generator/load_method.h"
#include "media/media.h"
#include "media/media_job.h"
#include "zipdream/bytes.h"
#include "zipdream/generate.h"

namespace zipdream {

struct BareMedia {
  std::string model;  // empty: the first that is served
  MediaShape shape;   // rows of pixels where there is a width, else samples of sound, of 8 bits
  Sequence sequence;
  MethodRequest method;
  std::optional<std::uint64_t> seed;
  std::size_t piece = 0;  // bytes that are told at once
  bool stream = false;
};

// Whether a request of /v1/generate has bare bytes ("data") rather than a file.
[[nodiscard]] bool is_bare_media(const nlohmann::json& json);

// Throws Error as read_completion() does. At most `max_bytes` are generated.
[[nodiscard]] BareMedia read_bare_media(const nlohmann::json& json, std::size_t max_bytes);

// Bare pixels or samples and the model that continues them. Immutable.
class BareWork {
 public:
  // Throws Error when the model can't be loaded, or has no use for what the request says.
  explicit BareWork(const BareMedia& media);

  // The bytes that `zipdream generate` gives of such an image or sound. on_step() is called between
  // bytes; what it or on_piece() throws ends the work.
  void run(std::uint64_t seed, const OnStep& on_step, const OnBytes& on_piece) const;

 private:
  std::unique_ptr<const MediaJob> job_;
  LoadedMethod method_;
  std::size_t piece_;
};

}  // namespace zipdream
