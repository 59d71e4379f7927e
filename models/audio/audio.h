// SPDX-License-Identifier: Apache-2.0
// "audio": an exact model of the samples of sound, of 8 or 16 bits or mu-law, of one channel or
// several. The next sample's distribution is a mixture of logistics (channel_model.h), of which
// each value has its share; the bytes of a sample of 16 bits are coded low byte first by the
// marginal distribution of the one and the conditional one of the other. With "steady=on" another,
// simpler mixture (steady_model.h), whose samples go on as the prompt ended.
#pragma once

#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kAudio;

}  // namespace zipdream
