// SPDX-License-Identifier: Apache-2.0
// How codecs have to refuse a damaged stream.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "zipdream/bytes.h"
#include "zipdream/codec.h"
#include "zipdream/error.h"

namespace zipdream {

// One line that begins with `who` and has a remedy.
inline void expect_one_line(const Error& error, std::string_view who) {
  const std::string text = error.what();
  EXPECT_TRUE(text.starts_with(who)) << text;
  EXPECT_EQ(text.find('\n'), std::string::npos) << text;
  EXPECT_NE(text.find(';'), std::string::npos) << "no remedy: " << text;
  EXPECT_EQ(error.kind(), Error::Kind::kFailure) << text;
}

inline void expect_refusal(const Codec& codec, std::string_view who, ByteView stream,
                           std::size_t max_size, std::string_view what) {
  try {
    const Bytes result = codec.decompress(stream, max_size);
    ADD_FAILURE() << what << " gave " << result.size() << " bytes";
  } catch (const Error& error) {
    expect_one_line(error, who);
  }
}

}  // namespace zipdream
