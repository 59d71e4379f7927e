// SPDX-License-Identifier: Apache-2.0
// All earlier places where a text's last bytes occur, each with how many of them agree: what the
// matches are that the last bytes may be the beginning of, or all of.
//
// A match that began k bytes ago, whatever its distance, must agree with these k bytes. So the sets
// of matches that began 1, 2, 3... bytes ago lie within each other, and one list holds them all:
// each place with the number of bytes that agree before it. When the text grows by a byte, a place
// moves on by one and its number grows by one if the byte agrees there, and it leaves the list
// otherwise. Where a single byte agrees there are too many to keep; they are found when wanted.
//
// Source: the text's own bytes; no codec's chains or trees, whose limits on the search a law that
// sums over all matches has no use for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "codecs/common/shared_text.h"

namespace zipdream {

// The `agreeing` bytes before `at` are the text's last; a match would go on with the byte at `at`.
struct Place {
  std::uint32_t at;
  std::uint32_t agreeing;
};

// Threads: one at a time may change it; const members may be called from many.
class MatchSets {
 public:
  // `reach`: the longest distance. `most`: so many places are kept, the nearest, which bounds what
  // texts of very few different bytes cost. REQUIRES: longest >= 2.
  MatchSets(std::size_t reach, std::size_t longest, std::size_t most = 65536)
      : reach_(reach), longest_(longest), most_(most) {}

  // Forgets what agreed so far.
  void restart() { places_.clear(); }

  // Comes to the text's first `end` bytes from its first `end` - 1, or from anywhere after
  // restart(). REQUIRES: it keeps `reach` bytes and two more before there.
  void step(const SharedText& text, std::size_t end);

  // Where two bytes or more agree, nearest first; more than `longest` are not counted.
  [[nodiscard]] const std::vector<Place>& places() const { return places_; }

 private:
  std::size_t reach_;
  std::size_t longest_;
  std::size_t most_;
  std::vector<Place> places_;
  std::vector<Place> before_;  // room
};

}  // namespace zipdream
