// SPDX-License-Identifier: Apache-2.0
#include "experiments/rates/rate_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/encodings.h"
#include "base/process.h"
#include "codecs/common/predictors.h"
#include "generator/arithmetic_codec.h"
#include "generator/load_model.h"
#include "generator/score.h"
#include "media/media_job.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"
#include "zipdream/score.h"

namespace zipdream {
namespace {

constexpr Byte kTopBit = 0x80;

// Whether it writes streams of its own format.
bool has_streams(const Spec& spec) { return is_codec(spec) && spec.name() != "arith"; }

// "arith:MODEL" is the model itself here.
const Spec& model_of(const Spec& spec) { return spec.name() == "arith" ? spec.inner()[0] : spec; }

// -log2 P: the codec's stream in bits without the size that stands before the code.
double information(const Codec& codec, ByteView bytes) {
  return codec.bits(bytes, Units::kBits) - 8.0 * static_cast<double>(varint_size(bytes.size()));
}

std::uint64_t code_bits(double information) {
  return static_cast<std::uint64_t>(std::ceil(information)) + 1;
}

}  // namespace

SevenBits to_seven_bits(ByteView bytes, Media media) {
  SevenBits result{Bytes(bytes.begin(), bytes.end())};
  for (Byte& byte : result.bytes) {
    if (media == Media::kText) {
      result.lost += byte >> 7;
      byte &= static_cast<Byte>(~kTopBit);
    } else {
      result.lost += 1;
      byte >>= 1;
    }
  }
  return result;
}

RateModel::RateModel(const Spec& spec, std::size_t chunk)
    : spec_(spec.text()), is_codec_(has_streams(spec)) {
  if (is_codec_) {
    constexpr Byte kZero = 0;
    coding_.codec = make_codec(spec);
    header_bits_ = 8 * coding_.codec->compress({&kZero, 1}).size();
    return;
  }
  const Spec& model = model_of(spec);
  coding_ = coding_by(model);
  parameter_count_ = coding_.model->parameter_count();
  has_tokens_ = !is_bytewise(*coding_.model);
  const MediaShape patches{.rows = RowShape{patch_sides(chunk).columns, 1},
                           .samples = SampleShape{}};
  const Spec adapted = model.info().learns() ? adapted_spec(model, patches, 0) : model;
  if (adapted.text() != model.text()) of_patches_ = coding_by(adapted);
}

RateModel::Coding RateModel::coding_by(const Spec& model) const {
  std::unique_ptr<const Predictor> predictor = make_predictor(model);
  const auto make = is_bytewise(*predictor) ? make_arithmetic_codec : make_token_codec;
  std::unique_ptr<const Codec> codec = make(spec_, predictor->clone(), {});
  return {std::move(predictor), std::move(codec)};
}

bool RateModel::can_code(ByteView chunk, Media media, Protocol protocol) const {
  if (!has_tokens_) return true;
  try {
    const bool is_plain = protocol == Protocol::kBytes;
    static_cast<void>(
        coding_.model->tokenize(is_plain ? chunk : to_seven_bits(chunk, media).bytes));
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::uint64_t RateModel::bits(ByteView chunk, Media media, Protocol protocol) const {
  if (is_codec_) return 8 * coding_.codec->compress(chunk).size();
  if (protocol == Protocol::kBytes) return code_bits(information(*coding(media).codec, chunk));
  const SevenBits seen = to_seven_bits(chunk, media);
  return code_bits(information(*coding(media).codec, seen.bytes)) + seen.lost;
}

std::vector<std::uint64_t> RateModel::bits_of_each(std::span<const ByteView> chunks, Media media,
                                                   Protocol protocol) const {
  std::vector<std::uint64_t> result;
  if (const auto together = bits_together(chunks, media, protocol)) {
    for (const double bits : *together) result.push_back(code_bits(bits));
    for (std::size_t i = 0; i < chunks.size() && protocol == Protocol::kSevenBits; ++i) {
      result[i] += to_seven_bits(chunks[i], media).lost;
    }
    return result;
  }
  for (const ByteView chunk : chunks) result.push_back(bits(chunk, media, protocol));
  return result;
}

// -log2 P of what the model sees of each chunk, where it reads them together.
std::optional<std::vector<double>> RateModel::bits_together(std::span<const ByteView> chunks,
                                                            Media media, Protocol protocol) const {
  if (is_codec_) return std::nullopt;
  const Predictor& model = *coding(media).model;
  if (!model.bits_of_each({})) return std::nullopt;
  std::vector<std::vector<Symbol>> texts;
  for (const ByteView chunk : chunks) {
    Bytes seen(chunk.begin(), chunk.end());
    if (protocol == Protocol::kSevenBits) seen = to_seven_bits(chunk, media).bytes;
    std::vector<Symbol>& symbols = texts.emplace_back();
    for (const Token& token : model.tokenize(seen)) symbols.push_back(token.symbol);
  }
  return model.bits_of_each(texts);
}

void RateModel::prove(ByteView chunk, std::uint64_t max_bits, Media media,
                      Protocol protocol) const {
  std::uint64_t written = 0;
  if (is_codec_) {
    const Bytes stream = coding_.codec->compress(chunk);
    const Bytes read = coding_.codec->decompress(stream, chunk.size());
    if (!std::ranges::equal(read, chunk)) throw Error("proof: what is decoded is another text");
    written = 8 * stream.size();
  } else {
    SevenBits seen{Bytes(chunk.begin(), chunk.end())};
    if (protocol == Protocol::kSevenBits) seen = to_seven_bits(chunk, media);
    ProofOptions options;
    options.keep_bits = false;
    written = zipdream::prove(*coding(media).model, seen.bytes, options).code_bits + seen.lost;
  }
  if (written <= max_bits) return;
  throw Error(fmt::format("proof: {} bits were counted and {} are written", max_bits, written));
}

std::vector<std::uint64_t> RateModel::bits_of_starts(ByteView chunk,
                                                     std::span<const std::size_t> lengths,
                                                     Media media, Protocol protocol) const {
  std::vector<std::uint64_t> result;
  if (is_codec_) {
    for (const std::size_t length : lengths) {
      result.push_back(8 * coding_.codec->compress(chunk.first(length)).size());
    }
    return result;
  }
  SevenBits seen{Bytes(chunk.begin(), chunk.end())};
  if (protocol == Protocol::kSevenBits) seen = to_seven_bits(chunk, media);
  const std::unique_ptr<Predictor> model = coding(media).model->clone();
  std::vector<double> of_bytes = score(*model, seen.bytes, [](double /*bits*/) {});
  check_interrupt();
  if (protocol == Protocol::kSevenBits) {
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      of_bytes[i] += static_cast<double>(to_seven_bits(chunk.subspan(i, 1), media).lost);
    }
  }
  std::inclusive_scan(of_bytes.begin(), of_bytes.end(), of_bytes.begin());
  for (const std::size_t length : lengths) {
    result.push_back(static_cast<std::uint64_t>(std::llround(of_bytes[length - 1])));
  }
  return result;
}

std::uint64_t RateModel::bits(const ByteSource& all, std::optional<std::uint64_t> size, Media media,
                              Protocol protocol) const {
  if (is_codec_) return 8 * coding_.codec->stream_size(all, size);
  constexpr std::size_t kPiece = std::size_t{1} << 16;
  const std::unique_ptr<Session> session = coding(media).codec->start(Units::kBits);
  Bytes piece(kPiece);
  std::uint64_t lost = 0;
  std::uint64_t total = 0;
  for (std::size_t got = kPiece; got == kPiece;) {
    got = all(piece);
    total += got;
    SevenBits seen{Bytes(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(got))};
    if (protocol == Protocol::kSevenBits) seen = to_seven_bits(seen.bytes, media);
    lost += seen.lost;
    session->append(seen.bytes);
  }
  return code_bits(session->bits() - 8.0 * static_cast<double>(varint_size(total))) + lost;
}

}  // namespace zipdream
