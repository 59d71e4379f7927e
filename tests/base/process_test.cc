// SPDX-License-Identifier: Apache-2.0
#include "base/process.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

namespace zipdream {
namespace {

// In processes of their own, for a request to stop can't be taken back.
class ProcessDeathTest : public testing::Test {
 protected:
  ProcessDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(ProcessDeathTest, TakesTheFirstSignalForARequestToStop) {
  EXPECT_EXIT(
      {
        handle_interrupts();
        const bool before = interrupt_requested();
        std::raise(SIGTERM);
        std::_Exit(!before && interrupt_requested() && interrupt_signal() == SIGTERM ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(ProcessDeathTest, ThrowsWhereItIsPolled) {
  EXPECT_EXIT(
      {
        check_interrupt();
        handle_interrupts();
        std::raise(SIGINT);
        try {
          check_interrupt();
        } catch (const Interrupted&) {
          std::_Exit(0);
        }
        std::_Exit(1);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(ProcessDeathTest, IsKilledByTheSecondSignal) {
  EXPECT_EXIT(
      {
        handle_interrupts();
        std::raise(SIGTERM);
        std::raise(SIGTERM);
        std::_Exit(0);
      },
      testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace zipdream
