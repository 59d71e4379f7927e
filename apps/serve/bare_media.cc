// SPDX-License-Identifier: Apache-2.0
#include "apps/serve/bare_media.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "apps/serve/requests.h"
#include "apps/serve/served_model.h"
#include "base/encodings.h"
#include "generator/load_model.h"
#include "generator/method.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

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
  media.sampler = sampler_fields(json);
  media.seed = seed_field(json);
  media.piece = number_field(json, "piece", kPieceByDefault, 1, max_bytes);
  media.stream = flag_field(json, "stream");
  return media;
}

void continue_bare_media(const BareMedia& media, std::uint64_t seed, const OnStep& on_step,
                         const OnBytes& on_piece) {
  const NamedModel named = parse_model_name(media.model);
  const Spec spec = adapted_spec(named.spec, media.shape, 0);
  const auto method = make_sampling(make_predictor(spec, {.probs = named.probs}), media.sampler);
  Bytes pending;
  (void)generate(*method, std::span(&media.sequence, 1), seed,
                 [&](std::size_t /*sequence*/, ByteView bytes) {
                   on_step();
                   pending.insert(pending.end(), bytes.begin(), bytes.end());
                   if (pending.size() < media.piece) return;
                   on_piece(pending);
                   pending.clear();
                 });
  if (!pending.empty()) on_piece(pending);
}

}  // namespace zipdream
