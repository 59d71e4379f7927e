# SPDX-License-Identifier: Apache-2.0
"""Any compressor as a generative model, and any generative model as a compressor."""
import os
from typing import Any, Iterator, Literal, Mapping, Optional, Protocol, Sequence, Union, overload

_Bytes = Union[bytes, bytearray, memoryview, Any]  # whatever has a flat buffer of bytes; Any: NumPy need not be there
_Method = Literal["sample", "beam", "spans", "dream"]
_Temperature = Union[float, Literal["fit"]]

__version__: str

class Error(Exception):
    """One line: what is wrong, where, and what to do; its parts as well."""
    subject: str
    message: str
    remedy: str
    option: str  # the argument at fault, or ""
    is_usage: bool  # the request is at fault, not a file or the machine

class OwnModel(Protocol):
    """A model of bytes of your own, for whatever takes a model; of these stubs alone, there is nothing to import."""
    def log2_probs(self) -> Sequence[float]:
        """(256): log2 of the probability of each next byte; 2 ** each sums to 1 within 1e-9; -inf is taken."""
    def update(self, byte: int) -> None:
        """The byte that came, 0 to 255."""
    def clone(self) -> "OwnModel":
        """An independent copy in the same state."""

_Model = Union[str, "Model", OwnModel]

class Array(Sequence[float]):
    """(n): float64 numbers with the buffer protocol: numpy.asarray(a) copies nothing."""
    def __buffer__(self, flags: int) -> memoryview: ...

class Scores(Array):
    """(len(data)): bits of each byte; in a notebook the text coloured by them."""
    @property
    def data(self) -> bytes:
        """What was scored."""
    @property
    def total(self) -> float:
        """Bits."""
    @property
    def bits_per_byte(self) -> float:
        """Their mean; 0 where there are none."""

class Session:
    """A model in the middle of a text. One thread at a time."""
    @property
    def alphabet_size(self) -> int:
        """Symbols: 256, the bytes, or the tokens of a language model."""
    @property
    def member_weights(self) -> list[float]:
        """(members): of a mixture, how much each counted for the last byte; [] of others."""
    def log2_probs(self) -> Array:
        """(alphabet_size): log2 of the probability of each next symbol."""
    def update(self, symbol: int) -> None:
        """The symbol that came; of bytes the byte."""
    def observe(self, data: _Bytes) -> None:
        """Bytes that came."""
    def clone(self) -> "Session":
        """An independent copy in the same state."""
    def symbol_bytes(self, symbol: int) -> bytes:
        """What it stands for."""

class Model:
    """A model, loaded once; its sessions and results are independent of each other. Any threads."""
    @property
    def spec(self) -> str:
        """Canonical: "gzip:6"; "own:NAME" for a model of your own."""
    @property
    def alphabet_size(self) -> int:
        """Symbols: 256, the bytes, or the tokens of a language model."""
    @property
    def description(self) -> str:
        """How it comes to its numbers, or ""."""
    def session(self, context: _Bytes = ...) -> Session:
        """A session that has seen the context."""
    def score(self, data: _Bytes, context: _Bytes = ...) -> Scores:
        """(len(data)): bits of each byte after all before it, -log2 P; those of a token in equal parts."""
    def bits_per_byte(self, data: _Bytes, context: _Bytes = ...) -> float:
        """The mean of score(data, context)."""
    def prove(self, data: _Bytes) -> dict[str, Any]:
        """Codes the bytes, decodes and compares them: bits_scored, code_bits (of the arithmetic code), bytes_written,
        symbols, sum_deviation (the largest distance of a distribution's sum from 1).
        """
    @overload
    def generate(self, prompt: _Bytes, n: int = ..., *, seed: int = ..., stop: Union[str, Sequence[str]] = ...,
                 stream: Literal[False] = ..., temperature: _Temperature = ...,
                 unsure_temperature: Optional[float] = ..., top_k: int = ..., top_p: float = ..., min_p: float = ...,
                 method: _Method = ..., corpus: _Bytes = ..., corpus_bytes: int = ...,
                 alphabet: Optional[str] = ..., context_window: Optional[int] = ..., max_copy: int = ...,
                 horizon: Optional[int] = ..., beam_width: Optional[int] = ..., span: Optional[int] = ...,
                 match_length: Optional[int] = ..., heal: bool = ..., special: bool = ...) -> bytes:
        """Continues a prompt by n bytes; a seed fixes every byte."""
    @overload
    def generate(self, prompt: _Bytes, n: int = ..., *, seed: int = ..., stop: Union[str, Sequence[str]] = ...,
                 stream: Literal[True], temperature: _Temperature = ...,
                 unsure_temperature: Optional[float] = ..., top_k: int = ..., top_p: float = ..., min_p: float = ...,
                 method: _Method = ..., corpus: _Bytes = ..., corpus_bytes: int = ...,
                 alphabet: Optional[str] = ..., context_window: Optional[int] = ..., max_copy: int = ...,
                 horizon: Optional[int] = ..., beam_width: Optional[int] = ..., span: Optional[int] = ...,
                 match_length: Optional[int] = ..., heal: bool = ..., special: bool = ...) -> Iterator[bytes]: ...

class Comparison:
    """What compare() found; in a notebook a table and the texts coloured by surprisal."""
    data: dict[str, Any]  # as `zipdream compare --json` prints it
    runs: list[dict[str, Any]]  # one for each model
    @property
    def bits_per_byte(self) -> dict[str, Optional[float]]:
        """The bits per byte of the reference by each model's name; None where it failed."""
    def page(self) -> str:
        """One HTML page that needs nothing but a browser."""
    def save(self, path: Union[str, os.PathLike[str]]) -> None:
        """Writes page() to a new file. Raises FileExistsError where there is one."""

