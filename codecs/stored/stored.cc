// SPDX-License-Identifier: Apache-2.0
// The codec that does nothing: eight bits for every byte, the uniform distribution to compare
// others with.
#include "codecs/stored/stored.h"

#include "codecs/common/coding_loop.h"

namespace zipdream {
namespace {

class StoredCodec final : public Codec {
 public:
  Bytes compress(ByteView data) const override { return {data.begin(), data.end()}; }

  Bytes decompress(ByteView stream, std::size_t max_size) const override {
    if (stream.size() > max_size) throw too_large("stored", max_size);
    return {stream.begin(), stream.end()};
  }

  double bits(ByteView data, Units /*units*/) const override {
    return 8.0 * static_cast<double>(data.size());
  }
};

std::unique_ptr<Codec> make(const Spec& /*spec*/, const OnCoded& /*on_coded*/) {
  return std::make_unique<StoredCodec>();
}

}  // namespace

constinit const ModelInfo kStored{
    .name = "stored",
    .summary = "the bytes as they are",
    .make_codec = make,
    .no_decoder_sampler = "it has no tables, and its samples would be noise"};

}  // namespace zipdream
