// SPDX-License-Identifier: Apache-2.0
// All of the library.
//
//   auto model = zipdream::make_predictor("gzip:9");
//   model->observe("the cat sat on the mat, the cat sat on the ");
//   const std::vector<double> log2_probs = model->log2_probs();  // of the 256 next bytes
//
// Threads: functions may be called from any threads at the same time; for objects each class says
// which members may be called from many. The library uses as many threads as there are cores, or as
// set_thread_count() says, and installs no signal handlers and changes nothing of the process.
#pragma once

#include "zipdream/archive.h"
#include "zipdream/bytes.h"
#include "zipdream/codec.h"
#include "zipdream/compare.h"
#include "zipdream/error.h"
#include "zipdream/generate.h"
#include "zipdream/own_model.h"
#include "zipdream/predictor.h"
#include "zipdream/random.h"
#include "zipdream/rates.h"
#include "zipdream/registry.h"
#include "zipdream/runtime.h"
#include "zipdream/score.h"
#include "zipdream/spec.h"
