// SPDX-License-Identifier: Apache-2.0
// The same prompt through several models and methods, side by side: samples with their metrics and
// speed, and how many bits the reference continuation costs under the probabilities of each, which
// is the fair number. Experimental.
//
//   zipdream::CompareRequest request;
//   for (auto* text : {"gzip:9", "xz:6@dream"}) request.models.push_back(Spec::parse(text));
//   request.prompt = to_bytes("the cat sat on the mat, the cat sat on ");
//   request.reference = to_bytes("the mat");
//   for (const auto& run : compare(request).runs) print(run.variant.name,
//   run.reference->per_byte());
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zipdream/bytes.h"
#include "zipdream/error.h"
#include "zipdream/export.h"
#include "zipdream/generate.h"
#include "zipdream/spec.h"

namespace zipdream {

// ---- The request ----

struct CompareRequest {
  // One or more, each alone or with one of compare_methods() behind its @: "gzip:9@dream". The
  // method says where the probabilities come from (bytes, bits: by lengths in these units; tables)
  // or how to go on (sample, beam, spans, dream); nothing: as `model` and `method` say.
  std::vector<Spec> models;

  // Of all of them; each takes what it has a use for. What none has a use for is refused.
  ModelRequest model;  // its spec is ignored
  MethodRequest method;

  Bytes prompt;     // may be empty if there is a corpus
  Bytes reference;  // what really follows, of which the first `count` bytes are scored; empty:
                    // it is not known
  std::size_t count = 100;  // bytes to generate
  std::size_t samples = 1;  // of each variant; may be 0 if there is a reference
  std::uint64_t seed = 0;   // of the first sample, the next has the next; fixes all but the seconds

  // Bytes of the reference and of each sample whose alternatives are kept.
  std::size_t detailed = 4096;

  bool show_progress = false;  // a bar for each variant, if standard error is a terminal

  // What is said of a sample that failed; nothing: what the error says.
  std::function<std::string(const Error& error)> explain;
};

// "bytes", "bits", "tables", "sample", "beam", "spans", "dream".
[[nodiscard]] ZIPDREAM_API std::vector<std::string_view> compare_methods();

// ---- The result ----

// How a variant, which is a model with a method, is named where it is shown.
struct VariantName {
  std::string name;                  // as it was asked for: "gzip:9@dream"
  std::string model;                 // "gzip:9"
  std::string method;                // "sample", "beam", ...
  std::string probs;                 // where the probabilities that score come from: "tables", ...
  std::vector<std::string> members;  // of a mixture
  // Whether the method draws from those probabilities byte by byte. If not (decoder sampling,
  // searches), they are the model's all the same, but say nothing of the method.
  bool has_probs_of_its_own = true;
  double temperature = 1;  // of the sampler, where it has one
};

// A symbol that might have come.
struct Alternative {
  Bytes bytes;  // what the symbol stands for
  double log2_prob = 0;
};

inline constexpr std::size_t kAlternatives = 5;
inline constexpr std::size_t kTracedSources = 6;

// What a model expected where each byte of a text came. Where a symbol is several bytes, they have
// its bits in equal parts.
struct SurprisalTrace {
  std::vector<double> bits;          // -log2 P of each byte
  std::vector<std::uint32_t> ranks;  // 1 + how many symbols were more probable than its own
  // How many bytes each symbol takes up, symbol after symbol; empty if they are single bytes.
  std::vector<std::uint32_t> symbol_bytes;
  // How much each member of a mixture counted for each byte (Predictor::member_weights()):
  // (members, bytes). Of other models empty.
  std::vector<std::vector<float>> member_weights;
  // The kAlternatives most probable symbols where each byte came, most probable first; what came is
  // among them if it is one. They stand with the first byte of the symbol that came; its other
  // bytes have none. Of the first bytes only: CompareRequest::detailed.
  std::vector<std::vector<Alternative>> alternatives;
  // Of a text, by models that can tell: which earlier bytes each of these first bytes comes from,
  // kTracedSources of them. Source::at counts from the first byte of the text; it is what was seen
  // before where it is below 0 as a signed number.
  std::vector<Sources> sources;

