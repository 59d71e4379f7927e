// SPDX-License-Identifier: Apache-2.0
#include "apps/serve/served_model.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "generator/load_model.h"
#include "models/lm/facts.h"
#include "models/lm/local_models.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"
#include "zipdream/spec.h"

namespace zipdream {
namespace {

constexpr std::uint32_t kEndAfterBytes = 256;

bool begins_with(std::span<const Symbol> symbols, std::span<const Symbol> prefix) {
  return prefix.size() <= symbols.size() &&
         std::equal(prefix.begin(), prefix.end(), symbols.begin());
}

const ChatFormat* chat_format_of(const Spec& spec) {
  if (spec.name() != "lm") return nullptr;
  return find_chat_format(lm_facts(find_model(spec.get("path"))).chat_template);
}

// What the shape of a medium changes of a spec it was made for; what no shape changes is for bytes
// of any kind.
std::vector<Media> media_of(const NamedModel& model, const Predictor& start) {
  if (start.alphabet_size() > kEndAfterBytes + 1) return {Media::kText};
  const auto is_told_by = [&](const MediaShape& one, const MediaShape& other) {
    return !(adapted_spec(model.spec, one, 0) == adapted_spec(model.spec, other, 0));
  };
  const SampleShape pixels;
  if (is_told_by({.rows = RowShape{16, 1}, .samples = pixels},
                 {.rows = RowShape{17, 1}, .samples = pixels})) {
    return {Media::kImage};
  }
  if (is_told_by({.samples = SampleShape{}},
                 {.samples = SampleShape{.format = SampleFormat::kS16, .channels = 2}})) {
    return {Media::kAudio};
  }
  return {Media::kText, Media::kImage, Media::kAudio};
}

PredictorOptions options_of(const NamedModel& model, bool special) {
  PredictorOptions options;
  options.probs = model.probs;
  options.special = special;
  return options;
}

}  // namespace

NamedModel parse_model_name(const std::string& name) {
  for (const auto& [ending, probs] :
       {std::pair<std::string_view, Probs>("@lengths", Probs::kLengths),
        {"@tables", Probs::kTables}}) {
    if (name.ends_with(ending)) {
      return {Spec::parse(name.substr(0, name.size() - ending.size())), probs};
    }
  }
  return {Spec::parse(name), std::nullopt};
}

ServedModel::ServedModel(const std::string& name, std::size_t kept_prompts)
    : name_(name), most_kept_(kept_prompts) {
  const NamedModel named = parse_model_name(name);
  chat_format_ = chat_format_of(named.spec);
  load(named);
  media_ = media_of(named, *start_);
  number_symbols();
}

void ServedModel::load(const NamedModel& named) {
  const PredictorOptions options = options_of(named, chat_format_ != nullptr);
  try {
    start_ = make_predictor(named.spec, options);
  } catch (const Error& error) {
    const MediaShape any{.rows = RowShape{.width = 1, .channels = 1}, .samples = SampleShape{}};
    const Spec adapted = adapted_spec(named.spec, any, 0);
    if (error.kind() != Error::Kind::kUsage || adapted == named.spec) throw;
    start_ = make_predictor(adapted, options);
    needs_shape_ = true;
  }
}

void ServedModel::number_symbols() {
  for (std::size_t i = 0; i < alphabet_size(); ++i) {
    const auto symbol = static_cast<Symbol>(i);
    symbols_.emplace(id(symbol), symbol);
    if (!end_of_text_ && start_->ends_text(symbol)) end_of_text_ = symbol;
  }
}

std::optional<Symbol> ServedModel::symbol_of(std::uint64_t id) const {
  const auto found = symbols_.find(id);
  if (found == symbols_.end()) return std::nullopt;
  return found->second;
}

std::uint32_t ServedModel::end_of_text_id() const {
  return end_of_text_ ? id(*end_of_text_) : kEndAfterBytes;
}

std::vector<Symbol> ServedModel::tokenize(std::string_view text) const {
  std::vector<Symbol> symbols;
  for (const Token& token : start_->tokenize(as_bytes(text))) symbols.push_back(token.symbol);
  return symbols;
}

ServedModel::Nearest ServedModel::nearest(std::span<const Symbol> symbols) const {
  std::shared_ptr<const Predictor> best;
  std::size_t known = 0;
  {
    const std::lock_guard lock(mutex_);
    auto longest = kept_.end();
    for (auto kept = kept_.begin(); kept != kept_.end(); ++kept) {
      if (kept->symbols.size() > known && begins_with(symbols, kept->symbols)) {
        known = kept->symbols.size();
        longest = kept;
      }
    }
    if (longest != kept_.end()) {
      best = longest->predictor;
      kept_.splice(kept_.begin(), kept_, longest);
    }
  }
  return {best ? best->clone() : start_->clone(), known};
}

void ServedModel::keep(std::span<const Symbol> symbols, const Predictor& predictor) const {
  if (most_kept_ == 0 || symbols.empty()) return;
  Kept kept{{symbols.begin(), symbols.end()}, predictor.clone()};
  const std::lock_guard lock(mutex_);
  kept_.remove_if([&](const Kept& other) { return other.symbols == kept.symbols; });
  kept_.push_front(std::move(kept));
  if (kept_.size() > most_kept_) kept_.pop_back();
}

}  // namespace zipdream
