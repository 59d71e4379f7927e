// SPDX-License-Identifier: Apache-2.0
// The codec that an archive's blocks are written with, by the spec in its header.
//
// What a spec means here: a codec writes its own streams ("gzip:9"); a model that is no codec
// ("ppm:6") and "arith:MODEL" code by the model's probabilities. The canonical spec
// spells all defaults out, so that there is one spelling for one meaning: "gzip" is "gzip:6", "ppm"
// is "arith:ppm:6".
//
// Arithmetic codes can be read only with the very same probabilities, and these may change: with
// this program, with the libraries whose codecs are asked for lengths, with the weights of a model.
// So that this is said in advance and no garbage is decoded, a header holds the hash of the model's
// weights, and the probe: the CRC-32 of how the codec writes a text that never changes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "archive/format.h"
#include "generator/arithmetic_codec.h"
#include "zipdream/bytes.h"
#include "zipdream/codec.h"

namespace zipdream {

// Threads: all members may be called from many.
class ArchiveModel {
 public:
  // on_coded is told of the bytes of content, from many threads at once. Throws a usage Error as
  // canonical_spec() and make_codec() do.
  explicit ArchiveModel(const Spec& spec, OnCoded on_coded = {});

  // A codec of one's own under a canonical spec; `hash` is of its model's weights, 32 bytes or
  // none. REQUIRES: an arithmetic codec if the spec begins with "arith:"; it calls on_coded itself
  // then.
  ArchiveModel(std::string spec, std::unique_ptr<const Codec> codec, Bytes hash,
               OnCoded on_coded = {});

  [[nodiscard]] const std::string& spec() const { return spec_; }
  [[nodiscard]] const Bytes& hash() const { return hash_; }
  [[nodiscard]] std::optional<std::uint32_t> probe() const { return probe_; }

  // A block of that content. REQUIRES: content is not empty.
  [[nodiscard]] StoredBlock encode(std::uint64_t number, ByteView content) const;

  // The content of a block. Throws Error when it is damaged, or not decoded to what was coded.
  [[nodiscard]] Bytes decode(const StoredBlock& block) const;

 private:
  std::string spec_;
  std::unique_ptr<const Codec> codec_;
  Bytes hash_;
  std::optional<std::uint32_t> probe_;
  OnCoded on_coded_;
};

// Throws an Error that says why this model can't read an archive with that header: it is another
// model, has other weights, or predicts something else here.
void check_same_model(const ArchiveHeader& header, const ArchiveModel& model);

// "00ff".
[[nodiscard]] std::string hex(ByteView bytes);

// The spec as a header spells it: an arithmetic codec around what is no codec, all defaults written
// out. Throws a usage Error for arith:arith:..., for a suffix, and for specs too long for a header.
[[nodiscard]] std::string canonical_spec(const Spec& spec);

}  // namespace zipdream
