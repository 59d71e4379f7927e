// SPDX-License-Identifier: Apache-2.0
// A text, an image or audio of which one part is the prompt and another is to be generated. A job
// turns a file into sequences of bytes, and their continuations into a file again; it knows nothing
// of the model that continues them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/sequence.h"
#include "media/audio/audio.h"
#include "media/image/imaging.h"
#include "media/media.h"
#include "zipdream/bytes.h"

namespace zipdream {

// All of a file as bytes, and how they lie.
struct MediaBytes {
  Bytes bytes;
  MediaShape shape;
};

// An image and the two parts of it.
struct ImageParts {
  Image image;
  Rect prompt;
  Rect generated;
};

// Immutable. Wherever continuations are passed: one for each sequence, in order, each of at most
// `count` bytes; what is missing from an interrupted one stays silent or black.
class MediaJob {
 public:
  virtual ~MediaJob() = default;

  [[nodiscard]] virtual Media media() const = 0;

  // Valid while the job lives; at least one.
  [[nodiscard]] virtual std::span<const Sequence> sequences() const = 0;

  // What really follows each prompt: one for each sequence, in order, each of at most `count`
  // bytes. Empty where it isn't known. Valid while the job lives.
  [[nodiscard]] virtual std::span<const Bytes> reference() const { return {}; }

  // The rows that make up the only sequence, forced segments included; none where the job is no
  // image, or its sequences are parts of rows.
  [[nodiscard]] virtual std::optional<RowShape> rows() const { return std::nullopt; }

  // None for text.
  [[nodiscard]] virtual std::optional<SampleShape> samples() const { return std::nullopt; }

  // The prompt and what is to be generated, in one line to be read.
  [[nodiscard]] virtual std::string describe() const = 0;

  // Throws a usage Error when a file of that name can't hold the result: an image is written as
  // .png, audio as .wav or .flac. A name without an ending, and "-", take .png and .wav.
  virtual void check_output_name(std::string_view path) const = 0;

  // The content of the file `path` that holds the prompt followed by its continuation.
  [[nodiscard]] virtual Bytes file(std::span<const Bytes> continuations,
                                   std::string_view path) const = 0;

  // Of an image: its pixels, those that were generated in their places. The bytes of all sequences
  // one after the other are the generated part in raster order.
  [[nodiscard]] virtual std::optional<ImageParts> picture(
      std::span<const Bytes> /*continuations*/) const {
    return std::nullopt;
  }

