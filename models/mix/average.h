// SPDX-License-Identifier: Apache-2.0
// The average of several models' distributions, each with the share of trust that it has earned:
//
//   P(b) = sum over members m of share(m) P_m(b)
//
// Bayes' rule moves the shares: share(m) becomes proportional to share(m) P_m(b). Then a small part
// of all trust is handed out to all members alike (fixed share; Herbster and Warmuth 1998), so that
// one which was wrong long ago can come back: the same as a prior over which member is right that
// may switch after any byte. For n bytes and M members such an average costs at most log2 M bits
// more than its best member by Bayes' rule alone, and with a part a of trust handed out, log2 M +
// n log2(1 / (1 - a)) + k log2(M / a) more than the best sequence of members with k switches.
#pragma once

#include <memory>
#include <vector>

#include "zipdream/predictor.h"

namespace zipdream {

// `handed_out`: the part of trust that is handed out after each byte, 0 to 1. REQUIRES: two members
// or more, whose symbols are the bytes, in the same state of what they have seen.
[[nodiscard]] std::unique_ptr<Predictor> make_average(
    std::vector<std::unique_ptr<Predictor>> members, double handed_out);

}  // namespace zipdream
