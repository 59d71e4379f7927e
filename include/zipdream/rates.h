// SPDX-License-Identifier: Apache-2.0
// Compression rates of models on data sets, chunk by chunk and whole: Table 1 of "Language Modeling
// Is Compression" (arXiv 2309.10668). Experimental.
//
//   zipdream::RatesRequest request;
//   request.models = {Spec::parse("gzip:9"), Spec::parse("ppm:6")};
//   request.data = {"samples/text.txt"};
//   for (const auto& row : rates(request).rows) print(row.model, row.data, row.rate);
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "zipdream/bytes.h"
#include "zipdream/export.h"
#include "zipdream/spec.h"

namespace zipdream {

// ---- The request ----

// What models by probabilities see. Codecs always see all bits.
enum class Protocol {
  kBytes,      // bytes as they are
  kSevenBits,  // as in the paper: texts lose the top bit of bytes that are not ASCII, images and
               // audio the lowest bit of each; every bit lost counts as one more of the code
};

// How a big run is done. None of it changes a figure.
struct RunOptions {
  std::string record;     // a file that gets a line for each result as it comes; a run goes on from
                          // what is there. "": none
  std::size_t shard = 0;  // this run's part of the work, below `shards`
  std::size_t shards = 1;      // several need a record each, and merge_rates() at the end
  bool show_progress = false;  // a bar, if standard error is a terminal
  // Of those who have no terminal to draw on, as the processes of an mpirun: a line every ten
  // seconds instead.
  bool progress_lines = false;
};

struct RatesRequest {
  // Codecs, or models that an arithmetic coder follows. "gzip:9@1/40" measures every 40th chunk.
  std::vector<Spec> models;

  // "PATH", "NAME=PATH" or "random:SIZE", where PATH is a file, a folder (with all that is in it,
  // but for hidden files) or a pattern of the shell. The names enwik8, enwik9, imagenet and
  // librispeech bring published figures.
  std::vector<std::string> data;
  std::optional<Media> media;  // what the files are; not given: guessed of each

  // Bytes that are compressed alone, 1 to 2^26: of a text, of random bytes, of gray patches of an
  // image, of audio at 16 kHz and 8 bits.
  std::size_t chunk = 2048;
  bool chunked = true;  // each chunk for itself
  bool whole = false;   // all of a data set as one stream

  Protocol protocol = Protocol::kBytes;
  bool headers_once = true;  // a codec's header counts once per data set, as in the paper

  // Of the chunks that a model measures, each prove_every-th is written, read back and compared,
  // and each distribution of it checked as prove() of score.h does; 0: none. With 1 data sets as a
  // whole too, in memory that they fit into. Changes no figure; what can't be proven is an Error.
  std::uint64_t prove_every = 0;

  RunOptions run;
};

// ---- The result ----

struct PublishedRate {
  double rate = 0;     // share of the raw size
  std::string model;   // as it is called there: "LZMA2"
  std::string data;    // on what: "enwik9"
  std::string source;  // "Table 1", "DSL-Lab", ...
};

// A model on a data set.
struct RatesRow {
  std::string model;             // "gzip:9"
  std::uint64_t every = 1;       // of the chunks, each every-th was measured
  std::uint64_t parameters = 0;  // that it learnt beforehand
  std::string data;
  bool whole = false;  // all of the data set as one stream; else each chunk for itself
  std::uint64_t chunks = 0;
  std::uint64_t bytes = 0;    // raw, in all of these
  double rate = 0;            // compressed size as a share of the raw size
  double standard_error = 0;  // of the rate, over chunks; 0 where there are fewer than two
  double adjusted_rate = 0;   // the rate with 2 bytes for each parameter
  std::uint64_t proven = 0;   // of the chunks, those that were written and read back
  double seconds = 0;         // of work, added up over threads, without the proofs
  std::optional<PublishedRate> published;  // the figure nearest to this, where there is one
};

// A file that could not be read.
struct RatesFailure {
  std::string item;
  std::string reason;
};

struct RatesResult {
  std::vector<RatesRow> rows;          // whole ones first; model by model, data set by data set
  std::vector<std::string> notes;      // how the figures came about, in sentences
  std::vector<RatesFailure> failures;  // the figures are those of the other files
};

// ---- What does it ----

// The figures are the same on any number of threads, but for the seconds; of one of several shards
// they are those of its part. Throws a usage Error that names the option for what can't be meant,
// Error when a model or a data set can't be had, nothing in a data set fills a chunk, something
// can't be proven, or the record is of another run or can't be written.
[[nodiscard]] ZIPDREAM_API RatesResult rates(const RatesRequest& request);

// Of the records of all shards of one run, in any order. Throws Error when a file is no such
// record, they are of different runs, or something is not measured in any of them.
[[nodiscard]] ZIPDREAM_API RatesResult merge_rates(const std::vector<std::string>& records);

}  // namespace zipdream
