// SPDX-License-Identifier: Apache-2.0
#include "generator/arithmetic_codec.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <utility>
#include <vector>

#include "base/encodings.h"
#include "base/parallel.h"
#include "base/process.h"
#include "codecs/common/coding_loop.h"
#include "generator/coder/range_coder.h"
#include "generator/coder/symbol_coder.h"
#include "generator/own_order.h"

namespace zipdream {

namespace {

constexpr std::size_t kAlphabet = 256;

// A predictor in mid-stream and what codes its symbols.
class Model {
 public:
  explicit Model(const Predictor& start)
      : predictor_(start.clone()),
        by_frequency_(*predictor_),
        coder_(predictor_->symbol_coder() != nullptr ? predictor_->symbol_coder()
                                                     : &by_frequency_) {}
  Model(const Model& other) : Model(*other.predictor_) {}
  Model& operator=(const Model&) = delete;
  ~Model() = default;

  void encode(ByteView bytes, RangeEncoder& encoder) {
    coder_->encode_all(std::vector<Symbol>(bytes.begin(), bytes.end()), encoder);
  }

  [[nodiscard]] Byte decode(RangeDecoder& decoder) {
    check_interrupt();
    return static_cast<Byte>(coder_->decode(decoder));
  }

  void intervals_after(const Interval& now, std::span<Interval> out) const {
    coder_->intervals_after(now, out);
  }

 private:
  std::unique_ptr<Predictor> predictor_;
  FrequencyCoder by_frequency_;
  SymbolCoder* coder_;
};

class ArithmeticSession final : public Session {
 public:
  ArithmeticSession(const Predictor& start, Units units) : units_(units), model_(start) {}

  void append(ByteView bytes) override {
    model_.encode(bytes, encoder_);
    size_ += bytes.size();
  }

  double bits() const override { return stream_bits(size_, encoder_.interval(), units_); }

  // Single bytes, which predictors by lengths ask for, come from one look at the model; the others
  // are appended to copies.
  void bits_after(std::span<const ByteView> candidates, std::span<double> out) const override {
    assert(out.size() == candidates.size());
    std::vector<Interval> after_byte;  // (256), if any candidate is a single byte
    if (std::any_of(candidates.begin(), candidates.end(),
                    [](ByteView bytes) { return bytes.size() == 1; })) {
      after_byte.resize(kAlphabet);
      model_.intervals_after(encoder_.interval(), after_byte);
    }
    std::vector<std::size_t> longer;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (candidates[i].empty()) out[i] = bits();
      if (candidates[i].size() == 1) {
        out[i] = stream_bits(size_ + 1, after_byte[candidates[i].front()], units_);
      }
      if (candidates[i].size() > 1) longer.push_back(i);
    }
    parallel_for(longer.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        ArithmeticSession copy(*this);
        copy.append(candidates[longer[i]]);
        out[longer[i]] = copy.bits();
      }
    });
  }

  std::unique_ptr<Session> clone() const override {
    return std::make_unique<ArithmeticSession>(*this);
  }

  std::string describe() const override { return "from one look at its model for all bytes"; }

 private:
  Units units_;
  Model model_;
  RangeEncoder encoder_{nullptr};
  std::uint64_t size_ = 0;
};

class ArithmeticCodec final : public Codec {
 public:
  ArithmeticCodec(std::string spec, std::unique_ptr<const Predictor> start, OnCoded on_coded)
      : spec_(std::move(spec)), start_(std::move(start)), on_coded_(std::move(on_coded)) {
    assert(start_->alphabet_size() == kAlphabet);
  }

