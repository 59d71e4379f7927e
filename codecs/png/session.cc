// SPDX-License-Identifier: Apache-2.0
#include "codecs/png/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>
#include <vector>

#include "codecs/deflate/deflate.h"
#include "codecs/png/rows.h"

namespace zipdream {
namespace {

constexpr std::size_t kCandidatesAtOnce = 4096;  // bounds what their rows take

// What one candidate makes of the row begun.
struct Ending {
  int filter = 0;
  Bytes text;  // of the row so filtered, what follows its beginning
};

class PngSession final : public Session {
 public:
  PngSession(const PngOptions& options, Units units)
      : deflate_(make_deflate(options.level)),
        options_(options),
        units_(units),
        whole_(deflate_->start(units)) {}

  void append(ByteView bytes) override {
    const bool continues = !row_.empty() && row_.size() + bytes.size() < row_bytes();
    while (!bytes.empty()) {
      const ByteView part = bytes.first(std::min(bytes.size(), row_bytes() - row_.size()));
      bytes = bytes.subspan(part.size());
      row_.insert(row_.end(), part.begin(), part.end());
      size_ += part.size();
      if (row_.size() < row_bytes()) continue;
      Bytes text;
      append_filtered_row(choose_filter(row_, above_, options_.channels), row_, above_,
                          options_.channels, text);
      whole_->append(text);
      above_ = std::exchange(row_, {});
    }
    update_beginnings(continues);
  }

  double bits() const override {
    double result = 0;
    const ByteView nothing;
    bits_after({&nothing, 1}, {&result, 1});
    return result;
  }

  void bits_after(std::span<const ByteView> candidates, std::span<double> out) const override {
    assert(out.size() == candidates.size());
    while (!candidates.empty()) {
      const std::size_t count = std::min(candidates.size(), kCandidatesAtOnce);
      measure(candidates.first(count), out.first(count));
      candidates = candidates.subspan(count);
      out = out.subspan(count);
    }
  }

  std::unique_ptr<Session> clone() const override {
    return std::unique_ptr<Session>(new PngSession(*this));
  }

  std::string describe() const override { return "in filtered rows, " + whole_->describe(); }

 private:
  PngSession(const PngSession& other)
      : deflate_(other.deflate_),
        options_(other.options_),
        units_(other.units_),
        whole_(other.whole_->clone()),
        above_(other.above_),
        row_(other.row_),
        begun_size_(other.begun_size_),
        size_(other.size_) {
    for (int i = 0; i < kPngFilters; ++i) {
      if (other.begun_[i] != nullptr) begun_[i] = other.begun_[i]->clone();
    }
  }

  [[nodiscard]] std::size_t row_bytes() const { return options_.width * options_.channels; }

  // Brings the five beginnings up to date; they are there while the row has begun.
  void update_beginnings(bool continues) {
    if (!continues) {
      begun_ = {};
      begun_size_ = 0;
    }
    if (row_.empty()) return;
    for (int filter = 0; filter < kPngFilters; ++filter) {
      std::unique_ptr<Session>& begun = begun_[filter];
      if (begun == nullptr) begun = whole_->clone();
      Bytes text;
      append_filtered_row(filter, row_, above_, options_.channels, text);
      begun->append(ByteView(text).subspan(begun_size_));
    }
    begun_size_ = 1 + row_.size();  // with the filter's number
  }

  // Completes a row, and filters it as compress() would; what its beginnings have is left out.
  [[nodiscard]] Ending complete(Bytes row) const {
    for (std::size_t i = row.size(); i < row_bytes(); ++i) {
      row.push_back(above_.empty() ? Byte{0} : above_[i]);
    }
    Ending ending{.filter = choose_filter(row, above_, options_.channels), .text = {}};
    append_filtered_row(ending.filter, row, above_, options_.channels, ending.text);
    ending.text.erase(ending.text.begin(),
                      ending.text.begin() + static_cast<std::ptrdiff_t>(begun_size_));
    return ending;
  }

  // A candidate that ends in the row begun is measured after its beginning, by filter; others on
  // copies.
  void measure(std::span<const ByteView> candidates, std::span<double> out) const {
    std::array<std::vector<std::size_t>, kPngFilters> members;
    std::vector<Bytes> texts(candidates.size());
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const std::size_t size = row_.size() + candidates[i].size();
      if (size > row_bytes()) {
        PngSession copy(*this);
        copy.append(candidates[i]);
        out[i] = copy.bits();
      } else if (size == 0 && size_ > 0) {
        out[i] = around(size_) + whole_->bits();
      } else {
        Bytes row = row_;
        row.insert(row.end(), candidates[i].begin(), candidates[i].end());
        Ending ending = complete(std::move(row));
        texts[i] = std::move(ending.text);
        members[static_cast<std::size_t>(ending.filter)].push_back(i);
      }
    }
    for (std::size_t filter = 0; filter < members.size(); ++filter) {
      const std::vector<std::size_t>& indices = members[filter];
      std::vector<ByteView> theirs;
      theirs.reserve(indices.size());
      for (const std::size_t i : indices) theirs.emplace_back(texts[i]);
      std::vector<double> bits(theirs.size());
      (row_.empty() ? *whole_ : *begun_[filter]).bits_after(theirs, bits);
      for (std::size_t k = 0; k < indices.size(); ++k) {
        out[indices[k]] = around(size_ + candidates[indices[k]].size()) + bits[k];
      }
    }
  }

  // The bits of a file of `size` bytes around its bare DEFLATE stream.
  [[nodiscard]] double around(std::size_t size) const {
    return 8.0 * static_cast<double>(png_bytes_around(options_, size));
  }

  std::shared_ptr<const Codec> deflate_;
  PngOptions options_;
  Units units_;
  std::unique_ptr<Session> whole_;                           // has the rows that are whole
  std::array<std::unique_ptr<Session>, kPngFilters> begun_;  // and what there is of the next one
  Bytes above_;                                              // the last whole row
  Bytes row_;                                                // what there is of the next one
  std::size_t begun_size_ = 0;                               // bytes of its text in begun_
  std::size_t size_ = 0;                                     // of all
};

}  // namespace

std::unique_ptr<Session> start_png_session(const PngOptions& options, Units units) {
  assert(options.width > 0 && options.level > 0);
  return std::make_unique<PngSession>(options, units);
}

}  // namespace zipdream
