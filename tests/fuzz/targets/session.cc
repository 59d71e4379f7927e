// SPDX-License-Identifier: Apache-2.0
// Every codec's session answers as its encoder would: a codec, units, a context that comes in
// pieces, and candidates.
#include <memory>
#include <string>
#include <vector>

#include "codecs/recompressing_session.h"
#include "codecs/registry.h"
#include "tests/fuzz/fuzz.h"

namespace zipdream {
namespace {

constexpr std::size_t kMaxCandidates = 6;

// Cheap options of each codec, and the dear ones where they are another encoder.
const std::vector<std::unique_ptr<Codec>>& codecs() {
  static const auto all = [] {
    std::vector<std::unique_ptr<Codec>> made;
    for (const CodecInfo& info : codec_list()) made.push_back(make_codec(info.name));
    for (const char* spec : {"gzip:1", "gzip:4", "zlib:9", "xz:0", "lzma:1", "zstd:1", "bzip2:1",
                             "brotli:1", "flac:0", "png:1,width=7", "png:6,width=3,channels=3"}) {
      made.push_back(make_codec(spec));
    }
    return made;
  }();
  return all;
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
  const auto truth = start_recompressing_session(codec, units);
  for (std::size_t pieces = input.choose(4); pieces > 0; --pieces) {
    const ByteView piece = input.take(input.choose(500));
    session->append(piece);
    truth->append(piece);
  }
  const ByteView last = input.rest();
  session->append(last);
  truth->append(last);
  std::vector<double> found(candidates.size());
  std::vector<double> expected(candidates.size());
  session->bits_after(candidates, found);
  truth->bits_after(candidates, expected);
  check(found == expected, "a session's lengths are not its encoder's");
  check(session->bits() == truth->bits(), "asking changed a session");
}

}  // namespace zipdream
