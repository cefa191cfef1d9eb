/// Snappy's block format, by aircompressor, with a limit on the length of the content.
///
/// The Java implementation is used because the native code would be unpacked to a directory that a
/// read-only image lacks.
@NullMarked
package io.pharos.bytes.snappy;

import org.jspecify.annotations.NullMarked;
