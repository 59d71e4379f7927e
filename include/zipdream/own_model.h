// SPDX-License-Identifier: Apache-2.0
// A model of one's own wherever a spec names one: mixed, compressed with, scored, compared and
// searched as those of the library. Experimental.
//
//   zipdream::OwnModel mine("mine", std::make_shared<MyPredictor>());
//   request.model.spec = Spec::parse("mix:" + mine.spec() + "+cm");
#pragma once

#include <memory>
#include <string>

#include "zipdream/export.h"
#include "zipdream/predictor.h"

namespace zipdream {

// While it lives, its spec names the predictor in this process. An archive says the name alone, and
// is read where a model of that name lives; one that predicts something else is refused.
// Threads: any; specs are made predictors of by clones of `start`, perhaps on several at once.
class ZIPDREAM_API OwnModel {
 public:
  // REQUIRES: `start` is not null. Throws a usage Error for an empty name.
  OwnModel(const std::string& name, std::shared_ptr<const Predictor> start);
  OwnModel(const OwnModel&) = delete;
  OwnModel& operator=(const OwnModel&) = delete;
  ~OwnModel();

  // "own:NAME", with a number where another one of that name lives: "own:NAME,number=2".
  [[nodiscard]] const std::string& spec() const { return spec_; }

 private:
  std::string name_;
  unsigned number_ = 0;
  std::string spec_;
};

}  // namespace zipdream
