// SPDX-License-Identifier: Apache-2.0
#include "archive/archive_model.h"

#include <fmt/format.h>

#include <cassert>
#include <utility>

#include "base/checksum.h"
#include "codecs/common/coding_loop.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::string_view kArith = "arith";
const std::string kArithmeticSpecs = "arith:";

// What the probe is taken from: part of the format, as it must never change.
constexpr std::size_t kProbeSize = 256;
constexpr unsigned kProbeLetters = 40;

std::uint32_t take_probe(const Codec& codec) {
  return crc32_of(codec.compress(check_text(kProbeSize, kProbeLetters)));
}

// Version 0.1 wrote the channels of gray images, which canonical_spec() leaves out.
bool means_same(const std::string& written, const std::string& canonical) {
  return written == canonical ||
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
  std::string canonical = spec.canonical();
  if (!is_codec(spec)) canonical = kArithmeticSpecs + canonical;
  if (canonical.size() <= kMaxSpecSize) return canonical;
  throw Error(Error::Kind::kUsage, canonical, "is too long",
              fmt::format("at most {} characters", kMaxSpecSize));
}

ArchiveModel::ArchiveModel(const Spec& spec, OnCoded on_coded)
    : spec_(canonical_spec(spec)), on_coded_(std::move(on_coded)) {
  const Spec parsed = Spec::parse(spec_);
  codec_ = make_codec(parsed, on_coded_);
  // By another instance, since on_coded is told of content alone.
  if (parsed.name() == kArith) probe_ = take_probe(*make_codec(parsed));
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
      content.clear();  // reported below
    }
  }
  if (content.size() == block.raw_size && crc64_of(content) == block.content_check) {
    if (on_coded_ && (block.is_raw || !probe_)) on_coded_(content.size());
    return content;
  }
  if (block.is_raw) throw ArchiveError("is damaged");
  throw ArchiveError(fmt::format("is whole, but {} decodes it to something else here", spec_));
}

std::string hex(ByteView bytes) {
  std::string text;
  for (const Byte byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

void check_same_model(const ArchiveHeader& header, const ArchiveModel& model) {
  if (!means_same(header.spec, model.spec())) {
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
