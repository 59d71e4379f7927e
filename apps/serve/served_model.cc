// SPDX-License-Identifier: Apache-2.0
#include "apps/serve/served_model.h"

#include <algorithm>
#include <utility>

#include "models/lm/facts.h"
#include "models/lm/local_models.h"
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

}  // namespace

ServedModel::ServedModel(const std::string& spec, std::size_t kept_prompts)
    : name_(spec),
      chat_format_(chat_format_of(Spec::parse(spec))),
      start_(make_predictor(spec, {.special = chat_format_ != nullptr})),
      most_kept_(kept_prompts) {
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
