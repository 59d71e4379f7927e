// SPDX-License-Identifier: Apache-2.0
#include "container/archive_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cctype>
#include <utility>

#include "base/error.h"
#include "codecs/check_text.h"
#include "codecs/png_shape.h"
#include "codecs/registry.h"
#include "codecs/spec.h"
#include "container/checksum.h"
#include "models/registry.h"

namespace zipdream {
namespace {

constexpr std::string_view kArith = "arith";
constexpr std::string_view kArithmeticSpecs = "arith:";

// What the probe is taken from: part of the format, as it must never change.
constexpr std::size_t kProbeSize = 256;
constexpr unsigned kProbeLetters = 40;

std::uint32_t take_probe(const Codec& codec) {
  return crc32_of(codec.compress(check_text(kProbeSize, kProbeLetters)));
}

// "09" is "9".
std::string without_leading_zeros(std::string_view options) {
  std::string out;
  for (std::size_t i = 0; i < options.size(); ++i) {
    const bool in_number =
        !out.empty() && std::isdigit(static_cast<unsigned char>(out.back())) != 0;
    const bool digit_follows =
        i + 1 < options.size() && std::isdigit(static_cast<unsigned char>(options[i + 1])) != 0;
    if (options[i] != '0' || in_number || !digit_follows) out += options[i];
  }
  return out;
}

template <typename Info>
std::string with_options(const Info& info, std::string_view options) {
  if (info.name == "png") return png_spec(parse_png_options(options));
  const std::string spelt = without_leading_zeros(options.empty() ? info.default_options : options);
  return spelt.empty() ? std::string(info.name) : fmt::format("{}:{}", info.name, spelt);
}

std::string canonical_model(std::string_view spec) {
  const auto [name, options] = split_spec(spec);
  if (name == kArith) {
    throw usage_error(fmt::format("arith:{}: codes by a code; say {}", spec, spec));
  }
  for (const ModelInfo& model : model_list()) {
    if (model.name == name) return with_options(model, options);
  }
  for (const CodecInfo& codec : codec_list()) {
    if (codec.name == name) return with_options(codec, options);
  }
  static_cast<void>(make_model(spec, {}));  // throws: there is none
  return std::string(spec);
}

bool is_codec(std::string_view name) {
  return std::ranges::any_of(codec_list(),
                             [&](const CodecInfo& codec) { return codec.name == name; });
}

}  // namespace

std::string canonical_spec(std::string_view spec) {
  const auto [name, options] = split_spec(spec);
  std::string canonical;
  if (is_codec(name)) {
    canonical = canonical_model(spec);
  } else {
    const std::string_view model = name == kArith && !options.empty() ? options : spec;
    if (model == kArith) static_cast<void>(make_compressor(spec));  // throws: of which model?
    canonical = fmt::format("{}{}", kArithmeticSpecs, canonical_model(model));
  }
  static_cast<void>(make_compressor(canonical));  // throws if the options are wrong
  if (canonical.size() > kMaxSpecSize) {
    throw usage_error(
        fmt::format("{}: is too long; at most {} characters", canonical, kMaxSpecSize));
  }
  return canonical;
}

ArchiveModel::ArchiveModel(std::string_view spec, OnCoded on_coded)
    : spec_(canonical_spec(spec)),
      codec_(make_compressor(spec_, on_coded)),
      on_coded_(std::move(on_coded)) {
  if (spec_.starts_with(kArithmeticSpecs)) probe_ = take_probe(*make_compressor(spec_));
}

ArchiveModel::ArchiveModel(std::string spec, std::unique_ptr<const Codec> codec, Bytes hash,
                           OnCoded on_coded)
    : spec_(std::move(spec)),
      codec_(std::move(codec)),
      hash_(std::move(hash)),
      on_coded_(std::move(on_coded)) {
  assert(hash_.empty() || hash_.size() == kModelHashSize);
  if (spec_.starts_with(kArithmeticSpecs)) probe_ = take_probe(*codec_);
}

StoredBlock ArchiveModel::encode(std::uint64_t number, ByteView content) const {
  StoredBlock block;
  block.number = number;
  block.raw_size = content.size();
  block.content_check = crc64_of(content);
  block.payload = codec_->compress(content);
  block.is_raw = block.payload.size() >= content.size();
  if (block.is_raw) block.payload.assign(content.begin(), content.end());
  if (on_coded_ && !probe_) on_coded_(content.size());
  return block;
}

Bytes ArchiveModel::decode(const StoredBlock& block) const {
  check_payload(block);
  Bytes content;
  if (block.is_raw) {
    content = block.payload;
  } else {
    try {
      content = codec_->decompress(block.payload, block.raw_size);
    } catch (const Error&) {
      content.clear();  // which is told below
    }
  }
  if (content.size() == block.raw_size && crc64_of(content) == block.content_check) {
    if (on_coded_ && (block.is_raw || !probe_)) on_coded_(content.size());
    return content;
  }
  if (block.is_raw) throw ArchiveError("is damaged");
  throw ArchiveError(fmt::format("is whole, but {} makes something else of it here", spec_));
}

std::string hex(ByteView bytes) {
  std::string text;
  for (const Byte byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

void check_same_model(const ArchiveHeader& header, const ArchiveModel& model) {
  if (header.spec != model.spec()) {
    throw ArchiveError(
        fmt::format("was made with {}, not {}; name that one", header.spec, model.spec()));
  }
  if (header.model_hash != model.hash()) {
    const auto shown = [](const Bytes& hash) { return hash.empty() ? "none" : hex(hash); };
    throw ArchiveError(fmt::format(
        "was made with {} of other weights (their hash is {}, here it is {}); find those",
        header.spec, shown(header.model_hash), shown(model.hash())));
  }
  if (header.probe != model.probe()) {
    throw ArchiveError(
        fmt::format("was made where {} predicts otherwise: by another version of zipdream or of a "
                    "library; use that one",
                    header.spec));
  }
}

}  // namespace zipdream
