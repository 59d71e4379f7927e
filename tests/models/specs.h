// SPDX-License-Identifier: Apache-2.0
// What the contract suites run over, by the registries.
#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "tests/codecs/names.h"
#include "zipdream/registry.h"
#include "zipdream/spec.h"

namespace zipdream {

// The models that learn, with options that take other paths.
[[nodiscard]] inline std::vector<std::string> learning_specs() {
  std::vector<std::string> specs = learning_names();
  specs.insert(specs.end(),
               {"cm:0", "cm:9", "cm:prior=english", "image:prior=off,width=64", "audio:off",
                "audio:channels=2", "audio:format=mulaw", "audio:format=s16",
                "audio:channels=3,format=s16", "audio:steady=on", "mix:cm:1+ppm:2"});
  return specs;
}

// Whether the model is for any bytes, and not for a medium alone.
[[nodiscard]] inline bool is_general(const std::string& spec) {
  return Spec::parse(spec).info().adapt == nullptr;
}

[[nodiscard]] inline std::vector<std::string> general_learning_specs() {
  std::vector<std::string> specs = learning_specs();
  std::erase_if(specs, [](const std::string& spec) { return !is_general(spec); });
  return specs;
}

// Codecs made of models: those that learn, and one codec by its tables. Models of a medium are slow
// in suites that decode much noise, and code the same way whatever their options are: each once.
[[nodiscard]] inline std::vector<std::string> arith_specs() {
  std::vector<std::string> specs = {"arith:gzip:1"};
  for (const std::string& spec : learning_specs()) {
    if (is_general(spec) || Spec::parse(spec).text() == Spec::parse(spec).name()) {
      specs.push_back("arith:" + spec);
    }
  }
  return specs;
}

// Names of tests may hold letters and digits only.
[[nodiscard]] inline std::string spec_test_name(const testing::TestParamInfo<std::string>& test) {
  std::string name = test.param;
  std::erase_if(name, [](unsigned char c) { return std::isalnum(c) == 0; });
  return name;
}

}  // namespace zipdream
