// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/exact_session.h"

#include <algorithm>
#include <cassert>
#include <vector>

#include "base/parallel.h"
#include "codecs/deflate/next_bytes.h"
#include "codecs/deflate/parser.h"

namespace zipdream {
namespace {

using deflate::Effort;
using deflate::ParseState;
using deflate::Window;

// Candidates that differ in their last byte only.
struct Job {
  std::size_t begin = 0;
  std::size_t end = 0;
};
constexpr std::size_t kMinPerJob = 16;  // of the 256 next bytes; with fewer sharing saves little
constexpr std::size_t kMinShared = 4;   // from here on sharing pays
constexpr std::size_t kGrain = 1;       // jobs per range
constexpr std::size_t kLongCandidate = 4096;

// What is appended at once: little, for chains are searched for in the tail position by position.
constexpr std::size_t kPiece = 128;
static_assert(kPiece <= deflate::kMaxAppended);

bool differ_in_last_byte(ByteView a, ByteView b) {
  return a.size() == b.size() && !a.empty() && std::equal(a.begin(), a.end() - 1, b.begin());
}

std::vector<Job> make_jobs(std::span<const ByteView> candidates) {
  const std::size_t max_size =
      candidates_per_job(candidates.size(), static_cast<std::size_t>(thread_count()));
  std::vector<Job> jobs;
  jobs.reserve(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const bool joins = !jobs.empty() && i - jobs.back().begin < max_size &&
                       differ_in_last_byte(candidates[i - 1], candidates[i]);
    if (!joins) jobs.push_back({i, i});
    jobs.back().end = i + 1;
  }
  return jobs;
}

class ExactSession final : public Session {
 public:
  ExactSession(int level, std::size_t wrapper_bytes, Units units)
      : effort_(deflate::effort_of(level)),
        wrapper_bits_(8 * wrapper_bytes),
        units_(units),
        window_(effort_.is_lazy) {}

  void append(ByteView bytes) override {
    while (!bytes.empty()) {
      extend_by(take_piece(bytes));
      window_.tidy(state_.at);
    }
  }

  double bits() const override { return measure({}); }

  void bits_after(std::span<const ByteView> candidates, std::span<double> out) const override {
    assert(out.size() == candidates.size());
    const std::vector<Job> jobs = make_jobs(candidates);
    parallel_for(jobs.size(), kGrain, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        const std::size_t count = jobs[i].end - jobs[i].begin;
        measure_all(candidates.subspan(jobs[i].begin, count), out.subspan(jobs[i].begin, count));
      }
    });
  }

  std::unique_ptr<Session> clone() const override { return std::make_unique<ExactSession>(*this); }

  std::string describe() const override {
    return "computed as zlib would write, without compressing";
  }

 private:
  static ByteView take_piece(ByteView& bytes) {
    const ByteView piece = bytes.first(std::min(bytes.size(), kPiece));
    bytes = bytes.subspan(piece.size());
    return piece;
  }

  void extend_by(ByteView piece) {
    window_.append(piece, state_.at);
    deflate::advance(effort_, window_, state_);
  }

  // append() on a copy that is soon gone: a base of its own pays for long candidates only.
  void extend(ByteView bytes) {
    if (bytes.size() > kLongCandidate) return append(bytes);
    while (!bytes.empty()) extend_by(take_piece(bytes));
  }

  // Measures candidates that differ in their last byte only.
  void measure_all(std::span<const ByteView> candidates, std::span<double> out) const {
    if (candidates.size() < kMinShared) return measure_each(candidates, out);
    if (candidates[0].size() == 1) return measure_next(candidates, out);
    ExactSession copy(*this);
    copy.extend(candidates[0].first(candidates[0].size() - 1));
    copy.measure_next(candidates, out);
  }

  // Measures the candidates' last bytes alone.
  void measure_next(std::span<const ByteView> candidates, std::span<double> out) const {
    if (!effort_.is_lazy || deflate::near_edge(state_, window_.end() + 1)) {
      for (std::size_t i = 0; i < candidates.size(); ++i) out[i] = measure(candidates[i].last(1));
      return;
    }
    static thread_local deflate::NextBytes::Scratch scratch;
    deflate::NextBytes next_bytes(effort_, window_, state_, scratch);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      out[i] = in_units(next_bytes.bits_with(candidates[i].back()));
    }
  }

  void measure_each(std::span<const ByteView> candidates, std::span<double> out) const {
    for (std::size_t i = 0; i < candidates.size(); ++i) out[i] = measure(candidates[i]);
  }

  double measure(ByteView candidate) const {
    ExactSession copy(*this);
    copy.extend(candidate);
    return in_units(deflate::finish(effort_, copy.window_, copy.state_));
  }

  double in_units(std::uint64_t bits) const {
    if (units_ == Units::kBytes) bits = (bits + 7) / 8 * 8;
    return static_cast<double>(wrapper_bits_ + bits);
  }

  const Effort& effort_;
  std::uint64_t wrapper_bits_;
  Units units_;
  Window window_;
  ParseState state_;
};

}  // namespace

std::size_t candidates_per_job(std::size_t count, std::size_t threads) {
  return std::max(kMinPerJob, (count + threads - 1) / threads);
}

std::unique_ptr<Session> start_exact_session(int level, std::size_t wrapper_bytes, Units units) {
  return std::make_unique<ExactSession>(level, wrapper_bytes, units);
}

}  // namespace zipdream
