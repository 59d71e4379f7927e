// SPDX-License-Identifier: Apache-2.0
#include "experiments/rates/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "experiments/data/data_set.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

class Measurer {
 public:
  Measurer(const Plan& plan, std::size_t model, std::size_t data_set)
      : spec_(plan.spec),
        of_spec_(plan.spec.models[model]),
        model_(*plan.models[model]),
        data_(plan.data[data_set]) {}

  [[nodiscard]] UnitResult unit(const UnitKey& key, ByteView bytes) const {
    const auto start = std::chrono::steady_clock::now();
    double proving = 0;  // seconds
    UnitResult result;
    result.rate_sums.resize(sums_per_unit(spec_));
    const std::vector<Chunk> chunks = chunks_of(key, bytes);
    if (!curve().empty()) {
      for (const Chunk& chunk : chunks) {
        if (chunk.bytes.size() == spec_.chunk) add_curve(chunk.bytes, result.rate_sums);
      }
    } else {
      const std::vector<std::uint64_t> bits = add_chunks(chunks, result.rate_sums[0]);
      const auto start_of_proofs = std::chrono::steady_clock::now();
      for (std::size_t i = 0; i < chunks.size(); ++i) {
        if (!proves(spec_, of_spec_, key.item, chunks[i].number)) continue;
        prove(key.item, chunks[i].number, chunks[i].bytes, bits[i]);
        result.rate_sums[0].proven += 1;
      }
      proving = seconds_since(start_of_proofs);
    }
    result.seconds = seconds_since(start) - proving;
    return result;
  }

  [[nodiscard]] std::optional<UnitResult> whole(const OnBytes& on_bytes) const {
    const auto start = std::chrono::steady_clock::now();
    std::uint64_t bytes = 0;
    const ByteSource all = all_of(bytes, on_bytes);
    std::uint64_t bits = 0;
    bool is_stored = false;
    try {
      bits = model_.bits(all, size_of(data_), data_.media, spec_.protocol);
    } catch (const Error&) {
      if (model_.is_codec()) throw;
      // Stored, as a chunk that can't be coded: how much that is takes reading it.
      is_stored = true;
      bytes = 0;
      Bytes piece(std::size_t{1} << 16);
      const ByteSource again = all_of(bytes, on_bytes);
      while (again(piece) == piece.size()) continue;
      bits = 8 * bytes + 1;
    }
    if (bytes == 0) return std::nullopt;
    UnitResult result;
    result.rate_sums = {{.chunks = 1, .bytes = bytes, .bits = bits, .stored = is_stored ? 1U : 0U}};
    result.seconds = seconds_since(start);
    if (spec_.prove_every == 1) {
      if (!is_stored) prove_whole(bits, on_bytes);
      result.rate_sums[0].proven = 1;
    }
    return result;
  }

 private:
  struct Chunk {
    std::size_t number;  // of its item
    ByteView bytes;
  };

  // Those that the model measures.
  [[nodiscard]] std::vector<Chunk> chunks_of(const UnitKey& key, ByteView bytes) const {
    std::vector<Chunk> chunks;
    std::size_t number = key.unit * chunks_per_unit(spec_);
    for (std::size_t at = 0; at < bytes.size(); at += spec_.chunk, ++number) {
      const ByteView rest = bytes.subspan(at);
      if (!measures(of_spec_, key.item, number)) continue;
      chunks.push_back({number, rest.first(std::min(rest.size(), spec_.chunk))});
    }
    return chunks;
  }

  // Chunk `number` of the item, which was measured with so many bits. What is stored proves itself.
  void prove(std::size_t item, std::size_t number, ByteView chunk, std::uint64_t bits) const {
    if (!model_.can_code(chunk, data_.media, spec_.protocol)) return;
    try {
      model_.prove(chunk, bits, data_.media, spec_.protocol);
    } catch (const Error& error) {
      throw Error(fmt::format("{} on chunk {} of {}, counted from 0: {}", model_.spec(), number,
                              item_name(data_, item), error.what()));
    }
  }

