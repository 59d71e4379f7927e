// SPDX-License-Identifier: Apache-2.0
// A text on standard output as it is generated: byte for byte into a file or pipe, made safe and
// coloured on a terminal (base/terminal_text.h).
#pragma once

#include "base/output_file.h"
#include "base/terminal_text.h"
#include "zipdream/bytes.h"

namespace zipdream {

class TextStream {
 public:
  TextStream();

  void prompt(ByteView bytes);
  void generated(ByteView bytes);

  // Ends the line on a terminal; adds nothing to a file or pipe.
  void finish();

 private:
  void show(ByteView bytes, bool highlighted);

  OutputFile output_;  // standard output, opened once for all of it
  bool terminal_;
  bool color_;
  TerminalText text_;
};

}  // namespace zipdream
