// SPDX-License-Identifier: Apache-2.0
// Says what loading the module comes to: "loaded", or the Error.
#include <iostream>

#include "media/image/imaging.h"
#include "zipdream/error.h"

int main() {
  try {
    static_cast<void>(zipdream::imaging());
    std::cout << "loaded\n";
  } catch (const zipdream::Error& error) {
    std::cout << error.what() << '\n';
  }
}
