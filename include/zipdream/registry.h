// SPDX-License-Identifier: Apache-2.0
// All models by name: codecs, models that learn, and those made of another model. A row says all
// that is known of one; a new codec is a folder that defines its row and a line in
// models/registry.cc. What takes a Spec also takes its text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zipdream/bytes.h"
#include "zipdream/codec.h"
#include "zipdream/export.h"
#include "zipdream/predictor.h"
#include "zipdream/spec.h"

namespace zipdream {

// The two ways to read a codec's probabilities.
enum class Probs {
  kLengths,  // P(b | x) proportional to 2^(L(x) - L(xb)), the paper's way
  kTables,   // from the tables of the codec's coder, summed over all parses
};

// How a model is made a Predictor. Stable.
struct PredictorOptions {
  std::optional<Probs> probs;  // of a codec; not given: tables where it has them and no units are
  std::optional<Units> units;  // of lengths; not given: bits
  Bytes alphabet;              // bytes to choose from, ascending; empty: all 256
  Bytes corpus;                // seen before everything that is observed, and never forgotten
  std::size_t context_window = 0;  // of what is observed, the last bytes that count; 0: all
  // Of a language model with a tokenizer: the names of control tokens ("<|im_start|>") in what is
  // observed are those tokens, and not text.
  bool special = false;
};

// Called with a number of bytes whenever so many more were coded; from any thread.
using OnCoded = std::function<void(std::size_t bytes)>;

// What a spec's options may be. Experimental, as ModelInfo.
struct OptionInfo {
  enum class Kind {
    kNumber,  // min to max, in decimal; perhaps with `flag` behind it
    kChoice,  // one of `choices`
    kText,    // anything
  };
  std::string_view key;  // "level"; a row's first option may be written without it
  Kind kind = Kind::kNumber;
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  std::string_view flag;      // "e" of xz:6e
  std::string_view choices;   // "u8 mulaw s16"
  std::string_view fallback;  // what it is when it isn't written; "" for nothing
  std::string_view unit;      // what a message calls it: "level"; the key if empty
  std::string_view summary;   // for `zipdream list`
};

struct MediaShape;

// One row.
struct ModelInfo {
  // How a spec goes on after the name.
  enum class Inner {
    kNone,
    kAfterName,     // with another model
    kAfterOptions,  // with another model, which sees what this one is told of corpus and window
    kList,          // after its options, with two models or more
  };

  std::string_view name;     // "gzip"
  std::string_view summary;  // one line
  std::span<const OptionInfo> options;
  Inner inner = Inner::kNone;
  std::string_view extension;   // of the files that a codec writes, with the dot; "" if none
  bool detects_damage = false;  // the format has a checksum that Codec::decompress() verifies
  std::string_view example;     // a spec that can be tried where the name alone is none

  // What it can do; null: it can't. REQUIRES of each: the spec was parsed and is of this row.
  std::unique_ptr<Codec> (*make_codec)(const Spec&, const OnCoded&) = nullptr;
  // Of a codec by its tables; the alphabet of the options is left to the caller.
  std::unique_ptr<Predictor> (*make_predictor)(const Spec&, const PredictorOptions&) = nullptr;
  std::unique_ptr<DecoderSampler> (*make_decoder_sampler)(const Spec&) = nullptr;

  std::string_view tables;              // what of a codec is read for its probabilities, one line
  std::string_view no_decoder_sampler;  // why a codec has no decoder sampler

  // Of rows that learned beforehand, whose first option is then a path or a mere name: the files
  // that the model is read from, always in the same order, and the folders where a mere name is
  // looked for. files() throws Error when there is no such model; it doesn't look into weights.
  std::vector<std::string> (*files)(const Spec&) = nullptr;
  std::vector<std::string> (*folders)() = nullptr;
  // The paths of models that lie deeper, or where other programs keep theirs.
  std::vector<std::string> (*kept_models)() = nullptr;
  // Why a spec of the row can't code, as "measures only, for ..."; empty: it can.
  std::string (*measures_only)(const Spec&) = nullptr;

  // Sets options that the medium tells and nobody has written.
  void (*adapt)(Spec&, const MediaShape&) = nullptr;

  std::string_view library;                    // that does the work: "zlib"
  std::string (*library_version)() = nullptr;  // as it is linked: "1.2.13"

