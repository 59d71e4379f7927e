// SPDX-License-Identifier: Apache-2.0
#include "archive/automatic.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "archive/archive.h"
#include "archive/sample_layout.h"

namespace zipdream {
namespace {

constexpr const char* kAroundSamples = "cm";
constexpr std::size_t kHead = std::size_t{1} << 19;    // bytes that are looked at
constexpr std::size_t kTried = std::size_t{96} << 10;  // bytes of samples that are tried
constexpr std::size_t kFurtherArchives = 150;          // about what these cost, bytes

// A content whose first bytes can be looked at before they are read.
class Content {
 public:
  explicit Content(const ByteSource& source) : source_(source) {
    head_.resize(kHead);
    head_.resize(fill(head_));
  }

  [[nodiscard]] ByteView head() const { return ByteView(head_).subspan(given_); }

  std::size_t read(std::span<Byte> room) {
    const std::size_t from_head = std::min(room.size(), head_.size() - given_);
    std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(given_), from_head, room.begin());
    given_ += from_head;
    if (from_head == room.size()) return from_head;
    return from_head + source_(room.subspan(from_head));
  }

  // Whether there is a byte left.
  bool has_more() {
    if (given_ < head_.size()) return true;
    head_.resize(1);
    head_.resize(fill(head_));
    given_ = 0;
    return !head_.empty();
  }

 private:
  std::size_t fill(std::span<Byte> room) {
    std::size_t count = 0;
    while (count < room.size()) {
      const std::size_t got = source_(room.subspan(count));
      if (got == 0) break;
      count += got;
    }
    return count;
  }

  const ByteSource& source_;
  Bytes head_;
  std::size_t given_ = 0;  // of the head
};

// Of the head the part whose size by several models is compared: whole units in its middle.
ByteView tried_part(const SampleLayout& layout, ByteView head) {
  ByteView samples = head.subspan(layout.first);
  samples =
      samples.first(static_cast<std::size_t>(std::min<std::uint64_t>(samples.size(), layout.size)));
  const std::size_t units = samples.size() / layout.unit;
  const std::size_t tried = std::min(units, std::max<std::size_t>(1, kTried / layout.unit));
  return samples.subspan((units - tried) / 2 * layout.unit, tried * layout.unit);
}

std::size_t size_by(const std::string& model, ByteView part) {
  return ArchiveModel(Spec::parse(model)).encode(0, part).payload.size();
}

// The best of the layout's models; nothing if kGeneralModel is better than all.
std::optional<std::string> best_model(const SampleLayout& layout, ByteView head) {
  const ByteView part = tried_part(layout, head);
  if (part.empty()) return std::nullopt;
  std::optional<std::string> best;
  std::size_t least = size_by(std::string(kGeneralModel), part);
  // What further archives cost is shared by all that the head holds, and more if it goes on.
  const std::size_t seen = head.size() - layout.first;
  const std::size_t extra = head.size() < kHead ? kFurtherArchives * part.size() / seen : 0;
  for (const std::string& model : layout.models) {
    const std::size_t size = size_by(model, part) + extra;
    if (size >= least) continue;
    least = size;
    best = model;
  }
  return best;
}

// The most whole units that make a block of at most `block_size`, but at least one, and a block
// that an archive may have.
std::size_t whole_units(std::size_t block_size, std::size_t unit) {
  const std::size_t least = (kMinBlockSize + unit - 1) / unit;
  const std::size_t units = std::max(block_size / unit, least);
  return units * unit <= kMaxBlockSize ? units * unit : block_size;
}

class AutomaticCompressor {
 public:
  AutomaticCompressor(Content& content, const ByteSink& archive, const MakeModel& make,
                      const CompressOptions& options)
      : content_(content), archive_(archive), make_(make), options_(options) {
    result_.sizes = {};
  }

  // An archive of the next `size` bytes, or of those that there are.
  void add(const std::string& model, std::uint64_t size, std::size_t block_size) {
    CompressOptions options{.block_size = block_size, .raw_size = {}};
    if (options_.raw_size) {
      options.raw_size = std::min(*options_.raw_size - result_.sizes.raw_bytes, size);
    }
    std::uint64_t left = size;
    const ByteSource source = [&](std::span<Byte> room) {
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), left));
      const std::size_t got = content_.read(room.first(wanted));
      left -= got;
      return got;
    };
    const auto made = make_(model);
    const ArchiveSizes more = compress_stream(source, archive_, *made, options);
    result_.sizes.raw_bytes += more.raw_bytes;
    result_.sizes.archive_bytes += more.archive_bytes;
    result_.sizes.blocks += more.blocks;
    if (result_.chosen.empty()) result_.chosen = made->spec();
  }

  void add_samples(const SampleLayout& layout, const std::string& model) {
    if (layout.first > 0) add(kAroundSamples, layout.first, options_.block_size);
    result_.chosen.clear();
    add(model, layout.size, whole_units(options_.block_size, layout.unit));
    result_.chosen += " as " + layout.what;
    if (content_.has_more()) add(kAroundSamples, kAll, options_.block_size);
  }

  void add_all() { add(std::string(kGeneralModel), kAll, options_.block_size); }

  [[nodiscard]] const AutomaticSizes& result() const { return result_; }

 private:
  static constexpr std::uint64_t kAll = ~std::uint64_t{0};

  Content& content_;
  const ByteSink& archive_;
  const MakeModel& make_;
  const CompressOptions& options_;
  AutomaticSizes result_;
};

}  // namespace

AutomaticSizes compress_automatically(const ByteSource& content, const ByteSink& archive,
                                      const MakeModel& make, const CompressOptions& options) {
  Content looked_at(content);
  AutomaticCompressor compressor(looked_at, archive, make, options);
  const auto layout = find_samples(looked_at.head());
  const auto model = layout ? best_model(*layout, looked_at.head()) : std::nullopt;
  if (model) {
    compressor.add_samples(*layout, *model);
  } else {
    compressor.add_all();
  }
  return compressor.result();
}

}  // namespace zipdream
