// SPDX-License-Identifier: Apache-2.0
#include "apps/bench/ways.h"

#include <algorithm>
#include <cassert>

#include "codecs/deflate/session.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

// A codec of which only the streams are known: bits() and start() are the defaults of Codec.
class PlainCodec final : public Codec {
 public:
  explicit PlainCodec(const Codec& codec) : codec_(codec) {}
  [[nodiscard]] Bytes compress(ByteView data) const override { return codec_.compress(data); }
  [[nodiscard]] Bytes decompress(ByteView stream, std::size_t max_size) const override {
    return codec_.decompress(stream, max_size);
  }

 private:
  const Codec& codec_;
};

// The level of a spec of gzip, zlib or deflate; 0 for another.
int deflate_level(const std::string& spec) {
  const Spec parsed = Spec::parse(spec);
  const std::string& name = parsed.name();
  if (name != "gzip" && name != "zlib" && name != "deflate") return 0;
  return static_cast<int>(parsed.number("level"));
}

struct Choice {
  double length;
  std::size_t beam;
  std::size_t symbol;
};

}  // namespace

Subject::Subject(const std::string& spec)
    : codec_(make_codec(spec)),
      plain_(std::make_unique<PlainCodec>(*codec_)),
      level_(deflate_level(spec)) {}

std::unique_ptr<Session> Subject::start(Way way, Units units) const {
  assert(has(way));
  if (way == Way::kCompress) return plain_->start(Units::kBytes);
  if (way == Way::kCopy) return start_gzip_session(level_, 0, units);
  return codec_->start(units);
}

Bytes made_up_text(std::size_t size) {
  Rng rng(1);
  const auto below = [&rng](std::size_t count) {
    return static_cast<std::size_t>(rng.next() % count);
  };
  std::vector<Bytes> words(2000);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t length = 1 + below(2 + i / 250);
    for (std::size_t j = 0; j < length; ++j) {
      const char first = below(12) == 0 ? 'A' : 'a';
      words[i].push_back(static_cast<Byte>(first + static_cast<int>(below(1 + below(26)))));
    }
  }
  Bytes text;
  while (text.size() < size) {
    const Bytes& word = words[below(1 + below(1 + below(words.size())))];
    text.insert(text.end(), word.begin(), word.end());
    text.push_back(static_cast<Byte>("      ,\n."[below(9)]));
  }
  return text;
}

Bytes bytes_of(ByteView text) {
  Bytes bytes(text.begin(), text.end());
  std::ranges::sort(bytes);
  bytes.erase(std::unique(bytes.begin(), bytes.end()), bytes.end());
  return bytes;
}

std::vector<ByteView> single_bytes(const Bytes& alphabet) {
  std::vector<ByteView> views;
  for (const Byte& byte : alphabet) views.emplace_back(&byte, 1);
  return views;
}

std::size_t search_beams(const Session& primed, std::span<const ByteView> symbols,
                         const std::function<bool()>& enough) {
  std::vector<std::unique_ptr<Session>> beams;
  beams.push_back(primed.clone());
  std::vector<double> lengths(symbols.size());
  std::size_t asked = 0;
  for (std::size_t step = 0; step < kHorizon; ++step) {
    std::vector<Choice> choices;
    for (std::size_t beam = 0; beam < beams.size(); ++beam) {
      beams[beam]->bits_after(symbols, lengths);
      asked += symbols.size();
      if (enough()) return asked;
      for (std::size_t i = 0; i < symbols.size(); ++i) choices.push_back({lengths[i], beam, i});
    }
    const std::size_t kept = std::min(kBeams, choices.size());
    std::ranges::stable_sort(choices, {}, &Choice::length);
    std::vector<std::unique_ptr<Session>> survivors;
    for (std::size_t i = 0; i < kept; ++i) {
      survivors.push_back(beams[choices[i].beam]->clone());
      survivors.back()->append(symbols[choices[i].symbol]);
    }
    beams = std::move(survivors);
  }
  return asked;
}

}  // namespace zipdream
