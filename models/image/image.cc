// SPDX-License-Identifier: Apache-2.0
#include "models/image/image.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>

#include "codecs/common/predictors.h"
#include "generator/coder/symbol_coder.h"
#include "media/media.h"
#include "models/common/logistic_mixture.h"
#include "models/image/combiner.h"
#include "models/image/picture.h"
#include "models/image/prior.h"
#include "models/image/width.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

struct ImageOptions {
  std::size_t width = 0;  // pixels; 0: not known
  std::size_t channels = 1;
  bool has_prior = true;
  bool looks_for_jpeg = true;
  std::size_t padding = 0;  // bytes behind each row that are no pixels
};

constexpr std::size_t kMaxWidth = 65536;
constexpr std::size_t kMinLatticeWidth = 16;
constexpr std::size_t kWidthWithoutRows = 4096;  // of what is read as one row

// Between all pairs of neighbouring values of a pixel.
constexpr std::array<double, 255> kEdges = [] {
  std::array<double, 255> edges;
  for (std::size_t i = 0; i < edges.size(); ++i) edges[i] = static_cast<double>(i) + 0.5;
  return edges;
}();

// How likely it is that bytes are no picture at all but noise. A single one that nobody expected
// says little.
class NoiseShare {
 public:
  // What each byte has at least, of MixtureFrequencies::kTotal.
  [[nodiscard]] std::uint32_t floor() const {
    constexpr auto kTotal = static_cast<double>(MixtureFrequencies::kTotal);
    return std::max(static_cast<std::uint32_t>(share_ * kTotal / 256),
                    MixtureFrequencies::kMinFloor);
  }

  // A byte came that the model gave `probability`, without the floor.
  void learn(double probability) {
    constexpr double kUniform = 1.0 / 256;
    const double odds = share_ / (1 - share_);
    const double factor = std::clamp(kUniform / std::max(probability, 1e-9), 1.0 / 16, 2.0);
    const double changed = odds * factor;
    share_ = std::clamp(changed / (1 + changed), kLeast, 1 - 0x1p-9);
  }

 private:
  static constexpr double kLeast = 0x1p-13;
  double share_ = 0x1p-10;
};

// The net that was learnt for such pictures; null: none.
const SmallNet* net_of(const ImageOptions& options) {
  if (!options.has_prior) return nullptr;
  if (options.channels == 1) return &image::gray_prior().net;
  return options.channels == 3 ? &image::rgb_prior().net : nullptr;
}

std::span<const image::FixedWeights> fixed_weights(const ImageOptions& options) {
  if (options.channels == 3) {
    return options.has_prior ? image::rgb_prior().fixed : image::neutral_rgb_weights();
  }
  if (options.channels != 1 || !options.has_prior) return {};
  return image::gray_prior().fixed;
}

// Reads bytes as a picture of one width, from its first pixel on.
class PictureReader {
 public:
  PictureReader(const ImageOptions& options, std::size_t width)
      : channels_(options.channels),
        net_(net_of(options)),
        picture_(width, options.channels, fixed_weights(options)) {
    if (options.looks_for_jpeg && options.channels == 1 && width >= kMinLatticeWidth) {
      lattice_.emplace(width,
                       net_ == nullptr ? image::RowPrior::neutral() : image::gray_prior().rows);
    }
    look_ahead();
  }

  void append(Byte byte) {
    const MixtureFrequencies frequencies = this->frequencies();
    const std::uint64_t part = frequencies.before(byte + 1U) - frequencies.before(byte);
    const std::uint32_t floor = noise_.floor();
    noise_.learn((static_cast<double>(part) - floor) /
                 static_cast<double>(MixtureFrequencies::kTotal - 256 * floor));
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

  [[nodiscard]] MixtureFrequencies frequencies() const {
    return {mixture_, kEdges, noise_.floor()};
  }

 private:
  void look_ahead() {
    const image::Outlook& outlook = picture_.outlook();
    const image::LatticeOutlook lattice =
        lattice_ ? lattice_->look(picture_) : image::LatticeOutlook{};
    mixture_ = net_ == nullptr ? scales_.mix(outlook, lattice) : by_net(outlook, lattice);
  }

  [[nodiscard]] LogisticMixture by_net(const image::Outlook& outlook,
                                       const image::LatticeOutlook& lattice) {
    image::NetInputs values;
    image::Bases bases;
    image::describe(outlook, lattice, channels_, values, bases);
    std::array<std::int16_t, image::kNetInputs> inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      inputs[i] = SmallNet::input(static_cast<double>(values[i]));
    }
    image::NetOutputs outputs;
    net_->run(inputs, outputs);
    return shifts_.mix(outputs, bases);
  }

