// SPDX-License-Identifier: Apache-2.0
#include "training/corpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/files.h"
#include "zipdream/error.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

constexpr std::uint64_t kBatchStream = 1;  // of the seed's random streams; 0 makes the weights
constexpr std::size_t kMaxTokens = std::size_t{std::numeric_limits<std::uint16_t>::max()} + 1;

}  // namespace

std::vector<Bytes> read_training_files(const TrainingPlan& plan) {
  std::vector<Bytes> files;
  files.reserve(plan.files.size());
  for (const std::string& path : plan.files) files.push_back(read_file(path));
  return files;
}

Corpus::Corpus(const std::vector<Bytes>& files, const Tokenizer* tokenizer,
               const TrainingPlan& plan)
    : plan_(plan) {
  const std::size_t vocab_size = tokenizer == nullptr ? 256 : tokenizer->size();
  if (vocab_size > kMaxTokens) {
    throw Error(Error::Kind::kFailure, "tokenizer",
                fmt::format("has {} tokens, and training takes {} at most", vocab_size, kMaxTokens),
                "");
  }
  for (Symbol token = 0; token < vocab_size; ++token) {
    const std::size_t size = tokenizer == nullptr ? 1 : tokenizer->bytes_of(token).size();
    token_bytes_.push_back(static_cast<std::uint32_t>(size));
  }
  for (const Bytes& file : files) append(file, tokenizer, plan.held_out);
  check_length(plan.model.context_length);
  check_length(plan.length_at(0));
  fingerprint_ = 0xCBF29CE484222325;  // FNV-1a's
  for (const std::uint16_t token : tokens_) fingerprint_ = (fingerprint_ ^ token) * 0x100000001B3;
}

void Corpus::append(const Bytes& file, const Tokenizer* tokenizer, double held_out) {
  auto last = static_cast<std::size_t>(static_cast<double>(file.size()) * held_out);
  if (const std::size_t over = (file.size() - last) % plan_.align; last > 0) last += over;
  const auto add = [&](ByteView bytes, std::vector<Part>& parts) {
    const std::size_t begin = tokens_.size();
    if (tokenizer == nullptr) {
      tokens_.insert(tokens_.end(), bytes.begin(), bytes.end());
    } else {
      for (const Symbol token : tokenizer->encode(bytes)) {
        tokens_.push_back(static_cast<std::uint16_t>(token));
      }
    }
    if (tokens_.size() > begin) parts.push_back({begin, tokens_.size()});
    return tokens_.size() - begin;
  };
  const ByteView all(file);
  add(all.first(file.size() - last), training_);
  held_out_tokens_ += add(all.last(last), held_out_);
}

void Corpus::check_length(std::size_t length) const {
  std::size_t longest = 0;
  for (const Part& part : training_) longest = std::max(longest, part.end - part.begin);
  if (longest >= length) return;
  throw Error(Error::Kind::kFailure, "train",
              fmt::format("the longest text has {} tokens, fewer than the context length of {}",
                          longest, length),
              "add text or shorten it");
}

void Corpus::add_sequence(std::size_t begin, Batch& batch) const {
  batch.inputs.push_back(plan_.model.begin_of_text.value_or(0));
  for (std::size_t i = 0; i < batch.length; ++i) {
    if (i > 0) batch.inputs.push_back(tokens_[begin + i - 1]);
    batch.targets.push_back(tokens_[begin + i]);
  }
}

// Every place where a sequence may begin and fits into a text is as likely.
Batch Corpus::batch(std::size_t step) const {
  Batch batch{plan_.length_at(step), {}, {}};
  const auto places = [&](const Part& part) {
    const std::size_t size = part.end - part.begin;
    return size < batch.length ? 0 : (size - batch.length) / plan_.align + 1;
  };
  std::size_t all = 0;
  for (const Part& part : training_) all += places(part);
  Rng rng(plan_.seed + 0x9E3779B97F4A7C15 * (step + 1), kBatchStream);
  for (std::size_t i = 0; i < plan_.sequences_at(step); ++i) {
    auto at = static_cast<std::size_t>(rng.uniform() * static_cast<double>(all));
    for (const Part& part : training_) {
      if (at < places(part)) {
        add_sequence(part.begin + at * plan_.align, batch);
        break;
      }
      at -= places(part);
    }
  }
  return batch;
}

std::vector<Batch> Corpus::held_out(std::size_t max_tokens, std::size_t length) const {
  std::vector<Batch> batches;
  if (held_out_tokens_ == 0) return batches;
  const double share =
      std::min(1.0, static_cast<double>(max_tokens) / static_cast<double>(held_out_tokens_));
  for (const Part& part : held_out_) {
    const std::size_t size = part.end - part.begin;
    Batch batch{std::min(length, size), {}, {}};
    const std::size_t whole = size / batch.length;
    const auto count =
        std::max<std::size_t>(1, static_cast<std::size_t>(share * static_cast<double>(whole)));
    for (std::size_t i = 0; i < count; ++i) {
      add_sequence(part.begin + whole * i / count * batch.length, batch);
    }
    batches.push_back(std::move(batch));
  }
  return batches;
}

std::size_t Corpus::byte_count(std::span<const std::int64_t> tokens) const {
  std::size_t count = 0;
  for (const std::int64_t token : tokens) count += token_bytes_[static_cast<std::size_t>(token)];
  return count;
}

}  // namespace zipdream
