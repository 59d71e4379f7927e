// SPDX-License-Identifier: Apache-2.0
#include "models/image/reader.h"

#include <array>
#include <span>

#include "models/image/prior.h"

namespace zipdream::image {
namespace {

constexpr std::size_t kMinLatticeWidth = 16;

// Between all pairs of neighbouring values of a pixel.
constexpr std::array<double, 255> kEdges = [] {
  std::array<double, 255> edges;
  for (std::size_t i = 0; i < edges.size(); ++i) edges[i] = static_cast<double>(i) + 0.5;
  return edges;
}();

// The net that was learnt for such pictures; null: none.
const SmallNet* net_of(const ImageOptions& options) {
  if (!options.has_prior) return nullptr;
  if (options.channels == 1) return &gray_prior().net;
  return options.channels == 3 ? &rgb_prior().net : nullptr;
}

std::span<const FixedWeights> fixed_weights(const ImageOptions& options) {
  if (options.channels == 3) {
    return options.has_prior ? rgb_prior().fixed : neutral_rgb_weights();
  }
  if (options.channels != 1 || !options.has_prior) return {};
  return gray_prior().fixed;
}

}  // namespace

std::uint32_t NoiseShare::floor() const {
  constexpr auto kTotal = static_cast<double>(MixtureFrequencies::kTotal);
  return std::max(static_cast<std::uint32_t>(share_ * kTotal / 256), MixtureFrequencies::kMinFloor);
}

void NoiseShare::learn(const MixtureFrequencies& frequencies, Byte byte) {
  constexpr double kUniform = 1.0 / 256;
  const std::uint64_t part = frequencies.before(byte + 1U) - frequencies.before(byte);
  const std::uint32_t floor = this->floor();
  // Without the floor.
  const double probability = (static_cast<double>(part) - floor) /
                             static_cast<double>(MixtureFrequencies::kTotal - 256 * floor);
  const double odds = share_ / (1 - share_);
  const double factor = std::clamp(kUniform / std::max(probability, 1e-9), 1.0 / 16, 2.0);
  const double changed = odds * factor;
  share_ = std::clamp(changed / (1 + changed), kLeast, 1 - 0x1p-9);
}

PictureReader::PictureReader(const ImageOptions& options, std::size_t width)
    : channels_(options.channels),
      net_(net_of(options)),
      picture_(PixelRows(width, options.channels, kStartPixel), fixed_weights(options)) {
  if (options.looks_for_jpeg && options.channels == 1 && width >= kMinLatticeWidth) {
    lattice_.emplace(width, net_ == nullptr ? RowPrior::neutral() : gray_prior().rows);
  }
  look_ahead();
}

void PictureReader::append(Byte byte) {
  noise_.learn(frequencies(), byte);
  if (net_ == nullptr) {
    scales_.learn(byte);
  } else {
    shifts_.learn(byte);
  }
  const int x = picture_.outlook().x;
  const int y = picture_.outlook().y;
  picture_.append(byte);
  if (lattice_) lattice_->learn(picture_.rows(), x, y, byte);
  look_ahead();
}

MixtureFrequencies PictureReader::frequencies() const { return {mixture_, kEdges, noise_.floor()}; }

void PictureReader::look_ahead() {
  const Outlook& outlook = picture_.outlook();
  const LatticeOutlook lattice = lattice_ ? lattice_->look(picture_) : LatticeOutlook{};
  mixture_ = net_ == nullptr ? scales_.mix(outlook, lattice) : by_net(outlook, lattice);
}

LogisticMixture PictureReader::by_net(const Outlook& outlook, const LatticeOutlook& lattice) {
  NetInputs values;
  Bases bases;
  describe(outlook, lattice, channels_, values, bases);
  std::array<std::int16_t, kNetInputs> inputs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    inputs[i] = SmallNet::input(static_cast<double>(values[i]));
  }
  NetOutputs outputs;
  net_->run(inputs, outputs);
  return shifts_.mix(outputs, bases);
}

PyramidReader::PyramidReader(const PyramidShape& shape)
    : picture_(PyramidRows(shape, kStartPixel), {}) {
  look_ahead();
}

void PyramidReader::append(Byte byte) {
  noise_.learn(frequencies(), byte);
  scales_[picture_.rows().kind()].learn(byte);
  picture_.append(byte);
  look_ahead();
}

MixtureFrequencies PyramidReader::frequencies() const { return {mixture_, kEdges, noise_.floor()}; }

void PyramidReader::look_ahead() {
  mixture_ = scales_[picture_.rows().kind()].mix(picture_.outlook(), LatticeOutlook{});
}

}  // namespace zipdream::image
