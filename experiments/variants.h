// SPDX-License-Identifier: Apache-2.0
// What the models of a CompareRequest (zipdream/compare.h) ask for, each with the options that it
// has a use for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "generator/method.h"
#include "media/media_job.h"
#include "zipdream/compare.h"
#include "zipdream/predictor.h"
#include "zipdream/spec.h"

namespace zipdream {

// A model with a method. Both are primed with the corpus and have seen nothing of the job.
struct Variant {
  VariantName name;
  std::string failure;  // why it could not be made; then there is neither method nor predictor
  Spec spec;            // the model, with what the job tells
  std::unique_ptr<const Method> method;
  bool may_fail = false;  // whether the method may find no continuation of one sequence alone
  std::unique_ptr<const Predictor> predictor;
};

// Which bytes the variant chooses among, each alone; all where its symbols are longer. REQUIRES: it
// has a predictor.
[[nodiscard]] std::vector<bool> choices_of(const Variant& variant);

// One for each of the request's models. Where no alphabet was asked for, a model whose vocabulary
// has fewer bytes than another's fails. Throws as compare() does of the request, so that what can
// be refused is before the work begins, and the first model's Error where none can be made.
[[nodiscard]] std::vector<Variant> load_variants(const CompareRequest& request,
                                                 const MediaJob& job);

}  // namespace zipdream