  std::size_t channels_;
  const SmallNet* net_;  // null: none
  image::Picture picture_;
  std::optional<image::Lattice> lattice_;
  image::ScaleMixture scales_;
  image::OutputShifts shifts_;
  NoiseShare noise_;
  LogisticMixture mixture_;
};

// The bytes behind the pixels of a row, with which formats fill rows up: most are zeros, or as
// those behind the row before. Members are called as those of MixtureFrequencies.
class Padding {
 public:
  explicit Padding(std::size_t count) : bytes_(count) {}

  void append(Byte byte) {
    rights_ += byte == bytes_[place_] ? 1 : 0;
    count_ += 1;
    bytes_[place_] = byte;
    place_ = (place_ + 1) % bytes_.size();
  }

  [[nodiscard]] std::uint64_t before(std::size_t symbol) const {
    const std::uint64_t others = std::max<std::uint64_t>(
        MixtureFrequencies::kTotal / 255 * (count_ - rights_ + 1) / (count_ + 2), 1);
    const std::uint64_t expected = MixtureFrequencies::kTotal - 255 * others;
    return symbol * others + (symbol > bytes_[place_] ? expected - others : 0);
  }

  [[nodiscard]] std::size_t find(std::uint64_t target) const {
    std::size_t symbol = 0;
    while (before(symbol + 1) <= target) ++symbol;
    return symbol;
  }

  void all_before(std::span<std::uint64_t> out) const {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = before(i);
  }

 private:
  Bytes bytes_;  // behind the row before, and this one as far as it goes
  std::size_t place_ = 0;
  std::uint64_t rights_ = 0;
  std::uint64_t count_ = 0;
};

class ImagePredictor final : public BytePredictor, public SymbolCoder {
 public:
  explicit ImagePredictor(const ImageOptions& options)
      : options_(options),
        reader_(options, options.width > 0 ? options.width : kWidthWithoutRows / options.channels),
        is_searching_(options.width == 0),
        padding_(options.padding) {}

