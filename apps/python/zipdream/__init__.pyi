# SPDX-License-Identifier: Apache-2.0
from typing import Any, Iterator, Literal, Optional, Protocol, Sequence, Union, overload

_Bytes = Union[bytes, bytearray, memoryview]

__version__: str

class Error(Exception):
    subject: str
    message: str
    remedy: str
    option: str
    is_usage: bool

class PythonModel(Protocol):
    """A model of bytes of your own, for load()."""
    def log2_probs(self) -> Sequence[float]: ...  # 256; 2 ** each sums to 1 within 1e-9
    def update(self, byte: int) -> None: ...
    def clone(self) -> "PythonModel": ...

class Array(Sequence[float]):
    """Float64 numbers with the buffer protocol: numpy.asarray(a) copies nothing."""

class Session:
    """A model in the middle of a text. One thread at a time."""
    alphabet_size: int
    def log2_probs(self) -> Array: ...  # (alphabet_size): log2 of the probability of each next symbol
    def update(self, symbol: int) -> None: ...  # the symbol that came; of bytes the byte
    def observe(self, data: _Bytes) -> None: ...  # bytes that came
    def clone(self) -> "Session": ...  # independent, in the same state
    def symbol_bytes(self, symbol: int) -> bytes: ...

class Model:
    spec: str  # canonical
    alphabet_size: int
    def session(self, context: _Bytes = ...) -> Session: ...
    def score(self, data: _Bytes, context: _Bytes = ...) -> Array: ...  # (len(data)): bits of each byte
    def bits_per_byte(self, data: _Bytes, context: _Bytes = ...) -> float: ...
    def prove(self, data: _Bytes) -> dict[str, Any]: ...  # coded and decoded: bits_scored, code_bits, ...
    @overload
    def generate(self, prompt: _Bytes, n: int = ..., *, seed: int = ..., temperature: float = ..., top_k: int = ...,
                 top_p: float = ..., min_p: float = ..., method: Literal["sample", "beam", "dream"] = ...,
                 stop: Union[str, Sequence[str]] = ..., stream: Literal[False] = ...) -> bytes: ...
    @overload
    def generate(self, prompt: _Bytes, n: int = ..., *, seed: int = ..., temperature: float = ..., top_k: int = ...,
                 top_p: float = ..., min_p: float = ..., method: Literal["sample", "beam", "dream"] = ...,
                 stop: Union[str, Sequence[str]] = ..., stream: Literal[True]) -> Iterator[bytes]: ...

def load(model: Union[str, PythonModel], *, probs: Optional[Literal["lengths", "tables"]] = ...,
         units: Optional[Literal["bits", "bytes"]] = ...) -> Model: ...
def compress(data: _Bytes, spec: str = ...) -> bytes: ...  # an archive, as `zipdream compress` writes it
def decompress(archive: _Bytes, models: Sequence[str] = ...) -> bytes: ...
def list_models() -> list[dict[str, Any]]: ...
def set_thread_count(count: int) -> None: ...  # 0: one per core
