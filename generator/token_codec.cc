// SPDX-License-Identifier: Apache-2.0
#include "generator/token_codec.h"

#include <utility>
#include <vector>

#include "base/process.h"
#include "base/encodings.h"
#include "codecs/common/coding_loop.h"
#include "generator/arithmetic_stream.h"
#include "generator/coder/frequency_coder.h"

namespace zipdream {
namespace {

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
      if (bytes >= CodedCount::kToldAtOnce) flush();
    }
    flush();
    coded.tell();
  }

  // Bytes that the tokens puts before every text.
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

}  // namespace zipdream