  [[nodiscard]] ZIPDREAM_API double total() const;     // bits
  [[nodiscard]] ZIPDREAM_API double per_byte() const;  // bits per byte; 0 when there are no bytes
};

// A run counts as copied or repeated from this length on: few strings of 16 bytes recur by chance.
inline constexpr std::size_t kLongRun = 16;

// What a sample is made of: how much of it is copied from the context, repeats itself or varies.
// Sequences (a text is one, an image one for each row) know nothing of each other, so each is held
// against its own context: the corpus followed by all that is given of it. The longest run is that
// of any sequence, shares are of the bytes of all sequences.
struct SampleMetrics {
  std::size_t bytes = 0;
  std::size_t sequences = 0;

  // Bytes of the longest string of the sample that occurs in the context.
  std::size_t longest_copied_run = 0;

  // The share of bytes that lie in strings of kLongRun bytes or more that occur in the context; 0
  // when there are no bytes.
  double copied_share = 0;

  // The share of bytes that lie in strings of kLongRun bytes or more that occurred earlier in the
  // same sequence of the sample, perhaps overlapping: of a loop everything but its first round
  // counts.
  double repeated_share = 0;

  // Distinct strings of four bytes over all such strings of all sequences; nothing when no sequence
  // has four bytes. 1: no two are alike; near 0: the same over and over. Falls with length by
  // nature, so compare samples of one length.
  std::optional<double> distinct_4grams;
};

// What one variant made of the prompt with one seed.
struct Sample {
  std::uint64_t seed = 0;
  std::string failure;               // why it could not go on; then there is nothing else
  std::vector<Bytes> continuations;  // of each sequence
  double seconds = 0;
  SampleMetrics metrics;
  // By the variant's own probabilities; none where they have no symbol for some byte of the sample.
  std::optional<SurprisalTrace> trace;
  // Of an image whose reference is known: how far its generated samples are from it, on average.
  std::optional<double> mean_difference;

  [[nodiscard]] ZIPDREAM_API double bytes_per_second() const;
};

// All that one variant made of the prompt.
struct VariantRun {
  VariantName variant;
  // Why it could not be made, score the reference or make any sample; empty: it could.
  std::string failure;
  std::optional<SurprisalTrace> reference;  // of the reference continuation, where it is known
  std::vector<Sample> samples;
};

struct Comparison {
  std::vector<VariantRun> runs;  // in the order of the models
  bool interrupted = false;      // the user did not wait for all; what was finished is here
};

// A variant's samples together, but for those that failed. Shares, distinct_4grams and what follows
// are means, of those samples that have the figure.
struct Overview {
  double seconds = 0;           // mean
  double bytes_per_second = 0;  // of all
  std::size_t longest_copied_run = 0;
  double copied_share = 0;
  double repeated_share = 0;
  std::optional<double> distinct_4grams;
  std::optional<double> bits_per_byte;  // of the samples by the variant's own probabilities
  std::optional<double> mean_difference;
};

// Nothing when all samples failed.
[[nodiscard]] ZIPDREAM_API std::optional<Overview> overview(const VariantRun& run);

// ---- What does it ----

// Throws the usage Errors of compare() that need no prompt: before anything is read.
ZIPDREAM_API void check_compare(const CompareRequest& request);

// One variant after the other, so that the times are their own. The same data on any number of
// threads, but for the seconds. Throws a usage Error that names the option for what can't be meant,
// and when the variants choose among different bytes or have no symbol for a byte of the reference,
// for then their bits could not be compared. A model that can't be made, as a file that it needs
// can't be read, a text that its vocabulary lacks a character of, and a sample that can't be made
// are failures in the result; Error when all models fail so.
[[nodiscard]] ZIPDREAM_API Comparison compare(const CompareRequest& request);

}  // namespace zipdream
