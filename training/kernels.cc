// SPDX-License-Identifier: Apache-2.0
// Compiled once for each kind of vectors by Highway, which chooses at run time. The parts in simd/
// are included anew for each; they know it as HWY_NAMESPACE.
#include "training/kernels.h"

#include <algorithm>
#include <cmath>

#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV | HWY_SSSE3)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "training/kernels.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h, once for each target.
#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace zipdream::HWY_NAMESPACE {
namespace {

// clang-format off
#include "training/simd/small_products-inl.h"
#include "training/simd/attention-inl.h"
#include "training/simd/rows-inl.h"
// clang-format on

constexpr TrainingKernels kTrainingKernels = {
    .attend = attend,
    .attend_backward = attend_backward,
    .rms_norm = rms_norm,
    .rms_norm_backward = rms_norm_backward,
    .swiglu = swiglu,
    .swiglu_backward = swiglu_backward,
};

const TrainingKernels* kernels_of_target() { return &kTrainingKernels; }

}  // namespace
}  // namespace zipdream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zipdream {

HWY_EXPORT(kernels_of_target);

const TrainingKernels& training_kernels() { return *HWY_DYNAMIC_DISPATCH(kernels_of_target)(); }

}  // namespace zipdream
#endif  // HWY_ONCE
