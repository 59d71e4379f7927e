// SPDX-License-Identifier: Apache-2.0
// Says what loading the module comes to: "loaded", or the Error.
#include <iostream>

#include "zipdream/error.h"
#include "media/image/imaging.h"

int main() {
  try {
    static_cast<void>(zipdream::imaging());
    std::cout << "loaded\n";
  } catch (const zipdream::Error& error) {
    std::cout << error.what() << '\n';
  }
}
