// SPDX-License-Identifier: Apache-2.0
#include "archive/archive_model.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "archive/learned_models.h"
#include "base/checksum.h"
#include "base/parallel.h"
#include "codecs/common/coding_loop.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::string_view kArith = "arith";
const std::string kArithmeticSpecs = "arith:";

// What the probe is taken from: part of the format, as it must never change.
constexpr std::size_t kProbeSize = 256;
constexpr unsigned kProbeLetters = 40;
constexpr Byte kFirstLetter = 'a';

// Which of the probe's letters a codec can write alone.
Bytes letters_of(const Codec& codec) {
  Bytes letters;
  for (unsigned i = 0; i < kProbeLetters; ++i) {
    const Byte letter = kFirstLetter + static_cast<Byte>(i);
    try {
      static_cast<void>(codec.compress({&letter, 1}));
      letters.push_back(letter);
    } catch (const Error&) {
      // The model's vocabulary lacks it.
    }
  }
  return letters;
}

// Vocabularies that lack some of the text's letters have others in their place.
std::uint32_t take_probe(const Codec& codec) {
  Bytes text = check_text(kProbeSize, kProbeLetters);
  try {
    return crc32_of(codec.compress(text));
  } catch (const Error&) {
    const Bytes letters = letters_of(codec);
    if (letters.empty()) throw;
    for (Byte& byte : text) byte = letters[(byte - kFirstLetter) % letters.size()];
    return crc32_of(codec.compress(text));
  }
}

// A model is known by what it learned, whatever it is called where.
std::string nameless(const std::string& spec) {
  return portable_spec(parse_header_spec(spec), "model").canonical();
}

// Whether a header spells its spec as its writer does. Version 1 had paths, and version 0.1 of the
// program wrote the channels of gray images, which canonical_spec() leaves out.
bool is_canonical(const std::string& written, int version) {
  const std::string canonical = canonical_spec(parse_header_spec(written));
  if (version > 1) {
    return written == header_spelling(portable_spec(Spec::parse(canonical)).canonical());
  }
  return written == header_spelling(canonical) ||
         (canonical.starts_with("png:") && written == canonical + ",channels=1");
}

}  // namespace

std::string canonical_spec(const Spec& spec) {
  if (spec.name() == kArith && spec.inner()[0].name() == kArith) {
    throw Error(Error::Kind::kUsage, spec.text(), "is an arithmetic code of an arithmetic code",
                fmt::format("take {}", spec.inner()[0].text()));
  }
  if (!spec.suffix().empty()) {
    throw Error(Error::Kind::kUsage, spec.text(), "nothing may follow the model", "leave out @");
  }
  if (const std::size_t count = learned_models(spec).size(); count > kMaxLearned) {
    throw Error(Error::Kind::kUsage, spec.text(),
                fmt::format("is made of {} models that have files", count),
                fmt::format("at most {}", kMaxLearned));
  }
  std::string canonical = spec.canonical();
  if (!is_codec(spec)) canonical = kArithmeticSpecs + canonical;
  if (canonical.size() <= kMaxSpecSize) return canonical;
  throw Error(Error::Kind::kUsage, canonical, "is too long",
              fmt::format("at most {} characters", kMaxSpecSize));
}

ArchiveModel::ArchiveModel(const Spec& spec, OnCoded on_coded) : on_coded_(std::move(on_coded)) {
  const Spec full = Spec::parse(canonical_spec(spec));
  spec_ = header_spelling(portable_spec(full).canonical());
  const bool is_arithmetic = full.name() == kArith;
  // What is read for its digest need not be read again to be loaded: both at once.
  parallel_for(2, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t part = begin; part < end; ++part) {
      if (part == 0) learned_ = learned_content(full);
      if (part == 1) {
        codec_ = make_codec(full, is_arithmetic ? OnCoded([this](std::size_t count) {
                              if (is_probed_ && on_coded_) on_coded_(count);
                            })
                                                : OnCoded());
      }
    }
  });
  if (is_arithmetic) probe_ = take_probe(*codec_);
  is_probed_ = true;
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
  std::string reason;
  if (block.is_raw) {
    content = block.payload;
  } else {
    try {
      content = codec_->decompress(block.payload, block.raw_size);
    } catch (const Error& error) {
      reason = fmt::format(" ({})", error.what());
    }
  }
  if (content.size() == block.raw_size && crc64_of(content) == block.content_check) {
    if (on_coded_ && (block.is_raw || !probe_)) on_coded_(content.size());
    return content;
  }
  if (block.is_raw) throw ArchiveError("is damaged");
  throw ArchiveError(
      fmt::format("is whole, but {} decodes it to something else here{}", spec_, reason));
}

void check_same_model(const ArchiveHeader& header, const ArchiveModel& model) {
  if (!is_canonical(header.spec, header.version) ||
      nameless(header.spec) != nameless(model.spec())) {
    throw ArchiveError(
        fmt::format("was made with {}, not {}; name that one", header.spec, model.spec()));
  }
  if (header.version > 1 && header.learned != model.learned()) {
    throw ArchiveError(fmt::format("was made with {} that learned something else", header.spec));
  }
  if (header.probe != model.probe()) {
    throw ArchiveError(
        fmt::format("was made where {} predicts otherwise: by another version of zipdream or of a "
                    "library; use that one",
                    header.spec));
  }
}

namespace {

constexpr std::string_view kCm = "cm";
constexpr std::string_view kLevel = "level";
constexpr std::string_view kFirstLevel = "0";

void name_first_cm(Spec& spec) {
  if (spec.name() == kCm && !spec.has(kLevel)) spec.set(kLevel, std::string(kFirstLevel));
  for (Spec& inner : spec.inner()) name_first_cm(inner);
}

}  // namespace

Spec parse_header_spec(const std::string& written) {
  Spec spec = Spec::parse(written);
  name_first_cm(spec);
  return spec;
}

std::string header_spelling(const std::string& canonical) {
  constexpr std::string_view kNamed = ":cm:0";
  if (!canonical.ends_with(kNamed)) return canonical;
  return canonical.substr(0, canonical.size() - 2);
}

}  // namespace zipdream
