/// Byte sources and sinks for the encodings that are common to all files of the store: big-endian
/// integers, variable-length integers, UTF-8 strings, CRC-32C and checksummed frames
/// (`docs/format/README.md`).
@NullMarked
package io.pharos.bytes;

import org.jspecify.annotations.NullMarked;
