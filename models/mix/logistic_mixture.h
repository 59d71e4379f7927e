// SPDX-License-Identifier: Apache-2.0
// A logistic mixture: the next byte as eight binary decisions, each predicted by all members, whose
// logits are weighed by who was right before (Mattern 2012, 2013, after Mahoney's PAQ). A mixture
// of a decision's two outcomes is normalised by construction, and so is that of the byte: the
// product of its decisions along the tree of 255.
//
// A member that comes to its probabilities by such decisions itself (`cm`) is asked for eight of
// them where a byte is coded; of the others the 256 probabilities are summed up the tree. All of it
// is integers but the members' own probabilities, which are the same everywhere as well.
#pragma once

#include <memory>
#include <vector>

#include "zipdream/predictor.h"

namespace zipdream {

// REQUIRES: two members or more, at most kMaxMembers (mixer.h), whose symbols are the bytes, in the
// same state of what they have seen.
[[nodiscard]] std::unique_ptr<Predictor> make_logistic_mixture(
    std::vector<std::unique_ptr<Predictor>> members);

}  // namespace zipdream
