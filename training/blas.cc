// SPDX-License-Identifier: Apache-2.0
#include "training/blas.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace zipdream {
namespace {

template <typename Function>
Function* symbol(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

}  // namespace

void choose_blas_kernels([[maybe_unused]] char** argv) {
#if defined(__x86_64__)
  constexpr const char* kChoice = "OPENBLAS_CORETYPE";
  auto* const core_name = symbol<char*()>("openblas_get_corename");
  if (core_name == nullptr || std::getenv(kChoice) != nullptr) return;
  const std::string_view core = core_name();
  const bool is_old = core == "Prescott" || core == "Core2" || core == "Generic";
  const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (!is_old || !__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return;
  setenv(kChoice, has_avx512 ? "SkylakeX" : "Haswell", 0);
  execv("/proc/self/exe", argv);  // where that fails it is merely slow
#endif
}

void set_blas_threads(int threads) {
  auto* const set = symbol<void(int)>("openblas_set_num_threads");
  if (set != nullptr && threads > 0) set(threads);
}

// Others than OpenBLAS that are fast: MKL, BLIS.
bool blas_is_reference() {
  for (const char* name :
       {"openblas_get_corename", "mkl_get_version", "MKL_Get_Version", "bli_init"}) {
    if (dlsym(RTLD_DEFAULT, name) != nullptr) return false;
  }
  return dlsym(RTLD_DEFAULT, "sgemm_") != nullptr;
}

}  // namespace zipdream
