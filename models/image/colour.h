// SPDX-License-Identifier: Apache-2.0
// Colour pixels that were made of a brightness and two differences of colour, 8 bits each, as JPEG
// and Photo CD decoders make them: of all colours only one in 4 or 9 can come out. What was made so
// is found in the pixels, and then brightness and differences are predicted instead, each in a
// plane of its own; the differences were mostly kept at half the size and are smooth.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "models/image/reader.h"
#include "zipdream/bytes.h"

namespace zipdream::image {

// Brightness and the two differences, each 0 to 255.
struct Ycc {
  int y = 0;
  int first = 0;  // that the first byte of a pixel is made of
  int third = 0;  // that the third is made of
};

// One way to make pixels of them. Of three bytes the second is made of all, the others of
// brightness and one difference each.
// Threads: const members may be called from many.
class ColourSpace {
 public:
  // Numbers in units of 1/kUnit.
  static constexpr int kUnitBits = 20;
  struct Form {
    int brightness;                          // of a step
    std::array<std::int32_t, 256> of_first;  // what the first byte gets of its difference
    std::array<std::int32_t, 256> of_third;
    std::array<std::int32_t, 256> second_of_first;  // what the second byte gets
    std::array<std::int32_t, 256> second_of_third;
    double rarity;  // how many colours there are for each that can come out
  };

  // JPEG and Photo CD, each with red or blue first. Valid for the life of the program.
  [[nodiscard]] static std::span<const ColourSpace> all();

  explicit ColourSpace(const Form& form) : form_(form) {}

  [[nodiscard]] Byte first(int y, int difference) const {
    return byte_of(y * form_.brightness + form_.of_first[difference]);
  }
  [[nodiscard]] Byte third(int y, int difference) const {
    return byte_of(y * form_.brightness + form_.of_third[difference]);
  }
  [[nodiscard]] Byte second(const Ycc& ycc) const {
    return byte_of(ycc.y * form_.brightness + form_.second_of_first[ycc.first] +
                   form_.second_of_third[ycc.third]);
  }

  // What makes just this pixel; if nothing does, `is_exact` is false, and what comes near.
  [[nodiscard]] Ycc find(const std::array<Byte, 3>& pixel, bool& is_exact) const;

  [[nodiscard]] double rarity() const { return form_.rarity; }

 private:
  static Byte byte_of(std::int32_t value) {
    const int byte = value >> kUnitBits;
    return static_cast<Byte>(byte < 0 ? 0 : byte > 255 ? 255 : byte);
  }
  [[nodiscard]] Ycc near(const std::array<Byte, 3>& pixel) const;

  Form form_;
};

// A plane of differences, by counts of what came in the same surroundings: those of planes that
// were made twice as large follow from their neighbours but for one in four.
// Copies are independent. Threads: as a standard container.
class DifferencePlane {
 public:
  explicit DifferencePlane(std::size_t width);

  struct Candidate {
    int value;
    double probability;
  };
  // Values of the next place that are likely, and how likely; those of the others are left out.
  [[nodiscard]] std::span<const Candidate> candidates() const { return candidates_; }

  void append(int value);

 private:
  static constexpr std::size_t kContexts = 6;
  static constexpr std::size_t kSlots = 2048;  // of each context
  static constexpr int kReach = 8;             // of counts, about what is expected
  static constexpr std::size_t kBins = 2 * kReach + 1;
  struct Counts {
    std::array<std::uint16_t, kBins> of{};
    std::uint32_t sum = 0;
  };
  using Weights = std::array<double, kContexts + 1>;  // the last one's is that of the wide part

  [[nodiscard]] int at(int dx, int dy) const;
  void look_ahead();
  void set_contexts();
  void learn(int value);

  int width_;
  int x_ = 0;
  int y_ = 0;
  std::vector<Byte> rows_;  // (3, width)
  std::vector<Counts> counts_;
  std::vector<Weights> weights_;  // by phase and how much was counted
  std::vector<float> errors_;     // (2, width): of what was expected
  // Of the next place.
  int expected_ = 0;
  double scale_ = 1;
  std::array<std::size_t, kContexts> slots_{};
  std::size_t weights_at_ = 0;
  std::vector<Candidate> candidates_;
};

// Watches pixels for being made so, and predicts them.
// Copies are independent. Threads: as a standard container.
class ColourModel {
 public:
  // REQUIRES: options.width > 0 and options.channels == 3.
  explicit ColourModel(const ImageOptions& options);

  // Whether it says anything of the next byte.
  [[nodiscard]] bool is_on() const { return planes_.has_value() && sum_ > 0; }

  // The frequencies of the next byte, mixed with those of another model: out[b] is the sum of those
  // of the bytes below b, of MixtureFrequencies::kTotal; both of 257 numbers. REQUIRES: is_on().
  void mix(std::span<const std::uint64_t> other, std::span<std::uint64_t> out) const;

  // `other`: what the other model gave that byte, a probability.
  void append(Byte byte, double other);

 private:
  struct Planes {
    Planes(const ImageOptions& options, const ColourSpace& of);
    void append(const Ycc& ycc);

    const ColourSpace* space;
    PictureReader brightness;
    DifferencePlane first;
    DifferencePlane third;
  };
  // Of a pixel whose bytes are known in part.
  struct Hypothesis {
    Ycc ycc;
    double probability;
  };

  void watch();
  void begin(const ColourSpace& space);
  void look_ahead();
  void keep_those_with(Byte byte);
  [[nodiscard]] double probability_of(Byte byte) const;

  ImageOptions options_;
  std::size_t channel_ = 0;  // of the next byte
  std::array<Byte, 3> pixel_{};
  // While watching.
  bool is_watching_ = true;
  Bytes seen_;
  std::array<double, 4> evidence_{};  // for each space, a logarithm
  // When on.
  std::optional<Planes> planes_;
  double share_ = 0.5;  // of this model
  double pixel_odds_ = 1;
  std::vector<Hypothesis> hypotheses_;
  std::array<double, 256> weights_{};
  double sum_ = 0;  // of the weights
};

}  // namespace zipdream::image