  Bytes compress(ByteView text) const override {
    const std::optional<InOrder> own = start_->in_order(text.size(), 0);
    const Bytes ordered = own ? put_in_order(text, own->order) : Bytes();
    const ByteView data = own ? ordered : text;
    Bytes stream;
    append_varint(data.size(), stream);
    RangeEncoder encoder(&stream);
    Model model(own ? *own->predictor : *start_);
    CodedCount coded(on_coded_);
    for (std::size_t i = 0; i < data.size(); i += CodedCount::kToldAtOnce) {
      const ByteView part = data.subspan(i, std::min(CodedCount::kToldAtOnce, data.size() - i));
      model.encode(part, encoder);
      coded.add(part.size());
    }
    coded.tell();
    encoder.finish();
    return stream;
  }

  // Memory and time grow with what the code really holds: a stream that claims more than that is
  // found out when its code has run dry.
  Bytes decompress(ByteView stream, std::size_t max_size) const override {
    const std::size_t size = take_size(stream, max_size, spec_);
    const std::optional<InOrder> own = start_->in_order(size, 0);
    Model model(own ? *own->predictor : *start_);
    RangeDecoder decoder(stream);
    Bytes data;
    CodedCount coded(on_coded_);
    while (data.size() < size && !decoder.is_past_end()) {
      data.push_back(model.decode(decoder));
      coded.add(1);
    }
    coded.tell();
    check_code_end(decoder, stream.size(), spec_);
    return own && data.size() == size ? put_back(data, own->order) : data;
  }

  double bits(ByteView data, Units units) const override {
    const std::optional<InOrder> own = start_->in_order(data.size(), 0);
    ArithmeticSession session(own ? *own->predictor : *start_, units);
    if (own) {
      session.append(put_in_order(data, own->order));
    } else {
      session.append(data);
    }
    return session.bits();
  }

  std::unique_ptr<Session> start(Units units) const override {
    return std::make_unique<ArithmeticSession>(*start_, units);
  }

 private:
  std::string spec_;
  std::unique_ptr<const Predictor> start_;
  OnCoded on_coded_;
};

}  // namespace

std::unique_ptr<Codec> make_arithmetic_codec(std::string spec,
                                             std::unique_ptr<const Predictor> start,
                                             OnCoded on_coded) {
  return std::make_unique<ArithmeticCodec>(std::move(spec), std::move(start), std::move(on_coded));
}

double stream_bits(std::uint64_t size, const Interval& interval, Units units) {
  const double header = 8.0 * static_cast<double>(varint_size(size));
  return header + (units == Units::kBits ? interval.bits()
                                         : 8.0 * static_cast<double>(interval.code_bytes()));
}

std::size_t take_size(ByteView& stream, std::size_t max_size, const std::string& spec) {
  const std::optional<std::uint64_t> size = take_varint(stream);
  if (!size && stream.size() < 10) throw truncated(spec);
  if (!size) throw damaged(spec, "its size makes no sense");
  if (*size > max_size) throw too_large(spec, max_size);
  return static_cast<std::size_t>(*size);
}

void check_code_end(const RangeDecoder& decoder, std::size_t code_size, const std::string& spec) {
  if (code_size < decoder.code_bytes()) throw truncated(spec);
  if (code_size > decoder.code_bytes()) {
    throw trailing_bytes(spec, code_size - static_cast<std::size_t>(decoder.code_bytes()));
  }
  if (!decoder.ends_here()) throw damaged(spec, "its code has another end");
}

namespace {

// Symbols that the model reads together: as many rows as a forward pass of a language model takes.
constexpr std::size_t kSymbolsPerPass = 128;

class TokenCodec final : public Codec {
 public:
  TokenCodec(std::string spec, std::unique_ptr<const Predictor> start, OnCoded on_coded)
      : spec_(std::move(spec)), start_(std::move(start)), on_coded_(std::move(on_coded)) {}

  Bytes compress(ByteView data) const override {
    Bytes stream;
    append_varint(data.size(), stream);
    RangeEncoder encoder(&stream);
    encode(data, encoder, on_coded_);
    encoder.finish();
    return stream;
  }

