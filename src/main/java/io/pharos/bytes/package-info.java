/// Reading and writing of the primitive encodings that all files of the store share: big-endian
/// fixed-width integers, variable-length integers, UTF-8 strings, CRC-32C and frames
/// (`docs/format/README.md`).
@NullMarked
package io.pharos.bytes;

import org.jspecify.annotations.NullMarked;
