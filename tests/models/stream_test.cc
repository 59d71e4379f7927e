// SPDX-License-Identifier: Apache-2.0
// The streams of models that learn depend on nothing but the model and the data: the same bytes
// from every compiler, at every level of optimisation, on every machine. Whoever changes a model so
// that they change makes files of before unreadable, and has to mean it.
#include <gtest/gtest.h>

#include <cstdint>
#include <map>

#include "tests/codecs/sample_bytes.h"
#include "tests/models/specs.h"

namespace zipdream {
namespace {

// FNV-1a.
std::uint64_t fingerprint(ByteView bytes) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const Byte byte : bytes) hash = (hash ^ byte) * 0x100000001B3U;
  return hash;
}

TEST(Streams, AreTheSameEverywhere) {
  const std::map<std::string, std::uint64_t> expected = {
      {"audio", 9731482416809079380U},
      {"audio:channels=2", 5879572702161722806U},
      {"audio:channels=3,format=s16", 248547075604520966U},
      {"audio:format=mulaw", 4769603365748551247U},
      {"audio:format=s16", 7064181790693287721U},
      {"audio:off", 4654312976202959023U},
      {"audio:steady=on", 16599684675780469471U},
      {"cm", 3201171567448258503U},
      {"cm:0", 5056692148279962789U},
      {"cm:9", 14936918389471395597U},
      {"cm:prior=english", 10362129395744485709U},
      {"mix:cm:1+ppm:2", 7022195039183866615U},
      {"image", 15516012235265670561U},
      {"image:prior=off,width=64", 1544492794568751096U},
      {"ppm", 5086717442950422025U},
  };
  Bytes data;
  for (const SampleKind& kind : sample_kinds()) data = concat(data, kind.make(7000, 1));
  for (const std::string& spec : learning_specs()) {
    ASSERT_TRUE(expected.contains(spec)) << spec;
    EXPECT_EQ(fingerprint(make_codec("arith:" + spec)->compress(data)), expected.at(spec)) << spec;
  }
}

// Pixels that were made of brightness and differences as JPEG's are, and then some that were not.
Bytes colours() {
  Bytes pixels;
  std::uint32_t noise = 1;
  const auto part = [](int fixed) { return (fixed + 32768) >> 16; };
  for (int i = 0; i < 48 * 40; ++i) {
    noise = noise * 1664525 + 1013904223;
    const int x = i % 48, y = i / 48;
    const int light = 60 + 2 * x + (y * y >> 4) + static_cast<int>(noise >> 29);
    const int red = (x * y >> 6) - 10, blue = 12 - (y >> 1);
    for (const int byte : {light + part(91881 * red), light + part(-22554 * blue - 46802 * red),
                           light + part(116130 * blue)}) {
      pixels.push_back(static_cast<Byte>(byte + (i > 48 * 36 ? static_cast<int>(noise >> 30) : 0)));
    }
  }
  return pixels;
}

TEST(Streams, OfColoursAreTheSameEverywhere) {
  const Bytes pixels = colours();
  EXPECT_EQ(fingerprint(make_codec("arith:image:width=48,channels=3")->compress(pixels)),
            3502057401760363086U);
  EXPECT_EQ(fingerprint(make_codec("arith:image:prior=off,width=48,channels=3")->compress(pixels)),
            8045583294556102225U);
}

TEST(Streams, OfPyramidsAreTheSameEverywhere) {
  const Bytes pixels = colours();
  EXPECT_EQ(
      fingerprint(make_codec("arith:image:order=pyramid,width=48,channels=3")->compress(pixels)),
      3964899083801213217U);
  EXPECT_EQ(fingerprint(make_codec("arith:image:order=pyramid,width=53")->compress(pixels)),
            17524334570544614292U);
}

}  // namespace
}  // namespace zipdream
