// SPDX-License-Identifier: Apache-2.0
// A text, an image or a sound of which one part is given and another is to be generated. A job
// turns a file into sequences of bytes, and their continuations into a file again; it knows nothing
// of who continues them.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/sequence.h"
#include "media/audio/audio.h"
#include "media/image/imaging.h"
#include "media/media.h"
#include "media/shapes.h"
#include "zipdream/bytes.h"

namespace zipdream {

// An image and the two parts of it.
struct ImageParts {
  Image image;
  Rect given;
  Rect generated;
};

// Immutable. Wherever continuations are passed: one for each sequence, in order, each at most
// `count` bytes; what is missing from an interrupted one stays silent or black.
class MediaJob {
 public:
  virtual ~MediaJob() = default;

  [[nodiscard]] virtual Media media() const = 0;

  // Valid while the job lives; at least one.
  [[nodiscard]] virtual std::span<const Sequence> sequences() const = 0;

  // What really follows each prompt: one for each sequence, in order, each at most `count` bytes.
  // Empty where it isn't known. Valid while the job lives.
  [[nodiscard]] virtual std::span<const Bytes> reference() const { return {}; }

  // Of the rows that the only sequence, its prompt, what follows and what is given between,
  // consists of; none if it is no image or the sequences are parts of rows.
  [[nodiscard]] virtual std::optional<RowShape> rows() const { return std::nullopt; }

  // None for text.
  [[nodiscard]] virtual std::optional<SampleShape> samples() const { return std::nullopt; }

  // What is given and what is asked for, in one line for people.
  [[nodiscard]] virtual std::string describe() const = 0;

  // Throws a usage Error when a file of that name can't hold the result: an image is written as
  // .png, a sound as .wav or .flac. A name without an ending, and "-", take .png and .wav.
  virtual void check_output_name(std::string_view path) const = 0;

  // The content of the file `path` that holds the given part followed by its continuation.
  [[nodiscard]] virtual Bytes file(std::span<const Bytes> continuations,
                                   std::string_view path) const = 0;

  // Of an image: its pixels, those that were generated in their places. The bytes of all sequences
  // one after the other are the generated part in raster order.
  [[nodiscard]] virtual std::optional<ImageParts> picture(
      std::span<const Bytes> /*continuations*/) const {
    return std::nullopt;
  }

  // A PNG picture for people in which the given part is marked off from the generated one. Throws a
  // usage Error for text.
  [[nodiscard]] virtual Bytes view(std::span<const Bytes> continuations) const = 0;
};

// ---- text: any bytes ----

// `reference` is what really follows; empty: not known. REQUIRES: it has at most `count` bytes.
[[nodiscard]] std::unique_ptr<MediaJob> make_text_job(Bytes prompt, std::size_t count,
                                                      Bytes reference = {});

// ---- images ----

enum class PromptSide {
  kLeft,  // the left part of each row, as in the paper's figures
  kTop,   // the rows at the top; the rest follows in raster order, as one sequence
};

// Where the left part of each row is given: who sees whom.
enum class Rows {
  kIndependent,  // each row is a sequence of its own, as in the paper
  kJoint,  // one sequence in raster order: a row follows all of those above, given and generated
};

struct ImageOptions {
  bool gray = false;  // average the channels first, as the paper does
  int max_side = 0;   // shrink so that no side is longer; 0 keeps the size
  PromptSide given = PromptSide::kLeft;
  std::optional<Rows> rows;  // of kLeft; not given: independent
  double share = 0.5;        // of the columns (kLeft) or rows (kTop) that is given
};

// The part that isn't given is the reference. Throws Error when `file` is no image or too small to
// be divided; a usage Error when share is outside (0, 1) or `rows` are said of kTop.
[[nodiscard]] std::unique_ptr<MediaJob> make_image_job(ByteView file, const ImageOptions& options);

// The whole image as bytes, as a job with these options would see it: to prime a codec with.
[[nodiscard]] Bytes image_bytes(ByteView file, const ImageOptions& options);

// ---- sounds ----

struct AudioOptions {
  int rate = 16000;                         // samples per second that the codec sees
  SampleFormat format = SampleFormat::kU8;  // 16 kHz and 8 bits are the paper's
  Channels channels = Channels::kMono;      // stereo: each frame's left sample, then its right
  double prompt_seconds = 0;                // given, from the start of the file; 0 is all of it
  double seconds = 1;                       // to generate
};

// What the file holds behind the given part is the reference. Throws Error when `file` is no sound
// or shorter than prompt_seconds; a usage Error when an option is out of range.
[[nodiscard]] std::unique_ptr<MediaJob> make_audio_job(ByteView file, const AudioOptions& options);

// All of the sound as bytes, as a job with these options would see it: to prime a codec with.
[[nodiscard]] Bytes audio_bytes(ByteView file, const AudioOptions& options);

}  // namespace zipdream
