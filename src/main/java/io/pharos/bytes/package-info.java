/// Reading and writing of the primitive encodings that all files of the store share: big-endian
/// fixed-width integers, variable-length integers, UTF-8 strings and CRC-32C
/// (`docs/format/README.md`).
@NullMarked
package io.pharos.bytes;

import org.jspecify.annotations.NullMarked;
