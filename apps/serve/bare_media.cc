// SPDX-License-Identifier: Apache-2.0
#include "apps/serve/bare_media.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "apps/serve/requests.h"
#include "apps/serve/served_model.h"
#include "base/encodings.h"
#include "generator/method.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::size_t kMaxWidth = 1 << 16;
constexpr std::size_t kMaxChannels = 4;
constexpr std::size_t kPieceByDefault = 256;

MediaShape shape_of(const nlohmann::json& json) {
  MediaShape shape;
  const std::size_t channels = number_field(json, "channels", 1, 1, kMaxChannels);
  shape.samples = SampleShape{.format = SampleFormat::kU8, .channels = channels};
  const std::size_t width = number_field(json, "width", 0, 0, kMaxWidth);
  if (width > 0) shape.rows = RowShape{.width = width, .channels = channels};
  return shape;
}

Bytes data_of(const nlohmann::json& json) {
  auto bytes = bytes_of_base64(text_field(json, "data", ""));
  if (!bytes || bytes->empty()) {
    throw Error::of_option("data", "", "is no base64, or empty",
                           "send pixels or samples of 8 bits in base64");
  }
  return std::move(*bytes);
}

}  // namespace

bool is_bare_media(const nlohmann::json& json) { return json.is_object() && json.contains("data"); }

BareMedia read_bare_media(const nlohmann::json& json, std::size_t max_bytes) {
  BareMedia media;
  media.model = text_field(json, "model", "");
  media.shape = shape_of(json);
  media.sequence.prompt = data_of(json);
  media.sequence.count = number_field(json, "count", 1, 1, max_bytes);
  media.method = sampling_fields(json);
  media.seed = seed_field(json);
  media.piece = number_field(json, "piece", kPieceByDefault, 1, max_bytes);
  media.stream = flag_field(json, "stream");
  return media;
}

BareWork::BareWork(const BareMedia& media)
    : job_(make_bare_job(media.sequence.prompt, media.sequence.count, media.shape)),
      piece_(media.piece) {
  const NamedModel named = parse_model_name(media.model);
  ModelRequest wanted;
  wanted.spec = named.spec;
  wanted.probs = named.probs;
  method_ = load_method(media.method, wanted, *job_);
}

void BareWork::run(std::uint64_t seed, const OnStep& on_step, const OnBytes& on_piece) const {
  Bytes pending;
  (void)generate(*method_.method, job_->sequences(), seed,
                 [&](std::size_t /*sequence*/, ByteView bytes) {
                   on_step();
                   pending.insert(pending.end(), bytes.begin(), bytes.end());
                   if (pending.size() < piece_) return;
                   on_piece(pending);
                   pending.clear();
                 });
  if (!pending.empty()) on_piece(pending);
}

}  // namespace zipdream
