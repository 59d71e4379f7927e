// SPDX-License-Identifier: Apache-2.0
#include "models/image/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>

#include "base/portable_math.h"
#include "base/process.h"
#include "codecs/common/predictors.h"
#include "generator/coder/symbol_coder.h"
#include "media/media.h"
#include "models/common/logistic_mixture.h"
#include "models/image/colour.h"
#include "models/image/prior.h"
#include "models/image/reader.h"
#include "models/image/width.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::size_t kMaxWidth = 65536;
constexpr std::size_t kWidthWithoutRows = 4096;  // of what is read as one row

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

// Frequencies of all bytes, as those of MixtureFrequencies.
class ListedFrequencies {
 public:
  std::array<std::uint64_t, 257> sums;

  [[nodiscard]] std::uint64_t before(std::size_t symbol) const { return sums[symbol]; }
  [[nodiscard]] std::size_t find(std::uint64_t target) const {
    return static_cast<std::size_t>(std::ranges::upper_bound(sums, target) - sums.begin()) - 1;
  }
  void all_before(std::span<std::uint64_t> out) const { std::ranges::copy(sums, out.begin()); }
};

using image::ImageOptions;
using image::PictureReader;
using image::PyramidShape;

// What is common to predictors that give each byte an integer frequency. `Derived` has
// with_frequencies(use), which calls use(frequencies) with those of the next byte, and append().
template <typename Derived>
class FrequencyPredictor : public BytePredictor, public SymbolCoder {
 public:
  void observe(ByteView bytes) override {
    for (const Byte byte : bytes) self().append(byte);
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    std::array<std::uint64_t, 257> before;
    self().with_frequencies([&](const auto& frequencies) { frequencies.all_before(before); });
    std::array<double, 256> weights;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      weights[i] = static_cast<double>(before[i + 1] - before[i]);
    }
    normalize(weights, among, out);
  }

  void score_symbols(std::span<const Symbol> symbols, const OnLog2Prob& visit) override {
    const double log2_total = portable_log2(static_cast<double>(MixtureFrequencies::kTotal));
    for (const Symbol symbol : symbols) {
      check_interrupt();
      std::uint64_t part = 0;
      self().with_frequencies([&](const auto& frequencies) {
        part = frequencies.before(symbol + 1) - frequencies.before(symbol);
      });
      visit(std::min(0.0, portable_log2(static_cast<double>(part)) - log2_total));
      self().append(static_cast<Byte>(symbol));
    }
  }

  SymbolCoder* symbol_coder() override { return this; }

  void encode(Symbol symbol, RangeEncoder& encoder) override {
    self().with_frequencies([&](const auto& frequencies) {
      const std::uint64_t start = frequencies.before(symbol);
      encoder.encode(start, frequencies.before(symbol + 1) - start, MixtureFrequencies::kTotal);
    });
    self().append(static_cast<Byte>(symbol));
  }

  Symbol decode(RangeDecoder& decoder) override {
    std::size_t symbol = 0;
    self().with_frequencies([&](const auto& frequencies) {
      symbol = frequencies.find(decoder.target(MixtureFrequencies::kTotal));
      const std::uint64_t start = frequencies.before(symbol);
      decoder.consume(start, frequencies.before(symbol + 1) - start, MixtureFrequencies::kTotal);
    });
    self().append(static_cast<Byte>(symbol));
    return static_cast<Symbol>(symbol);
  }

  void intervals_after(const Interval& now, std::span<Interval> out) const override {
    std::array<std::uint64_t, 257> before;
    self().with_frequencies([&](const auto& frequencies) { frequencies.all_before(before); });
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = now;
      out[i].skip(before[i], before[i + 1] - before[i], MixtureFrequencies::kTotal);
    }
  }

  std::unique_ptr<Predictor> clone() const override { return std::make_unique<Derived>(self()); }

 private:
  [[nodiscard]] Derived& self() { return static_cast<Derived&>(*this); }
  [[nodiscard]] const Derived& self() const { return static_cast<const Derived&>(*this); }
};

class ImagePredictor final : public FrequencyPredictor<ImagePredictor> {
 public:
  explicit ImagePredictor(const ImageOptions& options)
      : options_(options),
        reader_(options, options.width > 0 ? options.width : kWidthWithoutRows / options.channels),
        is_searching_(options.width == 0),
        padding_(options.padding) {
    if (options.looks_for_colours && options.channels == 3 && options.width > 0) {
      colours_.emplace(options);
    }
  }

  [[nodiscard]] std::uint64_t parameter_count() const override {
    if (!options_.has_prior) return 0;
    if (options_.channels == 1) return image::gray_prior_size();
    if (options_.channels != 3) return 0;
    return image::rgb_prior_size() + (options_.looks_for_colours ? image::gray_prior_size() : 0);
  }

 private:
  friend class FrequencyPredictor<ImagePredictor>;

  [[nodiscard]] bool is_padding() const {
    return options_.padding > 0 && place_ >= options_.width * options_.channels;
  }

  // Calls use(frequencies) with those of the next byte.
  template <typename Use>
  void with_frequencies(Use use) const {
    if (is_padding()) {
      use(padding_);
    } else if (colours_ && colours_->is_on()) {
      ListedFrequencies mixed;
      std::array<std::uint64_t, 257> of_reader;
      reader_.frequencies().all_before(of_reader);
      colours_->mix(of_reader, mixed.sums);
      use(mixed);
    } else {
      use(reader_.frequencies());
    }
  }

