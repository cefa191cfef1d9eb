/// Snappy's block format, implemented by aircompressor, with a limit on the length of the content.
///
/// The Java implementation is used because a native implementation would have to be unpacked to a
/// writable directory, which a read-only image lacks.
@NullMarked
package io.pharos.bytes.snappy;

import org.jspecify.annotations.NullMarked;