  void observe(ByteView bytes) override {
    for (const Byte byte : bytes) append(byte);
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    std::array<std::uint64_t, 257> before;
    with_frequencies([&](const auto& frequencies) { frequencies.all_before(before); });
    std::array<double, 256> weights;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      weights[i] = static_cast<double>(before[i + 1] - before[i]);
    }
    normalize(weights, among, out);
  }

  SymbolCoder* symbol_coder() override { return this; }

  void encode(Symbol symbol, RangeEncoder& encoder) override {
    with_frequencies([&](const auto& frequencies) {
      const std::uint64_t start = frequencies.before(symbol);
      encoder.encode(start, frequencies.before(symbol + 1) - start, MixtureFrequencies::kTotal);
    });
    append(static_cast<Byte>(symbol));
  }

  Symbol decode(RangeDecoder& decoder) override {
    std::size_t symbol = 0;
    with_frequencies([&](const auto& frequencies) {
      symbol = frequencies.find(decoder.target(MixtureFrequencies::kTotal));
      const std::uint64_t start = frequencies.before(symbol);
      decoder.consume(start, frequencies.before(symbol + 1) - start, MixtureFrequencies::kTotal);
    });
    append(static_cast<Byte>(symbol));
    return static_cast<Symbol>(symbol);
  }

  void intervals_after(const Interval& now, std::span<Interval> out) const override {
    std::array<std::uint64_t, 257> before;
    with_frequencies([&](const auto& frequencies) { frequencies.all_before(before); });
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = now;
      out[i].skip(before[i], before[i + 1] - before[i], MixtureFrequencies::kTotal);
    }
  }

  [[nodiscard]] std::uint64_t parameter_count() const override {
    if (!options_.has_prior) return 0;
    if (options_.channels == 1) return image::gray_prior_size();
    return options_.channels == 3 ? image::rgb_prior_size() : 0;
  }

  std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<ImagePredictor>(*this);
  }

 private:
  [[nodiscard]] bool is_padding() const {
    return options_.padding > 0 && place_ >= options_.width * options_.channels;
  }

  // Calls use(frequencies) with those of the next byte.
  template <typename Use>
  void with_frequencies(Use use) const {
    if (is_padding()) {
      use(padding_);
    } else {
      use(reader_.frequencies());
    }
  }

  void append(Byte byte) {
    if (is_padding()) {
      padding_.append(byte);
    } else {
      reader_.append(byte);
    }
    if (options_.padding > 0) {
      place_ = (place_ + 1) % (options_.width * options_.channels + options_.padding);
    }
    if (is_searching_) search(byte);
  }

  // Reads all anew once the bytes show rows. They are looked at whenever they have doubled, until
  // they show the same rows twice.
  void search(Byte byte) {
    seen_.push_back(byte);
    if (seen_.size() < image::kMinSearched || !std::has_single_bit(seen_.size())) return;
    const std::size_t row = image::find_row_size(seen_, options_.channels);
    const bool is_known = row > 0 && row == row_;
    if (row > 0 && !is_known) {
      reader_ = PictureReader(options_, row / options_.channels);
      for (const Byte known : seen_) reader_.append(known);
      row_ = row;
    }
    is_searching_ = !is_known && seen_.size() < image::kMaxSearched;
    if (!is_searching_) Bytes().swap(seen_);
  }

  ImageOptions options_;
  PictureReader reader_;
  bool is_searching_;
  std::size_t row_ = 0;  // bytes of a row that was found
  Bytes seen_;           // while searching
  Padding padding_;
  std::size_t place_ = 0;  // in a row that has padding, of the next byte
};

ImageOptions options_of(const Spec& spec) {
  return {.width = spec.number("width"),
          .channels = spec.number("channels"),
          .has_prior = spec.get("prior") == "on",
          .looks_for_jpeg = spec.get("jpeg") == "auto",
          .padding = spec.number("padding")};
}

std::unique_ptr<Predictor> make(const Spec& spec, const PredictorOptions& /*options*/) {
  if (spec.number("padding") > 0 && !spec.has("width")) {
    throw usage_error("image: padding is behind rows whose width is known; write width=N, too");
  }
  return std::make_unique<ImagePredictor>(options_of(spec));
}

void adapt(Spec& spec, const MediaShape& shape) {
  if (!shape.samples || shape.samples->format != SampleFormat::kU8) return;
  if (shape.samples->channels > 1 && !spec.has("channels")) {
    spec.set("channels", std::to_string(shape.samples->channels));
  }
  if (!shape.rows || shape.has_window || spec.has("width")) return;
  if (shape.rows->width <= kMaxWidth) spec.set("width", std::to_string(shape.rows->width));
}

constexpr OptionInfo kOptions[] = {
    {.key = "jpeg",
     .kind = OptionInfo::Kind::kChoice,
     .choices = "auto off",
     .fallback = "auto",
     .summary = "look for the steps of a JPEG file in gray pixels"},
    {.key = "prior",
     .kind = OptionInfo::Kind::kChoice,
     .choices = "on off",
     .fallback = "on",
     .summary = "what was learnt from pictures beforehand"},
    {.key = "width", .min = 1, .max = kMaxWidth, .summary = "pixels in a row; found if not given"},
    {.key = "channels", .min = 1, .max = 4, .fallback = "1", .unit = "number of channels"},
    {.key = "padding",
     .min = 0,
     .max = 255,
     .fallback = "0",
     .summary = "bytes behind the pixels of each row, as in BMP files"}};

}  // namespace

constinit const ModelInfo kImage{.name = "image",
                                 .summary = "pixels from those above and to the left",
                                 .options = kOptions,
                                 .make_predictor = make,
                                 .adapt = adapt};

}  // namespace zipdream
