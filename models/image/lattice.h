// SPDX-License-Identifier: Apache-2.0
// What it says of the next pixel that the picture was a JPEG file once. The coefficients of its
// blocks of 8x8 pixels then lie near multiples of the steps of a quantisation table, and the pixels
// of a block that are known leave few of these possible. Which table it was, and where the blocks
// begin, shows from the blocks that are known; where there was none, the steps prove nothing and
// the pixel stays as uncertain as it was.
//
// A row of a block is known by its eight coefficients R[v] (DCT along the row). Over those of the
// rows to come, this one first, there is a normal distribution for each v, from the rows above; a
// coefficient of the block, C[u][v], is a linear function of them.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "models/image/picture.h"

namespace zipdream::image {

inline constexpr int kSide = 8;  // of a block, in pixels

struct LatticeOutlook {
  bool is_on = false;
  int column = 0;  // of the place in its block
  int row = 0;
  float mean = 0;                     // of the pixel
  float deviation = 1;                // of the pixel from that, above 0
  float log_noise = 0;                // half the log2 of the variance of coefficients about steps
  float evidence = 0;                 // for a table against none, -1 to 1
  std::array<float, 2> last_error{};  // of the pixels to the left in the block, in deviations
  float last_offset = 0;              // of the pixel to the left, pixel less mean
};

// How the rows of a block go on. Of row r of a block and coefficient v, where n = 8 - r rows are to
// come: the mean of R_i[v] - R_before[v] is linear in features of what is known, and the residuals
// have a covariance, in units of the local scale.
struct RowPrior {
  static constexpr std::size_t kFeatures = 9;
  using Means = std::array<std::array<float, kFeatures>, kSide>;   // (n, features)
  using Covariance = std::array<std::array<float, kSide>, kSide>;  // (n, n)
  std::array<std::array<Means, kSide>, kSide> means;               // by row and coefficient
  std::array<std::array<Covariance, kSide>, kSide> covariances;

  // Without knowledge: rows wander off.
  [[nodiscard]] static const RowPrior& neutral();
};

// What is known at the start of a row of a block.
struct RowFeatures {
  // (coefficient, feature): 1, R of the row before, of the three before that less it, vertical
  // differences to the left (three), and the step across the block's edge.
  std::array<std::array<float, RowPrior::kFeatures>, kSide> values;
  std::array<float, kSide> before;  // R of the row before
  float scale;                      // local, above 0
};

// Of one channel. Copies are independent. Threads: as a standard container.
class Lattice {
 public:
  // REQUIRES: `prior` outlives this.
  Lattice(std::size_t width, const RowPrior& prior);

  // Of the next pixel. REQUIRES: called once for each, in turn.
  const LatticeOutlook& look(const Picture& picture);

  // That pixel came, at (x, y), and is in `rows`.
  void learn(const PixelRows& rows, int x, int y, Byte byte);

  // The features of the row of a block that begins at (x, y), where all before is known.
  // REQUIRES: y > 0; 0 <= x <= width - 8.
  [[nodiscard]] static RowFeatures features(const PixelRows& rows, int x, int y, float scale);

 private:
  using Vector8 = std::array<double, kSide>;
  using Matrix8 = std::array<Vector8, kSide>;
  static constexpr std::size_t kQualities = 50;  // 50 to 99

  struct Gaussian {
    Vector8 mean;
    Matrix8 covariance;
  };
  struct Deviations {  // of coefficients from the nearest multiple, of one block or many
    double squares = 0;
    double count = 0;
  };

  void begin_row(const Picture& picture);
  void predict(const Outlook& outlook);
  void apply_steps(Gaussian& row, double scale) const;
  void condition(double pixel);
  void finish_block(const PixelRows& rows, int x, int y);
  void finish_row(const PixelRows& rows, int y);
  void find_phase(const PixelRows& rows, int y);
  void choose_quality();
  [[nodiscard]] std::size_t block_at(int x) const {
    const int before = phase_x_ > 0 ? kSide - phase_x_ : 0;  // pixels that the first block lacks
    return static_cast<std::size_t>((x + before) / kSide);
  }
  [[nodiscard]] double noise(std::size_t block) const;

  int width_;
  const RowPrior* prior_;
  int phase_x_ = 0;
  int phase_y_ = 0;
  std::array<double, kQualities> scores_;  // log likelihoods against no lattice
  std::size_t quality_;
  Deviations all_;
  std::vector<Deviations> above_;  // by block of the row of blocks
  std::vector<Deviations> here_;

  // Of the row of the block that is being read.
  Gaussian row_{};
  double inflation_ = 1;                // of the covariance
  double surprise_ = 0;                 // sum of squared innovations in units of their variance
  std::array<Vector8, kSide> known_{};  // of C[u][v], the part of the rows above
  std::array<Vector8, kSide> ahead_{};  // (v, i): the means of R of the rows to come
  double row_scale_ = 1;                // squared
  double noise_ = 0.2;
  LatticeOutlook outlook_;
};

}  // namespace zipdream::image
