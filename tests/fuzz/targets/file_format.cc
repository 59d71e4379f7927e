// SPDX-License-Identifier: Apache-2.0
// The beginning of any file, by which its format is told: the same format by the first bytes as by
// all, and words to speak of it.
// libFuzzer: -max_len=600
#include "base/file_format.h"

#include "tests/fuzz/fuzz.h"

namespace zipdream {

void fuzz(ByteView data) {
  const FileFormat* const format = find_format(data);
  check(format == find_format(data, data.size()), "two formats of one file");
  if (format != nullptr) {
    check(!format->phrase.empty(), "a format without words");
    check(format->is_read || !format->remedy.empty(), "a format without a remedy");
    check(format->phrase.ends_with(name_of(*format)), "a name that is not in its phrase");
  }
  // The size of what is not given may be anything.
  (void)find_format(data, data.size() * std::uint64_t{0x100000001});
  (void)size_of_id3_tags(data);
  (void)looks_like_text(data);
  accepts([&] { refuse_pointer(data, "x"); });
}

}  // namespace zipdream
