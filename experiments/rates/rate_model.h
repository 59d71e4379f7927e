// SPDX-License-Identifier: Apache-2.0
// A model of the tables: whatever compresses, and how many bits it needs for a chunk, each chunk
// for itself.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "media/media.h"
#include "zipdream/bytes.h"
#include "zipdream/codec.h"
#include "zipdream/predictor.h"
#include "zipdream/rates.h"
#include "zipdream/spec.h"

namespace zipdream {

// Threads: immutable; all members may be called from many.
class RateModel {
 public:
  // `chunk`: bytes of a chunk, which of an image is a patch. A model that learns is told how wide
  // patches are where it has a use for that; codecs are asked as they are. Throws as
  // make_predictor() and make_codec() do.
  RateModel(const Spec& spec, std::size_t chunk);

  [[nodiscard]] const std::string& spec() const { return spec_; }

  // Whether it writes streams of its own format; else it has probabilities, which an arithmetic
  // coder puts to use.
  [[nodiscard]] bool is_codec() const { return is_codec_; }

  // Numbers that were learnt beforehand, which a decoder must have.
  [[nodiscard]] std::uint64_t parameter_count() const { return parameter_count_; }

  // What a codec's stream costs because it is one: bits of the stream of a single zero byte, as the
  // paper's code measures it. Of models 0.
  [[nodiscard]] std::uint64_t header_bits() const { return header_bits_; }

  // Whether it can code the chunk: a tokenizer may lack symbols for it.
  [[nodiscard]] bool can_code(ByteView chunk, Media media, Protocol protocol) const;

  // Of a chunk: of a codec 8 x the size of its stream; of a model ceil(-log2 P) + 1, the length of
  // an arithmetic code, and the bits lost to the protocol. REQUIRES: can_code().
  [[nodiscard]] std::uint64_t bits(ByteView chunk, Media media, Protocol protocol) const;

  // bits() of each; a model may be faster at all together than at one after the other. REQUIRES:
  // can_code() each.
  [[nodiscard]] std::vector<std::uint64_t> bits_of_each(std::span<const ByteView> chunks,
                                                        Media media, Protocol protocol) const;

  // Writes the chunk, reads it back and compares: a codec's stream, or the arithmetic code by the
  // model's distributions, each of which is checked (zipdream/score.h). Throws Error when that
  // can't be done, or takes more than `max_bits`. REQUIRES: can_code().
  void prove(ByteView chunk, std::uint64_t max_bits, Media media, Protocol protocol) const;

  // Of the chunk's first `lengths[i]` bytes, each: as bits(), but of a model the nearest whole
  // number to -log2 P and the bits lost. REQUIRES: can_code(); the lengths rise, none above the
  // chunk's.
  [[nodiscard]] std::vector<std::uint64_t> bits_of_starts(ByteView chunk,
                                                          std::span<const std::size_t> lengths,
                                                          Media media, Protocol protocol) const;

  // As bits(), of everything as one stream; `size` is its size if known. Throws Error when it can't
  // be coded.
  [[nodiscard]] std::uint64_t bits(const ByteSource& all, std::optional<std::uint64_t> size,
                                   Media media, Protocol protocol) const;

 private:
  struct Coding {
    std::unique_ptr<const Predictor> model;  // null for a codec
    std::unique_ptr<const Codec> codec;      // a model's is arithmetic
  };

  [[nodiscard]] std::optional<std::vector<double>> bits_together(std::span<const ByteView> chunks,
                                                                 Media media,
                                                                 Protocol protocol) const;
  [[nodiscard]] Coding coding_by(const Spec& model) const;
  [[nodiscard]] const Coding& coding(Media media) const {
    return media == Media::kImage && of_patches_ ? *of_patches_ : coding_;
  }

  std::string spec_;
  bool is_codec_;
  bool has_tokens_ = false;
  std::uint64_t parameter_count_ = 0;
  Coding coding_;
  std::optional<Coding> of_patches_;  // where that is another
  std::uint64_t header_bits_ = 0;
};

// What a model sees of those bytes by the seven-bit protocol, and how many bits that lost.
struct SevenBits {
  Bytes bytes;
  std::uint64_t lost = 0;
};
[[nodiscard]] SevenBits to_seven_bits(ByteView bytes, Media media);

}  // namespace zipdream
