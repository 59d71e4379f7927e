// SPDX-License-Identifier: Apache-2.0
#include "experiments/shaped_spec.h"

#include <fmt/format.h>

#include <optional>

#include "codecs/flac_options.h"
#include "codecs/png_shape.h"
#include "codecs/spec.h"
#include "models/residual/residual_spec.h"

namespace zipdream {
namespace {

// A codec of images, whose rows have to begin where those of the image do.
std::string shaped_image(const Spec& spec, const RowShape& rows) {
  const PngOptions given = parse_png_options(spec.options, spec.name);
  if (given.width > 0) return fmt::format("{}:{}", spec.name, spec.options);
  return fmt::format("{}:{}{}width={},channels={}", spec.name, spec.options,
                     spec.options.empty() ? "" : ",", rows.width, rows.channels);
}

// FLAC hears samples of 16 bits, where they are, and pairs of them.
std::string shaped_sound(const Spec& spec, const SampleShape& samples) {
  FlacOptions options = parse_flac_options(spec.options);
  if (spec.options.find('=') != std::string_view::npos) return flac_spec(options);
  if (samples.format == SampleFormat::kS16) options.format = SampleFormat::kS16;
  if (samples.channels == 2) options.channels = 2;
  return flac_spec(options);
}

// The spec with what the medium tells and nobody has said.
std::string shaped(std::string_view text, const std::optional<RowShape>& rows,
                   const std::optional<SampleShape>& samples, bool has_tail) {
  const Spec spec = split_spec(text);
  const bool is_image = spec.name == "png" || spec.name == "webp";
  if (is_image && rows && !has_tail) return shaped_image(spec, *rows);
  if (spec.name == "flac" && samples && !rows) return shaped_sound(spec, *samples);
  if (!model_within(text) || !samples) return std::string(text);
  ResidualSpec residual = parse_residual_spec(spec.options);
  ResidualOptions& options = residual.options;
  if (rows && !options.width_given) options.width = rows->width;
  if (!options.channels_given) options.channels = samples->channels;
  if (!options.format_given) options.format = samples->format;
  residual.model = shaped(residual.model, rows, samples, has_tail);
  return residual_spec(residual);
}

}  // namespace

std::string shaped_spec(std::string_view spec, const MediaJob& job, std::size_t bytes_before,
                        bool has_tail) {
  auto rows = job.rows();
  if (rows && bytes_before % (rows->width * rows->channels) != 0) rows.reset();
  return shaped(spec, rows, job.samples(), has_tail);
}

}  // namespace zipdream
