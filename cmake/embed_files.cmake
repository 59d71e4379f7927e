# SPDX-License-Identifier: Apache-2.0
# Run by zipdream_embed(): writes OUTPUT, which holds the content of all INPUTS. As a list of byte values, so
# that no content can end a literal.
set(bytes "")
foreach(input IN LISTS INPUTS)
  file(READ "${input}" hex HEX)
  string(APPEND bytes "${hex}")
endforeach()
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(
  WRITE "${OUTPUT}"
  "#include \"${HEADER}\"
namespace zipdream {
namespace {
constexpr unsigned char kBytes[] = {${bytes}};
}
const std::string_view ${SYMBOL}(reinterpret_cast<const char*>(kBytes), sizeof kBytes);
}
")
