// SPDX-License-Identifier: Apache-2.0
// The session of gzip, zlib and deflate that knows what zlib would write without writing it.
//
// Why
//
// A compressor as a language model is asked one question: how long would the stream be if it ended
// after this candidate? It is asked for all 256 next bytes at every step, or for thousands of
// beams. Asking zlib takes a copy of its encoder and, worse, writing the whole open block, some ten
// thousand symbols, to learn where the last bit falls. But of what zlib does for one candidate
// nearly everything is what it does for the next. So here is its algorithm once more, in our words,
// cut where candidates part. All of it is integer arithmetic and exact: in Units::kBytes 8 x the
// size of compress(), in Units::kBits the last bit of the last block, plus header and trailer.
//
// Algorithm
//
// The parse (parser.h). zlib goes through the text, looks for the longest match at each position in
// the chain of earlier positions with the same three bytes, and, in levels 4 to 9, holds it back
// for one step in case the next position has a longer one.
//
// The frozen state (ParseState, advance()). As long as no search compared up to the end of the
// text, every continuation is parsed the same. The session goes that far and no farther; what
// remains, most often one to ten bytes, is parsed for each question on a copy.
//
// Copies (window.h). The text that is done lies in a base that all copies share, as do the links of
// its chains: in levels 4 to 9 every position enters its chain, so the links follow from the text,
// not from the parse. What remains and a little more is the tail that each copy has to itself. A
// clone copies that and the state, some 2 KB.
//
// The cost (block.h, huffman.h). The bits of a block follow from how often each symbol occurs,
// through the code lengths that come out of zlib's heap, ties and all, and the header that lists
// them. Of the block's three forms zlib takes the shortest in whole bytes, and so does
// end_of_block().
//
// Slides. zlib's buffer of 64 KB slides by 32 KB when the parser comes to 65274 bytes from its
// start with fewer than 262 ahead, or beyond in any case. Two things depend on it: its first
// position ends all chains, and a block that began before it can't be stored. So with the end of
// the text near 65274 the state is not frozen beyond, and candidates are parsed one by one.
//
// Block limits. A block ends with its 16383rd symbol, except when that is the literal that the
// end of the text brings out; a match there leaves an empty last block. Near the limit, too,
// candidates are parsed one by one.
//
// Optimizations
//
// One table per position of the tail (next_bytes.h). Next bytes share the remaining parse. A search
// in the text as it is finds the longest match, and notes for each byte that a match at the very
// end could go on with where it does first. Most bytes go on with none: they are unmatched, and
// share one parse, of which they are the last literal. Only at the last two bytes the chain itself
// depends on what comes next, and is looked up for each.
//
// One literal more (WithOneMoreLiteral in block.h). The block of an unmatched byte is that of the
// shared parse and one literal more. Mostly that is known to leave the code lengths as they are;
// else the heap is run again, unless another beam has just asked the same.
//
// Left out
//
// Other zlibs: this is zlib 1.2.13 with window 15, memLevel 8 and the default strategy;
// exact_session_knows_zlib() (session.h) tells whether that is what is here.
#pragma once

#include <cstddef>
#include <memory>

#include "zipdream/codec.h"

namespace zipdream {

// How many candidates are measured together at most, of `count` on `threads` threads: those that
// differ in their last byte only share most of the work, and a job that shares keeps one thread
// busy.
[[nodiscard]] std::size_t candidates_per_job(std::size_t count, std::size_t threads);

// `wrapper_bytes`: the size of header and trailer. REQUIRES: 1 <= level <= 9.
[[nodiscard]] std::unique_ptr<Session> start_exact_session(int level, std::size_t wrapper_bytes,
                                                           Units units);

}  // namespace zipdream