  Bytes decompress(ByteView stream, std::size_t max_size) const override {
    const std::size_t size = take_size(stream, max_size, spec_);
    const std::size_t end = size == 0 ? 0 : prefix_size() + size;
    const std::unique_ptr<Predictor> predictor = start_->clone();
    FrequencyCoder coder(*predictor);
    RangeDecoder decoder(stream);
    Bytes data;
    CodedCount coded(on_coded_);
    while (data.size() < end && !decoder.is_past_end()) {
      check_interrupt();
      const ByteView bytes = predictor->symbol_bytes(coder.decode(decoder));
      data.insert(data.end(), bytes.begin(), bytes.end());
      coded.add(bytes.size());
    }
    coded.tell();
    check_code_end(decoder, stream.size(), spec_);
    if (data.size() != end) throw damaged(spec_, "its last symbol is too long");
    data.erase(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(end - size));
    return data;
  }

  double bits(ByteView data, Units units) const override {
    RangeEncoder encoder(nullptr);
    encode(data, encoder, {});
    return stream_bits(data.size(), encoder.interval(), units);
  }

 private:
  void encode(ByteView data, RangeEncoder& encoder, const OnCoded& on_coded) const {
    const std::unique_ptr<Predictor> predictor = start_->clone();
    FrequencyCoder coder(*predictor);
    CodedCount coded(on_coded);
    std::vector<Symbol> symbols;
    std::size_t bytes = 0;
    const auto flush = [&] {
      coder.encode_all(symbols, encoder);
      coded.add(bytes);
      symbols.clear();
      bytes = 0;
    };
    for (const Token& each : start_->tokenize(data)) {
      symbols.push_back(each.symbol);
      bytes += each.bytes;
      if (symbols.size() == kSymbolsPerPass) flush();
    }
    flush();
    coded.tell();
  }

  // Bytes that the tokenizer puts before every text.
  [[nodiscard]] std::size_t prefix_size() const {
    constexpr Byte kAnyByte = 'a';
    std::size_t size = 0;
    for (const Token& each : start_->tokenize({&kAnyByte, 1})) {
      size += start_->symbol_bytes(each.symbol).size() - each.bytes;
    }
    return size;
  }

  std::string spec_;
  std::unique_ptr<const Predictor> start_;
  OnCoded on_coded_;
};

}  // namespace

std::unique_ptr<Codec> make_token_codec(std::string spec, std::unique_ptr<const Predictor> start,
                                        OnCoded on_coded) {
  return std::make_unique<TokenCodec>(std::move(spec), std::move(start), std::move(on_coded));
}

namespace {

constexpr std::size_t kRandomBytes = std::size_t{1} << 12;

class ArithmeticSampler final : public DecoderSampler {
 public:
  explicit ArithmeticSampler(std::unique_ptr<const Predictor> start) : start_(std::move(start)) {}

  Bytes sample(ByteView context, std::size_t count, Rng& rng) const override {
    const auto predictor = start_->clone();
    predictor->observe(context);
    FrequencyCoder by_frequency(*predictor);
    SymbolCoder* const own = predictor->symbol_coder();
    SymbolCoder& coder = own != nullptr ? *own : by_frequency;
    Bytes text;
    sample_until(text, count, [&] {
      const Bytes bits = random_bytes(kRandomBytes, rng);
      RangeDecoder decoder(bits);
      while (text.size() < count && !decoder.is_used_up() && !decoder.is_damaged()) {
        const ByteView bytes = predictor->symbol_bytes(coder.decode(decoder));
        text.insert(text.end(), bytes.begin(), bytes.end());
      }
    });
    text.resize(count);  // the last symbol may have been longer
    return text;
  }

 private:
  std::unique_ptr<const Predictor> start_;
};

}  // namespace

std::unique_ptr<DecoderSampler> make_arithmetic_sampler(std::unique_ptr<const Predictor> start) {
  return std::make_unique<ArithmeticSampler>(std::move(start));
}

}  // namespace zipdream
