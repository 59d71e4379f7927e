// SPDX-License-Identifier: Apache-2.0
// Continues a text by a method other than sampling, planned by beams or drawn by the codec's own
// decoder, or sampled, as `zipdream generate` does it.
#pragma once

#include "apps/serve/completion.h"
#include "apps/serve/requests.h"
#include "apps/serve/served_model.h"
#include "base/sequence.h"

namespace zipdream {

// The bytes of a prompt. Throws Error as symbols_of(). REQUIRES: it isn't SpecialText.
[[nodiscard]] Bytes prompt_bytes(const ServedModel& model, const PromptInput& prompt);

// The request's prompts are not looked at. on_bytes() is called with what is
// new; what it throws ends the work. Throws Error where the model has no such method.
void generate_text(const NamedModel& model, const CompletionRequest& request, Bytes prompt,
                   std::uint64_t seed, const OnBytes& on_bytes);

// Throws a usage Error where the request's method is not for the model, or not for what else it
// asks.
void check_method_of(const ServedModel& model, const CompletionRequest& request);

// The same as the only choice of the request, REQUIRES: check_method_of() passes, and
// the method is not sampling.
[[nodiscard]] std::vector<Choice> complete_by_method(const ServedModel& model,
                                                     const CompletionRequest& request,
                                                     const OnStep& on_step, const OnGrown& on_grown,
                                                     const OnEnded& on_ended);

}  // namespace zipdream