class Rates(dict[str, Any]):
    """What rates() found: "rows", "notes", "failures"; in a notebook a table."""

class Image:
    """(height, width) gray or (height, width, 3) RGB: uint8 with the buffer protocol, a picture in a notebook."""
    @property
    def width(self) -> int:
        """Pixels."""
    @property
    def height(self) -> int:
        """Pixels."""
    @property
    def channels(self) -> int:
        """1 or 3."""
    def __buffer__(self, flags: int) -> memoryview: ...
    def __bytes__(self) -> bytes: ...

class Sound:
    """(frames) mono or (frames, 2) stereo: float32 in [-1, 1] with the buffer protocol, a player in a notebook."""
    @property
    def rate(self) -> int:
        """Frames per second."""
    @property
    def channels(self) -> int:
        """1 or 2."""
    def __len__(self) -> int: ...
    def __buffer__(self, flags: int) -> memoryview: ...

def load(model: _Model, *, probs: Optional[Literal["lengths", "tables"]] = ...,
         units: Optional[Literal["bits", "bytes"]] = ...) -> Model:
    """The model that a spec names, or one of your own. probs: how a codec is read; units: of lengths."""
def mix(models: Sequence[_Model]) -> Model:
    """2 to 16 models, mixed bit by bit by who is right."""
def avg(models: Sequence[_Model], *, share: int = ...) -> Model:
    """Their average by Bayes' rule; 1/share of the trust goes to all alike after each byte."""
def compare(models: Sequence[_Model], prompt: _Bytes, *, reference: _Bytes = ..., n: int = ..., samples: int = ...,
            seed: int = ..., progress: bool = ..., probs: Optional[Literal["lengths", "tables"]] = ...,
            units: Optional[Literal["bits", "bytes"]] = ..., temperature: _Temperature = ...,
            unsure_temperature: Optional[float] = ..., top_k: int = ..., top_p: float = ..., min_p: float = ...,
            method: _Method = ..., corpus: _Bytes = ...,
            corpus_bytes: int = ..., alphabet: Optional[str] = ..., context_window: Optional[int] = ...,
            max_copy: int = ..., horizon: Optional[int] = ..., beam_width: Optional[int] = ...,
            span: Optional[int] = ..., match_length: Optional[int] = ..., heal: bool = ...,
            special: bool = ...) -> Comparison:
    """The same prompt (bytes) through several models: bits of the reference (bytes), and samples of n bytes."""
def rates(models: Sequence[_Model], data: Union[str, os.PathLike[str], Sequence[Union[str, os.PathLike[str]]],
                                                Mapping[str, Union[str, os.PathLike[str], bytes]]], *,
          chunk: int = ..., chunked: bool = ..., whole: bool = ..., protocol: Literal["bytes", "7bit"] = ...,
          headers_once: bool = ..., media: Optional[Literal["text", "image", "audio"]] = ..., prove_every: int = ...,
          record: Union[str, os.PathLike[str]] = ..., progress: bool = ...) -> Rates:
    """Compression rates, shares of the raw size, of chunks of so many bytes and of whole data sets."""
def compress(data: _Bytes, model: _Model = ...) -> bytes:
    """An archive, as `zipdream compress` writes it. By a model of your own, which the archive knows by its name alone,
    it is decoded again before it is returned; raises Error where that gives something else.
    """
def decompress(archive: _Bytes, model: Union[None, _Model, os.PathLike[str], Sequence[str]] = ...) -> bytes:
    """The content of an archive. model: where that of a language model is (a path, a spec, or several), or the model
    itself, as for archives by models of your own.
    """
def continue_image(pixels: Any, model: _Model = ..., *, prompt_fraction: float = ...,
                   prompt_side: Literal["left", "top"] = ...,
                   rows: Optional[Literal["independent", "joint"]] = ..., seed: int = ...,
                   probs: Optional[Literal["lengths", "tables"]] = ...,
                   units: Optional[Literal["bits", "bytes"]] = ..., temperature: _Temperature = ...,
                   unsure_temperature: Optional[float] = ..., colour_temperature: float = ..., top_k: int = ...,
                   top_p: float = ..., min_p: float = ..., method: _Method = ..., corpus: _Bytes = ...,
                   alphabet: Optional[str] = ..., context_window: Optional[int] = ..., max_copy: int = ...,
                   horizon: Optional[int] = ..., beam_width: Optional[int] = ...) -> Image:
    """pixels: (height, width) or (height, width, 3) uint8, of which a part is the prompt; the same shape comes back."""
def continue_audio(samples: Any, rate: int, model: _Model = ..., *, seconds: float = ...,
                   format: Literal["u8", "mulaw", "s16"] = ..., seed: int = ...,
                   probs: Optional[Literal["lengths", "tables"]] = ...,
                   units: Optional[Literal["bits", "bytes"]] = ..., temperature: _Temperature = ...,
                   unsure_temperature: Optional[float] = ..., top_k: int = ..., top_p: float = ..., min_p: float = ...,
            method: _Method = ..., corpus: _Bytes = ...,
                   alphabet: Optional[str] = ..., context_window: Optional[int] = ..., max_copy: int = ...,
                   horizon: Optional[int] = ..., beam_width: Optional[int] = ...) -> Sound:
    """samples: (frames) or (frames, 2), floats in [-1, 1], int16 or uint8; rate: frames per second. What follows."""
def list_models() -> list[dict[str, Any]]:
    """All models in their order: name, summary, example, is_codec, learns, has_tables, has_decoder_sampler, has_files,
    is_made_of_models, knows_media, extension, library, library_version, options (name, kind, min, max or choices,
    default, summary).
    """
def set_thread_count(count: int) -> None:
    """How many threads the library uses; 0: one per core. While no other function runs."""
