// SPDX-License-Identifier: Apache-2.0
// The library that multiplies libtorch's matrices on the processor, and what goes wrong with it.
#pragma once

namespace zipdream {

// An OpenBLAS older than the processor falls back to code for the oldest ones, several times slower
// than need be. It reads what to do instead when it is loaded, so the program begins once more.
// REQUIRES: argv is main's; nothing has been done yet.
void choose_blas_kernels(char** argv);

// OpenBLAS is told the number of threads; 0: it chooses.
void set_blas_threads(int threads);

// Whether it is Debian's default, the reference BLAS, some 40 times slower than OpenBLAS.
[[nodiscard]] bool blas_is_reference();

}  // namespace zipdream