  // The bits of each. Whatever can't be coded is stored, which a bit has to tell.
  std::vector<std::uint64_t> add_chunks(std::span<const Chunk> chunks, RateSum& rate_sum) const {
    std::vector<ByteView> coded;
    std::vector<bool> is_coded;
    for (const Chunk& chunk : chunks) {
      is_coded.push_back(model_.can_code(chunk.bytes, data_.media, spec_.protocol));
      if (is_coded.back()) coded.push_back(chunk.bytes);
    }
    const auto of_coded = model_.bits_of_each(coded, data_.media, spec_.protocol);
    std::vector<std::uint64_t> bits;
    std::size_t next = 0;
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      const std::size_t size = chunks[i].bytes.size();
      bits.push_back(is_coded[i] ? of_coded[next++] : 8 * size + 1);
      rate_sum.add_chunk(size, bits.back(), !is_coded[i]);
    }
    return bits;
  }

  void add_curve(ByteView chunk, std::span<RateSum> rate_sums) const {
    const bool can_code = model_.can_code(chunk, data_.media, spec_.protocol);
    std::vector<std::uint64_t> bits;
    if (can_code) bits = model_.bits_of_starts(chunk, curve(), data_.media, spec_.protocol);
    for (std::size_t i = 0; i < rate_sums.size(); ++i) {
      rate_sums[i].add_chunk(curve()[i], can_code ? bits[i] : 8 * curve()[i] + 1, !can_code);
    }
  }

  [[nodiscard]] std::span<const std::size_t> curve() const {
    if (spec_.experiment != Experiment::kInContext) return {};
    return spec_.lengths;
  }

  // All of the data set, in memory.
  void prove_whole(std::uint64_t bits, const OnBytes& on_bytes) const {
    constexpr std::size_t kPiece = std::size_t{1} << 20;
    std::uint64_t count = 0;
    const ByteSource source = all_of(count, on_bytes);
    Bytes all;
    for (std::size_t got = kPiece; got == kPiece;) {
      all.resize(count + kPiece);
      got = source(std::span(all).last(kPiece));
    }
    all.resize(count);
    // A library may cut a long input its own way (Codec::stream_size()).
    const std::uint64_t slack = model_.is_codec() ? 512 + bits / 1000 : 0;
    try {
      model_.prove(all, bits + slack, data_.media, spec_.protocol);
    } catch (const Error& error) {
      throw Error(fmt::format("{} on {}: {}", model_.spec(), data_.name, error.what()));
    }
  }

  // Nothing where a file can't be read, or has to be decoded first.
  static std::optional<std::uint64_t> size_of(const DataSet& data) {
    if (data.media != Media::kText) return std::nullopt;
    try {
      for (const std::string& file : data.files) static_cast<void>(InputFile(file));
    } catch (const Error&) {
      return std::nullopt;
    }
    return data.stored_bytes();
  }

  // All items, one after the other; what can't be read is left out. Counts what it gives.
  [[nodiscard]] ByteSource all_of(std::uint64_t& count, const OnBytes& on_bytes) const {
    struct State {
      std::size_t next = 0;
      ByteSource now;
    };
    auto state = std::make_shared<State>();
    return [this, &count, on_bytes, state](std::span<Byte> buffer) {
      std::size_t filled = 0;
      while (filled < buffer.size()) {
        if (!state->now && state->next == data_.item_count()) break;
        try {
          if (!state->now) state->now = open_item(data_, state->next++, spec_.chunk).bytes;
          const std::size_t got = state->now(buffer.subspan(filled));
          if (got < buffer.size() - filled) state->now = nullptr;
          filled += got;
          on_bytes(got);
        } catch (const Error&) {
          state->now = nullptr;  // who reads it chunk by chunk records the failure
        }
      }
      count += filled;
      return filled;
    };
  }

  const RunSpec& spec_;
  const RunModel& of_spec_;
  const RateModel& model_;
  const DataSet& data_;
};

// What a kill left of a line: its beginning, or zeros where the power went too.
bool is_torn(std::string_view rest, std::string_view line) {
  return line.starts_with(rest) || rest.find_first_not_of('\0') == rest.npos;
}

// Throws the Error for a first line that is not this run's.
[[noreturn]] void refuse_record(std::string_view line, const std::string& path) {
  static_cast<void>(parse_run_spec(line, path));  // for its Error
  throw Error(
      fmt::format("{}: is the record of another run (other models, data or options); name "
                  "another file, or give it what it was made with",
                  path));
}

}  // namespace

bool wants_unit(const RunSpec& spec, const UnitKey& key, std::size_t count) {
  const std::size_t first = key.unit * chunks_per_unit(spec);
  for (std::size_t chunk = first; chunk < first + count; ++chunk) {
    if (measures(spec.models[key.model], key.item, chunk)) return true;
  }
  return false;
}

UnitResult measure_unit(const Plan& plan, const UnitKey& key, ByteView bytes) {
  return Measurer(plan, key.model, key.data_set).unit(key, bytes);
}

std::optional<UnitResult> measure_whole(const Plan& plan, std::size_t model, std::size_t data_set,
                                        const OnBytes& on_bytes) {
  return Measurer(plan, model, data_set).whole(on_bytes);
}

std::unique_ptr<LineFile> open_record(const std::string& path, RunResults& results) {
  if (path.empty()) return nullptr;
  auto record = std::make_unique<LineFile>(path);
  const std::string spec = run_spec_line(results.spec());
  bool is_new = true;
  for_each_line(path, [&](std::string_view line) {
    if (!is_new) return static_cast<void>(results.take(line, path));
    if (line != spec) refuse_record(line, path);
    is_new = false;
  });
  const std::string rest = record->rest();
  if (is_new && !is_torn(rest, spec)) refuse_record(rest, path);
  if (!is_new && !is_torn(rest.substr(0, 1), "{")) results.take(rest, path);
  if (is_new) record->append(spec);
  return record;
}

}  // namespace zipdream