  // A PNG picture in which the prompt is marked off from the generated part. Throws a usage Error
  // for text.
  [[nodiscard]] virtual Bytes view(std::span<const Bytes> continuations) const = 0;
};

// The ending of `path` in lower case, without the dot, if it is one of `allowed`; the first of
// `allowed` when the name has no ending or is "-". Otherwise throws a usage Error that names `what`
// is written and the endings.
[[nodiscard]] std::string ending_of(std::string_view path,
                                    std::initializer_list<std::string_view> allowed,
                                    std::string_view what);

// ---- text: any bytes ----

// `reference` is what really follows; empty: not known. REQUIRES: it has at most `count` bytes.
[[nodiscard]] std::unique_ptr<MediaJob> make_text_job(Bytes prompt, std::size_t count,
                                                      Bytes reference = {});

// ---- pixels or samples without a file around them ----

// Pixels where the shape has rows, else samples. The sequence goes on after `prompt` by `count`
// bytes, of an image in raster order. REQUIRES: the shape has samples.
[[nodiscard]] std::unique_ptr<MediaJob> make_bare_job(Bytes prompt, std::size_t count,
                                                      const MediaShape& shape);

// ---- images ----

enum class PromptSide {
  kLeft,  // the left part of each row, as in the paper's figures
  kTop,   // the rows at the top; the rest follows in raster order, as one sequence
};

// Where the prompt is the left part of each row: which rows a row follows.
enum class Rows {
  kIndependent,  // none: each row is a sequence of its own, as in the paper
  kJoint,        // all those above, prompt and generated: one sequence in raster order
};

struct ImageOptions {
  bool gray = false;  // average the channels first, as the paper does
  int max_side = 0;   // shrink so that no side is longer; 0 keeps the size
  PromptSide prompt_side = PromptSide::kLeft;
  std::optional<Rows> rows;      // of kLeft; nullopt: independent
  double prompt_fraction = 0.5;  // of the columns (kLeft) or rows (kTop) that are the prompt
};

// What follows the prompt is the reference. Throws Error when `file` is no image or too small to be
// divided; a usage Error when prompt_fraction is outside (0, 1) or `rows` is given with kTop.
[[nodiscard]] std::unique_ptr<MediaJob> make_image_job(ByteView file, const ImageOptions& options);

// Of pixels in memory. Throws a usage Error when they are none of 8-bit gray or RGB.
[[nodiscard]] std::unique_ptr<MediaJob> make_image_job(Image image, const ImageOptions& options);

// The whole image as bytes, as a job with these options would see it: to be scored, or to prime a
// model with.
[[nodiscard]] MediaBytes image_bytes(ByteView file, const ImageOptions& options);

// ---- audio ----

struct AudioOptions {
  int rate = 16000;                         // samples per second that the model sees
  SampleFormat format = SampleFormat::kU8;  // 16 kHz and 8 bits are the paper's
  Channels channels = Channels::kMono;      // stereo: each frame's left sample, then its right
  double prompt_seconds = 0;                // from the start of the file; 0 is all of it
  double seconds = 1;                       // to generate
};

// What the file holds behind the prompt is the reference. Throws Error when `file` is no audio or
// shorter than prompt_seconds; a usage Error when an option is out of range.
[[nodiscard]] std::unique_ptr<MediaJob> make_audio_job(ByteView file, const AudioOptions& options);

// Of samples in memory. Throws a usage Error when there are none, or of more than two channels.
[[nodiscard]] std::unique_ptr<MediaJob> make_audio_job(const Audio& audio,
                                                       const AudioOptions& options);

// All of the audio as bytes, as a job with these options would see it.
[[nodiscard]] MediaBytes audio_bytes(ByteView file, const AudioOptions& options);

// ---- whatever a file holds ----

struct JobOptions {
  std::optional<Media> media;               // what the content is; not given: as it says
  std::string name;                         // of the content, for Errors: a path
  std::size_t count = 0;                    // of a text: bytes to generate
  std::optional<std::size_t> prompt_bytes;  // of a text: the first that are given, what follows is
                                            // the reference; not given: all
  ImageOptions image;
  AudioOptions audio;
};

// The job of what the content is. Throws as make_image_job() and make_audio_job() do, an Error when
// the content is of a format that isn't read, and a usage Error when prompt_bytes leave nothing of
// a text.
[[nodiscard]] std::unique_ptr<MediaJob> make_job(Bytes content, const JobOptions& options);

// ---- pieces of one size: how the data sets of the paper are cut ----

struct Pieces {
  Bytes bytes;                 // piece after piece
  std::uint64_t left_out = 0;  // bytes that fill no piece
};

// The sides of the patch of `size` pixels: the two closest factors, no fewer columns than rows
// (2048: 32 rows of 64). REQUIRES: size > 0.
struct PatchSides {
  std::size_t rows = 1;
  std::size_t columns = 1;
};
[[nodiscard]] PatchSides patch_sides(std::size_t size);

// The gray patches of an image from the top left, row after row of patches, each row by row; the
// rest at the right and at the bottom is left out. Throws Error when `file` is no image.
[[nodiscard]] Pieces image_patches(ByteView file, std::size_t patch_size);

// Audio at 16 kHz and 8 bits, in pieces; the rest at its end is left out. Throws Error when `file`
// is no audio.
[[nodiscard]] Pieces audio_pieces(ByteView file, std::size_t piece_size);

}  // namespace zipdream
