// SPDX-License-Identifier: Apache-2.0
// Floats are multiplied where they lie in a file: the same bits as from panels.
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "models/lm/products.h"
#include "zipdream/random.h"

namespace zipdream {

const Kernels& scalar_kernels();  // kernels.cc once more (CMakeLists.txt)

namespace {

class StoredFloats : public testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] static WeightType type() { return *find_weight_type(GetParam()); }
};

Floats random_floats(std::size_t count, Rng& rng) {
  Floats values(count);
  for (float& value : values) value = static_cast<float>(rng.uniform() - 0.5);
  return values;
}

// With small ones among them, which halves have fewer bits for. They begin at an odd address, as
// they may in a file.
Bytes stored(const Floats& values, WeightType type) {
  Bytes bytes(1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float value = i % 5 == 0 ? values[i] * 0x1p-15F : values[i];
    Byte item[4];
    const std::uint16_t half =
        type == WeightType::kF16 ? half_of_float(value) : bf16_of_float(value);
    if (type == WeightType::kF32) std::memcpy(item, &value, 4);
    if (type != WeightType::kF32) std::memcpy(item, &half, 2);
    bytes.insert(bytes.end(), item, item + info_of(type).bytes);
  }
  return bytes;
}

// Two parts of a matrix, with biases.
struct Parts {
  Parts(WeightType type, std::size_t first, std::size_t second, std::size_t inputs)
      : bytes(stored(random_floats((first + second) * inputs, rng), type)),
        bias(random_floats(first + second, rng)) {
    const Byte* const data = bytes.data() + 1;
    rows.push_back({type, data, first, inputs});
    rows.push_back({type, data + first * rows[0].row_bytes(), second, inputs});
  }

  [[nodiscard]] Matrix in_file() const {
    Matrix matrix(rows, std::nullopt);
    matrix.set_bias(0, bias);
    return matrix;
  }
  [[nodiscard]] Matrix in_panels() const {
    Matrix matrix(rows[0].inputs, rows[0].count + rows[1].count);
    Floats row(rows[0].inputs);
    std::size_t at = 0;
    for (const StoredRows& part : rows) {
      for (std::size_t i = 0; i < part.count; ++i) {
        part.to_floats(i, row.data());
        matrix.set_rows(at++, row);
      }
    }
    matrix.set_bias(0, bias);
    return matrix;
  }

  Rng rng{17, 0};
  Bytes bytes;
  Floats bias;
  std::vector<StoredRows> rows;
};

std::vector<float> product(const Kernels& kernels, const Matrix& matrix, const Floats& x,
                           std::size_t rows) {
  Floats y(rows * padded(matrix.outputs()));
  multiply(kernels, matrix, x.data(), matrix.inputs(), rows, y.data(), padded(matrix.outputs()));
  std::vector<float> result;
  for (std::size_t row = 0; row < rows; ++row) {
    const float* const from = &y[row * padded(matrix.outputs())];
    result.insert(result.end(), from, from + matrix.outputs());
  }
  return result;
}

TEST_P(StoredFloats, GiveTheBitsThatPanelsGive) {
  struct Shape {
    std::size_t first, second, inputs;
  };
  for (const auto& [first, second, inputs] :
       {Shape{100, 30, 37}, Shape{64, 200, 8}, Shape{16, 1, 3}, Shape{33, 48, 96}}) {
    Parts parts(type(), first, second, inputs);
    const Matrix in_panels = parts.in_panels();
    const Matrix in_file = parts.in_file();
    ASSERT_FALSE(in_file.stored().empty());
    for (const std::size_t rows : {1U, 2U, 3U, 4U, 5U, 14U, 64U}) {
      const Floats x = random_floats(rows * inputs, parts.rng);
      const std::vector<float> expected = product(best_kernels(), in_panels, x, rows);
      EXPECT_EQ(product(scalar_kernels(), in_file, x, rows), expected) << inputs << ", " << rows;
      for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
        hwy::SetSupportedTargetsForTest(target);
        EXPECT_EQ(product(best_kernels(), in_file, x, rows), expected)
            << hwy::TargetName(target) << ", " << inputs << ", " << rows;
        hwy::SetSupportedTargetsForTest(0);
      }
    }
  }
}

TEST_P(StoredFloats, GiveTheSameBitsOnAnyNumberOfThreads) {
  Parts parts(type(), 700, 900, 700);
  const Matrix in_file = parts.in_file();
  const Floats x = random_floats(7 * 700, parts.rng);
  for (const std::size_t rows : {1U, 7U}) {
    set_thread_count(1);
    const std::vector<float> expected = product(best_kernels(), in_file, x, rows);
    for (const int threads : {2, 5}) {
      set_thread_count(threads);
      EXPECT_EQ(product(best_kernels(), in_file, x, rows), expected);
    }
    set_thread_count(0);
  }
}

INSTANTIATE_TEST_SUITE_P(OfEveryType, StoredFloats, testing::Values("F32", "F16", "BF16"),
                         [](const auto& type) { return std::string(type.param); });

}  // namespace
}  // namespace zipdream
