// SPDX-License-Identifier: Apache-2.0
// The codec that an archive's blocks are written with, by the spec in its header.
//
// What a spec means here: a codec writes its own streams ("gzip:9"); a model that is no codec
// ("ppm:6") and "arith:MODEL" code by the model's probabilities. The canonical spec
// spells all defaults out, so that there is one spelling for one meaning: "gzip" is "gzip:6", "ppm"
// is "arith:ppm:6". The portable spec has names in place of the paths of models.
//
// Arithmetic codes can be read only with the very same probabilities, and these may change: with
// this program, with the libraries whose codecs are asked for lengths, with the weights of a model.
// So that this is said in advance and no garbage is decoded, a header holds the digests of what
// models learned beforehand, and the probe: the CRC-32 of how the codec writes a text that never
// changes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/format.h"
#include "generator/arithmetic_codec.h"
#include "zipdream/bytes.h"
#include "zipdream/codec.h"
#include "zipdream/spec.h"

namespace zipdream {

// Threads: all members may be called from many.
class ArchiveModel {
 public:
  // on_coded is told of the bytes of content, from many threads at once. Loads the model, once.
  // Throws a usage Error as canonical_spec() and make_codec() do.
  explicit ArchiveModel(const Spec& spec, OnCoded on_coded = {});
  ArchiveModel(const ArchiveModel&) = delete;
  ArchiveModel& operator=(const ArchiveModel&) = delete;
  ~ArchiveModel() = default;

  // Portable and canonical, as a header spells it.
  [[nodiscard]] const std::string& spec() const { return spec_; }
  [[nodiscard]] const std::vector<LearnedContent>& learned() const { return learned_; }
  [[nodiscard]] std::optional<std::uint32_t> probe() const { return probe_; }

  // A block of that content. REQUIRES: content is not empty.
  [[nodiscard]] StoredBlock encode(std::uint64_t number, ByteView content) const;

  // The content of a block. Throws Error when it is damaged, or not decoded to what was coded.
  [[nodiscard]] Bytes decode(const StoredBlock& block) const;

 private:
  std::string spec_;
  std::vector<LearnedContent> learned_;
  OnCoded on_coded_;
  bool is_probed_ = false;  // until then on_coded_ is told nothing
  std::unique_ptr<const Codec> codec_;
  std::optional<std::uint32_t> probe_;
};

// Throws an ArchiveError that says why this model can't read an archive with that header: it is
// another model, learned something else, or predicts something else here.
void check_same_model(const ArchiveHeader& header, const ArchiveModel& model);

// The spec as a header spells it, but for the paths of models: an arithmetic codec around what is
// no codec, all defaults written out. Throws a usage Error for arith:arith:..., for a suffix, and
// for specs too long for a header.
[[nodiscard]] std::string canonical_spec(const Spec& spec);

// How a header spells its spec. It is the canonical spec but for one word: when there was only one
// `cm`, in zipdream 0.1 and in the first archives of 0.2, it was written without a level. That one
// is `cm:0` now, and in headers it stays `cm`.

// What a header's spec means. Throws as Spec::parse() does.
[[nodiscard]] Spec parse_header_spec(const std::string& written);

// How a header spells a canonical spec.
[[nodiscard]] std::string header_spelling(const std::string& canonical);

}  // namespace zipdream
