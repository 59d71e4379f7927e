// SPDX-License-Identifier: Apache-2.0
// Every codec's session answers as its encoder would: a codec, units, a context that comes in
// pieces, and candidates. In bytes the reference is the size of the stream; in bits it is what the
// codec says of all of it at once, where that is another way to find it (not so for DEFLATE).
// libFuzzer: -max_len=1000
#include <memory>
#include <string>
#include <vector>

#include "tests/fuzz/cheap_codecs.h"
#include "tests/fuzz/fuzz.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr std::size_t kMaxCandidates = 6;

// Cheap options of each codec, and others where they are another encoder.
const std::vector<std::unique_ptr<Codec>>& codecs() {
  static const auto all = [] {
    std::vector<std::unique_ptr<Codec>> made = cheap_codecs();
    for (const char* spec : {"gzip:1", "gzip:4", "zlib:9", "lzma:1", "zstd:5", "brotli:5", "flac:8",
                             "png:1,width=7", "png:6,width=3,channels=3"}) {
      made.push_back(make_codec(spec));
    }
    return made;
  }();
  return all;
}

double true_bits(const Codec& codec, Units units, Bytes context, ByteView candidate) {
  context.insert(context.end(), candidate.begin(), candidate.end());
  if (units == Units::kBits) return codec.bits(context, units);
  return 8 * static_cast<double>(codec.compress(context).size());
}

}  // namespace

void fuzz(ByteView data) {
  FuzzInput input(data);
  const Codec& codec = *codecs()[input.choose(codecs().size())];
  const Units units = input.choose(2) == 0 ? Units::kBits : Units::kBytes;
  std::vector<ByteView> candidates;
  const std::size_t count = 1 + input.choose(kMaxCandidates);
  for (std::size_t i = 0; i < count; ++i) candidates.push_back(input.take(input.choose(20)));
  const auto session = codec.start(units);
  Bytes context;
  const auto append = [&](ByteView piece) {
    session->append(piece);
    context.insert(context.end(), piece.begin(), piece.end());
  };
  for (std::size_t pieces = input.choose(4); pieces > 0; --pieces)
    append(input.take(input.choose(500)));
  append(input.rest());
  std::vector<double> found(candidates.size());
  session->bits_after(candidates, found);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    check(found[i] == true_bits(codec, units, context, candidates[i]),
          "a session's length is not its encoder's");
  }
  check(session->bits() == true_bits(codec, units, context, {}), "asking changed a session");
}

}  // namespace zipdream
