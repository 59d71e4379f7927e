// SPDX-License-Identifier: Apache-2.0
#include "models/own/own.h"

#include <fmt/format.h>

#include <map>
#include <mutex>
#include <utility>

#include "base/spec.h"
#include "zipdream/error.h"
#include "zipdream/own_model.h"

namespace zipdream {
namespace {

constexpr std::uint64_t kMaxNumber = 1'000'000'000;

// The models that live, by name and number.
class Living {
 public:
  // The lowest number that is free; the first has 1.
  unsigned add(const std::string& name, std::shared_ptr<const Predictor> start) {
    const std::lock_guard lock(mutex_);
    unsigned number = 1;
    while (models_.contains({name, number})) ++number;
    models_.emplace(std::pair(name, number), std::move(start));
    return number;
  }

  void remove(const std::string& name, unsigned number) {
    // Destroyed outside of the lock, as its destructor may do whatever it likes.
    std::shared_ptr<const Predictor> last;
    const std::lock_guard lock(mutex_);
    const auto found = models_.find({name, number});
    last = std::move(found->second);
    models_.erase(found);
  }

  std::shared_ptr<const Predictor> find(const std::string& name, unsigned number) {
    const std::lock_guard lock(mutex_);
    const auto found = models_.find({name, number});
    return found == models_.end() ? nullptr : found->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, unsigned>, std::shared_ptr<const Predictor>> models_;
};

// Never destroyed: models of a program may live as long as it does.
Living& living() {
  static auto* const all = new Living;
  return *all;
}

std::unique_ptr<Predictor> make(const Spec& spec, const PredictorOptions& /*options*/) {
  const auto start = living().find(spec.get("name"), static_cast<unsigned>(spec.number("number")));
  if (start) return start->clone();
  throw Error(Error::Kind::kUsage, spec.text(),
              "is a model that a program brings along itself, and this one has none of that name",
              "take that program, or give its model");
}

constexpr OptionInfo kOptions[] = {
    {.key = "name", .kind = OptionInfo::Kind::kText, .summary = "what its program calls it"},
    {.key = "number",
     .min = 1,
     .max = kMaxNumber,
     .fallback = "1",
     .summary = "which of those that are called so; archives leave it out"}};

}  // namespace

constinit const ModelInfo kOwn{.name = "own",
                               .summary = "a model that the program brings along",
                               .options = kOptions,
                               .example = "own:NAME",
                               .make_predictor = make};

OwnModel::OwnModel(const std::string& name, std::shared_ptr<const Predictor> start) : name_(name) {
  if (name.empty()) throw usage_error("a model of one's own has no name; give it one");
  number_ = living().add(name, std::move(start));
  spec_ = fmt::format("own:{}", quoted_value(name));
  if (number_ > 1) spec_ += fmt::format(",number={}", number_);
}

OwnModel::~OwnModel() { living().remove(name_, number_); }

}  // namespace zipdream
