// SPDX-License-Identifier: Apache-2.0
// Chooses what a model should have read before it reads anything: passages of texts after which the
// chunks of other texts, each alone, get shortest. Begins with passages at random and replaces one
// after the other by another wherever that is shorter. scripts/english_prior.sh makes cm's so.
// Usage: choose_prior SPEC OUT BYTES STEPS LAST HELD_OUT... -- TEXT...
// LAST is a text that comes last whatever else is chosen.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/bench/program.h"
#include "base/files.h"
#include "generator/coder/symbol_coder.h"
#include "zipdream/error.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr std::size_t kPassage = 2048;
constexpr std::size_t kChunk = 2048;
constexpr std::size_t kChunksOfText = 12;  // of each held-out text, evenly spread

// Whole words, where there are any.
Bytes passage_at(ByteView text, std::size_t begin) {
  const auto is_blank = [](Byte byte) { return byte == ' ' || byte == '\n'; };
  while (begin + kPassage < text.size() && !is_blank(text[begin])) ++begin;
  std::size_t end = std::min(begin + 1 + kPassage, text.size());
  while (end > begin + 1 + kPassage / 2 && !is_blank(text[end - 1])) --end;
  return {text.begin() + static_cast<std::ptrdiff_t>(begin) + 1,
          text.begin() + static_cast<std::ptrdiff_t>(end)};
}

class Chooser {
 public:
  Chooser(std::string spec, std::size_t bytes, Bytes last, std::vector<Bytes> chunks,
          std::vector<Bytes> texts)
      : spec_(std::move(spec)),
        last_(std::move(last)),
        chunks_(std::move(chunks)),
        texts_(std::move(texts)) {
    std::size_t size = last_.size();
    while (size + kPassage <= bytes) {
      chosen_.push_back(random_passage());
      size += kPassage;
    }
    best_ = cost();
  }

  void step() {
    Bytes& place = chosen_[rng_.next() % chosen_.size()];
    Bytes other = random_passage();
    std::swap(place, other);
    const std::size_t now = cost();
    if (now < best_) {
      best_ = now;
    } else {
      std::swap(place, other);
    }
  }

  // Bytes of all held-out chunks.
  [[nodiscard]] std::size_t best() const { return best_; }

  [[nodiscard]] Bytes prior() const {
    Bytes all;
    for (const Bytes& passage : chosen_) all.insert(all.end(), passage.begin(), passage.end());
    all.insert(all.end(), last_.begin(), last_.end());
    return all;
  }

 private:
  Bytes random_passage() {
    const Bytes& text = texts_[rng_.next() % texts_.size()];
    return passage_at(text, rng_.next() % (text.size() - kPassage));
  }

  [[nodiscard]] std::size_t cost() const {
    const auto start = make_predictor(spec_);
    start->observe(prior());
    std::size_t bytes = 0;
    for (const Bytes& chunk : chunks_) {
      const auto model = start->clone();
      Bytes code;
      RangeEncoder encoder(&code);
      for (const Byte byte : chunk) model->symbol_coder()->encode(byte, encoder);
      encoder.finish();
      bytes += code.size();
    }
    return bytes;
  }

  std::string spec_;
  Bytes last_;
  std::vector<Bytes> chunks_;
  std::vector<Bytes> texts_;
  std::vector<Bytes> chosen_;
  std::size_t best_ = 0;
  Rng rng_{1};
};

std::vector<Bytes> chunks_of(ByteView text) {
  std::vector<Bytes> chunks;
  for (std::size_t i = 0; i < kChunksOfText; ++i) {
    const std::size_t begin = text.size() / kChunksOfText * i;
    if (begin + kChunk > text.size()) break;
    const ByteView chunk = text.subspan(begin, kChunk);
    chunks.emplace_back(chunk.begin(), chunk.end());
  }
  return chunks;
}

int run(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto mark = std::find(words.begin(), words.end(), "--");
  if (mark - words.begin() < 6 || words.end() - mark < 2) {
    throw usage_error("usage: choose_prior SPEC OUT BYTES STEPS LAST HELD_OUT... -- TEXT...");
  }
  std::vector<Bytes> chunks;
  for (auto file = words.begin() + 5; file != mark; ++file) {
    for (Bytes& chunk : chunks_of(read_file(*file))) chunks.push_back(std::move(chunk));
  }
  std::vector<Bytes> texts;
  for (auto file = mark + 1; file != words.end(); ++file) {
    texts.push_back(read_file(*file));
    if (texts.back().size() <= kPassage) throw usage_error(*file + ": too short");
  }
  const std::size_t all = chunks.size() * kChunk;
  Chooser chooser(words[0], std::stoul(words[2]), read_file(words[4]), std::move(chunks),
                  std::move(texts));
  const int steps = std::stoi(words[3]);
  for (int step = 0; step < steps; ++step) {
    if (step % 20 == 0) {
      fmt::print(stderr, "step {}: {:.2f} % of {} bytes\n", step,
                 100 * static_cast<double>(chooser.best()) / static_cast<double>(all), all);
    }
    chooser.step();
  }
  write_file(words[1], chooser.prior());
  return 0;
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  return zipdream::run_program([&] { return zipdream::run(argc, argv); });
}