  [[nodiscard]] bool is_codec() const { return make_codec != nullptr && inner == Inner::kNone; }
  // Whether it learns as it reads (or has learnt), rather than being a codec.
  [[nodiscard]] bool learns() const { return make_codec == nullptr; }
  // Whether the name alone is a model.
  [[nodiscard]] bool stands_alone() const { return example.empty(); }
  // The option of that key, or null.
  [[nodiscard]] const OptionInfo* option(std::string_view key) const;
};

// In the order in which they are listed. Valid for the life of the program.
[[nodiscard]] ZIPDREAM_API std::span<const ModelInfo* const> model_list();

// The row of a name; null if there is none.
[[nodiscard]] ZIPDREAM_API const ModelInfo* find_model_info(std::string_view name);

// The codec that a spec names: a codec, "arith:MODEL" (arithmetic coding by that model's
// probabilities, which tells on_coded how far it is), or one behind a signal predictor,
// "residual:KIND:CODEC". Throws a usage Error when it is no codec, and Error when a file that it
// needs can't be read. Stable.
[[nodiscard]] ZIPDREAM_API std::unique_ptr<Codec> make_codec(const Spec& spec,
                                                             const OnCoded& on_coded = {});
[[nodiscard]] ZIPDREAM_API std::unique_ptr<Codec> make_codec(std::string_view spec);

// Whether make_codec() makes a codec of it; make_predictor() makes a predictor of all of these and
// more.
[[nodiscard]] ZIPDREAM_API bool is_codec(const Spec& spec);

// The predictor that a spec names, after the corpus in the options. Throws a usage Error for
// options that it has no use for. Stable.
[[nodiscard]] ZIPDREAM_API std::unique_ptr<Predictor> make_predictor(const Spec& spec,
                                                                     PredictorOptions options = {});
[[nodiscard]] ZIPDREAM_API std::unique_ptr<Predictor> make_predictor(std::string_view spec,
                                                                     PredictorOptions options = {});

// The sampler whose samples a spec's own decoder makes: of a codec by its decoder, of any other
// model, or "arith:MODEL", by an arithmetic decoder. Throws a usage Error that says why where a
// codec has none. Stable.
[[nodiscard]] ZIPDREAM_API std::unique_ptr<DecoderSampler> make_decoder_sampler(const Spec& spec);
[[nodiscard]] ZIPDREAM_API std::unique_ptr<DecoderSampler> make_decoder_sampler(
    std::string_view spec);

// Which of a codec's probabilities make_predictor() takes with these options. Throws as it does.
[[nodiscard]] ZIPDREAM_API Probs chosen_probs(const Spec& spec, const PredictorOptions& options);

// Where the probabilities of make_predictor() come from, for people: "tables", "lengths in bits",
// "lengths in bytes", or "learned".
[[nodiscard]] ZIPDREAM_API std::string probs_name(const Spec& spec,
                                                  const PredictorOptions& options);

// Whether PredictorOptions::probs and units say something of it: of a codec, or a model made of
// one. A mixture hands them to those of its members that are.
[[nodiscard]] ZIPDREAM_API bool reads_codec(const Spec& spec);

// The members of the mixture that the spec names, or that is within it, whose weights
// Predictor::member_weights() tells; none: there is no mixture.
[[nodiscard]] ZIPDREAM_API std::vector<std::string> member_names(const Spec& spec);

// What a mixture hands on to a member.
[[nodiscard]] ZIPDREAM_API PredictorOptions member_options(const Spec& member,
                                                           const PredictorOptions& options);

// Whether the predictor compresses what it has seen again and again for each symbol, as that of a
// codec by its lengths does.
[[nodiscard]] ZIPDREAM_API bool measures_streams(const Spec& spec, const PredictorOptions& options);

// Throws a usage Error where the model, or one within it, can measure and sample but not code: its
// numbers are not the same on every machine.
ZIPDREAM_API void check_can_code(const Spec& spec);

// The bytes of all files that the model learnt beforehand and is read from, which a decoder must
// have; 0 for those that learn as they read. Throws Error when there is no such model.
[[nodiscard]] ZIPDREAM_API std::uint64_t learnt_bytes(const Spec& spec);

// "zlib" and "1.2.13", for each library that codes.
struct LibraryVersion {
  std::string_view name;
  std::string version;
};
[[nodiscard]] ZIPDREAM_API std::vector<LibraryVersion> library_versions();

}  // namespace zipdream