  void append_pixel(Byte byte) {
    if (colours_) {
      const MixtureFrequencies frequencies = reader_.frequencies();
      const std::uint64_t part = frequencies.before(byte + 1U) - frequencies.before(byte);
      colours_->append(byte,
                       static_cast<double>(part) / static_cast<double>(MixtureFrequencies::kTotal));
    }
    reader_.append(byte);
  }

  void append(Byte byte) {
    if (is_padding()) {
      padding_.append(byte);
    } else {
      append_pixel(byte);
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
  std::optional<image::ColourModel> colours_;
  bool is_searching_;
  std::size_t row_ = 0;  // bytes of a row that was found
  Bytes seen_;           // while searching
  Padding padding_;
  std::size_t place_ = 0;  // in a row that has padding, of the next byte
};

// Of the bytes of a picture in their order from coarse to fine. What is less than a row comes last.
class PyramidPredictor final : public FrequencyPredictor<PyramidPredictor> {
 public:
  explicit PyramidPredictor(const PyramidShape& shape)
      : reader_(shape),
        left_(static_cast<std::size_t>(shape.width) * shape.height * shape.channels) {}

 private:
  friend class FrequencyPredictor<PyramidPredictor>;

  template <typename Use>
  void with_frequencies(Use use) const {
    if (left_ > 0) return use(reader_.frequencies());
    use(rest_);
  }

  void append(Byte byte) {
    if (left_ == 0) return rest_.append(byte);
    reader_.append(byte);
    left_ -= 1;
  }

  image::PyramidReader reader_;
  std::size_t left_;  // bytes of pixels
  Padding rest_{1};
};

// Goes through whole pictures alone.
class PyramidStart final : public BytePredictor {
 public:
  explicit PyramidStart(const ImageOptions& options) : options_(options) {}

  [[nodiscard]] std::optional<InOrder> in_order(std::size_t size,
                                                std::size_t given) const override {
    const std::size_t row = options_.width * options_.channels;
    if (row == 0) throw needs_pictures();
    if (size > kMaxPyramid) {
      throw Error(Error::Kind::kUsage, "image",
                  fmt::format("order=pyramid takes {} bytes at most", kMaxPyramid),
                  "take order=raster");
    }
    InOrder result;
    if (size < row) {  // what is no row comes as it stands
      result.predictor = std::make_unique<ImagePredictor>(options_);
    } else {
      const PyramidShape shape = shape_of(size / row, given);
      result.predictor = std::make_unique<PyramidPredictor>(shape);
      result.order = image::pyramid_order(shape);
    }
    while (result.order.size() < size) {
      result.order.push_back(static_cast<std::uint32_t>(result.order.size()));
    }
    return result;
  }

  void observe(ByteView bytes) override {
    if (!bytes.empty()) throw needs_pictures();
  }
  void log2_probs_among(std::span<const Symbol> /*among*/,
                        std::span<double> /*out*/) const override {
    throw needs_pictures();
  }
  std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<PyramidStart>(*this);
  }

 private:
  static constexpr std::size_t kMaxPyramid = std::size_t{1} << 30;

  // Anchored at the last pixel that is given: to the left, or above.
  [[nodiscard]] PyramidShape shape_of(std::size_t height, std::size_t given) const {
    const std::size_t pixels = given / options_.channels;
    const std::size_t rows = std::min(pixels / options_.width, height);
    const std::size_t columns = rows > 0 ? 0 : pixels;
    return {.width = static_cast<int>(options_.width),
            .height = static_cast<int>(height),
            .channels = static_cast<int>(options_.channels),
            .anchor_x = static_cast<int>(columns > 0 ? columns - 1 : 0),
            .anchor_y = static_cast<int>(rows > 0 ? rows - 1 : 0)};
  }

  static Error needs_pictures() {
    return {
        Error::Kind::kUsage, "image",
        "order=pyramid goes through a whole picture whose width it knows, and through nothing else",
        "take `rows` joint or `prompt_side` top for images, width=N for bytes, or order=raster"};
  }

  ImageOptions options_;
};

ImageOptions options_of(const Spec& spec) {
  return {.width = spec.number("width"),
          .channels = spec.number("channels"),
          .has_prior = spec.get("prior") == "on",
          .looks_for_jpeg = spec.get("jpeg") == "auto",
          .looks_for_colours = spec.get("colours") == "auto",
          .is_pyramid = spec.get("order") == "pyramid",
          .padding = spec.number("padding")};
}

std::unique_ptr<Predictor> make(const Spec& spec, const PredictorOptions& /*options*/) {
  if (spec.number("padding") > 0 && !spec.has("width")) {
    throw usage_error("image: padding is behind rows whose width is known; write width=N, too");
  }
  const ImageOptions options = options_of(spec);
  if (!options.is_pyramid) return std::make_unique<ImagePredictor>(options);
  if (options.padding > 0) {
    throw usage_error("image: order=pyramid knows no padding behind rows; leave one of them out");
  }
  return std::make_unique<PyramidStart>(options);
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
    {.key = "colours",
     .kind = OptionInfo::Kind::kChoice,
     .choices = "auto off",
     .fallback = "auto",
     .summary = "look for brightness and colour differences that RGB was made of"},
    {.key = "padding",
     .min = 0,
     .max = 255,
     .fallback = "0",
     .summary = "bytes behind the pixels of each row, as in BMP files"},
    {.key = "order",
     .kind = OptionInfo::Kind::kChoice,
     .choices = "raster pyramid",
     .fallback = "raster",
     .summary = "pyramid: a small version first, then its doublings"}};

}  // namespace

constinit const ModelInfo kImage{.name = "image",
                                 .summary = "pixels from those above and to the left",
                                 .options = kOptions,
                                 .make_predictor = make,
                                 .adapt = adapt};

}  // namespace zipdream
