// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/coding_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/process.h"

namespace zipdream {
namespace {

constexpr std::size_t kMinOutput = 1024;

// A buffer that doubles whenever it is full, up to a limit.
class GrowingOutput {
 public:
  GrowingOutput(std::size_t expected, std::size_t limit)
      : limit_(limit), bytes_(std::min(limit, std::max(expected, kMinOutput))) {}

  // Empty only when the limit is reached.
  std::span<Byte> free_part() {
    if (size_ == bytes_.size()) {
      bytes_.resize(bytes_.size() < limit_ / 2 ? 2 * bytes_.size() : limit_);
    }
    return std::span(bytes_).subspan(size_, std::min(bytes_.size() - size_, kMaxPiece));
  }

  void commit(std::size_t count) { size_ += count; }

  [[nodiscard]] std::size_t size() const { return size_; }

  Bytes take() {
    bytes_.resize(size_);
    return std::move(bytes_);
  }

 private:
  std::size_t limit_;
  Bytes bytes_;
  std::size_t size_ = 0;
};

CodingStep run_step(const Coder& coder, ByteView rest, GrowingOutput& output) {
  const ByteView piece = rest.first(std::min(rest.size(), kMaxPiece));
  const CodingStep step = coder(piece, piece.size() == rest.size(), output.free_part());
  output.commit(step.produced);
  return step;
}

bool is_stuck(const CodingStep& step) {
  return step.consumed == 0 && step.produced == 0 && !step.ended;
}

}  // namespace

Bytes run_encoder(std::string_view codec, ByteView data, std::size_t expected, const Coder& coder) {
  GrowingOutput output(expected, Bytes().max_size());
  for (;;) {
    const CodingStep step = run_step(coder, data, output);
    if (step.ended) return output.take();
    if (is_stuck(step)) throw library_failure(codec, "no progress");
    data = data.subspan(step.consumed);
  }
}

std::uint64_t count_encoder(std::string_view codec, const ByteSource& data, const Coder& coder) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  Bytes piece(kPiece);
  Bytes next(kPiece);
  Bytes output(kPiece);
  std::uint64_t count = 0;
  std::size_t size = data(piece);
  for (;;) {
    check_interrupt();
    // One ahead, for the coder must be told which piece is the last.
    const std::size_t next_size = size == kPiece ? data(next) : 0;
    ByteView rest = ByteView(piece).first(size);
    do {
      const CodingStep step = coder(rest, next_size == 0, output);
      count += step.produced;
      if (step.ended) return count;
      if (is_stuck(step)) throw library_failure(codec, "no progress");
      rest = rest.subspan(step.consumed);
    } while (!rest.empty() || next_size == 0);
    std::swap(piece, next);
    size = next_size;
  }
}

Bytes run_decoder(std::string_view codec, ByteView stream, std::size_t max_size, Members members,
                  const Coder& coder) {
  // One byte beyond max_size, so that an end exactly there can be told from more data.
  const std::size_t limit = std::min(max_size, Bytes().max_size() - 1) + 1;
  GrowingOutput output(stream.size(), limit);
  for (;;) {
    const CodingStep step = run_step(coder, stream, output);
    if (output.size() > max_size) throw too_large(codec, max_size);
    stream = stream.subspan(step.consumed);
    if (step.ended) {
      if (stream.empty()) return output.take();
      if (members == Members::kOne) throw trailing_bytes(codec, stream.size());
    } else if (is_stuck(step)) {
      throw stream.empty() ? truncated(codec) : damaged(codec, "no progress");
    }
  }
}

Error damaged(std::string_view codec, std::string_view detail) {
  return Error(fmt::format("{}: the stream is damaged or of another format ({}); fetch it again",
                           codec, detail));
}

Error truncated(std::string_view codec) {
  return Error(fmt::format("{}: the stream ends too early; fetch it again", codec));
}

Error trailing_bytes(std::string_view codec, std::size_t count) {
  return Error(
      fmt::format("{}: {} bytes follow the end of the stream; cut them off", codec, count));
}

Error too_large(std::string_view codec, std::size_t max_size) {
  return Error(fmt::format("{}: the data is larger than the limit of {} bytes; raise the limit",
                           codec, max_size));
}

Error library_failure(std::string_view codec, std::string_view detail) {
  return Error(
      fmt::format("{}: the compressor failed ({}); is there enough memory?", codec, detail));
}

// The constants are those of a well-known linear congruential generator.
Bytes check_text(std::size_t size, unsigned letters, std::size_t noise) {
  std::uint32_t state = letters;
  const auto below = [&state](std::size_t count) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % count;
  };
  Bytes text;
  while (text.size() < size) {
    const std::size_t length = 1 + below(3 + below(30));
    const std::size_t back = 1 + below(std::max<std::size_t>(text.size(), 1));
    const bool copies = text.size() > noise && below(3) != 0;
    for (std::size_t i = 0; i < length; ++i) {
      text.push_back(copies ? text[text.size() - back]
                            : static_cast<Byte>('a' + below(1 + below(letters))));
    }
  }
  text.resize(size);
  return text;
}

}  // namespace zipdream
