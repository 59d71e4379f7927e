# SPDX-License-Identifier: Apache-2.0
# Makes the comments of the public headers, which are plain ones, comments of Doxygen: those above a declaration belong
# to it, those behind code to what stands before them. What Doxygen would take for a command is escaped, and what is
# indented stays as it is.

function escaped(text) {
  gsub(/\\/, "\\\\\\\\", text)
  gsub(/[@<>#%"&]/, "\\\\&", text)
  return text
}

# A line of a comment above a declaration.
function above(indent, text, is_code) {
  is_code = text ~ /^  +[^ ]/
  if (is_code && !verbatim) { print indent "/// ~~~{.txt}"; verbatim = 1 }
  if (!is_code && verbatim) { print indent "/// ~~~"; verbatim = 0 }
  if (text ~ /^ *REQUIRES: /) print indent "///"
  print indent "/// " (is_code ? text : escaped(text))
}

function close_verbatim() {
  if (verbatim) print "/// ~~~"
  verbatim = 0
}

# Of a file for C: comments between /* and */.
in_c {
  end = sub(/ *\*\/$/, "")
  sub(/^ *\* ?/, "")
  above("", $0)
  if (end) { close_verbatim(); in_c = 0 }
  next
}
# Of the one namespace nothing is said, so that each header has its own part of the reference.
/^namespace zipdream \{$/ || /^\}  \/\/ namespace zipdream$/ { print ""; next }
/SPDX-License-Identifier/ || /NOLINT/ || /^ *(\/\/|\/\*) ----/ { print ""; next }
/^\/\* / {
  if (!seen_file) { print "/// \\file"; seen_file = 1 }
  end = sub(/ *\*\/$/, "")
  sub(/^\/\* /, "")
  above("", $0)
  if (end) close_verbatim()
  in_c = !end
  next
}

# Of C++.
match($0, /^ *\/\//) {
  indent = substr($0, 1, RLENGTH - 2)
  text = substr($0, RLENGTH + 1)
  sub(/^ /, "", text)
  if (RLENGTH - 1 == behind) { print indent "///< " escaped(text); next }  # goes on with the line above
  if (!seen_file && indent == "") { print "/// \\file"; seen_file = 1 }
  above(indent, text)
  next
}
{
  close_verbatim()
  behind = 0
  if ($0 !~ /"[^"]*\/\// && match($0, /[^ ] +\/\/ /)) {
    behind = RSTART + RLENGTH - 3
    print substr($0, 1, behind - 1) "///< " escaped(substr($0, behind + 3))
    next
  }
  if (match($0, / +\/\* .* \*\/$/)) {
    text = substr($0, RSTART)
    gsub(/^ +\/\* | \*\/$/, "", text)
    print substr($0, 1, RSTART) "///< " escaped(text)
    next
  }
  print
}
